/* SPDX-License-Identifier: BSD-2-Clause */
/* The states of the booleans in which an expectation is to hold. */
#include <string.h>

#include "tools/bailiwick/expect.h"

/* The hypervisor's own: hv/gate/policy.h. */
#define FINALISED "launch_finalised"

/* Those states in which a boolean that is left open has this value. */
static uint64_t where(const struct asked *asked, unsigned int free, bool on)
{
    uint64_t states = 0;

    for (unsigned int n = 0; n < asked->nr_states; n++)
        if ((n >> free & 1u) == on)
            states |= (uint64_t)1 << n;
    return states;
}

static const struct expect_choice *find_choice(const struct expect_line *line, const char *boolean)
{
    for (unsigned int i = 0; i < line->nr_choices; i++)
        if (strcmp(line->choice[i].boolean, boolean) == 0)
            return &line->choice[i];
    return NULL;
}

/* Does the command line give it the other value? */
static bool is_contradicted(const struct asked *asked, unsigned int boolean, bool on)
{
    unsigned int bit = boolean - 1;
    bool chosen = (asked->chosen[bit / 64] >> (bit % 64) & 1u) != 0;

    return chosen && ((asked->boolean[bit / 64] >> (bit % 64) & 1u) != 0) != on;
}

static bool check_choices(const struct expect *expect, struct expect_file *file,
                          const struct expect_line *line)
{
    for (unsigned int i = 0; i < line->nr_choices; i++) {
        const struct expect_choice *choice = &line->choice[i];
        const char *name = choice->boolean;
        unsigned int boolean = flask_find_boolean(expect->asked->policy, name, strlen(name));

        if (strcmp(name, FINALISED) == 0)
            expect_complain(file, line, choice->column,
                            "say `before finalise` or `after finalise`: " FINALISED
                            " is the hypervisor's");
        else if (boolean == 0)
            expect_complain(file, line, choice->column, "the policy has no boolean %s", name);
        else if (is_contradicted(expect->asked, boolean, choice->on))
            expect_complain(file, line, choice->column, "--booleans says otherwise of %s", name);
        else
            continue;
        return false;
    }
    return true;
}

unsigned int expect_initial_state(const struct expect *expect, unsigned int phase)
{
    const struct asked *asked = expect->asked;
    unsigned int state = 0;

    for (unsigned int i = 0; i < asked->nr_free; i++) {
        const struct flask_boolean *boolean = &asked->policy->boolean[asked->free[i]];
        bool on = strcmp(boolean->name, FINALISED) == 0 ? phase == EXPECT_AFTER : boolean->initial;

        state |= (unsigned int)on << i;
    }
    return state;
}

uint64_t expect_states(const struct expect *expect, struct expect_file *file,
                       const struct expect_line *line, unsigned int phase)
{
    const struct asked *asked = expect->asked;
    uint64_t states = asked_all_states(asked);

    if (!check_choices(expect, file, line))
        return 0;
    for (unsigned int i = 0; i < asked->nr_free; i++) {
        const struct flask_boolean *boolean = &asked->policy->boolean[asked->free[i]];
        const struct expect_choice *choice = find_choice(line, boolean->name);

        if (strcmp(boolean->name, FINALISED) == 0)
            states &= where(asked, i, phase == EXPECT_AFTER);
        else if (choice)
            states &= where(asked, i, choice->on);
        else if (line->verb == EXPECT_ALLOW)
            states &= where(asked, i, boolean->initial);
    }
    return states;
}

const char *expect_states_text(const struct expect *expect, uint64_t states)
{
    static const char *const own[] = {FINALISED "=on, ",    FINALISED "=off, ",
                                      ", " FINALISED "=on", ", " FINALISED "=off",
                                      FINALISED "=on",      FINALISED "=off"};
    char *text = (char *)(uintptr_t)asked_states_text(expect->asked, states);

    /* When it is, has been said in words. */
    for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
        char *found = strstr(text, own[i]);
        size_t length = strlen(own[i]);

        if (found)
            memmove(found, found + length, strlen(found + length) + 1);
    }
    return text;
}
