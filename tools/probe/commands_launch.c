/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a boot domain can ask for: the boot modules, the staged domains. Operations of a few numbers
 * are in calls.c; those here move memory or text.
 */
#include <xen/xen.h>
#include <xen/errno.h>
#include <xen/arch-x86/hvm/start_info.h>

#include "hv/public/bailiwick_op.h"

#include "command.h"
#include "console.h"
#include "text.h"
#include "xen.h"

#define WORD(i) (arguments->value[i])
#define NAME_SIZE 200  /* bytes for each name, label and line of the boot menu */
#define SHOWN_BYTES 32 /* of what was read, in hexadecimal */
#define SAID_SIZE 1024

static uint8_t transfer[BW_MOST_BYTES] __attribute__((aligned(4096)));
static struct bw_vcpu_state registers; /* as they were asked for last */
static char said[SAID_SIZE];           /* for result->text */
static size_t nr_said;
static const struct hvm_start_info *start;

static const struct {
    const char *name;
    size_t offset;
} register_names[] = {
#define REGISTER(name) {#name, offsetof(struct bw_vcpu_state, name)},
    BW_VCPU_REGISTERS(REGISTER)
#undef REGISTER
};
#define NR_REGISTERS (sizeof(register_names) / sizeof(register_names[0]))

void set_start_info(const struct hvm_start_info *info)
{
    start = info;
}

uint8_t *launch_transfer(void)
{
    return transfer;
}

static int64_t ask(uint64_t operation, void *argument)
{
    return hypercall(HYPERVISOR_BAILIWICK_OP, operation, (uintptr_t)argument, 0, 0, 0);
}

static void say_bytes(const char *bytes, size_t size)
{
    size_t i;

    for (i = 0; i < size && nr_said < SAID_SIZE - 1; i++)
        said[nr_said++] = bytes[i];
    said[nr_said] = '\0';
}

static void say_text(const char *text)
{
    say_bytes(text, text_length(text));
}

/* The digits of `nr` bytes, the first one first. */
static void say_hex(const uint8_t *bytes, size_t nr)
{
    static const char digits[] = "0123456789abcdef";
    size_t i;

    for (i = 0; i < nr; i++) {
        say_bytes(&digits[bytes[i] >> 4], 1);
        say_bytes(&digits[bytes[i] & 15], 1);
    }
}

/* A name of which the hypervisor says that it has `size` bytes; longer ones are cut off. */
static void say_name(const char *title, const char *name, uint32_t size)
{
    say_text(title);
    say_bytes(name, size < NAME_SIZE ? size : NAME_SIZE);
}

static void begin_text(struct result *result)
{
    nr_said = 0;
    said[0] = '\0';
    result->text = said;
}

/* What of it a line can show: a checksum as that of the command `checksum`, and how it begins. */
static void show_transfer(struct result *result, uint64_t size)
{
    if (size > sizeof(transfer))
        size = sizeof(transfer);
    result_note(result, "checksum", fnv1a(transfer, size));
    begin_text(result);
    say_hex(transfer, size < SHOWN_BYTES ? size : SHOWN_BYTES);
}

void command_module_stat(const struct arguments *arguments, struct result *result)
{
    static char line[NAME_SIZE], label[NAME_SIZE];
    uint8_t digest[BW_DIGEST_SIZE] = {0};
    struct bw_module_stat stat = {
        .index = (uint32_t)WORD(0),
        .digest = (uintptr_t)digest,
        .line = (uintptr_t)line,
        .line_size = sizeof(line),
        .label = (uintptr_t)label,
        .label_size = sizeof(label),
    };

    result->value = ask(BW_OP_module_stat, &stat);
    if (result->value)
        return;
    result_note(result, "type", stat.type);
    result_note(result, "size", stat.size);
    begin_text(result);
    say_text("digest=");
    say_hex(digest, sizeof(digest));
    say_name(" label=", label, stat.label_size);
    say_name(" line=", line, stat.line_size);
}

/* module_read INDEX OFFSET SIZE: how many bytes there were. */
void command_module_read(const struct arguments *arguments, struct result *result)
{
    struct bw_module_read read = {
        .index = (uint32_t)WORD(0),
        .offset = WORD(1),
        .size = (uint32_t)WORD(2),
        .buffer = (uintptr_t)transfer,
    };

    memset(transfer, 0, sizeof(transfer));
    result->value = ask(BW_OP_module_read, &read);
    if (result->value)
        return;
    result->value = read.size;
    show_transfer(result, read.size);
}

static void note_domain(struct result *result, const struct bw_staged_stat *stat)
{
    result_note(result, "memory", stat->memory_kib);
    result_note(result, "vcpus", stat->nr_vcpus);
    result_note(result, "roles", stat->roles);
    result_note(result, "state", stat->state);
    result_note(result, "starts", stat->starts);
    if (stat->config >= 0)
        result_note(result, "config", (uint64_t)stat->config);
}

/* staged_stat INDEX: the domid. */
void command_staged_stat(const struct arguments *arguments, struct result *result)
{
    static char name[NAME_SIZE], label[NAME_SIZE];
    uint8_t uuid[BW_UUID_SIZE] = {0};
    struct bw_staged_stat stat = {
        .index = (uint32_t)WORD(0),
        .name = (uintptr_t)name,
        .name_size = sizeof(name),
        .label = (uintptr_t)label,
        .label_size = sizeof(label),
        .uuid = (uintptr_t)uuid,
    };

    result->value = ask(BW_OP_staged_stat, &stat);
    if (result->value)
        return;
    result->value = stat.domid;
    note_domain(result, &stat);
    begin_text(result);
    say_name("name=", name, stat.name_size);
    say_name(" label=", label, stat.label_size);
    say_text(" uuid=");
    say_hex(uuid, sizeof(uuid));
}

static int64_t staged_memory(uint64_t operation, const struct arguments *arguments, uint64_t size)
{
    struct bw_staged_memory memory = {
        .domid = (uint16_t)WORD(0),
        .address = WORD(1),
        .buffer = (uintptr_t)transfer,
        .size = (uint32_t)size,
    };

    return ask(operation, &memory);
}

void command_staged_read(const struct arguments *arguments, struct result *result)
{
    memset(transfer, 0, sizeof(transfer));
    result->value = staged_memory(BW_OP_staged_read, arguments, WORD(2));
    if (!result->value)
        show_transfer(result, WORD(2));
}

/* staged_write DOMID ADDRESS VALUE [BYTES]: the value's 8 bytes over and over; all of 8 without. */
void command_staged_write(const struct arguments *arguments, struct result *result)
{
    uint64_t size = arguments->nr > 3 ? WORD(3) : sizeof(uint64_t);
    size_t i;

    for (i = 0; i < sizeof(transfer); i++)
        transfer[i] = (uint8_t)(WORD(2) >> i % 8 * 8);
    result->value = staged_memory(BW_OP_staged_write, arguments, size);
}

static int64_t staged_vcpu(uint64_t operation, const struct arguments *arguments)
{
    struct bw_staged_vcpu vcpu = {
        .domid = (uint16_t)WORD(0),
        .vcpu = (uint32_t)WORD(1),
        .state = (uintptr_t)&registers,
    };

    return ask(operation, &vcpu);
}

/* NULL: there is no register of that name. */
static uint8_t *find_register(const char *name)
{
    size_t i;

    for (i = 0; i < NR_REGISTERS; i++)
        if (text_equal(register_names[i].name, name))
            return (uint8_t *)&registers + register_names[i].offset;
    return NULL;
}

/* Those that aren't 0: NAME=VALUE... */
static void say_registers(void)
{
    uint8_t bytes[sizeof(uint64_t)];
    uint64_t value;
    size_t i, b;

    for (i = 0; i < NR_REGISTERS; i++) {
        memcpy(&value, (const uint8_t *)&registers + register_names[i].offset, sizeof(value));
        if (!value)
            continue;
        for (b = 0; b < sizeof(bytes); b++)
            bytes[b] = (uint8_t)(value >> (sizeof(bytes) - 1 - b) * 8);
        say_text(nr_said ? " " : "");
        say_text(register_names[i].name);
        say_text("=0x");
        say_hex(bytes, sizeof(bytes));
    }
}

void command_staged_get_vcpu(const struct arguments *arguments, struct result *result)
{
    result->value = staged_vcpu(BW_OP_staged_get_vcpu, arguments);
    if (result->value)
        return;
    begin_text(result);
    say_registers();
}

/*
 * staged_set_vcpu DOMID VCPU [REGISTER VALUE]...: what isn't named stays as it is. Who may set and
 * not get sets what was got last.
 */
void command_staged_set_vcpu(const struct arguments *arguments, struct result *result)
{
    unsigned int i;
    uint8_t *field;

    staged_vcpu(BW_OP_staged_get_vcpu, arguments);
    for (i = 2; i < arguments->nr; i += 2) {
        field = find_register(arguments->word[i]);
        if (!field || i + 1 == arguments->nr || !arguments->is_number[i + 1]) {
            result->usage = "staged_set_vcpu DOMID VCPU [REGISTER VALUE]...";
            return;
        }
        memcpy(field, &WORD(i + 1), sizeof(uint64_t));
    }
    result->value = staged_vcpu(BW_OP_staged_set_vcpu, arguments);
}

void command_launch_finalise(const struct arguments *arguments, struct result *result)
{
    (void)arguments;
    result->value = ask(BW_OP_launch_finalise, NULL);
}

void command_launch_fail(const struct arguments *arguments, struct result *result)
{
    struct bw_launch_fail fail = {.text = (uintptr_t)arguments->text};

    fail.size = (uint32_t)text_unescape(arguments->text);
    result->value = ask(BW_OP_launch_fail, &fail);
}

/* pvh_module INDEX: where the PVH protocol says that it is; 0 is the script. */
void command_pvh_module(const struct arguments *arguments, struct result *result)
{
    const struct hvm_modlist_entry *module;

    result->value = -XEN_ENOENT;
    if (!start || WORD(0) >= start->nr_modules)
        return;
    module = (const struct hvm_modlist_entry *)(uintptr_t)start->modlist_paddr + WORD(0);
    result->hex = true;
    result->value = (int64_t)module->paddr;
    result_note(result, "size", module->size);
}

/* find ADDRESS BYTES TEXT: at which byte from there the text is first; -ENOENT. */
void command_find(const struct arguments *arguments, struct result *result)
{
    const char *text = arguments->word[2];
    size_t length = text_length(text);
    uint64_t at;

    if (!arguments->is_number[0] || !arguments->is_number[1]) {
        result->usage = "find ADDRESS BYTES TEXT";
        return;
    }
    result->value = -XEN_ENOENT;
    for (at = 0; length <= WORD(1) && at <= WORD(1) - length; at++) {
        if (text_starts((const char *)(uintptr_t)(WORD(0) + at), text)) {
            result->value = (int64_t)at;
            return;
        }
    }
}
