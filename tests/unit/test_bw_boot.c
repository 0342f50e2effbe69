/* SPDX-License-Identifier: BSD-2-Clause */
/* bw-boot from its first question to its end, with a hypervisor that says what the test wants. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <libfdt.h>
#include <xen/errno.h>

#include "tools/guests/bw-boot/boot.h"
#include "tools/guests/bw-boot/call.h"

#define DATA_SIZE (BW_MOST_BYTES + 100)
#define MAX_LCM 4096
#define NR_MODULES 4u
#define NR_DOMAINS 4u
#define NO_OPERATION 0xffu

/* What the machine has, and how it answers. */
static struct {
    uint8_t lcm[MAX_LCM], data[DATA_SIZE], digest[NR_MODULES];
    size_t lcm_size;
    const char *config, *label; /* of all modules */
    int32_t config_of_self;
    unsigned int refused; /* BW_OP_* */
    int error;            /* of it */
    uint32_t refused_index;
    int offer_error, wait_error;
    struct boot_place place;
} machine;

static char said[16384], done[4096]; /* what people were told; what was changed, in words */

/* A line. */
static void add(char *to, size_t room, const char *format, va_list arguments)
    __attribute__((format(printf, 3, 0)));

static void add(char *to, size_t room, const char *format, va_list arguments)
{
    size_t used = strlen(to);

    assert_true(used < room);
    used += (size_t)vsnprintf(to + used, room - used, format, arguments);
    assert_true(used < room - 1);
    to[used] = '\n';
    to[used + 1] = '\0';
}

void boot_say(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    add(said, sizeof(said), format, arguments);
    va_end(arguments);
}

__attribute__((format(printf, 1, 2))) static void did(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    add(done, sizeof(done), format, arguments);
    va_end(arguments);
}

struct boot_place *boot_place(void)
{
    return &machine.place;
}

static void *pointer(uint64_t address)
{
    return (void *)(uintptr_t)address; // NOLINT: as the hypervisor has it
}

static void put(uint64_t at, uint32_t *size, const char *text)
{
    (void)snprintf(pointer(at), *size, "%s", text);
    *size = (uint32_t)strlen(text);
}

static const void *module(uint32_t index, size_t *size)
{
    switch (index) {
    case 0:
        *size = machine.lcm_size;
        return machine.lcm;
    case 2:
        *size = strlen(machine.config);
        return machine.config;
    default:
        *size = index == 1 ? 10 : DATA_SIZE;
        return machine.data;
    }
}

static int module_stat(struct bw_module_stat *stat)
{
    static const char *const lines[] = {"lcm.dtb", "vmlinuz quiet", "boot.conf", "data.bin"};
    static const uint32_t types[] = {BW_MODULE_lcm, BW_MODULE_kernel, BW_MODULE_config,
                                     BW_MODULE_unnamed};
    size_t size;

    (void)module(stat->index, &size);
    stat->size = size;
    stat->type = types[stat->index];
    memset(pointer(stat->digest), machine.digest[stat->index], BW_DIGEST_SIZE);
    put(stat->line, &stat->line_size, lines[stat->index]);
    put(stat->label, &stat->label_size, machine.label);
    return 0;
}

static int module_read(struct bw_module_read *read)
{
    size_t size;
    const uint8_t *bytes = module(read->index, &size);

    assert_true(read->size <= BW_MOST_BYTES);
    if (read->offset >= size)
        read->size = 0;
    else if (read->size > size - read->offset)
        read->size = (uint32_t)(size - read->offset);
    if (read->size != 0)
        memcpy(pointer(read->buffer), bytes + read->offset, read->size);
    return 0;
}

static int staged_stat(struct bw_staged_stat *stat)
{
    static const char *const names[NR_DOMAINS] = {"boot", "a", "b", "rescue"};
    static const uint32_t roles[NR_DOMAINS] = {BW_ROLE_boot | BW_ROLE_console, 0, BW_ROLE_xenstore,
                                               BW_ROLE_crash};

    put(stat->name, &stat->name_size, names[stat->index]);
    put(stat->label, &stat->label_size, "u:r:domain_t");
    stat->memory_kib = 16384;
    stat->nr_vcpus = 1;
    stat->roles = roles[stat->index];
    stat->config = stat->index == 0 ? machine.config_of_self : -1;
    stat->domid = stat->index == 0 ? 0x7ff5 : (uint16_t)stat->index;
    stat->state = stat->index == 0 ? BW_STATE_running : BW_STATE_staged;
    stat->starts = stat->index != 3;
    return 0;
}

static int staged_write(const struct bw_staged_memory *memory)
{
    const uint8_t *bytes = pointer(memory->buffer);

    did("write %u 0x%llx: %u bytes, %02x %02x ... %02x", memory->domid,
        (unsigned long long)memory->address, memory->size, bytes[0], bytes[1],
        bytes[memory->size - 1]);
    return 0;
}

static int staged_vcpu(unsigned int operation, const struct bw_staged_vcpu *vcpu)
{
    struct bw_vcpu_state *state = pointer(vcpu->state);

    if (operation == BW_OP_staged_get_vcpu)
        *state = (struct bw_vcpu_state){.rip = 0x1000, .rbx = 7};
    else
        did("registers %u.%u: rip 0x%llx rbx %llu rsi %llu", vcpu->domid, vcpu->vcpu,
            (unsigned long long)state->rip, (unsigned long long)state->rbx,
            (unsigned long long)state->rsi);
    return 0;
}

/* In the test's words, what is changed. Neither finalising nor giving up comes back in truth. */
static int change(unsigned int operation, void *structure)
{
    const struct bw_staged_param *param = structure;
    const struct bw_staged_unpause *unpause = structure;
    const struct bw_launch_fail *fail = structure;

    if (operation == BW_OP_staged_set_param)
        did("param %u %u = 0x%llx", param->domid, param->index, (unsigned long long)param->value);
    else if (operation == BW_OP_staged_unpause)
        did("start %u", unpause->domid);
    else if (operation == BW_OP_launch_finalise)
        did("finalise");
    else if (operation == BW_OP_launch_fail)
        did("fail: %.*s", (int)fail->size, (const char *)pointer(fail->text));
    else
        return -XEN_ENOSYS;
    return 0;
}

static uint32_t index_asked(unsigned int operation, const void *structure)
{
    if (operation == BW_OP_staged_stat)
        return ((const struct bw_staged_stat *)structure)->index;
    if (operation == BW_OP_module_stat)
        return ((const struct bw_module_stat *)structure)->index;
    if (operation == BW_OP_module_read)
        return ((const struct bw_module_read *)structure)->index;
    return machine.refused_index;
}

int boot_call(unsigned int operation, void *structure)
{
    if (operation == machine.refused && index_asked(operation, structure) == machine.refused_index)
        return machine.error;
    switch (operation) {
    case BW_OP_launch_info:
        *(struct bw_launch_info *)structure = (struct bw_launch_info){
            .nr_modules = NR_MODULES, .nr_domains = NR_DOMAINS, .time_left = 60000000000u};
        return 0;
    case BW_OP_module_stat:
        return module_stat(structure);
    case BW_OP_module_read:
        return module_read(structure);
    case BW_OP_staged_stat:
        return staged_stat(structure);
    case BW_OP_staged_write:
        return staged_write(structure);
    case BW_OP_staged_get_vcpu:
    case BW_OP_staged_set_vcpu:
        return staged_vcpu(operation, structure);
    default:
        return change(operation, structure);
    }
}

int boot_offer(uint16_t domid, uint32_t *port)
{
    *port = 10u + domid;
    if (machine.offer_error == 0)
        did("offer %u", domid);
    return machine.offer_error;
}

int boot_wait(uint32_t port, uint32_t ms)
{
    did("wait %u %u", port, ms);
    return machine.wait_error;
}

static void set_string(const char *name, const char *value)
{
    assert_int_equal(fdt_property(machine.lcm, name, value, (int)strlen(value) + 1), 0);
}

/* A module's node; `digest` is what each byte of its digest is. */
static void add_module(const char *name, const char *compatible, int index, const char *module_name,
                       uint8_t digest)
{
    uint8_t bytes[BW_DIGEST_SIZE];

    memset(bytes, digest, sizeof(bytes));
    assert_int_equal(fdt_begin_node(machine.lcm, name), 0);
    set_string("compatible", compatible);
    if (index >= 0)
        assert_int_equal(fdt_property_u32(machine.lcm, "mb-index", (uint32_t)index), 0);
    if (module_name != NULL)
        set_string("module-name", module_name);
    assert_int_equal(fdt_property(machine.lcm, "digest", bytes, sizeof(bytes)), 0);
    assert_int_equal(fdt_end_node(machine.lcm), 0);
}

static void make_lcm(void)
{
    void *lcm = machine.lcm;

    assert_int_equal(fdt_create(lcm, MAX_LCM), 0);
    assert_int_equal(fdt_finish_reservemap(lcm), 0);
    assert_int_equal(fdt_begin_node(lcm, ""), 0);
    assert_int_equal(fdt_begin_node(lcm, "config"), 0);
    set_string("compatible", "xen,config");
    add_module("conf", "module,config", -1, "boot.conf", 0x22);
    assert_int_equal(fdt_end_node(lcm), 0);
    assert_int_equal(fdt_begin_node(lcm, "a"), 0);
    set_string("compatible", "xen,domain");
    add_module("kernel", "module,kernel", 1, NULL, 0x11);
    assert_int_equal(fdt_end_node(lcm), 0);
    assert_int_equal(fdt_end_node(lcm), 0);
    assert_int_equal(fdt_finish(lcm), 0);
    machine.lcm_size = fdt_totalsize(lcm);
}

static int start(void **state)
{
    (void)state;
    memset(&machine, 0, sizeof(machine));
    said[0] = '\0';
    done[0] = '\0';
    make_lcm();
    machine.refused = NO_OPERATION;
    machine.config = "";
    machine.label = "u:r:module_t";
    machine.config_of_self = 2;
    for (unsigned int i = 0; i < NR_MODULES; i++)
        machine.digest[i] = (uint8_t)(0x11 * i);
    for (size_t i = 0; i < DATA_SIZE; i++)
        machine.data[i] = (uint8_t)(i >> 8);
    return 0;
}

/* What comes back comes back because the fake hypervisor let it. */
static void run(const char *config, const char *wanted)
{
    machine.config = config;
    (void)boot_run(false);
    assert_string_equal(done, wanted);
}

static void check_said(const char *text)
{
    if (strstr(said, text) == NULL)
        fail_msg("not said: %s\nbut:\n%s", text, said);
}

/* Finalising comes back here, which it calls a failure; that is another test's. */
#define FINALISED "finalise\nfail: finalising: the hypervisor refused it\n"

/* Neither has the boot domain one, nor the LCM (or the policy hides its node). */
static void without_a_configuration_it_finalises(void **state)
{
    (void)state;
    machine.config_of_self = -1;
    assert_int_equal(fdt_nop_node(machine.lcm, fdt_path_offset(machine.lcm, "/config")), 0);
    run("start a\n", FINALISED);
    check_said("there is no configuration\n");
}

static void it_shows_what_there_is(void **state)
{
    (void)state;
    machine.config = "start a\n";
    assert_true(boot_run(true));
    assert_string_equal(done, "");
    check_said("4 domains, 4 boot modules, 60 s left to finalise\n");
    check_said("domain 32757 boot         u:r:domain_t, boot console, 16 MiB, 1 vCPU, running\n");
    check_said("domain    1 a            u:r:domain_t, no role, 16 MiB, 1 vCPU, staged\n");
    check_said("domain    3 rescue       u:r:domain_t, crash, 16 MiB, 1 vCPU, for failures only\n");
    check_said(
        "module  1 kernel      vmlinuz: 10 bytes, u:r:module_t, 111111111111, as the LCM says\n");
    check_said(
        "module  2 config      boot.conf: 8 bytes, u:r:module_t, 222222222222, as the LCM says\n");
    check_said(
        "module  3 unnamed     data.bin: 65636 bytes, u:r:module_t, 333333333333, of which the "
        "LCM names no digest\n");
    check_said("step  1 start a (line 1)\n");
    check_said("step  2 finalise: everything else starts\n");
}

static void it_does_what_the_configuration_says(void **state)
{
    (void)state;
    run("write a 0x8000 hex 00112233 44\n"
        "param a store-evtchn 1\n"
        "register a rsi 5 vcpu 2\n"
        "ready b at 0x9000\n"
        "ready a param store-evtchn\n"
        "start a after b ready within 10s\n"
        "start b\n"
        "finalise after a ready\n",
        "write 1 0x8000: 5 bytes, 00 11 ... 44\n"
        "param 1 2 = 0x1\n"
        "registers 1.2: rip 0x1000 rbx 7 rsi 5\n"
        "offer 2\n"
        "write 2 0x9000: 8 bytes, 0c 00 ... 00\n"
        "offer 1\n"
        "param 1 2 = 0x7ff50000000b\n"
        "start 2\n"
        "wait 12 10000\n"
        "start 1\n"
        "wait 11 30000\n" FINALISED);
}

static void modules_are_written_in_parts(void **state)
{
    (void)state;
    run("write a 0x100000 module data.bin\n",
        "write 1 0x100000: 65536 bytes, 00 00 ... ff\n"
        "write 1 0x110000: 100 bytes, 00 00 ... 00\n" FINALISED);
}

static void the_lcm_s_own_configuration_will_do(void **state)
{
    (void)state;
    machine.config_of_self = -1;
    run("start a\n", "start 1\n" FINALISED);
}

static void a_wrong_digest_gives_up(void **state)
{
    (void)state;
    machine.digest[1] = 0x12;
    run("start a\n",
        "fail: module 1 (vmlinuz) is not the one that the LCM names: its digest differs\n");
    check_said("121212121212, NOT as the LCM says");
}

static void a_wrong_digest_by_name_gives_up(void **state)
{
    (void)state;
    machine.digest[2] = 0x23;
    run("start a\n",
        "fail: module 2 (boot.conf) is not the one that the LCM names: its digest differs\n");
}

static void a_broken_lcm_gives_up(void **state)
{
    (void)state;
    machine.lcm_size = 20;
    run("start a\n", "fail: the LCM is no device tree\n");
}

/* The same each time. */
static uint32_t chance(void)
{
    static uint32_t state = 1;

    state = state * 1664525u + 1013904223u;
    return state >> 8;
}

static void broken_lcms_do_no_harm(void **state)
{
    (void)state;
    for (unsigned int i = 0; i < 3000; i++) {
        start(NULL);
        for (uint32_t n = chance() % 8 + 1; n > 0; n--)
            machine.lcm[chance() % machine.lcm_size] = (uint8_t)chance();
        machine.config = "start a\n";
        (void)boot_run(true);
    }
}

static void a_bad_configuration_gives_up(void **state)
{
    (void)state;
    run("start a\nbegin b\nstart x y\n", "fail: line 2: no statement: begin\n");
    check_said("line 3: more than was expected: y\n");
}

static void too_large_a_configuration_gives_up(void **state)
{
    static char large[64 * 1024 + 2];

    (void)state;
    memset(large, '\n', sizeof(large) - 1);
    run(large, "fail: reading the configuration, module 2: it is more than there is room for\n");
    start(NULL);
    large[sizeof(large) - 2] = '\0';
    run(large, FINALISED);
}

/* It goes to a terminal. */
static void labels_are_cut_and_printable(void **state)
{
    static char label[400], wanted[140];

    (void)state;
    memset(label, 'x', sizeof(label) - 1);
    label[1] = '\x1b';
    machine.label = label;
    run("", FINALISED);
    memset(wanted, 'x', 127);
    wanted[1] = '?';
    memcpy(wanted + 127, ", 1111", sizeof(", 1111"));
    check_said(wanted);
}

static void an_impossible_plan_gives_up(void **state)
{
    (void)state;
    run("start a after b\nstart b after a\n",
        "fail: line 1: a would wait for itself, by way of b\n");
}

static void who_is_not_ready_in_time_is_named(void **state)
{
    (void)state;
    machine.wait_error = -XEN_ETIMEDOUT;
    run("ready b at 0x9000\nstart b\nstart a after b ready within 2s\n",
        "offer 2\n"
        "write 2 0x9000: 8 bytes, 0c 00 ... 00\n"
        "start 2\n"
        "wait 12 2000\n"
        "fail: line 3: b wasn't ready within 2000 ms\n");
}

static void an_event_channel_that_is_refused_gives_up(void **state)
{
    (void)state;
    machine.offer_error = -XEN_EPERM;
    run("ready b at 0x9000\nstart b\n",
        "fail: line 1: offering an event channel to b: the policy doesn't allow it\n");
}

static void what_is_refused_is_named(void **state)
{
    static const struct {
        unsigned int operation;
        uint32_t index;
        int error;
        const char *reason;
    } refused[] = {
        {BW_OP_launch_info, 0, -XEN_ENOSYS,
         "asking what there is: this hypervisor has no such call: is it Bailiwick?"},
        {BW_OP_module_read, 0, -XEN_EPERM, "reading the LCM: the policy doesn't allow it"},
        {BW_OP_module_read, 2, -XEN_EPERM,
         "reading the configuration, module 2: the policy doesn't allow it"},
        {BW_OP_module_read, 3, -XEN_EPERM,
         "line 1: reading the module for a: the policy doesn't allow it"},
        {BW_OP_staged_write, 0, -XEN_EFAULT,
         "line 1: writing to the memory of a: not all of that is memory"},
        {BW_OP_staged_set_param, 0, -XEN_EPERM,
         "line 2: setting a parameter of a: the policy doesn't allow it"},
        {BW_OP_staged_get_vcpu, 0, -XEN_EPERM,
         "line 3: reading the registers of a: the policy doesn't allow it"},
        {BW_OP_staged_set_vcpu, 0, -XEN_EINVAL,
         "line 3: setting a register of a: the hypervisor takes no such value"},
        {BW_OP_staged_unpause, 0, -XEN_EBUSY, "line 4: starting a: it isn't staged any more"},
        {BW_OP_launch_finalise, 0, -XEN_EPERM, "finalising: the policy doesn't allow it"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        char wanted[300];

        start(NULL);
        machine.refused = refused[i].operation;
        machine.refused_index = refused[i].index;
        machine.error = refused[i].error;
        machine.config = "write a 0x8000 module data.bin\nparam a store-pfn 1\nregister a rsi 1\n"
                         "start a\n";
        assert_false(boot_run(false));
        (void)snprintf(wanted, sizeof(wanted), "fail: %s\n", refused[i].reason);
        if (strstr(done, wanted) == NULL)
            fail_msg("not given up with: %sbut:\n%s", wanted, done);
        assert_null(strstr(done, "finalise\n"));
    }
}

/* Who may not see something is not told of it, and that is all. */
static void what_is_not_shown_is_no_fault(void **state)
{
    (void)state;
    machine.refused = BW_OP_staged_stat;
    machine.refused_index = 2;
    machine.error = -XEN_EPERM;
    run("start a\n", "start 1\n" FINALISED);
    check_said("domain    ? (number 2 of the LCM) isn't shown: the policy doesn't allow it\n");
    start(NULL);
    machine.refused = BW_OP_module_stat;
    machine.refused_index = 1;
    machine.error = -XEN_EPERM;
    run("start a\n", "start 1\n" FINALISED);
    check_said("module  1 isn't shown: the policy doesn't allow it\n");
}

static void who_does_not_see_itself_cannot_tell_its_domid(void **state)
{
    (void)state;
    machine.refused = BW_OP_staged_stat;
    machine.error = -XEN_EPERM;
    run("ready b at 0x9000\nstart b\n",
        "offer 2\nfail: line 1: telling its own domid to b: the policy doesn't allow it\n");
}

static void giving_up_may_be_refused_too(void **state)
{
    (void)state;
    machine.refused = BW_OP_launch_fail;
    machine.error = -XEN_EPERM;
    machine.config = "begin\n";
    assert_false(boot_run(false));
    check_said("giving the launch up: line 1: no statement: begin\n");
    check_said("it can't be given up: the policy doesn't allow it\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(without_a_configuration_it_finalises, start),
        cmocka_unit_test_setup(it_shows_what_there_is, start),
        cmocka_unit_test_setup(it_does_what_the_configuration_says, start),
        cmocka_unit_test_setup(modules_are_written_in_parts, start),
        cmocka_unit_test_setup(the_lcm_s_own_configuration_will_do, start),
        cmocka_unit_test_setup(a_wrong_digest_gives_up, start),
        cmocka_unit_test_setup(a_wrong_digest_by_name_gives_up, start),
        cmocka_unit_test_setup(a_broken_lcm_gives_up, start),
        cmocka_unit_test_setup(broken_lcms_do_no_harm, start),
        cmocka_unit_test_setup(a_bad_configuration_gives_up, start),
        cmocka_unit_test_setup(too_large_a_configuration_gives_up, start),
        cmocka_unit_test_setup(labels_are_cut_and_printable, start),
        cmocka_unit_test_setup(an_impossible_plan_gives_up, start),
        cmocka_unit_test_setup(who_is_not_ready_in_time_is_named, start),
        cmocka_unit_test_setup(an_event_channel_that_is_refused_gives_up, start),
        cmocka_unit_test_setup(what_is_refused_is_named, start),
        cmocka_unit_test_setup(what_is_not_shown_is_no_fault, start),
        cmocka_unit_test_setup(who_does_not_see_itself_cannot_tell_its_domid, start),
        cmocka_unit_test_setup(giving_up_may_be_refused_too, start),
    };

    return cmocka_run_group_tests_name("bw-boot", tests, NULL, NULL);
}
