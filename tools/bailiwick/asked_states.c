/* SPDX-License-Identifier: BSD-2-Clause */
/* The states of the booleans that a question is about, and a table for each. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/bailiwick/asked.h"
#include "xsm/policy.h"

#define TABLE_ALIGNMENT 16u
#define MAX_CHOICE 256u

static bool is_set(const uint64_t *words, unsigned int bit)
{
    return (words[bit / 64] >> (bit % 64) & 1u) != 0;
}

static void set(uint64_t *words, unsigned int bit, bool value)
{
    words[bit / 64] &= ~((uint64_t)1 << (bit % 64));
    words[bit / 64] |= (uint64_t)value << (bit % 64);
}

static bool read_value(const char *text, bool *value)
{
    static const char *const words[][2] = {{"off", "on"}, {"0", "1"}, {"false", "true"}};

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        for (unsigned int n = 0; n < 2; n++)
            if (strcmp(text, words[i][n]) == 0) {
                *value = n != 0;
                return true;
            }
    return false;
}

static int no_boolean(const struct asked *asked, const char *name)
{
    fprintf(stderr, "bailiwick: %s has no boolean %s%s", asked->path, name,
            asked->policy->nr_booleans == 0 ? ", nor any other" : "; it has");
    for (unsigned int i = 0; i < asked->policy->nr_booleans; i++)
        fprintf(stderr, " %s", asked->policy->boolean[i].name);
    fputc('\n', stderr);
    return -EINVAL;
}

/* NAME=on */
static int choose(struct asked *asked, char *choice)
{
    char *equals = strchr(choice, '=');
    unsigned int number;
    bool value;

    if (!equals || !read_value(equals + 1, &value)) {
        fprintf(stderr,
                "bailiwick: --booleans takes NAME=on or NAME=off, with commas between "
                "them, not \"%s\"\n",
                choice);
        return -EINVAL;
    }
    number = flask_find_boolean(asked->policy, choice, (size_t)(equals - choice));
    if (number == 0) {
        *equals = '\0';
        return no_boolean(asked, choice);
    }
    set(asked->boolean, number - 1, value);
    set(asked->chosen, number - 1, true);
    return 0;
}

static int read_booleans(struct asked *asked, const char *booleans)
{
    while (booleans && *booleans) {
        size_t length = strcspn(booleans, ",");
        char choice[MAX_CHOICE];
        int error;

        snprintf(choice, sizeof(choice), "%.*s", (int)length, booleans);
        error = choose(asked, choice);
        if (error)
            return error;
        booleans += length + (booleans[length] == ',');
    }
    return 0;
}

/* Does any rule depend on it? */
static bool matters(const struct flask_policy *policy, unsigned int boolean)
{
    for (unsigned int i = 0; i < policy->nr_conditions; i++)
        for (uint32_t s = 0; s < policy->condition[i].nr_steps; s++)
            if ((policy->condition[i].step[s] & 0xffffu) == boolean + 1)
                return true;
    return false;
}

/* In the order of names: that of values is the compiler's. */
static void insert_free(struct asked *asked, unsigned int boolean)
{
    const struct flask_boolean *booleans = asked->policy->boolean;
    unsigned int at = asked->nr_free++;

    for (; at > 0 && strcmp(booleans[asked->free[at - 1]].name, booleans[boolean].name) > 0; at--)
        asked->free[at] = asked->free[at - 1];
    asked->free[at] = boolean;
}

static int find_free(struct asked *asked)
{
    for (unsigned int i = 0; i < asked->policy->nr_booleans; i++) {
        if (is_set(asked->chosen, i) || !matters(asked->policy, i))
            continue;
        if (asked->nr_free == ASKED_MAX_FREE) {
            fprintf(stderr,
                    "bailiwick: --all-states takes at most %u booleans that rules depend on: "
                    "choose some with --booleans, until as many are left\n",
                    ASKED_MAX_FREE);
            return -EINVAL;
        }
        insert_free(asked, i);
    }
    return 0;
}

static int build_state(struct asked *asked, struct asked_state *state, const uint64_t *booleans)
{
    struct flask_policy *policy = xsm_table(asked->engine)->policy;
    size_t size = (xsm_table_room(policy) + TABLE_ALIGNMENT - 1) & ~(size_t)(TABLE_ALIGNMENT - 1);
    struct xsm_error error = {.text = "not enough memory"};

    state->memory.data = aligned_alloc(TABLE_ALIGNMENT, size);
    state->memory.size = size;
    if (state->memory.data &&
        xsm_build_table(policy, booleans, state->memory.data, size, &state->table, &error) == 0)
        return 0;
    fprintf(stderr, "bailiwick: %s: %s\n", asked->path, error.text);
    return -ENOMEM;
}

int asked_open_states(struct asked *asked, const char *booleans, bool all_states)
{
    int error;

    for (unsigned int i = 0; i < asked->policy->nr_booleans; i++)
        set(asked->boolean, i, asked->policy->boolean[i].initial);
    error = read_booleans(asked, booleans);
    if (error == 0 && all_states)
        error = find_free(asked);
    for (unsigned int n = 0; error == 0 && n < 1u << asked->nr_free; n++) {
        for (unsigned int i = 0; i < asked->nr_free; i++)
            set(asked->boolean, asked->free[i], (n >> i & 1u) != 0);
        error = build_state(asked, &asked->state[asked->nr_states++], asked->boolean);
    }
    return error;
}

uint64_t asked_all_states(const struct asked *asked)
{
    return UINT64_MAX >> (ASKED_MAX_STATES - asked->nr_states);
}

/* The states of `states` in which free boolean `i` is on. */
static uint64_t where_on(const struct asked *asked, unsigned int i)
{
    uint64_t on = 0;

    for (unsigned int n = 0; n < asked->nr_states; n++)
        on |= (uint64_t)(n >> i & 1u) << n;
    return on;
}

const char *asked_states_text(const struct asked *asked, uint64_t states)
{
    static char text[ASKED_MAX_FREE * (MAX_CHOICE + 8) + 32];
    uint64_t all = asked_all_states(asked), like = all;
    size_t used = 0;

    text[0] = '\0';
    for (unsigned int i = 0; i < asked->nr_free; i++) {
        uint64_t on = where_on(asked, i);

        if ((states & on) != 0 && (states & ~on) != 0)
            continue;
        like &= (states & on) != 0 ? on : ~on;
        used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%.200s=%s", used ? ", " : "",
                                 asked->policy->boolean[asked->free[i]].name,
                                 (states & on) != 0 ? "on" : "off");
    }
    if (like != states)
        snprintf(text + used, sizeof(text) - used, "%sin %d of %u states", used ? ", " : "",
                 __builtin_popcountll(states), asked->nr_states);
    return text;
}
