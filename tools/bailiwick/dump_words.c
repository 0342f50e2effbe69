/* SPDX-License-Identifier: BSD-2-Clause */
/* The words of a policy, and which go together. */
#include <inttypes.h>

#include "tools/bailiwick/dump.h"

static void dump_classes(struct dump *dump)
{
    static const char *const defaults[] = {
        [FLASK_DEFAULT_SOURCE] = "source", [FLASK_DEFAULT_TARGET] = "target"};
    static const char *const ranges[] = {
        [FLASK_RANGE_SOURCE_LOW] = "source low",
        [FLASK_RANGE_SOURCE_HIGH] = "source high",
        [FLASK_RANGE_SOURCE_LOW_HIGH] = "source low-high",
        [FLASK_RANGE_TARGET_LOW] = "target low",
        [FLASK_RANGE_TARGET_HIGH] = "target high",
        [FLASK_RANGE_TARGET_LOW_HIGH] = "target low-high",
    };

    for (unsigned int i = 0; i < dump->asked->policy->nr_classes; i++) {
        const struct flask_class *class = &dump->asked->policy->class[i];

        if (!class->name)
            continue;
        dump_line(dump, "class %s%s", class->name, dump_permissions(class, class->permissions));
        if (class->default_user != FLASK_DEFAULT_UNSET)
            dump_line(dump, "default_user %s %s", class->name, defaults[class->default_user]);
        if (class->default_role != FLASK_DEFAULT_UNSET)
            dump_line(dump, "default_role %s %s", class->name, defaults[class->default_role]);
        if (class->default_type != FLASK_DEFAULT_UNSET)
            dump_line(dump, "default_type %s %s", class->name, defaults[class->default_type]);
        if (class->default_range != FLASK_RANGE_UNSET)
            dump_line(dump, "default_range %s %s", class->name, ranges[class->default_range]);
    }
}

static void dump_types(struct dump *dump)
{
    const struct flask_policy *policy = dump->asked->policy;

    for (unsigned int i = 0; i < policy->nr_types; i++) {
        const struct flask_type *type = &policy->type[i];

        if (type->attribute || !type->name)
            continue;
        dump_line(dump, "type %s", type->name);
        if (type->permissive)
            dump_line(dump, "permissive %s", type->name);
        if (type->bounds != 0)
            dump_line(dump, "typebounds %s %s", policy->type[type->bounds - 1].name, type->name);
    }
}

/* A role without types is in no context, and compilers add such. */
static void dump_roles(struct dump *dump)
{
    const struct flask_policy *policy = dump->asked->policy;

    for (unsigned int i = 0; i < policy->nr_roles; i++) {
        struct flask_bits bits = {.set = &policy->role[i].types};
        unsigned int bit;

        if (!policy->role[i].name)
            continue;
        while (flask_next(&bits, &bit))
            dump_line(dump, "role %s type %s", policy->role[i].name, policy->type[bit].name);
        bits = (struct flask_bits){.set = &policy->role[i].dominates};
        while (flask_next(&bits, &bit))
            if (bit != i && policy->role[bit].name)
                dump_line(dump, "role %s dominates %s", policy->role[i].name,
                          policy->role[bit].name);
    }
}

/* Which levels there can be: sensitivities from the lowest, and the categories that each may have.
 */
static void dump_sensitivities(struct dump *dump)
{
    const struct flask_policy *policy = dump->asked->policy;

    for (unsigned int i = 0; policy->mls && i < policy->nr_sensitivities; i++) {
        const struct flask_level *most = &policy->level[policy->sensitivity[i].level];

        if (!policy->sensitivity[i].name)
            continue;
        dump_line(dump, "sensitivity %03u %s", i + 1, policy->sensitivity[i].name);
        for (unsigned int bit = 0; bit < policy->nr_categories; bit++)
            if ((most->category[bit / 64] >> (bit % 64) & 1u) != 0)
                dump_line(dump, "sensitivity %s category %s", policy->sensitivity[i].name,
                          policy->category[bit]);
    }
}

static void dump_users(struct dump *dump)
{
    const struct flask_policy *policy = dump->asked->policy;

    for (unsigned int i = 0; i < policy->nr_users; i++) {
        struct flask_bits bits = {.set = &policy->user[i].roles};
        struct flask_context range = {.user = (uint16_t)(i + 1),
                                      .role = FLASK_OBJECT_R,
                                      .type = 1,
                                      .low = policy->user[i].low,
                                      .high = policy->user[i].high};
        unsigned int bit;

        if (!policy->user[i].name)
            continue;
        while (flask_next(&bits, &bit))
            dump_line(dump, "user %s role %s", policy->user[i].name, policy->role[bit].name);
        if (policy->mls) /* with a type, which says nothing: contexts are what has a text */
            dump_line(dump, "user %s range of %s", policy->user[i].name,
                      asked_text(dump->asked, range));
    }
}

static void dump_sids(struct dump *dump)
{
    const struct flask_policy *policy = dump->asked->policy;

    for (unsigned int sid = 1; sid < XSM_INITIAL_END; sid++)
        if ((policy->initial_sids >> sid & 1u) != 0)
            dump_line(dump, "sid %02u %s", sid,
                      asked_text(dump->asked, flask_sid_context(policy, sid)));
}

static void dump_objects(struct dump *dump)
{
    static const char *const words[FLASK_NR_OBJECTS] = {"pirqcon", "ioportcon", "iomemcon",
                                                        "pcidevicecon"};
    const struct flask_policy *policy = dump->asked->policy;

    for (unsigned int kind = 0; kind < FLASK_NR_OBJECTS; kind++)
        for (unsigned int i = 0; i < policy->nr_object_labels[kind]; i++) {
            const struct flask_object_label *label = &policy->object_label[kind][i];

            dump_line(dump, "%s 0x%012" PRIx64 "-0x%012" PRIx64 " %s", words[kind], label->low,
                      label->high, asked_text(dump->asked, flask_unpack(label->context)));
        }
    for (unsigned int i = 0; i < policy->nr_path_labels; i++)
        dump_line(dump, "devicetreecon %s %s", policy->path_label[i].path,
                  asked_text(dump->asked, flask_unpack(policy->path_label[i].context)));
}

void dump_words(struct dump *dump)
{
    const struct flask_policy *policy = dump->asked->policy;
    struct flask_bits bits = {.set = &policy->capabilities};
    unsigned int bit;

    dump_classes(dump);
    dump_types(dump);
    dump_roles(dump);
    dump_sensitivities(dump);
    dump_users(dump);
    dump_sids(dump);
    dump_objects(dump);
    while (flask_next(&bits, &bit))
        dump_line(dump, "policycap %u", bit);
    for (unsigned int i = 0; i < policy->nr_booleans; i++)
        dump_line(dump, "bool %s %s", policy->boolean[i].name,
                  policy->boolean[i].initial ? "on" : "off");
}
