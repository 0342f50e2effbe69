/* SPDX-License-Identifier: BSD-2-Clause */
/* What isn't as expected, in words. */
#include <stdio.h>
#include <string.h>

#include "tools/bailiwick/expect.h"
#include "tools/bailiwick/operations.h"
#include "tools/bailiwick/why.h"

#define MAX_REPORTED 8u /* failures of one line */
#define MAX_REASONS 4u  /* of one failure */
#define MAX_USES 2u     /* operations that a permission is named to open */
#define WIDTH 17

/* A teller that prints. */
struct printer {
    struct expect_teller teller;
    const struct expect *expect;
    const struct expect_question *question;
    unsigned int reasons;
};

static void print_word(const char *word, const char *text)
{
    printf("    %-*s  %s\n", WIDTH, word, text);
}

static const char *type_name(const struct expect *expect, struct flask_context context)
{
    return expect->asked->policy->type[context.type - 1].name;
}

/* By which labels it was asked, if these aren't those of who is named. */
static void print_asked(struct expect_teller *teller, const struct expect_asked *asked)
{
    const struct printer *printer = (const struct printer *)teller;
    const struct expect_question *question = printer->question;
    const struct expect_party *party = printer->expect->party;

    if (!question->operation && asked->source.type == party[question->subject].context.type &&
        asked->target.type == party[question->object].context.type)
        return;
    printf("    %-*s  %s to %s, %s:%s\n", WIDTH, "asked of",
           type_name(printer->expect, asked->source), type_name(printer->expect, asked->target),
           asked->class_name, asked->permission);
}

static void print_reason(struct expect_teller *teller, const struct why_reason *reason)
{
    struct printer *printer = (struct printer *)teller;

    if (printer->reasons++ >= MAX_REASONS)
        return;
    print_word(why_kind_name(reason->kind, false), reason->text);
    if (reason->place)
        printf("    %*s  at %s\n", WIDTH, "", reason->place);
}

static void print_reasons(const struct expect *expect, const struct expect_question *question,
                          const struct expect_answer *answer)
{
    struct printer printer = {{print_asked, print_reason}, expect, question, 0};

    expect_tell_reasons(expect, question, answer, &printer.teller);
    if (printer.reasons > MAX_REASONS)
        printf("    %*s  and %u more\n", WIDTH, "", printer.reasons - MAX_REASONS);
}

static bool asks_for(enum xsm_hook hook, const struct expect_word *word)
{
    const struct xsm_check *check;

    for (unsigned int i = 0; (check = xsm_row_check(hook, i)) != NULL; i++)
        if (strcmp(check->ask.class_name, word->class_name) == 0 &&
            strcmp(check->ask.permission, word->permission) == 0)
            return true;
    return false;
}

/* What it lets happen, for who doesn't know the permission. */
static void print_uses(const struct expect_question *question)
{
    unsigned int uses = 0;

    for (unsigned int hook = 0; hook < XSM_NR_HOOKS && uses < MAX_USES; hook++) {
        if (question->operation ? question->operation != &xsm_rows[hook]
                                : !asks_for((enum xsm_hook)hook, question->word))
            continue;
        printf("    %-*s  %s (%s)\n", WIDTH, uses == 0 ? "which is to" : "",
               operation_words((enum xsm_hook)hook), xsm_rows[hook].name);
        uses++;
    }
}

static void print_header(const struct expect *expect, const struct expect_file *file,
                         const struct expect_line *line)
{
    if (expect->line_failures == 0)
        printf("%s:%u: %s\n", file->path, line->number, line->text);
}

void expect_report(struct expect *expect, const struct expect_file *file,
                   const struct expect_line *line, const struct expect_question *question,
                   const struct expect_answer *answer, enum expect_fault fault, uint64_t states)
{
    struct expect_answer shown = *answer;
    char problem[EXPECT_MAX_TEXT];

    if (expect->line_failures >= MAX_REPORTED)
        return;
    expect_problem_text(expect, line, question, answer, fault, states, problem);
    /* Of what isn't to be allowed, only the rules matter that do. */
    shown.allowed |= fault == EXPECT_IS_ALLOWED;
    if (expect->results) {
        expect_json_failure(expect, question, &shown, problem);
        return;
    }
    print_header(expect, file, line);
    printf("  fails: %s\n", problem);
    if (fault == EXPECT_IS_ALLOWED || fault == EXPECT_IS_DENIED || fault == EXPECT_OTHER_KEY) {
        print_uses(question);
        print_reasons(expect, question, &shown);
    }
}

void expect_report_answer(struct expect *expect, const struct expect_line *line,
                          const struct expect_question *question,
                          const struct expect_answer *answer)
{
    char problem[EXPECT_MAX_TEXT];

    expect_answer_text(expect, line, question, answer, problem);
    if (expect->results) {
        expect_json_failure(expect, question, answer, problem);
        return;
    }
    printf("%s: %s\n", answer->allowed ? "allowed" : "denied", problem);
    print_uses(question);
    print_reasons(expect, question, answer);
}

void expect_report_rest(const struct expect *expect)
{
    if (expect->line_failures > MAX_REPORTED && !expect->tell_all)
        printf("  and %u more\n", expect->line_failures - MAX_REPORTED);
}

void expect_report_flow(struct expect *expect, const struct expect_file *file,
                        const struct expect_line *line, const struct expect_step *step,
                        unsigned int steps)
{
    if (expect->line_failures >= MAX_REPORTED)
        return;
    if (expect->results) {
        expect_json_flow(expect, step, steps);
        return;
    }
    print_header(expect, file, line);
    printf("  fails: information gets from %s to %s%s\n", expect_party_text(expect, step->from),
           expect_party_text(expect, step[steps - 1].to), expect_time_text(line, &step->asked));
    for (unsigned int i = 0; i < steps; i++) {
        struct expect_answer answer;

        expect_ask(expect, &step[i].asked, &answer);
        answer.allowed = true;
        printf("   %u. from %s to %s: %s has %s to %s\n", i + 1,
               expect_party_text(expect, step[i].from), expect_party_text(expect, step[i].to),
               step[i].asked.subject == step[i].from ? "the first" : "the second",
               expect_right_text(&step[i].asked),
               step[i].asked.subject == step[i].from ? "the second" : "the first");
        print_reasons(expect, &step[i].asked, &answer);
    }
}
