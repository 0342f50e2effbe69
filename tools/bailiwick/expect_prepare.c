/* SPDX-License-Identifier: BSD-2-Clause */
/* What an expectation stands for: whom, which rights and whether those go together, and when. */
#include <string.h>

#include "tools/bailiwick/expect_checking.h"

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

static bool find_states(struct checking *checking)
{
    for (unsigned int phase = EXPECT_BEFORE; phase <= EXPECT_AFTER; phase <<= 1) {
        if ((checking->line->phases & phase) == 0)
            continue;
        checking->states[phase] =
            expect_states(checking->expect, checking->file, checking->line, phase);
        if (checking->states[phase] == 0)
            return false;
    }
    return true;
}

bool expect_prepare(struct checking *checking)
{
    struct expect *expect = checking->expect;
    const struct expect_line *line = checking->line;

    return expect_find_subjects(expect, checking->file, line, &line->subject,
                                &checking->subjects) &&
           expect_find_objects(expect, checking->file, line, &line->object, &checking->objects) &&
           (!line->label.name ||
            expect_find_label(expect, checking->file, line, &line->label, &checking->label)) &&
           find_rights(checking) && find_states(checking);
}
