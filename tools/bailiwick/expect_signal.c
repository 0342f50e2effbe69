/* SPDX-License-Identifier: BSD-2-Clause */
/* May information go one step of a flow: by a permission, or by events over a channel. */
#include <string.h>

#include "tools/bailiwick/expect.h"

/* In any of the states, which is then the question's. */
bool expect_is_possible(const struct expect *expect, uint64_t states, struct expect_question *asked)
{
    for (unsigned int n = 0; n < expect->asked->nr_states; n++) {
        asked->state = n;
        if ((states >> n & 1u) != 0 && expect_policy_allows(expect, asked))
            return true;
    }
    return false;
}

const struct expect_word *expect_find_word(const struct expect *expect, const char *class_name,
                                           const char *permission)
{
    for (unsigned int i = 0; i < expect->nr_words; i++)
        if (strcmp(expect->word[i].class_name, class_name) == 0 &&
            strcmp(expect->word[i].permission, permission) == 0)
            return &expect->word[i];
    return NULL;
}

/* What a channel between two takes. */
struct channel {
    const struct expect *expect;
    uint64_t states;
    unsigned int phase;
};

static bool may(const struct channel *by, unsigned int subject, unsigned int object, bool channel,
                const char *permission)
{
    struct expect_question asked = {.subject = subject,
                                    .object = object,
                                    .channel = channel,
                                    .word = expect_find_word(by->expect, "event", permission),
                                    .label = -1,
                                    .phase = by->phase};

    return asked.word && expect_is_possible(by->expect, by->states, &asked);
}

bool expect_may_signal(const struct expect *expect, uint64_t states, struct expect_question *asked)
{
    struct channel by = {expect, states, asked->phase};
    unsigned int from = asked->subject, to = asked->object;

    return expect->party[from].has_channels && expect->party[to].has_channels &&
           may(&by, to, from, false, "bind") && may(&by, from, to, true, "create") &&
           may(&by, to, from, true, "create") && may(&by, from, to, true, "send") &&
           expect_is_possible(expect, states, asked);
}
