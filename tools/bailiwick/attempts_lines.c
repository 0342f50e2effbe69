/* SPDX-License-Identifier: BSD-2-Clause */
/* Which attempts try an expectation: they are of its subjects, on its objects, by its rights. */
#include <string.h>

#include "tools/bailiwick/attempts.h"
#include "tools/bailiwick/attempts_list.h"
#include "tools/bailiwick/expect_checking.h"

static bool is_subject(const struct checking *checking, unsigned int party)
{
    return checking->subjects.has[party] != (checking->line->verb == EXPECT_ONLY);
}

/* Is it the party that a line is about, when this one is asked for it? */
static bool is_object(const struct checking *checking, const struct attempt *one,
                      unsigned int party, bool end)
{
    return end ? checking->objects.channel.has[party]
               : expect_is_object(&checking->objects, one->subject, party);
}

static unsigned int party_of_sid(struct expect *expect, xsm_sid sid)
{
    return expect_named_party(expect, flask_sid_context(expect->asked->policy, sid));
}

/* An operation's object, as lines name it. */
static unsigned int object_of(struct expect *expect, const struct attempt *one)
{
    if (one->party >= 0)
        return (unsigned int)one->party;
    if (one->module != XSM_SID_NONE)
        return party_of_sid(expect, one->module);
    switch (expect_fixed_object(&xsm_rows[one->hook])) {
    case XSM_PARTY_xen:
        return party_of_sid(expect, XSM_INITIAL_XEN);
    case XSM_PARTY_security:
        return party_of_sid(expect, XSM_INITIAL_SECURITY);
    default:
        return one->subject;
    }
}

static bool has_label(const struct checking *checking, const struct attempt *one)
{
    struct expect *expect = checking->expect;

    return one->label == XSM_SID_NONE || !checking->line->label.name ||
           checking->label == party_of_sid(expect, one->label);
}

static bool tries_operation(const struct checking *checking, const struct attempt *one)
{
    for (unsigned int i = 0; i < checking->nr_operations; i++)
        if (checking->operation[i] == &xsm_rows[one->hook])
            return has_label(checking, one) &&
                   is_object(checking, one, object_of(checking->expect, one), one->channel);
    return false;
}

static bool has_word(const struct checking *checking, const struct expect_asked *asked)
{
    for (unsigned int i = 0; i < checking->nr_words; i++)
        if (strcmp(checking->word[i]->class_name, asked->class_name) == 0 &&
            strcmp(checking->word[i]->permission, asked->permission) == 0)
            return true;
    return false;
}

/* Lines name the domain at the other end, for event:bind, or the end itself. */
static bool is_about(const struct checking *checking, const struct attempt *one,
                     const struct xsm_question *question, const struct expect_asked *asked)
{
    switch (question->object) {
    case XSM_PARTY_target:
    case XSM_PARTY_peer:
        return one->party >= 0 ? is_object(checking, one, (unsigned int)one->party, false)
                               : is_object(checking, one, one->subject, false);
    case XSM_PARTY_channel:
        return one->party >= 0 && is_object(checking, one, (unsigned int)one->party, true);
    default:
        return is_object(checking, one, expect_named_party(checking->expect, asked->target), false);
    }
}

static bool tries_permission(const struct checking *checking, const struct attempt *one)
{
    struct expect *expect = checking->expect;
    struct expect_answer answer = {0};
    const struct xsm_check *check;
    struct xsm_query query;

    attempt_query(expect, one, &query);
    expect_list_checks(expect, &query, attempt_state(expect, one), &answer);
    for (unsigned int i = 0; (check = xsm_row_check(one->hook, i)) != NULL; i++) {
        enum flask_answer how = expect->asked->policy->check[one->hook][i].answer;
        const struct xsm_question *question =
            how == FLASK_ANSWER_OTHER ? check->other : &check->ask;

        if ((question->subject == XSM_PARTY_caller || question->subject == XSM_PARTY_channel) &&
            has_word(checking, &answer.asked[i]) &&
            is_about(checking, one, question, &answer.asked[i]))
            return true;
    }
    return false;
}

/* Does the line speak of the time of the attempt? */
static bool is_then(struct checking *checking, const struct attempt *one)
{
    unsigned int phase = attempt_phase(one);
    uint64_t states = checking->states[phase];

    return (states >> attempt_state(checking->expect, one) & 1u) != 0;
}

bool attempts_add_line(struct attempts *all, struct expect_file *file,
                       const struct expect_line *line)
{
    static struct checking checking;
    json_int_t number = (json_int_t)json_array_size(all->lines);
    json_t *at = json_must(json_sprintf("%s:%u", file->path, line->number));

    json_array_append_new(all->lines,
                          json_must(json_pack("{s:o, s:s}", "at", at, "text", line->text)));
    if (line->verb == EXPECT_NEVER_FLOW)
        return true; /* no single attempt is a flow */
    memset(&checking, 0, sizeof(checking));
    checking.expect = all->expect;
    checking.file = file;
    checking.line = line;
    if (!expect_prepare(&checking))
        return false;
    for (size_t i = 0; i < all->count; i++) {
        const struct attempt *one = &all->one[i];

        if (is_subject(&checking, one->subject) && is_then(&checking, one) &&
            (tries_operation(&checking, one) || tries_permission(&checking, one)))
            json_array_append_new(one->lines, json_must(json_integer(number)));
    }
    return true;
}
