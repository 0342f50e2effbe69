/* SPDX-License-Identifier: BSD-2-Clause */
/* bailiwick query: who may do what to whom. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/bailiwick/ask_options.h"
#include "tools/bailiwick/command.h"
#include "tools/bailiwick/decisions.h"
#include "tools/bailiwick/matrix.h"

/*
 * Each of the sources on itself. A domain of the system is asked by the label that it has for
 * itself; a type's or a context's is the same, as in a rule.
 */
static int find_on_self(const struct asked *asked, const struct asked_labels *sources,
                        const struct asked_class *class, bool domain, struct decisions *found)
{
    int error = 0;

    for (unsigned int i = 0; error == 0 && i < sources->count; i++) {
        struct asked_label self =
            domain ? asked_self(asked, &sources->label[i]) : sources->label[i];

        error = decisions_of_pair(asked, &sources->label[i], &self, class, found);
    }
    return error;
}

static int find(const struct asked *asked, const struct ask_options *options,
                struct decisions *found)
{
    const char *source = options->nr_arguments > 1 ? options->argument[1] : "any";
    const char *target = options->nr_arguments > 2 ? options->argument[2] : "any";
    bool domain = asked_domain(asked, source) >= 0;
    struct asked_labels sources, targets = {0};
    struct asked_class class;
    int error;

    if (asked_class(asked, options->nr_arguments > 3 ? options->argument[3] : "any", &class) != 0)
        return EXIT_USAGE;
    if (asked_labels(asked, source, &sources) != 0)
        return EXIT_USAGE;
    if (strcmp(target, "self") == 0 || (domain && strcmp(target, source) == 0))
        error = find_on_self(asked, &sources, &class, domain, found);
    else if (asked_labels(asked, target, &targets) != 0)
        error = EXIT_USAGE;
    else
        error = decisions_find(asked, &sources, &targets, &class, found);
    free(sources.label);
    free(targets.label);
    return error == 0 || error == EXIT_USAGE ? error : EXIT_ERRORS;
}

/* Is any of it really allowed? */
static bool is_any_allowed(const struct decisions *found)
{
    for (size_t i = 0; i < found->count; i++)
        if (!found->decision[i].withheld)
            return true;
    return false;
}

static int query(const struct asked *asked, const struct ask_options *options)
{
    struct decisions found = {0};
    int status = find(asked, options, &found);

    if (status == 0 && !is_any_allowed(&found))
        status = EXIT_ERRORS;
    if (status == EXIT_USAGE) {
        decisions_free(&found);
        return status;
    }
    if (options->json)
        decisions_print_json(asked, &found);
    else if (decisions_print(asked, &found) == 0 && status != 0)
        fprintf(stderr, "bailiwick: nothing of this is allowed\n");
    decisions_free(&found);
    return status;
}

int command_query(int argc, char **argv)
{
    struct ask_options options;
    static struct asked asked;
    int status;

    if (!ask_read_options(argc, argv, ASK_BOOLEANS | ASK_ALL_STATES | ASK_MATRIX, 1, 4, &options))
        return EXIT_USAGE;
    if (options.matrix && options.nr_arguments > 1) {
        fprintf(stderr, "bailiwick: --matrix is about all domains of a system\n");
        return EXIT_USAGE;
    }
    status =
        asked_open(&asked, options.argument[0], options.root, options.booleans, options.all_states);
    if (status != 0)
        status = EXIT_USAGE;
    else
        status = options.matrix ? matrix_print(&asked, options.json) : query(&asked, &options);
    asked_close(&asked);
    return status;
}
