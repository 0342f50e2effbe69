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
#define TEXT_SIZE 1280u
#define KEYS_SIZE 128u

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

static const char *time_text(const struct expect_line *line, const struct expect_question *question)
{
    if (question->phase == EXPECT_BEFORE)
        return " before the launch is finalised";
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
             question->channel ? "its end of a channel to " : "", object, time_text(line, question),
             states != 0 ? ", with " : "", states != 0 ? expect_states_text(expect, states) : "");
}

/* What it says of who may: for a permission that isn't to be, it is the policy's word alone. */
static const char *may_text(const struct expect_answer *answer, enum expect_fault fault)
{
    if (fault == EXPECT_IS_ALLOWED && !answer->allowed)
        return "is allowed by the policy to do";
    return answer->allowed ? "may do" : "may not do";
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
    char problem[TEXT_SIZE];
    size_t used;

    if (expect->line_failures >= MAX_REPORTED)
        return;
    problem_text(expect, line, question, may_text(answer, fault), states, problem, sizeof(problem));
    used = strlen(problem);
    fault_text(line, answer, fault, problem + used, sizeof(problem) - used);
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
    char problem[TEXT_SIZE], keys[KEYS_SIZE] = "";

    keys_text(answer, keys, sizeof(keys));
    snprintf(problem, sizeof(problem), "%.320s to %s%.320s, %.150s%s%s%s",
             expect_party_text(expect, question->subject),
             question->channel ? "its end of a channel to " : "",
             question->self ? "itself" : expect_party_text(expect, question->object),
             expect_right_text(question), time_text(line, question), keys[0] ? ": denied by " : "",
             keys);
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
           expect_party_text(expect, step[steps - 1].to), time_text(line, &step->asked));
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
