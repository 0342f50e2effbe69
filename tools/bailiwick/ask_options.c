/* SPDX-License-Identifier: BSD-2-Clause */
#include "tools/bailiwick/ask_options.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

enum { JSON = 256, ROOT, BOOLEANS, ALL_STATES, MATRIX };

static const struct option option_table[] = {
    {"json", no_argument, NULL, JSON},
    {"root", required_argument, NULL, ROOT},
    {"booleans", required_argument, NULL, BOOLEANS},
    {"all-states", no_argument, NULL, ALL_STATES},
    {"matrix", no_argument, NULL, MATRIX},
    {NULL, 0, NULL, 0},
};

static unsigned int needed(int option)
{
    if (option == BOOLEANS)
        return ASK_BOOLEANS;
    if (option == ALL_STATES)
        return ASK_ALL_STATES;
    return option == MATRIX ? ASK_MATRIX : 0;
}

static bool read_option(int option, const char *command, unsigned int has,
                        struct ask_options *options)
{
    if (option < JSON) /* getopt has said why */
        return false;
    if ((needed(option) & ~has) != 0) {
        fprintf(stderr, "bailiwick: %s has no such option\n", command);
        return false;
    }
    options->json |= option == JSON;
    options->all_states |= option == ALL_STATES;
    options->matrix |= option == MATRIX;
    if (option == ROOT)
        options->root = optarg;
    if (option == BOOLEANS)
        options->booleans = optarg;
    return true;
}

bool ask_read_options(int argc, char **argv, unsigned int has, int least, int most,
                      struct ask_options *options)
{
    int option;

    memset(options, 0, sizeof(*options));
    while ((option = getopt_long(argc, argv, "", option_table, NULL)) != -1)
        if (!read_option(option, argv[0], has, options))
            return false;
    options->nr_arguments = argc - optind;
    if (options->nr_arguments < least || options->nr_arguments > most) {
        fprintf(stderr, "bailiwick: %s takes ", argv[0]);
        if (least != most)
            fprintf(stderr, "%d to ", least);
        fprintf(stderr, "%d argument%s, not %d\n", most, most == 1 ? "" : "s",
                options->nr_arguments);
        return false;
    }
    for (int i = 0; i < options->nr_arguments; i++)
        options->argument[i] = argv[optind + i];
    return true;
}
