/* SPDX-License-Identifier: BSD-2-Clause */
/* Labels of resources, from the file and from later; objects.h has the words. */
#include "xsm/objects.h"

#include <errno.h>
#include <string.h>

#include "xsm/compute.h"
#include "xsm/flask/flask.h"
#include "xsm/policy.h"

_Static_assert((unsigned int)XSM_NR_OBJECTS == FLASK_NR_OBJECTS &&
                   (unsigned int)XSM_OBJECT_DEVICE == FLASK_OBJECT_DEVICE &&
                   (unsigned int)XSM_OBJECT_IOMEM == FLASK_OBJECT_IOMEM,
               "one kind of object has one number");
_Static_assert(XSM_MAX_PATH + 1 == FLASK_MAX_PATH, "a path needs its NUL");

static uint64_t context_of(const struct flask_object_label *label)
{
    return __atomic_load_n(&label->context, __ATOMIC_RELAXED);
}

static void take_away(struct flask_object_label *label)
{
    __atomic_store_n(&label->context, 0, __ATOMIC_RELAXED);
}

static uint32_t nr_added(const struct flask_policy *policy)
{
    return __atomic_load_n(&policy->nr_added, __ATOMIC_ACQUIRE);
}

static bool overlaps(const struct flask_object_label *label, uint64_t low, uint64_t high)
{
    return context_of(label) != 0 && label->low <= high && label->high >= low;
}

/* A label that covers some of the range, or NULL: one of the file's first. */
static struct flask_object_label *find(const struct flask_policy *policy, enum xsm_object object,
                                       uint64_t low, uint64_t high)
{
    for (unsigned int i = 0; i < policy->nr_object_labels[object]; i++)
        if (overlaps(&policy->object_label[object][i], low, high))
            return &policy->object_label[object][i];
    for (uint32_t i = 0; i < nr_added(policy); i++)
        if (policy->added[i].object == object && overlaps(&policy->added[i].label, low, high))
            return &policy->added[i].label;
    return NULL;
}

static bool is_exactly(const struct flask_object_label *label, uint64_t low, uint64_t high)
{
    return label->low == low && label->high == high;
}

static uint64_t packed_context(const struct flask_policy *policy, xsm_sid sid)
{
    return flask_pack(flask_sid_context(policy, sid));
}

int xsm_add_object_label(struct xsm_engine *engine, enum xsm_object object, uint64_t low,
                         uint64_t high, xsm_sid sid)
{
    const struct flask_table *table = xsm_table(engine);
    const struct flask_object_label *found;
    struct flask_policy *policy;

    if (table == NULL)
        return -ENOENT;
    policy = table->policy;
    if ((unsigned int)object >= XSM_NR_OBJECTS || low > high || !xsm_sid_is_known(engine, sid))
        return -EINVAL;
    found = find(policy, object, low, high);
    if (found != NULL)
        return is_exactly(found, low, high) && context_of(found) == packed_context(policy, sid)
                   ? 0
                   : -EEXIST;
    if (policy->nr_added == FLASK_MAX_ADDED)
        return -ENOSPC;
    policy->added[policy->nr_added] = (struct flask_added_label){
        .object = object, .label = {low, high, packed_context(policy, sid)}};
    __atomic_store_n(&policy->nr_added, policy->nr_added + 1, __ATOMIC_RELEASE);
    return 0;
}

int xsm_remove_object_label(struct xsm_engine *engine, enum xsm_object object, uint64_t low,
                            uint64_t high)
{
    const struct flask_table *table = xsm_table(engine);
    struct flask_object_label *found = NULL;

    if (table != NULL && (unsigned int)object < XSM_NR_OBJECTS && low <= high)
        found = find(table->policy, object, low, high);
    if (found == NULL || !is_exactly(found, low, high))
        return -ENOENT;
    take_away(found);
    return 0;
}

int xsm_object_sid(const struct xsm_engine *engine, enum xsm_object object, uint64_t number,
                   xsm_sid *sid)
{
    static const xsm_sid initial[] = {[XSM_OBJECT_IRQ] = XSM_INITIAL_IRQ,
                                      [XSM_OBJECT_IOPORT] = XSM_INITIAL_IOPORT,
                                      [XSM_OBJECT_IOMEM] = XSM_INITIAL_IOMEM,
                                      [XSM_OBJECT_DEVICE] = XSM_INITIAL_DEVICE};
    const struct flask_table *table = xsm_table(engine);
    const struct flask_object_label *found;
    uint64_t context;

    *sid = XSM_SID_NONE;
    if (table == NULL)
        return -ENOENT;
    *sid = initial[object];
    found = find(table->policy, object, number, number);
    context = found != NULL ? context_of(found) : 0; /* it may just have been taken away */
    return context == 0 ? 0 : flask_context_sid(table->policy, flask_unpack(context), sid);
}

/* The packed context of a path's label, or 0. */
static uint64_t find_path(const struct flask_policy *policy, const char *path, size_t length)
{
    for (unsigned int i = 0; i < policy->nr_path_labels; i++)
        if (strlen(policy->path_label[i].path) == length &&
            memcmp(policy->path_label[i].path, path, length) == 0)
            return policy->path_label[i].context;
    for (uint32_t i = 0; i < __atomic_load_n(&policy->nr_added_paths, __ATOMIC_ACQUIRE); i++)
        if (strlen(policy->added_path[i].path) == length &&
            memcmp(policy->added_path[i].path, path, length) == 0)
            return policy->added_path[i].context;
    return 0;
}

int xsm_add_path_label(struct xsm_engine *engine, const char *path, size_t length, xsm_sid sid)
{
    const struct flask_table *table = xsm_table(engine);
    struct flask_added_path *added;
    struct flask_policy *policy;
    uint64_t found;

    if (table == NULL)
        return -ENOENT;
    policy = table->policy;
    if (length == 0 || length > XSM_MAX_PATH || path[0] != '/' ||
        memchr(path, '\0', length) != NULL || !xsm_sid_is_known(engine, sid))
        return -EINVAL;
    found = find_path(policy, path, length);
    if (found != 0)
        return found == packed_context(policy, sid) ? 0 : -EEXIST;
    if (policy->nr_added_paths == FLASK_MAX_ADDED_PATHS)
        return -ENOSPC;
    added = &policy->added_path[policy->nr_added_paths];
    memcpy(added->path, path, length);
    added->context = packed_context(policy, sid);
    __atomic_store_n(&policy->nr_added_paths, policy->nr_added_paths + 1, __ATOMIC_RELEASE);
    return 0;
}

int xsm_path_sid(const struct xsm_engine *engine, const char *path, xsm_sid *sid)
{
    const struct flask_table *table = xsm_table(engine);
    uint64_t context = table != NULL ? find_path(table->policy, path, strlen(path)) : 0;

    *sid = XSM_SID_NONE;
    return context == 0 ? -ENOENT : flask_context_sid(table->policy, flask_unpack(context), sid);
}
