/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * hypfs_op (Xen's public hypfs.h), of which nothing can be written: what there is to read is
 * hv/launch/hypfs_tree.h.
 */
#include <errno.h>
#include <string.h>

#include "hv/gate/ops.h"
#include "hv/launch/hypfs_tree.h"

/* Where the name is in a list's entry, and what the entry's size is a multiple of. */
#define NAME_AT offsetof(struct xen_hypfs_dirlistentry, name)
#define ENTRY_ALIGN _Alignof(struct xen_hypfs_direntry)

_Static_assert(sizeof(struct xen_hypfs_direntry) == 12 && NAME_AT == 14, "xen/hypfs.h");

/* One of a list, with room for the longest name. */
union list_entry {
    struct xen_hypfs_dirlistentry head;
    uint8_t bytes[NAME_AT + HYPFS_MAX_NAME + ENTRY_ALIGN];
};

int64_t hypfs_version_act(struct call *call)
{
    for (unsigned int i = 1; i <= 4; i++) {
        if (call->argument[i] != 0)
            return -EINVAL;
    }
    return XEN_HYPFS_VERSION;
}

static bool is_directory(const struct hypfs_node *node)
{
    return node->type == XEN_HYPFS_TYPE_DIR;
}

/* Go from a directory to its child of this name. */
static bool enter_child(const struct call *call, const char *name, size_t length,
                        struct hypfs_node *node)
{
    struct hypfs_node child;
    unsigned int next = 0;

    while (hypfs_next(call, node, &next, &child)) {
        if (strlen(child.name) == length && memcmp(child.name, name, length) == 0) {
            *node = child;
            return true;
        }
    }
    return false;
}

static int walk(const struct call *call, const char *path, struct hypfs_node *node)
{
    if (*path++ != '/')
        return -ENOENT;
    hypfs_root(node);
    while (*path != '\0') {
        const char *slash = strchr(path, '/');
        size_t length = slash == NULL ? strlen(path) : (size_t)(slash - path);

        if (!enter_child(call, path, length, node))
            return -ENOENT;
        path += length;
        if (slash == NULL)
            break;
        if (!is_directory(node))
            return -ENOENT;
        path++;
    }
    return 0;
}

/* The node that the first two arguments name. The NUL is the path's last byte, and no other is. */
static int find(const struct call *call, struct hypfs_node *node)
{
    uint64_t size = call->argument[2];
    char path[XEN_HYPFS_MAX_PATHLEN];

    if (size == 0 || size > sizeof(path))
        return -EINVAL;
    if (gate_copy_from(call->v, path, (gva_t){call->argument[1]}, size) != 0)
        return -EFAULT;
    if (strnlen(path, size) != size - 1)
        return -EINVAL;
    return walk(call, path, node);
}

static uint32_t entry_size(const struct hypfs_node *node)
{
    return (uint32_t)align_up(NAME_AT + strlen(node->name) + 1, ENTRY_ALIGN);
}

static uint32_t list_size(const struct call *call, const struct hypfs_node *directory)
{
    struct hypfs_node child;
    unsigned int next = 0;
    uint32_t size = 0;

    while (hypfs_next(call, directory, &next, &child))
        size += entry_size(&child);
    return size;
}

static void describe(const struct call *call, const struct hypfs_node *node,
                     struct hypfs_value *value, struct xen_hypfs_direntry *entry)
{
    *entry = (struct xen_hypfs_direntry){.type = node->type};
    if (is_directory(node)) {
        entry->content_len = list_size(call, node);
        return;
    }
    hypfs_get(call, node, value);
    entry->content_len = (uint32_t)value->size;
}

static int put_entry(const struct call *call, gva_t at, const struct hypfs_node *node, bool last)
{
    uint32_t size = entry_size(node);
    struct hypfs_value value;
    union list_entry entry;

    memset(&entry, 0, sizeof(entry));
    describe(call, node, &value, &entry.head.e);
    entry.head.off_next = last ? 0 : (uint16_t)size;
    memcpy(entry.bytes + NAME_AT, node->name, strlen(node->name));
    return gate_copy_to(call->v, at, &entry, size);
}

/* -GATE_CHANGED: meanwhile the caller may see others than when `size` was found. */
static int put_list(const struct call *call, gva_t at, const struct hypfs_node *directory,
                    uint32_t size)
{
    struct hypfs_node child, following;
    unsigned int next = 0;
    bool more = hypfs_next(call, directory, &next, &child);

    while (more) {
        uint32_t its_size = entry_size(&child);

        more = hypfs_next(call, directory, &next, &following);
        if (its_size > size)
            return -GATE_CHANGED;
        if (put_entry(call, at, &child, !more) != 0)
            return -EFAULT;
        at.v += its_size;
        size -= its_size;
        if (more)
            child = following;
    }
    return size == 0 ? 0 : -GATE_CHANGED;
}

/* Nothing is written unless all can be; but what there is is always told. */
static int put_node(const struct call *call, const struct hypfs_node *node)
{
    gva_t at = {call->argument[3]}, content = {at.v + sizeof(struct xen_hypfs_direntry)};
    struct xen_hypfs_direntry entry;
    struct hypfs_value value;
    bool fits;

    if (call->argument[4] < sizeof(entry))
        return -EINVAL;
    describe(call, node, &value, &entry);
    fits = call->argument[4] - sizeof(entry) >= entry.content_len;
    if (gate_probe(call->v, at, sizeof(entry) + (fits ? entry.content_len : 0), true) != 0 ||
        gate_copy_to(call->v, at, &entry, sizeof(entry)) != 0)
        return -EFAULT;
    if (!fits)
        return -ENOBUFS;
    if (is_directory(node))
        return put_list(call, content, node, entry.content_len);
    return gate_copy_to(call->v, content, value.data, value.size);
}

int64_t hypfs_read_act(struct call *call)
{
    struct hypfs_node node;
    int error = find(call, &node);

    return error != 0 ? error : put_node(call, &node);
}

int64_t hypfs_write_act(struct call *call)
{
    struct hypfs_node node;
    int error = find(call, &node);

    return error != 0 ? error : -EACCES;
}
