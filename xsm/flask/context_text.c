/* SPDX-License-Identifier: BSD-2-Clause */
/* Contexts as text: user:role:type, and under MLS :low-high with levels like s0:c0.c3,c5. */
#include "xsm/flask/flask.h"

#include <errno.h>
#include <string.h>

#include "xsm/text.h"

static bool has_category(const struct flask_level *level, unsigned int bit)
{
    return (level->category[bit / 64] >> (bit % 64) & 1u) != 0;
}

/* The run of categories that starts at `bit`; returns the first bit after it. */
static unsigned int append_run(const struct flask_policy *policy, const struct flask_level *level,
                               unsigned int bit, struct xsm_text *out)
{
    unsigned int end = bit;

    while (end < policy->nr_categories && has_category(level, end))
        end++;
    xsm_append(out, "%s", policy->category[bit]);
    if (end - bit > 1)
        xsm_append(out, "%s%s", end - bit > 2 ? "." : ",", policy->category[end - 1]);
    return end;
}

static void append_level(const struct flask_policy *policy, unsigned int index,
                         struct xsm_text *out)
{
    const struct flask_level *level = &policy->level[index];
    const char *before = ":";

    xsm_append(out, "%s", policy->sensitivity[level->sensitivity - 1].name);
    for (unsigned int bit = 0; bit < policy->nr_categories; bit++) {
        if (!has_category(level, bit))
            continue;
        xsm_append(out, "%s", before);
        bit = append_run(policy, level, bit, out);
        before = ",";
    }
}

size_t flask_context_text(const struct flask_policy *policy, struct flask_context context,
                          char *text, size_t size)
{
    struct xsm_text out = xsm_text(text, size);

    xsm_append(&out, "%s:%s:%s", policy->user[context.user - 1].name,
               policy->role[context.role - 1].name, policy->type[context.type - 1].name);
    if (!policy->mls)
        return out.used;
    xsm_append(&out, ":");
    append_level(policy, context.low, &out);
    if (context.low != context.high) {
        xsm_append(&out, "-");
        append_level(policy, context.high, &out);
    }
    return out.used;
}

/* What is left of a text that is being parsed. */
struct rest {
    const char *text;
    size_t length;
};

/* Take what stands before the first of some separators, or all; the separator stays. */
static struct rest take(struct rest *rest, const char *separators)
{
    struct rest taken = {.text = rest->text, .length = 0};

    while (taken.length < rest->length && strchr(separators, rest->text[taken.length]) == NULL)
        taken.length++;
    rest->text += taken.length;
    rest->length -= taken.length;
    return taken;
}

static bool skip(struct rest *rest, char separator)
{
    if (rest->length == 0 || rest->text[0] != separator)
        return false;
    rest->text++;
    rest->length--;
    return true;
}

/* One category, or a run of them, into the level. */
static bool parse_run(const struct flask_policy *policy, struct rest *rest,
                      struct flask_level *level)
{
    struct rest name = take(rest, ".,-");
    unsigned int first = flask_find_category(policy, name.text, name.length), last = first;

    if (first != 0 && skip(rest, '.')) {
        name = take(rest, ",-");
        last = flask_find_category(policy, name.text, name.length);
        if (last <= first)
            return false;
    }
    for (unsigned int value = first; first != 0 && value <= last; value++)
        level->category[(value - 1) / 64] |= (uint64_t)1 << ((value - 1) % 64);
    return first != 0;
}

static bool parse_level(const struct flask_policy *policy, struct rest *rest,
                        struct flask_level *level)
{
    struct rest name = take(rest, ":-");
    bool more;

    level->sensitivity = flask_find_sensitivity(policy, name.text, name.length);
    if (level->sensitivity == 0)
        return false;
    for (more = skip(rest, ':'); more; more = skip(rest, ','))
        if (!parse_run(policy, rest, level))
            return false;
    return true;
}

/* A level costs a place in the policy's table: only what is valid gets one. */
static int parse_range(const struct flask_policy *policy, struct rest *rest, bool may_add,
                       struct flask_context *context)
{
    int (*number)(const struct flask_policy *, const struct flask_level *, uint16_t *) =
        may_add ? flask_level_index : flask_find_level;
    struct flask_level low = {0}, high = {0};
    int error;

    if (!skip(rest, ':') || !parse_level(policy, rest, &low))
        return -EINVAL;
    high = low;
    if (skip(rest, '-')) {
        high = (struct flask_level){0};
        if (!parse_level(policy, rest, &high))
            return -EINVAL;
    }
    if (rest->length != 0 || !flask_range_valid(policy, *context, &low, &high))
        return -EINVAL;
    error = number(policy, &low, &context->low);
    return error != 0 ? error : number(policy, &high, &context->high);
}

int flask_parse_context(const struct flask_policy *policy, const char *text, size_t length,
                        bool may_add, struct flask_context *context)
{
    struct rest rest = {.text = text, .length = length}, user, role, type;

    *context = (struct flask_context){0};
    user = take(&rest, ":");
    if (!skip(&rest, ':'))
        return -EINVAL;
    role = take(&rest, ":");
    if (!skip(&rest, ':'))
        return -EINVAL;
    type = take(&rest, ":");
    context->user = (uint16_t)flask_find_user(policy, user.text, user.length);
    context->role = (uint16_t)flask_find_role(policy, role.text, role.length);
    context->type = (uint16_t)flask_find_type(policy, type.text, type.length);
    if (!flask_parts_valid(policy, *context))
        return -EINVAL;
    if (policy->mls)
        return parse_range(policy, &rest, may_add, context);
    return rest.length == 0 ? 0 : -EINVAL;
}
