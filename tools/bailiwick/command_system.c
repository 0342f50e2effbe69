/* SPDX-License-Identifier: BSD-2-Clause */
/* bailiwick check and bailiwick build: what is done with a system as a whole. */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "tools/bailiwick/build.h"
#include "tools/bailiwick/command.h"
#include "tools/bailiwick/folder.h"
#include "tools/bailiwick/system.h"

#define LARGEST_MIB ((uint64_t)1 << 40)
#define HYPERVISOR_FILE "build/bailiwick.elf"
#define MOST_CPUS 256u /* as in Kconfig */

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

/* A folder has a place for what is built of it, and gets the tree's hypervisor. */
static int find_for_folder(struct options *options)
{
    static char output[PATH_MAX], hypervisor[PATH_MAX];
    char tree[PATH_MAX];
    int error = folder_tree(tree);

    if (!error)
        error = files_join(output, sizeof(output), options->subject, FOLDER_BOOT);
    if (!error)
        error = files_join(hypervisor, sizeof(hypervisor), tree, HYPERVISOR_FILE);
    if (!options->output)
        options->output = output;
    if (!options->hypervisor)
        options->hypervisor = hypervisor;
    return error;
}

static int run_build(struct options *options)
{
    if (folder_is(options->subject, options->root) && find_for_folder(options) != 0)
        return EXIT_USAGE;
    if (!options->output) {
        fprintf(stderr, "bailiwick: build needs --output DIR\n");
        return EXIT_USAGE;
    }
    if (!options->hypervisor)
        options->hypervisor = HYPERVISOR_FILE;
    return check_and(options, build_write);
}

static int run(int argc, char **argv, int (*command)(struct options *options))
{
    struct options options = {.machine_kib = (uint64_t)CONFIG_MACHINE_MEMORY * 1024,
                              .nr_cpus = CONFIG_MACHINE_CPUS};

    if (!read_options(argc, argv, &options))
        return EXIT_USAGE;
    return command(&options);
}

int command_check(int argc, char **argv)
{
    return run(argc, argv, run_check);
}

int command_build(int argc, char **argv)
{
    return run(argc, argv, run_build);
}
