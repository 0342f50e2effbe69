/* SPDX-License-Identifier: BSD-2-Clause */
/* What expectations came to, for programs. */
#include "tools/bailiwick/expect.h"
#include "tools/bailiwick/why.h"

struct gatherer {
    struct expect_teller teller;
    const struct expect *expect;
    json_t *asked, *reasons;
};

static void add_asked(struct expect_teller *teller, const struct expect_asked *asked)
{
    struct gatherer *gatherer = (struct gatherer *)teller;
    const struct asked *policy = gatherer->expect->asked;

    json_array_append_new(
        gatherer->asked,
        json_must(json_pack("{s:s, s:s, s:s, s:s, s:b}", "source",
                            asked_text(policy, asked->source), "target",
                            asked_text(policy, asked->target), "class", asked->class_name,
                            "permission", asked->permission, "allowed", asked->allowed)));
}

static void add_reason(struct expect_teller *teller, const struct why_reason *reason)
{
    struct gatherer *gatherer = (struct gatherer *)teller;

    json_array_append_new(
        gatherer->reasons,
        json_must(json_pack("{s:s, s:s, s:s?}", "kind", why_kind_name(reason->kind, true), "text",
                            reason->text, "place", reason->place)));
}

static const char *const phases[] = {[EXPECT_BEFORE] = "before",
                                     [EXPECT_AFTER] = "after",
                                     [EXPECT_BEFORE | EXPECT_AFTER] = "always"};

static json_t *question_json(const struct expect *expect, const struct expect_question *question,
                             const struct expect_answer *answer)
{
    struct gatherer gatherer = {
        {add_asked, add_reason}, expect, json_must(json_array()), json_must(json_array())};

    expect_tell_reasons(expect, question, answer, &gatherer.teller);
    return json_must(json_pack("{s:s, s:s, s:s, s:s, s:b, s:o, s:o}", "subject",
                               expect_party_text(expect, question->subject), "object",
                               expect_party_text(expect, question->object), "right",
                               expect_right_text(question), "phase", phases[question->phase],
                               "allowed", answer->allowed, "asked", gatherer.asked, "reasons",
                               gatherer.reasons));
}

static void add(struct expect *expect, json_t *failure)
{
    if (!expect->failures_of_line)
        expect->failures_of_line = json_must(json_array());
    json_array_append_new(expect->failures_of_line, failure);
}

void expect_json_failure(struct expect *expect, const struct expect_question *question,
                         const struct expect_answer *answer, const char *problem)
{
    json_t *failure = question_json(expect, question, answer);

    json_object_set_new(failure, "problem", json_must(json_string(problem)));
    add(expect, failure);
}

void expect_json_flow(struct expect *expect, const struct expect_step *step, unsigned int steps)
{
    json_t *path = json_must(json_array());

    for (unsigned int i = 0; i < steps; i++) {
        struct expect_answer answer;
        json_t *one;

        expect_ask(expect, &step[i].asked, &answer);
        answer.allowed = true;
        one = question_json(expect, &step[i].asked, &answer);
        json_object_set_new(one, "from",
                            json_must(json_string(expect_party_text(expect, step[i].from))));
        json_object_set_new(one, "to",
                            json_must(json_string(expect_party_text(expect, step[i].to))));
        json_array_append_new(path, one);
    }
    add(expect, json_must(json_pack("{s:o}", "path", path)));
}

void expect_json_line(struct expect *expect, const struct expect_file *file,
                      const struct expect_line *line)
{
    if (!expect->failures_of_line)
        expect->failures_of_line = json_must(json_array());
    json_array_append_new(
        expect->results,
        json_must(json_pack("{s:s, s:i, s:s, s:i, s:i, s:o}", "file", file->path, "line",
                            (int)line->number, "text", line->text, "checks",
                            (int)expect->line_checks, "failed", (int)expect->line_failures,
                            "failures", expect->failures_of_line)));
    expect->failures_of_line = NULL;
}

void expect_json_print(struct expect *expect)
{
    json_print(json_must(json_pack("{s:i, s:i, s:i, s:o}", "lines", (int)expect->lines, "checks",
                                   (int)expect->checks, "failed", (int)expect->failures, "results",
                                   expect->results)));
    expect->results = NULL;
}
