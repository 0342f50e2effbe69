/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bailiwick: the host command. 0: done; 1: what was asked about has errors; 2: wrong use.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/bailiwick/command.h"

#define TEXT_OF(number) #number
#define TEXT(number) TEXT_OF(number)
#define DEFAULT_MEMORY TEXT(CONFIG_MACHINE_MEMORY)
#define DEFAULT_CPUS TEXT(CONFIG_MACHINE_CPUS)

static const char usage[] =
    "bailiwick check SYSTEM|FILE [--policy FILE] [--memory MIB] [--cpus N] [--modules DIR]\n"
    "                [--root DIR]\n"
    "    Say everything that is wrong with a system, as the hypervisor would and before it does.\n"
    "    SYSTEM  a name: lcm/systems/SYSTEM.dts; or a folder as `bailiwick new` makes it, whose\n"
    "            policy is compiled when it is older than its sources\n"
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
    "    --output DIR       where to write (of a folder: build/boot in it)\n"
    "    --hypervisor FILE  what to boot (default: build/bailiwick.elf)\n"
    "    --no-iso           without boot.iso\n"
    "\n"
    "bailiwick query SYSTEM|POLICY [SOURCE [TARGET [CLASS[:PERMISSION,...]]]] [--booleans LIST]\n"
    "                [--all-states] [--json] [--root DIR]\n"
    "bailiwick query SYSTEM --matrix [...]\n"
    "    Who may do what to whom, as rules. Exits with 1 if nothing of it is allowed.\n"
    "    POLICY  a compiled policy file, of any system\n"
    "    SOURCE  a domain of the system, a type, an attribute, a context, an initial SID (xen,\n"
    "            security, ...) or any; TARGET likewise, or self\n"
    "    --matrix           of each domain towards each\n"
    "    --booleans LIST    NAME=on,NAME=off,...; the others are as the policy has them\n"
    "    --all-states       in every state of the booleans that LIST doesn't name\n"
    "\n"
    "bailiwick why SYSTEM|POLICY SOURCE TARGET CLASS PERMISSION [--booleans LIST] [--json]\n"
    "    The rule that allows it, with file and line, or what stands in its way: a missing rule,\n"
    "    a constraint, a bound, a role. Exits with 1 if it is denied.\n"
    "\n"
    "bailiwick table SYSTEM|POLICY [--json]\n"
    "    What a policy has, how large its tables are, and what words it lacks or has too many.\n"
    "\n"
    "bailiwick dump SYSTEM|POLICY [--booleans LIST] [--all-states] [--json]\n"
    "    Everything that a policy decides, in an order that doesn't depend on how it was "
    "compiled:\n"
    "    two policies that decide the same have the same dump.\n"
    "\n"
    "bailiwick expect SYSTEM|POLICY [FILE.exp ...] [--line [FILE.exp:]N] [--policy FILE]\n"
    "                [--booleans LIST] [--attempts] [--json] [--root DIR]\n"
    "    Check what policy/separation.exp and the system's own expectations say, or FILE.exp in\n"
    "    place of its own. docs/expectations.md is the language. Exits with 1 if any isn't met.\n"
    "    --line N           only the line N of the system's file, or of the first FILE.exp\n"
    "    --attempts         check nothing, but list for programs everything that the domains "
    "could\n"
    "                       attempt, what should come of it, and which lines that tries\n"
    "\n"
    "bailiwick try SYSTEM|POLICY 'SOURCE CLASS:PERMISSION|OPERATION TARGET' [--before-finalise]\n"
    "                [--live | --offline] [--policy FILE] [--booleans LIST] [--json] [--root DIR]\n"
    "    Say whether a domain could do that, and why. Exits with 1 if it couldn't.\n"
    "    --live             then boot it with probes, in which those domains try it: what isn't as "
    "was\n"
    "                       said is an error; of a folder this is so without being asked for\n"
    "    --offline          boot nothing\n"
    "\n";

/* Apart, since C promises strings of 4095 characters and no longer ones. */
static const char more_usage[] =
    "bailiwick new DIR --from SYSTEM\n"
    "    Make a folder with a system of one's own, to begin with what SYSTEM has. Overwrites "
    "nothing.\n"
    "\n"
    "bailiwick run DIR\n"
    "    Build the folder's system and boot it in QEMU, in this terminal.\n"
    "\n"
    "bailiwick test DIR|SYSTEM [--offline] [--line [FILE.exp:]N] [--only ATTEMPT]\n"
    "    Check it, compile its policy with both compilers, see that all is as expected, and boot "
    "it\n"
    "    with a small program in the place of each domain's kernel, which attempts everything "
    "that\n"
    "    the domain could ask of the hypervisor. docs/first-hour.md shows it.\n"
    "    --offline          boot nothing\n"
    "    --line N           only this expectation, and what tries it\n"
    "    --only ATTEMPT     only this attempt, as a failure calls it\n"
    "\n"
    "bailiwick explain CLASS:PERMISSION|CLASS|OPERATION [--json]\n"
    "    Say which operations need a permission, what each lets its caller do, and what else it\n"
    "    needs. Without an argument: all operations.\n"
    "    --json             for programs\n"
    "    --markdown         as docs/hooks.md\n"
    "\n"
    "bailiwick help\n"
    "    This text.\n"
    "\n"
    "Exit status: 0 nothing wrong but notices, or allowed; 1 errors, or denied; 2 wrong use of "
    "this\n"
    "command.\n";

static const struct {
    const char *name;
    int (*run)(int argc, char **argv);
} commands[] = {{"check", command_check},     {"build", command_build},   {"query", command_query},
                {"why", command_why},         {"table", command_table},   {"dump", command_dump},
                {"explain", command_explain}, {"expect", command_expect}, {"try", command_try},
                {"new", command_new},         {"run", command_run},       {"test", command_test}};

static void print_usage(FILE *out)
{
    fputs(usage, out);
    fputs(more_usage, out);
}

static int run(const char *command, int argc, char **argv)
{
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        if (strcmp(command, commands[i].name) == 0) {
            int status = commands[i].run(argc, argv);

            if (status == EXIT_USAGE)
                fprintf(stderr, "bailiwick: `bailiwick help` says how %s is used\n", command);
            return status;
        }
    }
    print_usage(stderr);
    return EXIT_USAGE;
}

/* What couldn't be written wasn't answered. */
static int written(int status)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return status;
    perror("bailiwick: standard output");
    return EXIT_USAGE;
}

int main(int argc, char **argv)
{
    const char *command = argc > 1 ? argv[1] : "";

    if (strcmp(command, "help") == 0 || strcmp(command, "--help") == 0) {
        print_usage(stdout);
        return EXIT_SUCCESS;
    }
    return written(run(command, argc - 1, argv + 1));
}
