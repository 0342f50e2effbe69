/* SPDX-License-Identifier: BSD-2-Clause */
/* allow, deny and only: every subject, every object, every permission. */
#include <string.h>

#include "tools/bailiwick/expect.h"

/* What a line comes to. */
struct checking {
    struct expect *expect;
    struct expect_file *file;
    const struct expect_line *line;
    struct expect_set subjects;
    struct expect_objects objects;
    unsigned int label; /* party of `to LABEL` */
    unsigned int nr_words, nr_operations;
    const struct expect_word *word[EXPECT_MAX_WORDS];
    const struct xsm_row *operation[EXPECT_MAX_RIGHTS];
    uint64_t states; /* in which it is to hold, in the phase being looked at */
};

static const struct xsm_row *find_row(const char *name)
{
    for (unsigned int i = 0; i < XSM_NR_HOOKS; i++)
        if (strcmp(xsm_rows[i].name, name) == 0)
            return &xsm_rows[i];
    return NULL;
}

static bool is_of(const struct expect_word *word, const struct expect_right *right)
{
    return !right->operation &&
           (!right->class_name || strcmp(right->class_name, word->class_name) == 0) &&
           (!right->permission || strcmp(right->permission, word->permission) == 0);
}

static bool is_excepted(const struct expect_line *line, const struct expect_word *word)
{
    for (unsigned int i = 0; i < line->nr_rights; i++)
        if (line->right[i].except && is_of(word, &line->right[i]))
            return true;
    return false;
}

static bool add_words(struct checking *checking, const struct expect_right *right)
{
    const struct expect *expect = checking->expect;
    bool found = false;

    for (unsigned int i = 0; i < expect->nr_words; i++) {
        const struct expect_word *word = &expect->word[i];

        if (!is_of(word, right))
            continue;
        found = true;
        if (!right->except && (!right->optional || word->class_value != 0) &&
            !is_excepted(checking->line, word) && checking->nr_words < EXPECT_MAX_WORDS)
            checking->word[checking->nr_words++] = word;
    }
    if (!found)
        expect_complain(checking->file, checking->line, right->column,
                        "neither the policy nor policy/vocabulary has %s:%s", right->class_name,
                        right->permission ? right->permission : "*");
    return found;
}

/* Are the objects this one label, and no other? */
static bool is_just(const struct checking *checking, xsm_sid sid)
{
    const struct expect *expect = checking->expect;
    uint64_t wanted = flask_pack(flask_sid_context(expect->asked->policy, sid));
    bool is = !checking->objects.self;

    for (unsigned int i = 0; i < expect->nr_parties; i++)
        if ((checking->objects.plain.has[i] || checking->objects.other.has[i] ||
             checking->objects.channel.has[i]) &&
            flask_pack(expect->party[i].context) != wanted)
            is = false;
    return is;
}

static bool add_operation(struct checking *checking, const struct expect_right *right)
{
    const struct xsm_row *row = find_row(right->operation);
    enum xsm_party fixed = expect_fixed_object(row);
    bool xen = fixed == XSM_PARTY_xen;

    if (fixed != XSM_NR_PARTIES &&
        !is_just(checking, xen ? XSM_INITIAL_XEN : XSM_INITIAL_SECURITY)) {
        expect_complain(checking->file, checking->line, right->column,
                        "%s is about the %s: expected \"-> %s :\"", row->name,
                        xen ? "hypervisor" : "policy", xen ? "xen" : "security");
        return false;
    }
    if (expect_needs_label(row) != (checking->line->label.name != NULL)) {
        expect_complain(checking->file, checking->line, right->column,
                        checking->line->label.name ? "%s gives no label beside its object's: "
                                                     "expected no `to LABEL`"
                                                   : "%s gives a label: expected `to LABEL` "
                                                     "before the colon",
                        row->name);
        return false;
    }
    checking->operation[checking->nr_operations++] = row;
    return true;
}

static bool find_rights(struct checking *checking)
{
    const struct expect_line *line = checking->line;

    for (unsigned int i = 0; i < line->nr_rights; i++) {
        const struct expect_right *right = &line->right[i];

        if (!right->operation && line->label.name) {
            expect_complain(checking->file, line, line->label.column,
                            "`to LABEL` is of operations alone: that a permission is asked of "
                            "the label says `-> LABEL`");
            return false;
        }
        if (right->operation ? !add_operation(checking, right) : !add_words(checking, right))
            return false;
    }
    return true;
}

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

/* One check, in each state of the booleans. */
static void check(struct checking *checking, struct expect_question *question)
{
    struct expect *expect = checking->expect;
    struct expect_answer answer, first = {0};
    enum expect_fault fault, first_fault = EXPECT_IS_DENIED;
    uint64_t failing = 0;
    unsigned int first_state = 0;

    for (unsigned int n = 0; n < expect->asked->nr_states; n++) {
        if ((checking->states >> n & 1u) == 0)
            continue;
        question->state = n;
        if (is_simply_denied(checking, question))
            continue;
        if (question->operation)
            expect_ask_operation(expect, question, &answer);
        else
            expect_ask(expect, question, &answer);
        if (expect->tell_all)
            expect_report_answer(expect, checking->line, question, &answer);
        if (is_met(checking->line, question, &answer, &fault))
            continue;
        if (failing == 0) {
            first = answer;
            first_fault = fault;
            first_state = n;
        }
        failing |= (uint64_t)1 << n;
    }
    expect->line_checks++;
    if (failing == 0)
        return;
    question->state = first_state;
    if (!expect->tell_all)
        expect_report(expect, checking->file, checking->line, question, &first, first_fault,
                      failing == checking->states ? 0 : failing);
    expect->line_failures++;
}

static void check_rights(struct checking *checking, struct expect_question question)
{
    for (unsigned int i = 0; i < checking->nr_words; i++) {
        question.word = checking->word[i];
        check(checking, &question);
    }
    question.word = NULL;
    for (unsigned int i = 0; i < checking->nr_operations; i++) {
        question.operation = checking->operation[i];
        check(checking, &question);
    }
}

static void check_subject(struct checking *checking, unsigned int subject, unsigned int phase)
{
    const struct expect *expect = checking->expect;
    struct expect_question question = {.subject = subject,
                                       .label =
                                           checking->line->label.name ? (int)checking->label : -1,
                                       .phase = phase};

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

static bool prepare(struct checking *checking)
{
    struct expect *expect = checking->expect;
    const struct expect_line *line = checking->line;

    return expect_find_subjects(expect, checking->file, line, &line->subject,
                                &checking->subjects) &&
           expect_find_objects(expect, checking->file, line, &line->object, &checking->objects) &&
           (!line->label.name ||
            expect_find_label(expect, checking->file, line, &line->label, &checking->label)) &&
           find_rights(checking);
}

bool expect_check(struct expect *expect, struct expect_file *file, const struct expect_line *line)
{
    static struct checking checking;
    bool only = line->verb == EXPECT_ONLY;

    memset(&checking, 0, sizeof(checking));
    checking.expect = expect;
    checking.file = file;
    checking.line = line;
    if (!prepare(&checking))
        return false;
    for (unsigned int phase = EXPECT_BEFORE; phase <= EXPECT_AFTER; phase <<= 1) {
        if ((line->phases & phase) == 0)
            continue;
        checking.states = expect_states(expect, file, line, phase);
        if (checking.states == 0)
            return false;
        for (unsigned int i = 0; i < expect->nr_parties; i++)
            if (checking.subjects.has[i] != only)
                check_subject(&checking, i, phase);
    }
    return true;
}
