/* SPDX-License-Identifier: BSD-2-Clause */
#include "labels.h"

#include <string.h>

static int same_level(const struct flask_policy *policy, unsigned int index,
                      const mls_level_t *theirs)
{
    const struct flask_level *ours = &policy->level[index];

    if (ours->sensitivity != theirs->sens)
        return 0;
    for (unsigned int bit = 0; bit < FLASK_MAX_CATEGORIES; bit++)
        if ((ours->category[bit / 64] >> (bit % 64) & 1u) !=
            (unsigned int)ebitmap_get_bit(&theirs->cat, bit))
            return 0;
    return 1;
}

static int same_context(const struct flask_policy *policy, struct flask_context ours,
                        const context_struct_t *theirs)
{
    return ours.user == theirs->user && ours.role == theirs->role && ours.type == theirs->type &&
           (!policy->mls || (same_level(policy, ours.low, &theirs->range.level[0]) &&
                             same_level(policy, ours.high, &theirs->range.level[1])));
}

static int same_initial_sid(const struct flask_policy *ours, const ocontext_t *theirs)
{
    sepol_security_id_t sid = theirs->sid[0];

    return sid >= XSM_INITIAL_END ||
           ((ours->initial_sids >> sid & 1u) != 0 &&
            same_context(ours, flask_sid_context(ours, (xsm_sid)sid), &theirs->context[0]));
}

static struct flask_object_label range_of(enum flask_object object, const ocontext_t *theirs)
{
    switch (object) {
    case FLASK_OBJECT_IRQ:
        return (struct flask_object_label){theirs->u.pirq, theirs->u.pirq, 0};
    case FLASK_OBJECT_IOPORT:
        return (struct flask_object_label){theirs->u.ioport.low_ioport,
                                           theirs->u.ioport.high_ioport, 0};
    case FLASK_OBJECT_IOMEM:
        return (struct flask_object_label){theirs->u.iomem.low_iomem, theirs->u.iomem.high_iomem,
                                           0};
    case FLASK_OBJECT_DEVICE:
    case FLASK_NR_OBJECTS:
    default:
        return (struct flask_object_label){theirs->u.device, theirs->u.device, 0};
    }
}

static int same_range(const struct flask_policy *policy, enum flask_object object,
                      const ocontext_t *theirs)
{
    struct flask_object_label range = range_of(object, theirs);

    for (unsigned int i = 0; i < policy->nr_object_labels[object]; i++) {
        const struct flask_object_label *ours = &policy->object_label[object][i];

        if (ours->low == range.low && ours->high == range.high)
            return same_context(policy, flask_unpack(ours->context), &theirs->context[0]);
    }
    return 0;
}

static int same_path(const struct flask_policy *policy, const ocontext_t *theirs)
{
    for (unsigned int i = 0; i < policy->nr_path_labels; i++)
        if (strcmp(policy->path_label[i].path, theirs->u.name) == 0)
            return same_context(policy, flask_unpack(policy->path_label[i].context),
                                &theirs->context[0]);
    return 0;
}

static int same_label(const struct flask_policy *ours, unsigned int list, const ocontext_t *theirs)
{
    if (list == OCON_XEN_ISID)
        return same_initial_sid(ours, theirs);
    if (list == OCON_XEN_DEVICETREE)
        return same_path(ours, theirs);
    return same_range(ours, (enum flask_object)(list - OCON_XEN_PIRQ), theirs);
}

static unsigned int nr_labels(const struct flask_policy *ours, unsigned int list)
{
    if (list == OCON_XEN_ISID)
        return (unsigned int)__builtin_popcountll(ours->initial_sids);
    return list == OCON_XEN_DEVICETREE ? ours->nr_path_labels
                                       : ours->nr_object_labels[list - OCON_XEN_PIRQ];
}

const char *oracle_compare_labels(const struct flask_policy *ours, const policydb_t *theirs,
                                  unsigned int *number)
{
    static const char *const name[] = {
        [OCON_XEN_ISID] = "initial SID",       [OCON_XEN_PIRQ] = "interrupt label",
        [OCON_XEN_IOPORT] = "I/O port label",  [OCON_XEN_IOMEM] = "I/O memory label",
        [OCON_XEN_PCIDEVICE] = "device label", [OCON_XEN_DEVICETREE] = "device tree label",
    };

    /* Under Xen's old target name there are SELinux's lists. */
    for (unsigned int list = 0; list <= (ours->old_target ? OCON_XEN_ISID : OCON_XEN_DEVICETREE);
         list++) {
        *number = 0;
        for (const ocontext_t *label = theirs->ocontexts[list]; label != NULL;
             label = label->next, ++*number)
            if (!same_label(ours, list, label))
                return name[list];
        if (*number != nr_labels(ours, list))
            return name[list];
    }
    return NULL;
}
