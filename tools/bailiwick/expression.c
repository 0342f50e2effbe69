/* SPDX-License-Identifier: BSD-2-Clause */
/* From postfix order to text, on a stack of texts. */
#include "tools/bailiwick/expression.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_DEPTH 16u /* more than the reader lets any expression have */

/* Operators of conditions, as in the binary policy (libsepol's conditional.h). */
enum { CONDITION_BOOLEAN = 1, CONDITION_NOT, CONDITION_OR, CONDITION_AND };

/* One value: how it is written, and what makes it false. */
struct part {
    char *text, *failing; /* failing: NULL while it is true */
    int strength;         /* of its outermost operator */
};
enum { LOOSE_OR, LOOSE_AND, TIGHT };

struct stack {
    struct part part[MAX_DEPTH];
    unsigned int depth;
    bool failed; /* no memory is left */
};

/* printf() into memory of its own, or NULL. */
static char *text_of(const char *format, ...) __attribute__((format(printf, 1, 2)));
static char *text_of(const char *format, ...)
{
    va_list arguments;
    char *text = NULL;
    int length;

    va_start(arguments, format);
    length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    text = length >= 0 ? malloc((size_t)length + 1) : NULL;
    if (!text)
        return NULL;
    va_start(arguments, format);
    vsnprintf(text, (size_t)length + 1, format, arguments);
    va_end(arguments);
    return text;
}

static void push(struct stack *stack, struct part part)
{
    stack->failed |= part.text == NULL;
    stack->part[stack->depth++] = part;
}

static struct part pop(struct stack *stack)
{
    return stack->part[--stack->depth];
}

static void drop(struct part part)
{
    free(part.text);
    free(part.failing);
}

static char *copy(const char *text)
{
    return text_of("%s", text ? text : "");
}

/* In parentheses if its operator binds less than the one around it. */
static char *inside(const struct part *part, int strength)
{
    const char *text = part->text ? part->text : "";

    return part->strength < strength ? text_of("(%s)", text) : copy(text);
}

static void push_not(struct stack *stack, const char *word)
{
    struct part part = pop(stack), result = {.strength = TIGHT};
    char *operand = inside(&part, TIGHT);

    result.text = text_of("%s%s", word, operand ? operand : "");
    if (!part.failing)
        result.failing = copy(result.text);
    free(operand);
    drop(part);
    push(stack, result);
}

/* Both parts that fail, or the one. */
static char *join_failing(const struct part *a, const struct part *b)
{
    if (a->failing && b->failing)
        return text_of("%s and %s", a->failing, b->failing);
    if (!a->failing && !b->failing)
        return NULL;
    return copy(a->failing ? a->failing : b->failing);
}

/* `needed`: how much its operands have to bind to stand without parentheses. */
static void push_two(struct stack *stack, const char *word, int strength, int needed)
{
    struct part b = pop(stack), a = pop(stack), result = {.strength = strength};
    char *left = inside(&a, needed), *right = inside(&b, needed);

    result.text = text_of("%s %s %s", left ? left : "", word, right ? right : "");
    if (strength == LOOSE_AND)
        result.failing = join_failing(&a, &b);
    else if (a.failing && b.failing)
        result.failing = text_of("(%s)", result.text ? result.text : "");
    free(left);
    free(right);
    drop(a);
    drop(b);
    push(stack, result);
}

/* The text, or with `failing` what makes it false; the rest is given back. */
static char *finish(struct stack *stack, bool failing)
{
    struct part part = {0};
    char *text;

    while (stack->depth > 0) {
        drop(part);
        part = pop(stack);
    }
    text = stack->failed ? NULL : copy(failing ? part.failing : part.text);
    drop(part);
    return text;
}

static const char *operator_text(unsigned int op)
{
    static const char *const texts[] = {[FLASK_STEP_EQ] = "==",
                                        [FLASK_STEP_NEQ] = "!=",
                                        [FLASK_STEP_DOM] = "dom",
                                        [FLASK_STEP_DOMBY] = "domby",
                                        [FLASK_STEP_INCOMP] = "incomp"};

    return texts[op];
}

/* "u1 == u2", or of levels "l1 dom l2". */
static char *comparison(const struct flask_step *step)
{
    static const struct {
        uint16_t attribute;
        const char *left, *right;
    } sides[] = {
        {FLASK_STEP_USER, "u1", "u2"}, {FLASK_STEP_ROLE, "r1", "r2"}, {FLASK_STEP_TYPE, "t1", "t2"},
        {FLASK_STEP_L1L2, "l1", "l2"}, {FLASK_STEP_L1H2, "l1", "h2"}, {FLASK_STEP_H1L2, "h1", "l2"},
        {FLASK_STEP_H1H2, "h1", "h2"}, {FLASK_STEP_L1H1, "l1", "h1"}, {FLASK_STEP_L2H2, "l2", "h2"},
    };

    for (size_t i = 0; i < sizeof(sides) / sizeof(sides[0]); i++)
        if (step->attribute == sides[i].attribute)
            return text_of("%s %s %s", sides[i].left, operator_text(step->op), sides[i].right);
    return copy("?");
}

static const char *name_of(const struct flask_policy *policy, unsigned int attribute,
                           unsigned int value)
{
    const char *name;

    if ((attribute & FLASK_STEP_USER) != 0)
        name = policy->user[value].name;
    else if ((attribute & FLASK_STEP_ROLE) != 0)
        name = policy->role[value].name;
    else
        name = policy->type[value].name;
    return name ? name : "?";
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* In the order of names: that of values is the compiler's. */
static void write_names(const struct flask_policy *policy, const struct flask_step *step, FILE *out)
{
    static const char *name[FLASK_MAX_TYPES];
    struct flask_bits bits = {.set = &step->names};
    unsigned int bit, count = 0;

    while (flask_next(&bits, &bit))
        name[count++] = name_of(policy, step->attribute, bit);
    qsort(name, count, sizeof(name[0]), compare_names);
    if (count != 1)
        fprintf(out, "{ ");
    for (unsigned int i = 0; i < count; i++)
        fprintf(out, "%s%s", name[i], count == 1 ? "" : " ");
    if (count != 1)
        fprintf(out, "}");
}

/* "t1 == { a_t b_t }" */
static char *membership(const struct flask_policy *policy, const struct flask_step *step)
{
    const char *kind = (step->attribute & FLASK_STEP_USER) != 0   ? "u"
                       : (step->attribute & FLASK_STEP_ROLE) != 0 ? "r"
                                                                  : "t";
    const char *side = (step->attribute & FLASK_STEP_THIRD) != 0    ? "3"
                       : (step->attribute & FLASK_STEP_TARGET) != 0 ? "2"
                                                                    : "1";
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    if (!out)
        return NULL;
    fprintf(out, "%s%s %s ", kind, side, operator_text(step->op));
    write_names(policy, step, out);
    fclose(out);
    return text;
}

static void push_leaf(struct stack *stack, const struct flask_policy *policy,
                      const struct flask_step *step, struct flask_context source,
                      struct flask_context target)
{
    const struct flask_constraint alone = {.nr_steps = 1, .step = step};
    struct part part = {.strength = TIGHT};

    part.text = step->kind == FLASK_STEP_COMPARE ? comparison(step) : membership(policy, step);
    if (source.type != 0 && !flask_satisfied(policy, &alone, source, target, source))
        part.failing = copy(part.text);
    push(stack, part);
}

static char *write_constraint(const struct flask_policy *policy,
                              const struct flask_constraint *constraint,
                              struct flask_context source, struct flask_context target,
                              bool failing)
{
    struct stack stack = {0};

    for (uint32_t i = 0; i < constraint->nr_steps; i++) {
        const struct flask_step *step = &constraint->step[i];

        if (step->kind == FLASK_STEP_NOT)
            push_not(&stack, "not ");
        else if (step->kind == FLASK_STEP_AND)
            push_two(&stack, "and", LOOSE_AND, LOOSE_AND);
        else if (step->kind == FLASK_STEP_OR)
            push_two(&stack, "or", LOOSE_OR, LOOSE_OR);
        else
            push_leaf(&stack, policy, step, source, target);
    }
    return finish(&stack, failing);
}

char *expression_constraint(const struct flask_policy *policy,
                            const struct flask_constraint *constraint)
{
    struct flask_context nobody = {0};

    return write_constraint(policy, constraint, nobody, nobody, false);
}

char *expression_failing(const struct flask_policy *policy,
                         const struct flask_constraint *constraint, struct flask_context source,
                         struct flask_context target)
{
    return write_constraint(policy, constraint, source, target, true);
}

char *expression_condition(const struct flask_policy *policy,
                           const struct flask_condition *condition)
{
    static const char *const words[] = {"?", "?", "!", "||", "&&", "^", "==", "!="};
    struct stack stack = {0};

    for (uint32_t i = 0; i < condition->nr_steps; i++) {
        uint32_t op = condition->step[i] >> 16, boolean = condition->step[i] & 0xffffu;

        if (op == CONDITION_BOOLEAN)
            push(&stack,
                 (struct part){.text = copy(policy->boolean[boolean - 1].name), .strength = TIGHT});
        else if (op == CONDITION_NOT)
            push_not(&stack, words[op]);
        else if (op == CONDITION_AND)
            push_two(&stack, words[op], LOOSE_AND, LOOSE_AND);
        else
            push_two(&stack, words[op], LOOSE_OR, op == CONDITION_OR ? LOOSE_OR : TIGHT);
    }
    return finish(&stack, false);
}

/* The first name of a boolean after another one, or NULL. */
static const char *boolean_after(const struct flask_policy *policy,
                                 const struct flask_condition *condition, const char *last)
{
    const char *next = NULL;

    for (uint32_t i = 0; i < condition->nr_steps; i++) {
        uint32_t op = condition->step[i] >> 16, boolean = condition->step[i] & 0xffffu;
        const char *name = op == CONDITION_BOOLEAN ? policy->boolean[boolean - 1].name : NULL;

        if (name && strcmp(name, last) > 0 && (!next || strcmp(name, next) < 0))
            next = name;
    }
    return next;
}

char *expression_branch(const struct flask_policy *policy, const struct flask_condition *condition,
                        bool otherwise)
{
    const char *name = "";
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    if (!out)
        return NULL;
    fputs(otherwise ? "!" : "", out);
    for (bool first = true; (name = boolean_after(policy, condition, name)) != NULL; first = false)
        fprintf(out, "%s%s", first ? "" : ",", name);
    fclose(out);
    return text;
}
