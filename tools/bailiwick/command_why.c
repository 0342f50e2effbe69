/* SPDX-License-Identifier: BSD-2-Clause */
/* bailiwick why: the rule that allows something, or what stands in its way. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/bailiwick/ask_options.h"
#include "tools/bailiwick/command.h"
#include "tools/bailiwick/json.h"
#include "tools/bailiwick/why.h"

#define KIND_WIDTH 17

static void print_text(const struct why *why)
{
    const struct flask_policy *policy = why->asked->policy;

    printf("%s: %s to %s, %s:%s\n", why->allowed ? "allowed" : "denied",
           policy->type[why->source.context.type - 1].name,
           policy->type[why->target.context.type - 1].name, why->class_name, why->permission);
    for (unsigned int i = 0; i < why->nr_reasons; i++) {
        const struct why_reason *reason = &why->reason[i];

        printf("  %-*s  %s\n", KIND_WIDTH, why_kind_name(reason->kind, false), reason->text);
        if (reason->place)
            printf("  %*s  at %s\n", KIND_WIDTH, "", reason->place);
    }
    if (why->nr_more != 0)
        printf("  and %u more\n", why->nr_more);
}

static void print_json(const struct why *why)
{
    json_t *reasons = json_must(json_array());

    for (unsigned int i = 0; i < why->nr_reasons; i++) {
        const struct why_reason *reason = &why->reason[i];

        json_array_append_new(
            reasons,
            json_must(json_pack("{s:s, s:s, s:s?}", "kind", why_kind_name(reason->kind, true),
                                "text", reason->text, "place", reason->place)));
    }
    json_print(json_must(json_pack("{s:b, s:s, s:s, s:s, s:s, s:o, s:i}", "allowed", why->allowed,
                                   "source", asked_text(why->asked, why->source.context), "target",
                                   asked_text(why->asked, why->target.context), "class",
                                   why->class_name, "permission", why->permission, "reasons",
                                   reasons, "more", (int)why->nr_more)));
}

/* CLASS PERMISSION, or CLASS:PERMISSION in one. false: it is neither. */
static bool read_permission(const struct ask_options *options, char *text, size_t size,
                            struct why *why)
{
    char *colon;

    snprintf(text, size, "%s", options->argument[3]);
    colon = strchr(text, ':');
    if ((colon != NULL) == (options->nr_arguments == 5)) {
        fprintf(stderr, "bailiwick: why takes one permission: CLASS PERMISSION, or "
                        "CLASS:PERMISSION\n");
        return false;
    }
    if (colon)
        *colon = '\0';
    why->class_name = text;
    why->permission = colon ? colon + 1 : options->argument[4];
    return true;
}

static int find_parties(struct why *why, const struct ask_options *options)
{
    int error = asked_label(why->asked, options->argument[1], &why->source);

    why->domain = asked_domain(why->asked, options->argument[1]);
    /* A domain names itself; a type or a context on itself is just that, as `query` has it. */
    if (error == 0 && (strcmp(options->argument[2], "self") == 0 ||
                       strcmp(options->argument[2], options->argument[1]) == 0))
        why->target = why->domain >= 0 ? asked_self(why->asked, &why->source) : why->source;
    else if (error == 0)
        error = asked_label(why->asked, options->argument[2], &why->target);
    return error;
}

int command_why(int argc, char **argv)
{
    static struct asked asked;
    static struct why why;
    struct ask_options options;
    char text[XSM_MAX_CONTEXT];
    int status = EXIT_USAGE;

    why = (struct why){.asked = &asked};
    if (!ask_read_options(argc, argv, ASK_BOOLEANS, 4, 5, &options) ||
        !read_permission(&options, text, sizeof(text), &why))
        return EXIT_USAGE;
    if (asked_open(&asked, options.argument[0], options.root, options.booleans, false) == 0 &&
        find_parties(&why, &options) == 0) {
        why_ask(&why);
        (options.json ? print_json : print_text)(&why);
        status = why.allowed ? EXIT_SUCCESS : EXIT_ERRORS;
    }
    why_free(&why);
    asked_close(&asked);
    return status;
}
