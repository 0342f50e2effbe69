/* SPDX-License-Identifier: BSD-2-Clause */
/* What the names of an expectation stand for. */
#include <stdlib.h>
#include <string.h>

#include "tools/bailiwick/expect.h"

/* Where names are looked up, and where it is said that there are none. */
struct finding {
    struct expect *expect;
    struct expect_file *file;
    const struct expect_line *line;
};

static const struct lcm *lcm_of(const struct finding *finding)
{
    return finding->expect->asked->system ? &finding->expect->asked->system->lcm : NULL;
}

static bool find_role(const struct finding *finding, const struct expect_item *item,
                      struct expect_set *set)
{
    const struct expect *expect = finding->expect;
    bool none = strcmp(item->name, "none") == 0;
    uint32_t role = strcmp(item->name, "any") == 0 ? UINT32_MAX : expect_role(item->name);

    if (role == 0 && !none) {
        expect_complain(finding->file, finding->line, item->column,
                        "expected role(control), role(hardware), role(boot), role(crash), "
                        "role(console), role(xenstore), role(any) or role(none), not role(%s)",
                        item->name);
        return false;
    }
    for (unsigned int i = 0; i < expect->nr_parties; i++) {
        int domain = expect->party[i].domain;
        uint32_t held = domain >= 0 ? expect_lcm_roles(&lcm_of(finding)->domain[domain]) : 0;

        if (domain >= 0 && (none ? held == 0 : (held & role) != 0))
            set->has[i] = 1;
    }
    return true;
}

/* The types that have a value, which is their own or an attribute's; 0: all. */
static bool add_types(const struct finding *finding, unsigned int value, struct expect_set *set)
{
    const struct expect *expect = finding->expect;

    for (unsigned int i = 0; i < expect->nr_parties; i++)
        if (value == 0 || flask_has(expect->asked->policy, expect->party[i].context.type, value))
            set->has[i] = 1;
    return true;
}

static bool add_context(const struct finding *finding, struct flask_context context,
                        struct expect_set *set)
{
    struct expect *expect = finding->expect;

    expect_named_party(expect, context);
    for (unsigned int i = 0; i < expect->nr_parties; i++)
        if (flask_pack(expect->party[i].context) == flask_pack(context))
            set->has[i] = 1;
    return true;
}

static bool add_domain(const struct finding *finding, int domain, struct expect_set *set)
{
    const struct expect *expect = finding->expect;

    for (unsigned int i = 0; i < expect->nr_parties; i++)
        if (expect->party[i].domain == domain)
            set->has[i] = 1;
    return true;
}

static bool no_name(const struct finding *finding, const struct expect_item *item)
{
    const struct asked *asked = finding->expect->asked;

    if (item->optional)
        return true;
    expect_complain(finding->file, finding->line, item->column,
                    "%s is no domain of %s, nor a type, attribute or initial SID of %s; if not "
                    "every system has it, write %s?",
                    item->name, asked->system ? asked->system->file : "a system", asked->path,
                    item->name);
    return false;
}

static bool find_name(const struct finding *finding, const struct expect_item *item,
                      struct expect_set *set)
{
    const struct asked *asked = finding->expect->asked;
    const struct flask_policy *policy = asked->policy;
    const char *name = item->name;
    int domain = asked_domain(asked, name);
    unsigned int type = flask_find_type(policy, name, strlen(name));
    struct flask_context context;

    if (type == 0)
        type = flask_find_attribute(policy, name, strlen(name));
    if (domain >= 0)
        return add_domain(finding, domain, set);
    if (type != 0)
        return add_types(finding, type, set);
    if (asked_initial_sid(name) != XSM_SID_NONE)
        return add_context(finding, flask_sid_context(policy, asked_initial_sid(name)), set);
    if (strchr(name, ':') && flask_parse_context(policy, name, strlen(name), true, &context) == 0)
        return add_context(finding, context, set);
    return no_name(finding, item);
}

static bool find_module(const struct finding *finding, const struct expect_item *item,
                        struct expect_set *set)
{
    const struct asked *asked = finding->expect->asked;
    const struct lcm *lcm = lcm_of(finding);
    bool found = strcmp(item->name, "lcm") == 0;

    if (found)
        add_context(finding, flask_sid_context(asked->policy, XSM_INITIAL_BW_LCM), set);
    for (unsigned int i = 0; lcm && i < lcm->nr_modules; i++)
        if (expect_is_module(asked, &lcm->module[i], item->name))
            found = add_context(finding, expect_module_context(asked, &lcm->module[i]), set);
    if (!found)
        expect_complain(finding->file, finding->line, item->column,
                        "the system has no module(%s): expected DOMAIN/TYPE, as in "
                        "module(guest_a/ramdisk), launch/TYPE, lcm, or the name of a file",
                        item->name);
    return found;
}

static bool find_item(const struct finding *finding, const struct expect_item *item,
                      struct expect_set *set)
{
    switch (item->kind) {
    case EXPECT_ANY:
        return add_types(finding, 0, set);
    case EXPECT_ROLE:
        return find_role(finding, item, set);
    case EXPECT_MODULE:
        return find_module(finding, item, set);
    case EXPECT_NAME:
    case EXPECT_CHANNEL:
        return find_name(finding, item, set);
    case EXPECT_SELF:
    default:
        return true;
    }
}

static bool may_be_nobody(const struct expect_side *side)
{
    for (unsigned int i = 0; i < side->nr_items; i++)
        if (side->item[i].optional || side->item[i].kind == EXPECT_ROLE ||
            side->item[i].kind == EXPECT_SELF || side->item[i].other)
            return true;
    return false;
}

static bool is_nobody(const struct expect *expect, const struct expect_set *set)
{
    for (unsigned int i = 0; i < expect->nr_parties; i++)
        if (set->has[i])
            return false;
    return true;
}

static bool no_nobody(const struct finding *finding, const struct expect_side *side)
{
    expect_complain(finding->file, finding->line, side->item[0].column,
                    "nobody is called that, so this line would check nothing");
    return false;
}

bool expect_find_subjects(struct expect *expect, struct expect_file *file,
                          const struct expect_line *line, const struct expect_side *side,
                          struct expect_set *set)
{
    struct finding finding = {expect, file, line};
    static struct expect_set except;

    memset(set, 0, sizeof(*set));
    memset(&except, 0, sizeof(except));
    for (unsigned int i = 0; i < side->nr_items; i++)
        if (!find_item(&finding, &side->item[i], set))
            return false;
    for (unsigned int i = 0; i < side->nr_except; i++)
        if (!find_item(&finding, &side->except[i], &except))
            return false;
    for (unsigned int i = 0; i < expect->nr_parties; i++)
        set->has[i] &= !except.has[i];
    return side->nr_items == 0 || !is_nobody(expect, set) || may_be_nobody(side) ||
           no_nobody(&finding, side);
}

bool expect_find_objects(struct expect *expect, struct expect_file *file,
                         const struct expect_line *line, const struct expect_side *side,
                         struct expect_objects *objects)
{
    struct finding finding = {expect, file, line};

    memset(objects, 0, sizeof(*objects));
    for (unsigned int i = 0; i < side->nr_items; i++) {
        const struct expect_item *item = &side->item[i];
        struct expect_set *set = item->kind == EXPECT_CHANNEL ? &objects->channel
                                 : item->other                ? &objects->other
                                                              : &objects->plain;

        objects->self |= item->kind == EXPECT_SELF;
        if (!find_item(&finding, item, set))
            return false;
    }
    for (unsigned int i = 0; i < side->nr_except; i++)
        if (!find_item(&finding, &side->except[i], &objects->except))
            return false;
    return may_be_nobody(side) || !is_nobody(expect, &objects->plain) ||
           !is_nobody(expect, &objects->channel) || no_nobody(&finding, side);
}

bool expect_find_label(struct expect *expect, struct expect_file *file,
                       const struct expect_line *line, const struct expect_item *item,
                       unsigned int *party)
{
    struct finding finding = {expect, file, line};
    static struct expect_set set;
    unsigned int count = 0;

    memset(&set, 0, sizeof(set));
    if (!find_item(&finding, item, &set))
        return false;
    for (unsigned int i = 0; i < expect->nr_parties; i++)
        if (set.has[i] && count++ == 0)
            *party = i;
    if (count != 0)
        return true;
    expect_complain(file, line, item->column, "expected one label to give");
    return false;
}

bool expect_is_object(const struct expect_objects *objects, unsigned int subject,
                      unsigned int object)
{
    bool is = objects->plain.has[object] || (objects->other.has[object] && object != subject) ||
              (objects->self && object == subject);

    return is && !objects->except.has[object];
}
