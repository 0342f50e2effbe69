/* SPDX-License-Identifier: BSD-2-Clause */
#include "tools/bailiwick/expect.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Of policy/vocabulary, which a policy may lack. */
static const char *const vocabulary[][2] = {
#define FLOW(class, permission, way, store) {#class, #permission},
#include "tools/bailiwick/flow.def"
#undef FLOW
};
#define NR_VOCABULARY ((unsigned int)(sizeof(vocabulary) / sizeof(vocabulary[0])))

static void add_policy_words(struct expect *expect)
{
    const struct flask_policy *policy = expect->asked->policy;

    for (unsigned int value = 1; value <= policy->nr_classes; value++)
        for (unsigned int i = 0; i < FLASK_PERMISSIONS; i++) {
            const struct flask_class *class = &policy->class[value - 1];

            if (class->name && class->permission[i])
                expect->word[expect->nr_words++] = (struct expect_word){
                    class->name, class->permission[i], value, (uint32_t)1 << i};
        }
}

static bool has_word(const struct expect *expect, const char *class_name, const char *permission)
{
    for (unsigned int i = 0; i < expect->nr_words; i++)
        if (strcmp(expect->word[i].class_name, class_name) == 0 &&
            strcmp(expect->word[i].permission, permission) == 0)
            return true;
    return false;
}

static int list_words(struct expect *expect)
{
    _Static_assert(FLASK_MAX_CLASSES * FLASK_PERMISSIONS + NR_VOCABULARY <= EXPECT_MAX_WORDS,
                   "there is room for every word");

    expect->word = calloc(EXPECT_MAX_WORDS, sizeof(*expect->word));
    if (!expect->word) {
        fprintf(stderr, "bailiwick: not enough memory\n");
        return -ENOMEM;
    }
    expect->nr_words = 0;
    add_policy_words(expect);
    for (unsigned int i = 0; i < NR_VOCABULARY; i++)
        if (!has_word(expect, vocabulary[i][0], vocabulary[i][1]))
            expect->word[expect->nr_words++] =
                (struct expect_word){vocabulary[i][0], vocabulary[i][1], 0, 0};
    return 0;
}

int expect_open(struct expect *expect, const struct asked *asked, bool json)
{
    int error;

    *expect = (struct expect){.asked = asked, .results = json ? json_must(json_array()) : NULL};
    error = expect_list_parties(expect);
    return error ? error : list_words(expect);
}

void expect_end_line(struct expect *expect, const struct expect_file *file,
                     const struct expect_line *line)
{
    if (expect->results)
        expect_json_line(expect, file, line);
    else
        expect_report_rest(expect);
    expect->lines++;
    expect->checks += expect->line_checks;
    expect->failures += expect->line_failures;
}

void expect_close(struct expect *expect)
{
    free(expect->party);
    free(expect->word);
    json_decref(expect->results);
    json_decref(expect->failures_of_line);
    *expect = (struct expect){0};
}
