/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bailiwick: the host command. 0: done; 1: what was asked about has errors; 2: wrong use.
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/bailiwick/build.h"
#include "tools/bailiwick/system.h"

#define EXIT_ERRORS 1
#define EXIT_USAGE 2
#define TEXT_OF(number) #number
#define TEXT(number) TEXT_OF(number)
#define DEFAULT_MEMORY TEXT(CONFIG_MACHINE_MEMORY)
#define DEFAULT_CPUS TEXT(CONFIG_MACHINE_CPUS)
#define LARGEST_MIB ((uint64_t)1 << 40)
#define MOST_CPUS 256u /* as in Kconfig */

static const char usage[] =
    "bailiwick check SYSTEM|FILE [--policy FILE] [--memory MIB] [--cpus N] [--modules DIR]\n"
    "                [--root DIR]\n"
    "    Say everything that is wrong with a system, as the hypervisor would and before it does.\n"
    "    SYSTEM  a name: lcm/systems/SYSTEM.dts\n"
    "    FILE    a device tree source, or (.dtb) a device tree blob\n"
    "    --policy FILE      use this policy, not the source of the xsm-policy module\n"
    "    --memory MIB       what the machine has (default: " DEFAULT_MEMORY ")\n"
    "    --cpus N           how many CPUs it has (default: " DEFAULT_CPUS ")\n"
    "    --modules DIR      take module files from DIR by their names, not from their sources;\n"
    "                       if DIR was written by build, check it as it would boot (default: the\n"
    "                       folder of FILE, if build wrote that)\n"
    "    --root DIR         where relative sources and systems are (default: here)\n"
    "\n"
    "bailiwick build SYSTEM|FILE --output DIR [--hypervisor FILE] [--no-iso] [options of check]\n"
    "    Check, then write DIR: lcm.dtb, the modules, and boot.iso to start it all with GRUB.\n"
    "    --output DIR       where to write\n"
    "    --hypervisor FILE  what to boot (default: build/bailiwick.elf)\n"
    "    --no-iso           without boot.iso\n"
    "\n"
    "bailiwick help\n"
    "    This text.\n"
    "\n"
    "Exit status: 0 nothing wrong but notices, 1 errors, 2 wrong use of this command.\n";

enum { POLICY = 256, MEMORY, CPUS, MODULES, ROOT, OUTPUT, HYPERVISOR, NO_ISO };

/* Those of check come first, then those that only build has. */
static const struct option option_table[] = {
    {"policy", required_argument, NULL, POLICY},
    {"memory", required_argument, NULL, MEMORY},
    {"cpus", required_argument, NULL, CPUS},
    {"modules", required_argument, NULL, MODULES},
    {"root", required_argument, NULL, ROOT},
    {"output", required_argument, NULL, OUTPUT},
    {"hypervisor", required_argument, NULL, HYPERVISOR},
    {"no-iso", no_argument, NULL, NO_ISO},
    {NULL, 0, NULL, 0},
};

/* From 1 to `most`. */
static bool read_number(const char *text, uint64_t most, uint64_t *number)
{
    char *end;

    errno = 0;
    *number = strtoull(text, &end, 10);
    return !errno && !*end && text[0] >= '0' && text[0] <= '9' && *number > 0 && *number <= most;
}

static bool read_memory(const char *text, uint64_t *kib)
{
    uint64_t mib;

    if (!read_number(text, LARGEST_MIB, &mib)) {
        fprintf(stderr, "bailiwick: --memory takes a number of MiB, not \"%s\"\n", text);
        return false;
    }
    *kib = mib * 1024;
    return true;
}

static bool read_cpus(const char *text, unsigned int *cpus)
{
    uint64_t number;

    if (!read_number(text, MOST_CPUS, &number)) {
        fprintf(stderr, "bailiwick: --cpus takes a number from 1 to %u, not \"%s\"\n", MOST_CPUS,
                text);
        return false;
    }
    *cpus = (unsigned int)number;
    return true;
}

static bool read_option(int option, struct options *options)
{
    switch (option) {
    case POLICY:
        options->policy = optarg;
        return true;
    case MEMORY:
        return read_memory(optarg, &options->machine_kib);
    case CPUS:
        return read_cpus(optarg, &options->nr_cpus);
    case MODULES:
        options->modules = optarg;
        return true;
    case ROOT:
        options->root = optarg;
        return true;
    case OUTPUT:
        options->output = optarg;
        return true;
    case HYPERVISOR:
        options->hypervisor = optarg;
        return true;
    case NO_ISO:
        options->no_iso = true;
        return true;
    default:
        return false;
    }
}

static bool read_options(int argc, char **argv, struct options *options)
{
    int option;

    while ((option = getopt_long(argc, argv, "", option_table, NULL)) != -1) {
        if (!read_option(option, options))
            return false;
    }
    if (optind + 1 != argc) {
        fprintf(stderr, "bailiwick: say one system or file\n");
        return false;
    }
    options->subject = argv[optind];
    return true;
}

static int check_and(const struct options *options, int (*then)(const struct system *))
{
    struct system *system = system_new(options);
    int status = EXIT_ERRORS;

    if (system && system_load(system) == 0) {
        system_check(system);
        system_print(system);
        if (!system_has_errors(system) && (!then || then(system) == 0))
            status = EXIT_SUCCESS;
    }
    system_free(system);
    return status;
}

static int run_check(struct options *options)
{
    if (options->output || options->hypervisor || options->no_iso) {
        fprintf(stderr, "bailiwick: check writes nothing: --output, --hypervisor and --no-iso are "
                        "for build\n");
        return EXIT_USAGE;
    }
    return check_and(options, NULL);
}

static int run_build(struct options *options)
{
    if (!options->output) {
        fprintf(stderr, "bailiwick: build needs --output DIR\n");
        return EXIT_USAGE;
    }
    if (!options->hypervisor)
        options->hypervisor = "build/bailiwick.elf";
    return check_and(options, build_write);
}

static const struct {
    const char *name;
    int (*run)(struct options *options);
} commands[] = {{"check", run_check}, {"build", run_build}};

static int run(const char *command, int argc, char **argv)
{
    struct options options = {.machine_kib = (uint64_t)CONFIG_MACHINE_MEMORY * 1024,
                              .nr_cpus = CONFIG_MACHINE_CPUS};

    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        if (strcmp(command, commands[i].name) != 0)
            continue;
        if (!read_options(argc, argv, &options))
            break;
        return commands[i].run(&options);
    }
    fputs(usage, stderr);
    return EXIT_USAGE;
}

int main(int argc, char **argv)
{
    const char *command = argc > 1 ? argv[1] : "";

    if (strcmp(command, "help") == 0 || strcmp(command, "--help") == 0) {
        fputs(usage, stdout);
        return EXIT_SUCCESS;
    }
    return run(command, argc - 1, argv + 1);
}
