/* SPDX-License-Identifier: BSD-2-Clause */
/* Is a permission possible: what the policy says, and what operations that ask for it need. */
#include <string.h>

#include "tools/bailiwick/expect.h"
#include "xsm/roles_engine.h"

struct flask_context expect_channel(const struct expect *expect, unsigned int state,
                                    const struct expect_party *owner,
                                    const struct expect_party *peer)
{
    struct flask_context context = {0};

    if (flask_new_context(expect->asked->state[state].table, FLASK_NEW_TRANSITION, owner->context,
                          peer->context, expect->asked->policy->event_class, NULL, &context) != 0)
        context.type = 0;
    return context;
}

/* By which labels it is asked. */
static void find_labels(const struct expect *expect, const struct expect_question *question,
                        struct expect_asked *asked)
{
    const struct expect_party *subject = &expect->party[question->subject];
    const struct expect_party *object = &expect->party[question->object];
    bool end = subject->has_channels &&
               question->word->class_value == expect->asked->policy->event_class &&
               strcmp(question->word->permission, "bind") == 0;

    asked->source = subject->context;
    asked->target = object->context;
    if (question->channel)
        asked->target = expect_channel(expect, question->state, subject, object);
    else if (end)
        asked->source = expect_channel(expect, question->state, subject, object);
    else if (question->self)
        asked->target =
            asked_self(expect->asked, &(struct asked_label){subject->context, subject->certain})
                .context;
}

/* What the policy says of it. */
static void ask_policy(const struct expect *expect, const struct expect_question *question,
                       struct expect_asked *asked, unsigned int class_value, uint32_t bit,
                       struct expect_answer *answer)
{
    struct flask_av av;

    if (asked->source.type == 0 || asked->target.type == 0)
        return;
    av = flask_decide(expect->asked->state[question->state].table, asked->source, asked->target,
                      class_value);
    asked->allowed = (av.allowed & bit) != 0;
    answer->audited = ((asked->allowed ? av.auditallow : av.auditdeny) & bit) != 0;
    answer->permissive =
        !asked->allowed && expect->asked->policy->type[asked->source.type - 1].permissive;
}

/* How the keys beside the policy's answered, of all operations that ask for it. */
struct keys {
    unsigned int operations;
    bool role, phase, both; /* some operation opens */
};

static void ask_keys(const struct expect *expect, const struct expect_question *question,
                     enum xsm_hook hook, enum xsm_party asker, struct keys *keys)
{
    const enum xsm_phase when = xsm_rows[hook].phase;
    struct xsm_query query;
    bool role = true, phase = question->phase == EXPECT_BEFORE ||
                              (when != XSM_PHASE_LAUNCH &&
                               (when != XSM_PHASE_UNSEALED || !expect_launch_seals(expect)));

    xsm_start_query(
        &query, hook,
        (struct xsm_subject){.roles = expect_roles(expect, &expect->party[question->subject])});
    query.self = question->self;
    /* It is the caller's role that counts; of other subjects it isn't known who calls. */
    if (asker == XSM_PARTY_caller || asker == XSM_PARTY_channel)
        role = xsm_roles_allow(true, &query);
    keys->operations++;
    keys->role |= role;
    keys->phase |= phase;
    keys->both |= role && phase;
}

static bool is_word(const struct xsm_question *question, const struct expect_word *word)
{
    return strcmp(question->class_name, word->class_name) == 0 &&
           strcmp(question->permission, word->permission) == 0;
}

/* All operations that ask for a word that the policy has. */
static void ask_operations(const struct expect *expect, const struct expect_question *question,
                           struct keys *keys)
{
    const struct xsm_check *check;

    for (unsigned int hook = 0; hook < XSM_NR_HOOKS; hook++)
        for (unsigned int i = 0; (check = xsm_row_check((enum xsm_hook)hook, i)) != NULL; i++) {
            const struct flask_check *map = &expect->asked->policy->check[hook][i];

            if ((map->answer != FLASK_ANSWER_ASK && map->answer != FLASK_ANSWER_OTHER) ||
                map->class_value != question->word->class_value ||
                map->permission != question->word->bit)
                continue;
            ask_keys(expect, question, (enum xsm_hook)hook,
                     map->answer == FLASK_ANSWER_ASK ? check->ask.subject : check->other->subject,
                     keys);
        }
}

/* Whom an operation asks about in place of a word that the policy lacks. */
static void ask_other(const struct expect *expect, const struct expect_question *question,
                      const struct xsm_check *check, const struct flask_check *map,
                      struct expect_answer *answer)
{
    struct expect_asked *asked = &answer->asked[0];
    const struct flask_policy *policy = expect->asked->policy;

    asked->class_name = check->other->class_name;
    asked->permission = check->other->permission;
    if (check->other->object == XSM_PARTY_xen)
        asked->target = flask_sid_context(policy, XSM_INITIAL_XEN);
    else if (check->other->object == XSM_PARTY_security)
        asked->target = flask_sid_context(policy, XSM_INITIAL_SECURITY);
    ask_policy(expect, question, asked, map->class_value, map->permission, answer);
}

/* A word that the policy lacks: what each operation does that would ask for it. */
static void ask_instead(const struct expect *expect, const struct expect_question *question,
                        struct keys *keys, struct expect_answer *answer)
{
    struct expect_asked first = answer->asked[0];
    const struct xsm_check *check;

    for (unsigned int hook = 0; hook < XSM_NR_HOOKS; hook++)
        for (unsigned int i = 0; (check = xsm_row_check((enum xsm_hook)hook, i)) != NULL; i++) {
            const struct flask_check *map = &expect->asked->policy->check[hook][i];

            if (!is_word(&check->ask, question->word) || answer->asked[0].allowed)
                continue;
            answer->asked[0] = first;
            if (map->answer == FLASK_ANSWER_OTHER)
                ask_other(expect, question, check, map, answer);
            else
                answer->asked[0].allowed = map->answer == FLASK_ANSWER_SELF && question->self;
            ask_keys(expect, question, (enum xsm_hook)hook, check->ask.subject, keys);
        }
}

bool expect_is_gone(const struct expect *expect, const struct expect_question *question)
{
    int domain = expect->party[question->subject].domain;

    return question->phase == EXPECT_AFTER && domain >= 0 &&
           (expect_lcm_roles(&expect->asked->system->lcm.domain[domain]) & XSM_ROLE_BOOT) != 0;
}

bool expect_policy_allows(const struct expect *expect, const struct expect_question *question)
{
    struct expect_answer answer = {0};

    if (expect_is_gone(expect, question))
        return false;
    if (question->word->class_value == 0) {
        expect_ask(expect, question, &answer);
        return !answer.denied_by[XSM_KEY_FLASK];
    }
    find_labels(expect, question, &answer.asked[0]);
    ask_policy(expect, question, &answer.asked[0], question->word->class_value, question->word->bit,
               &answer);
    return answer.asked[0].allowed || answer.permissive;
}

void expect_ask(const struct expect *expect, const struct expect_question *question,
                struct expect_answer *answer)
{
    const struct expect_word *word = question->word;
    struct expect_asked *asked = &answer->asked[0];
    struct keys keys = {0};
    bool possible;

    *answer = (struct expect_answer){.nr_asked = 1, .audited = true};
    asked->class_name = word->class_name;
    asked->permission = word->permission;
    find_labels(expect, question, asked);
    if (word->class_value != 0) {
        ask_policy(expect, question, asked, word->class_value, word->bit, answer);
        ask_operations(expect, question, &keys);
    } else {
        ask_instead(expect, question, &keys, answer);
    }
    answer->gone = expect_is_gone(expect, question);
    possible = !answer->gone && (keys.operations == 0 || keys.both);
    answer->denied_by[XSM_KEY_FLASK] = !asked->allowed && !answer->permissive;
    answer->denied_by[XSM_KEY_PHASE] = !possible && (answer->gone || !keys.phase);
    answer->denied_by[XSM_KEY_ROLE] = !possible && !answer->gone && (!keys.role || keys.phase);
    answer->allowed = possible && !answer->denied_by[XSM_KEY_FLASK];
    /* What the other keys deny is always recorded. */
    answer->audited |= !possible;
}
