/* SPDX-License-Identifier: BSD-2-Clause */
/* bw: what a Linux domain asks of Bailiwick, beyond Xen's interface. */
#include <string.h>

#include "tools/guests/bw/bw.h"

static const char usage[] =
    "bw audit [--follow] [--json]\n"
    "    Print the audit records that the policy lets this domain see, as audit2allow reads them.\n"
    "    --follow  then wait for more\n"
    "\n"
    "bw changes [--follow] [--json]\n"
    "    Print who has changed the policy, its enforcement, its booleans or a label, and when.\n"
    "\n"
    "bw coverage [--json]\n"
    "    Print each decision that was made since they are collected.\n"
    "bw coverage --reset\n"
    "    Forget them, and collect from now on.\n"
    "\n"
    "bw ready\n"
    "    Tell the boot domain that this one is ready.\n"
    "\n"
    "bw seal\n"
    "    Seal the policy: nobody can change it any more until the machine is started again.\n"
    "\n"
    "--json prints an object in each line.\n"
    "Exit status: 0 done, 1 refused, 2 wrong use of this command.\n";

static const struct {
    const char *name;
    int (*run)(const struct bw *bw);
    bool json, follow, reset; /* which options it has */
} commands[] = {
    {"audit", bw_audit, .json = true, .follow = true},
    {"changes", bw_changes, .json = true, .follow = true},
    {"coverage", bw_coverage, .json = true, .reset = true},
    {"ready", bw_ready, .json = false},
    {"seal", bw_seal, .json = false},
};

/* NULL: the command doesn't have it. */
static bool *option_of(const char *option, size_t command, struct bw *bw)
{
    if (strcmp(option, "--json") == 0 && commands[command].json)
        return &bw->json;
    if (strcmp(option, "--follow") == 0 && commands[command].follow)
        return &bw->follow;
    if (strcmp(option, "--reset") == 0 && commands[command].reset)
        return &bw->reset;
    return NULL;
}

static bool take_option(const char *option, size_t command, struct bw *bw)
{
    bool *taken = option_of(option, command, bw);

    if (taken == NULL)
        fprintf(stderr, "bw: %s has no option %s\n", commands[command].name, option);
    else
        *taken = true;
    return taken != NULL;
}

static int run(size_t command, int nr_options, char **option)
{
    struct bw bw = {.out = stdout, .err = stderr};
    int status;

    for (int i = 0; i < nr_options; i++)
        if (!take_option(option[i], command, &bw))
            return BW_USAGE;
    status = commands[command].run(&bw);
    if (fflush(stdout) == 0)
        return status;
    perror("bw");
    return BW_REFUSED;
}

int main(int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : "";

    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
        if (strcmp(name, commands[i].name) == 0)
            return run(i, argc - 2, argv + 2);
    if (strcmp(name, "help") == 0 || strcmp(name, "--help") == 0)
        return fputs(usage, stdout) < 0 ? BW_REFUSED : BW_DONE;
    fputs(usage, stderr);
    return BW_USAGE;
}
