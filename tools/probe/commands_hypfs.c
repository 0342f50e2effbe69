/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading hypfs: the names in a directory, the text or the number that a value is. */
#include <xen/xen.h>
#include <xen/hypfs.h>

#include "command.h"
#include "text.h"
#include "xen.h"

#define CONTENT_SIZE 8192
#define NAMES_SIZE 2048

static struct {
    struct xen_hypfs_direntry entry;
    uint8_t content[CONTENT_SIZE + 1]; /* and a NUL */
} answer;
static char names[NAMES_SIZE];

static int64_t call(uint64_t operation, const char *path)
{
    return hypercall(__HYPERVISOR_hypfs_op, operation, (uintptr_t)path, text_length(path) + 1,
                     (uintptr_t)&answer, sizeof(answer) - 1);
}

/* Each name with a blank before the next. */
static const char *list_names(void)
{
    size_t at = 0, used = 0;

    while (at < answer.entry.content_len) {
        const struct xen_hypfs_dirlistentry *listed = (const void *)(answer.content + at);
        size_t length = text_length(listed->name);

        if (used + length + 2 > NAMES_SIZE)
            break;
        if (used > 0)
            names[used++] = ' ';
        memcpy(names + used, listed->name, length);
        used += length;
        if (listed->off_next == 0)
            break;
        at += listed->off_next;
    }
    names[used] = '\0';
    return names;
}

static void show(struct result *result)
{
    uint64_t number = 0;

    result_note(result, "type", answer.entry.type);
    result_note(result, "size", answer.entry.content_len);
    answer.content[answer.entry.content_len] = '\0';
    switch (answer.entry.type) {
    case XEN_HYPFS_TYPE_DIR:
        result->text = list_names();
        break;
    case XEN_HYPFS_TYPE_STRING:
        result->text = (const char *)answer.content;
        break;
    case XEN_HYPFS_TYPE_UINT:
    case XEN_HYPFS_TYPE_BOOL:
        if (answer.entry.content_len <= sizeof(number))
            memcpy(&number, answer.content, answer.entry.content_len);
        result->value = (int64_t)number;
        break;
    default:
        break;
    }
}

void command_hypfs(const struct arguments *arguments, struct result *result)
{
    result->value = call(XEN_HYPFS_OP_read, arguments->word[0]);
    if (result->value == 0)
        show(result);
}

void command_hypfs_version(const struct arguments *arguments, struct result *result)
{
    (void)arguments;
    result->value = hypercall(__HYPERVISOR_hypfs_op, XEN_HYPFS_OP_get_version, 0, 0, 0, 0);
}

void command_hypfs_write(const struct arguments *arguments, struct result *result)
{
    result->value = call(XEN_HYPFS_OP_write_contents, arguments->word[0]);
}
