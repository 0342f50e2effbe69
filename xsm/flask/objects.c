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

/* A slot of the labels of the file, or of those added. */
struct slot {
    struct flask_object_label *label; /* NULL: none */
    struct flask_object_label read;   /* what it said, as of one moment */
};

static uint32_t nr_added(const struct flask_policy *policy)
{
    return __atomic_load_n(&policy->nr_added, __ATOMIC_ACQUIRE);
}

static struct flask_object_label read_label(const struct flask_object_label *label)
{
    return (struct flask_object_label){__atomic_load_n(&label->low, __ATOMIC_ACQUIRE),
                                       __atomic_load_n(&label->high, __ATOMIC_ACQUIRE),
                                       __atomic_load_n(&label->context, __ATOMIC_ACQUIRE)};
}

/* Who sees any of it sees what was written before. */
static void write_label(struct flask_object_label *label, struct flask_object_label value)
{
    __atomic_store_n(&label->low, value.low, __ATOMIC_RELEASE);
    __atomic_store_n(&label->high, value.high, __ATOMIC_RELEASE);
    __atomic_store_n(&label->context, value.context, __ATOMIC_RELEASE);
}

/* A slot that is written meanwhile had no label before, and is read as having none. */
static struct flask_object_label read_added(const struct flask_added_label *added,
                                            enum xsm_object object)
{
    uint32_t before = __atomic_load_n(&added->writes, __ATOMIC_ACQUIRE);
    struct flask_object_label label = read_label(&added->label);
    bool is_of_kind = __atomic_load_n(&added->object, __ATOMIC_ACQUIRE) == (uint32_t)object;

    if ((before & 1u) != 0 || __atomic_load_n(&added->writes, __ATOMIC_RELAXED) != before ||
        !is_of_kind)
        label.context = 0;
    return label;
}

static void write_added(struct flask_added_label *added, enum xsm_object object,
                        struct flask_object_label label)
{
    __atomic_store_n(&added->writes, added->writes + 1, __ATOMIC_RELAXED);
    __atomic_store_n(&added->object, (uint32_t)object, __ATOMIC_RELEASE);
    write_label(&added->label, label);
    __atomic_store_n(&added->writes, added->writes + 1, __ATOMIC_RELEASE);
}

static bool overlaps(const struct flask_object_label *label, uint64_t low, uint64_t high)
{
    return label->context != 0 && label->low <= high && label->high >= low;
}

/* A label that covers some of the range: one of the file's first. */
static struct slot find(const struct flask_policy *policy, enum xsm_object object, uint64_t low,
                        uint64_t high)
{
    struct slot slot = {0};

    for (unsigned int i = 0; i < policy->nr_object_labels[object]; i++) {
        slot.label = &policy->object_label[object][i];
        slot.read = read_label(slot.label);
        if (overlaps(&slot.read, low, high))
            return slot;
    }
    for (uint32_t i = 0; i < nr_added(policy); i++) {
        slot.label = &policy->added[i].label;
        slot.read = read_added(&policy->added[i], object);
        if (overlaps(&slot.read, low, high))
            return slot;
    }
    return (struct slot){0};
}

/* One that nobody uses, or NULL. */
static struct flask_added_label *free_slot(struct flask_policy *policy)
{
    for (uint32_t i = 0; i < policy->nr_added; i++)
        if (policy->added[i].label.context == 0)
            return &policy->added[i];
    return policy->nr_added < FLASK_MAX_ADDED ? &policy->added[policy->nr_added] : NULL;
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
    struct flask_added_label *free;
    struct flask_policy *policy;
    struct slot found;

    if (table == NULL)
        return -ENOENT;
    policy = table->policy;
    if ((unsigned int)object >= XSM_NR_OBJECTS || low > high || !xsm_sid_is_known(engine, sid))
        return -EINVAL;
    found = find(policy, object, low, high);
    if (found.label != NULL)
        return is_exactly(&found.read, low, high) &&
                       found.read.context == packed_context(policy, sid)
                   ? 0
                   : -EEXIST;
    free = free_slot(policy);
    if (free == NULL)
        return -ENOSPC;
    write_added(free, object, (struct flask_object_label){low, high, packed_context(policy, sid)});
    if (free == &policy->added[policy->nr_added])
        __atomic_store_n(&policy->nr_added, policy->nr_added + 1, __ATOMIC_RELEASE);
    return 0;
}

int xsm_remove_object_label(struct xsm_engine *engine, enum xsm_object object, uint64_t low,
                            uint64_t high)
{
    const struct flask_table *table = xsm_table(engine);
    struct slot found = {0};

    if (table != NULL && (unsigned int)object < XSM_NR_OBJECTS && low <= high)
        found = find(table->policy, object, low, high);
    if (found.label == NULL || !is_exactly(&found.read, low, high))
        return -ENOENT;
    __atomic_store_n(&found.label->context, 0, __ATOMIC_RELAXED);
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
    struct slot found;

    *sid = XSM_SID_NONE;
    if (table == NULL)
        return -ENOENT;
    *sid = initial[object];
    found = find(table->policy, object, number, number);
    return found.label == NULL
               ? 0
               : flask_context_sid(table->policy, flask_unpack(found.read.context), sid);
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
