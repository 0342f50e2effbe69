/* SPDX-License-Identifier: BSD-2-Clause */
/* bailiwick dump: everything that a policy decides. */
#include <stdio.h>

#include "tools/bailiwick/ask_options.h"
#include "tools/bailiwick/command.h"
#include "tools/bailiwick/dump.h"
#include "tools/bailiwick/json.h"

static json_t *lines_json(const struct dump *dump)
{
    json_t *list = json_must(json_array());

    for (size_t i = 0; i < dump->count; i++)
        json_array_append_new(list, json_must(json_string(dump->line[i])));
    return list;
}

static void print_lines(const struct dump *dump)
{
    for (size_t i = 0; i < dump->count; i++)
        printf("%s\n", dump->line[i]);
}

/* What is the same in all states, then state by state. `states`: NULL for text. */
static bool print_state(const struct asked *asked, unsigned int number, json_t *states)
{
    const char *booleans = asked_states_text(asked, (uint64_t)1 << number);
    struct dump dump = {.asked = asked};
    bool whole;

    dump_state(&dump, asked->state[number].table);
    dump_sort(&dump);
    whole = !dump.failed;
    if (states)
        json_array_append_new(states, json_must(json_pack("{s:s, s:o}", "booleans", booleans,
                                                          "decisions", lines_json(&dump))));
    else {
        if (asked->nr_states > 1)
            printf("\nwith %s:\n", booleans);
        print_lines(&dump);
    }
    dump_free(&dump);
    return whole;
}

static bool print_dump(const struct asked *asked, bool json)
{
    struct dump dump = {.asked = asked};
    json_t *states = json ? json_must(json_array()) : NULL;
    bool whole;

    dump_words(&dump);
    dump_rules(&dump);
    dump_sort(&dump);
    whole = !dump.failed;
    if (!json)
        print_lines(&dump);
    for (unsigned int n = 0; whole && n < asked->nr_states; n++)
        whole = print_state(asked, n, states);
    if (json)
        json_print(json_must(
            json_pack("{s:o, s:o}", "in_all_states", lines_json(&dump), "states", states)));
    dump_free(&dump);
    if (!whole)
        fprintf(stderr, "bailiwick: not enough memory\n");
    return whole;
}

int command_dump(int argc, char **argv)
{
    static struct asked asked;
    struct ask_options options;
    int status = EXIT_USAGE;

    if (!ask_read_options(argc, argv, ASK_BOOLEANS | ASK_ALL_STATES, 1, 1, &options))
        return EXIT_USAGE;
    if (asked_open(&asked, options.argument[0], options.root, options.booleans,
                   options.all_states) == 0)
        status = print_dump(&asked, options.json) ? 0 : EXIT_ERRORS;
    asked_close(&asked);
    return status;
}
