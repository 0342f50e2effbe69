/* SPDX-License-Identifier: BSD-2-Clause */
/* Why an expectation isn't met: the rules that allow, or what stands in the way. */
#include <stdio.h>
#include <string.h>

#include "tools/bailiwick/expect.h"
#include "tools/bailiwick/why.h"

const char *expect_right_text(const struct expect_question *question)
{
    static char text[XSM_MAX_CONTEXT];

    if (question->operation)
        return question->operation->name;
    snprintf(text, sizeof(text), "%.100s:%.100s", question->word->class_name,
             question->word->permission);
    return text;
}

/* Of what the policy allows, the rules that do; of what is denied, all that `why` has to say. */
static bool matters(const struct expect_answer *answer, const struct why_reason *reason)
{
    return reason->kind == WHY_RULE ? !answer->denied_by[XSM_KEY_FLASK] : !answer->allowed;
}

static void tell(const struct asked *view, const struct expect *expect,
                 const struct expect_question *question, const struct expect_answer *answer,
                 const struct expect_asked *asked, struct expect_teller *teller)
{
    const struct expect_party *subject = &expect->party[question->subject];
    static struct why why;

    why = (struct why){.asked = view,
                       .source = {asked->source, true},
                       .target = {asked->target, true},
                       .domain = subject->domain,
                       .class_name = asked->class_name,
                       .permission = asked->permission};
    why_ask(&why);
    for (unsigned int i = 0; i < why.nr_reasons; i++)
        if (matters(answer, &why.reason[i]))
            teller->reason(teller, &why.reason[i]);
    why_free(&why);
}

void expect_tell_reasons(const struct expect *expect, const struct expect_question *question,
                         const struct expect_answer *answer, struct expect_teller *teller)
{
    static struct asked view; /* of the one state that it is about */

    view = *expect->asked;
    view.state[0] = expect->asked->state[question->state];
    view.nr_states = 1;
    view.nr_free = 0;
    for (unsigned int i = 0; i < answer->nr_asked; i++) {
        const struct expect_asked *asked = &answer->asked[i];

        /* What the policy allows isn't why an operation is denied, unless a key is all there is. */
        if (!answer->allowed && asked->allowed && answer->denied_by[XSM_KEY_FLASK])
            continue;
        if (asked->source.type == 0 || asked->target.type == 0)
            continue;
        teller->asked(teller, asked);
        tell(&view, expect, question, answer, asked, teller);
    }
}
