/* SPDX-License-Identifier: BSD-2-Clause */
/* What isn't as expected, in one sentence. */
#include <stdio.h>
#include <string.h>

#include "tools/bailiwick/expect.h"

#define KEYS_SIZE 128u

/* Which keys deny: "the policy (key=flask) and the role (key=role)" */
static void keys_text(const struct expect_answer *answer, char *text, size_t size)
{
    static const char *const names[] = {[XSM_KEY_FLASK] = "the policy (key=flask)",
                                        [XSM_KEY_ROLE] = "a role that it lacks (key=role)",
                                        [XSM_KEY_PHASE] = "the time, which is over (key=phase)"};
    size_t used = 0;

    for (unsigned int key = 0; key < 3; key++)
        if (answer->denied_by[key])
            used += (size_t)snprintf(text + used, size - used, "%s%s", used > 0 ? " and " : "",
                                     names[key]);
}

/* What follows who may do what, or not. */
static void fault_text(const struct expect_line *line, const struct expect_answer *answer,
                       enum expect_fault fault, char *text, size_t size)
{
    char keys[KEYS_SIZE] = "";

    keys_text(answer, keys, sizeof(keys));
    switch (fault) {
    case EXPECT_IS_ALLOWED:
        snprintf(text, size, "%s%s%s", answer->permissive ? ", for its type is permissive" : "",
                 keys[0] ? ", though it is denied by " : "", keys);
        break;
    case EXPECT_IS_DENIED:
        snprintf(text, size, ": that is denied by %s", keys);
        break;
    case EXPECT_OTHER_KEY:
        snprintf(text, size, ", but that is denied by %s, and not by what the line says", keys);
        break;
    case EXPECT_NO_EPERM:
        snprintf(text, size, ", but gets EPERM for it, and not %s", line->errno_name);
        break;
    case EXPECT_NOT_AUDITED:
        snprintf(text, size, ", but there is no record of it: %s",
                 answer->allowed ? "no auditallow asks for one" : "a dontaudit keeps it away");
        break;
    case EXPECT_NOT_SILENT:
    default:
        snprintf(text, size, ", but there is a record of it: %s",
                 answer->allowed ? "an auditallow asks for one" : "no dontaudit keeps it away");
        break;
    }
}

const char *expect_time_text(const struct expect_line *line, const struct expect_question *question)
{
    if (question->phase == EXPECT_BEFORE)
        return " before the launch is finalised";
    if (question->phase == (EXPECT_BEFORE | EXPECT_AFTER))
        return " before and after the launch is finalised";
    return line->phases == EXPECT_AFTER ? "" : " after the launch is finalised";
}

/* "guest-a (guest_a_t) may do event:bind to guest-b (guest_b_t)" */
static void problem_text(const struct expect *expect, const struct expect_line *line,
                         const struct expect_question *question, const char *may, uint64_t states,
                         char *text, size_t size)
{
    const char *object = question->self ? "itself" : expect_party_text(expect, question->object);

    snprintf(text, size, "%.320s %s %.200s to %s%.320s%s%s%.200s",
             expect_party_text(expect, question->subject), may, expect_right_text(question),
             question->channel ? "its end of a channel to " : "", object,
             expect_time_text(line, question), states != 0 ? ", with " : "",
             states != 0 ? expect_states_text(expect, states) : "");
}

/* What it says of who may: for a permission that isn't to be, it is the policy's word alone. */
static const char *may_text(const struct expect_answer *answer, enum expect_fault fault)
{
    if (fault == EXPECT_IS_ALLOWED && !answer->allowed)
        return "is allowed by the policy to do";
    return answer->allowed ? "may do" : "may not do";
}

void expect_problem_text(const struct expect *expect, const struct expect_line *line,
                         const struct expect_question *question, const struct expect_answer *answer,
                         enum expect_fault fault, uint64_t states, char text[EXPECT_MAX_TEXT])
{
    size_t used;

    problem_text(expect, line, question, may_text(answer, fault), states, text, EXPECT_MAX_TEXT);
    used = strlen(text);
    fault_text(line, answer, fault, text + used, EXPECT_MAX_TEXT - used);
}

void expect_answer_text(const struct expect *expect, const struct expect_line *line,
                        const struct expect_question *question, const struct expect_answer *answer,
                        char text[EXPECT_MAX_TEXT])
{
    char keys[KEYS_SIZE] = "";

    keys_text(answer, keys, sizeof(keys));
    snprintf(text, EXPECT_MAX_TEXT, "%.320s to %s%.320s, %.150s%s%s%s",
             expect_party_text(expect, question->subject),
             question->channel ? "its end of a channel to " : "",
             question->self ? "itself" : expect_party_text(expect, question->object),
             expect_right_text(question), expect_time_text(line, question),
             keys[0] ? ": denied by " : "", keys);
}
