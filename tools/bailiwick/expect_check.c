/* SPDX-License-Identifier: BSD-2-Clause */
/* allow, deny and only: every subject, every object, every permission. */
#include <string.h>

#include "tools/bailiwick/expect_checking.h"

static bool names_key(const struct expect_line *line)
{
    return line->key[XSM_KEY_FLASK] || line->key[XSM_KEY_ROLE] || line->key[XSM_KEY_PHASE];
}

/*
 * Is it denied? A permission by the policy, unless another key is named: what no operation can be
 * done with today is open all the same.
 */
static bool is_denied(const struct expect_line *line, const struct expect_question *question,
                      const struct expect_answer *answer)
{
    if (question->operation || names_key(line) || answer->gone)
        return !answer->allowed;
    return answer->denied_by[XSM_KEY_FLASK];
}

/* Is an answer as expected? Else `fault` says what isn't. */
static bool is_met(const struct expect_line *line, const struct expect_question *question,
                   const struct expect_answer *answer, enum expect_fault *fault)
{
    bool met = false;

    if (line->verb == EXPECT_ALLOW && !answer->allowed) {
        *fault = EXPECT_IS_DENIED;
    } else if (line->verb != EXPECT_ALLOW && !is_denied(line, question, answer)) {
        *fault = EXPECT_IS_ALLOWED;
    } else if ((line->key[XSM_KEY_FLASK] && !answer->denied_by[XSM_KEY_FLASK]) ||
               (line->key[XSM_KEY_ROLE] && !answer->denied_by[XSM_KEY_ROLE]) ||
               (line->key[XSM_KEY_PHASE] && !answer->denied_by[XSM_KEY_PHASE])) {
        *fault = EXPECT_OTHER_KEY;
    } else if (line->errno_name && strcmp(line->errno_name, "EPERM") != 0) {
        *fault = EXPECT_NO_EPERM;
    } else if (line->audit == EXPECT_AUDITED && !answer->audited) {
        *fault = EXPECT_NOT_AUDITED;
    } else if (line->audit == EXPECT_SILENT && answer->audited) {
        *fault = EXPECT_NOT_SILENT;
    } else {
        met = true;
    }
    return met;
}

/* Is nothing asked of a denial but that it is one, and is it one? */
static bool is_simply_denied(const struct checking *checking,
                             const struct expect_question *question)
{
    const struct expect_line *line = checking->line;

    return line->verb != EXPECT_ALLOW && question->word && !names_key(line) && !line->errno_name &&
           line->audit == EXPECT_ANY_AUDIT && !expect_policy_allows(checking->expect, question);
}

/* The first of the states in which a check fails, and all of them. */
struct failing {
    unsigned int phases, state;
    uint64_t states;
    bool some; /* not in all in which it is to hold */
    struct expect_answer answer;
    enum expect_fault fault;
};

static void check_state(struct checking *checking, struct expect_question *question,
                        struct failing *failing)
{
    struct expect *expect = checking->expect;
    struct expect_answer answer;
    enum expect_fault fault;

    if (is_simply_denied(checking, question))
        return;
    if (question->operation)
        expect_ask_operation(expect, question, &answer);
    else
        expect_ask(expect, question, &answer);
    if (expect->tell_all)
        expect_report_answer(expect, checking->line, question, &answer);
    if (is_met(checking->line, question, &answer, &fault))
        return;
    if (failing->phases == 0) {
        failing->answer = answer;
        failing->fault = fault;
        failing->state = question->state;
    }
    failing->states |= (uint64_t)1 << question->state;
    failing->phases |= question->phase;
}

/* One check, at each time and in each state of the booleans. */
static void check_question(struct checking *checking, struct expect_question *question)
{
    struct expect *expect = checking->expect;
    struct failing failing = {0};

    for (unsigned int phase = EXPECT_BEFORE; phase <= EXPECT_AFTER; phase <<= 1) {
        uint64_t states = checking->states[phase], before = failing.states;

        failing.states = 0;
        question->phase = phase;
        for (question->state = 0; question->state < expect->asked->nr_states; question->state++)
            if ((states >> question->state & 1u) != 0)
                check_state(checking, question, &failing);
        failing.some |= failing.states != 0 && failing.states != states;
        failing.states |= before;
    }
    expect->line_checks++;
    if (failing.states == 0)
        return;
    question->phase = failing.phases;
    question->state = failing.state;
    if (!expect->tell_all)
        expect_report(expect, checking->file, checking->line, question, &failing.answer,
                      failing.fault, failing.some ? failing.states : 0);
    expect->line_failures++;
}

static void check_rights(struct checking *checking, struct expect_question question)
{
    for (unsigned int i = 0; i < checking->nr_words; i++) {
        question.word = checking->word[i];
        check_question(checking, &question);
    }
    question.word = NULL;
    for (unsigned int i = 0; i < checking->nr_operations; i++) {
        question.operation = checking->operation[i];
        check_question(checking, &question);
    }
}

static void check_subject(struct checking *checking, unsigned int subject)
{
    const struct expect *expect = checking->expect;
    struct expect_question question = {
        .subject = subject, .label = checking->line->label.name ? (int)checking->label : -1};

    for (unsigned int i = 0; i < expect->nr_parties; i++) {
        question.object = i;
        question.channel = false;
        question.self = i == subject && (checking->objects.self || expect->party[i].domain >= 0);
        if (expect_is_object(&checking->objects, subject, i))
            check_rights(checking, question);
        question.channel = true;
        question.self = false;
        if (checking->objects.channel.has[i])
            check_rights(checking, question);
    }
}

bool expect_check(struct expect *expect, struct expect_file *file, const struct expect_line *line)
{
    static struct checking checking;
    bool only = line->verb == EXPECT_ONLY;

    memset(&checking, 0, sizeof(checking));
    checking.expect = expect;
    checking.file = file;
    checking.line = line;
    if (!expect_prepare(&checking))
        return false;
    for (unsigned int i = 0; i < expect->nr_parties; i++)
        if (checking.subjects.has[i] != only)
            check_subject(&checking, i);
    return true;
}
