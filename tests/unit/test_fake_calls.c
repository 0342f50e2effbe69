/* SPDX-License-Identifier: BSD-2-Clause */
/* What single hypercalls answer, where it isn't about who may. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <string.h>

#include <cmocka.h>

#include "hv/arch/arch.h"
#include "hv/domain/p2m.h"
#include "hv/machine/cpu.h"
#include "hv/machine/log.h"
#include "hv/machine/memory.h"
#include "hv/machine/time.h"
#include "hv_digest.h"
#include "hv_machine.h"
#include "hv_scene.h"

#define SOME_GFN 0x40u

static struct domain *d;

static int start(void **state)
{
    (void)state;
    scene_start(SCENE_POLICY);
    d = scene_domain(1, "all_t", 1024);
    fake_clear_output();
    return 0;
}

static int64_t place(uint16_t space, uint64_t index, uint64_t at)
{
    struct xen_add_to_physmap a = {.domid = DOMID_SELF, .space = space, .idx = index, .gpfn = at};

    return scene_call_header(d, __HYPERVISOR_memory_op, XENMEM_add_to_physmap, &a, sizeof(a));
}

static void frames_move_and_leave_their_place(void **state)
{
    uint64_t free_before = memory_free_frames();
    mfn_t shared = paddr_to_mfn(physical(d->shared_info));

    (void)state;
    assert_int_equal(place(XENMAPSPACE_shared_info, 0, SOME_GFN), 0);
    assert_int_equal(p2m_lookup(d, gfn(SOME_GFN)).m, shared.m);
    assert_int_equal(memory_free_frames(), free_before + 1); /* the RAM that was there */
    assert_int_equal(place(XENMAPSPACE_shared_info, 0, SOME_GFN), 0);
    assert_int_equal(place(XENMAPSPACE_shared_info, 0, SOME_GFN + 1), 0);
    assert_int_equal(p2m_lookup(d, gfn(SOME_GFN)).m, INVALID_MFN.m);
    assert_int_equal(p2m_lookup(d, gfn(SOME_GFN + 1)).m, shared.m);
    assert_int_equal(place(XENMAPSPACE_shared_info, 1, SOME_GFN), -EINVAL);
    assert_int_equal(place(XENMAPSPACE_grant_table, GRANT_FRAMES, SOME_GFN), -EINVAL);
    assert_int_equal(place(XENMAPSPACE_gmfn, 0, SOME_GFN), -ENOSYS);
}

/* What the hypervisor writes to is replaced by nothing. */
static void frames_in_use_stay(void **state)
{
    struct vcpu_register_vcpu_info r = {.mfn = SOME_GFN + 2};
    struct digest before, after;

    (void)state;
    assert_int_equal(
        scene_call_header(d, __HYPERVISOR_vcpu_op, VCPUOP_register_vcpu_info, &r, sizeof(r)), 0);
    assert_int_equal(place(XENMAPSPACE_grant_table, 1, SOME_GFN), 0);
    assert_int_equal(place(XENMAPSPACE_shared_info, 0, SOME_GFN + 1), 0);
    before = digest_take();
    assert_int_equal(place(XENMAPSPACE_shared_info, 0, SOME_GFN), -EBUSY);
    assert_int_equal(place(XENMAPSPACE_grant_table, 0, SOME_GFN), -EBUSY);
    assert_int_equal(place(XENMAPSPACE_grant_table, 0, SOME_GFN + 1), -EBUSY);
    assert_int_equal(place(XENMAPSPACE_shared_info, 0, SOME_GFN + 2), -EBUSY);
    assert_int_equal(place(XENMAPSPACE_shared_info, 0, arch_special_gfn(SPECIAL_CONSOLE).g),
                     -EBUSY);
    after = digest_take();
    assert_null(digest_difference(&before, &after));
}

static int64_t set_param(uint32_t index, uint64_t value)
{
    struct xen_hvm_param p = {.domid = DOMID_SELF, .index = index, .value = value};

    return scene_call_header(d, __HYPERVISOR_hvm_op, HVMOP_set_param, &p, sizeof(p));
}

/* By its number, too, a domain that names itself is asked about by the label that it has for
 * itself. */
static void oneself_is_the_same_by_any_name(void **state)
{
    struct xen_hvm_param p = {.domid = DOMID_SELF, .index = HVM_PARAM_CONSOLE_PFN};

    (void)state;
    scene_relabel(d, "twin_t");
    assert_int_equal(scene_call_header(d, __HYPERVISOR_hvm_op, HVMOP_get_param, &p, sizeof(p)), 0);
    p.domid = d->domid;
    assert_int_equal(scene_call_header(d, __HYPERVISOR_hvm_op, HVMOP_get_param, &p, sizeof(p)), 0);
    scene_relabel(d, "twin_self_t");
    assert_int_equal(scene_call_header(d, __HYPERVISOR_hvm_op, HVMOP_get_param, &p, sizeof(p)),
                     -EPERM);
}

static void only_the_callback_can_be_set(void **state)
{
    struct digest before = digest_take(), after;

    (void)state;
    for (uint32_t index = 0; index < HVM_NR_PARAMS + 2; index++) {
        if (index != HVM_PARAM_CALLBACK_IRQ)
            assert_int_equal(set_param(index, 1), -EINVAL);
    }
    assert_int_equal(set_param(HVM_PARAM_CALLBACK_IRQ, 1), -EINVAL);
    assert_int_equal(set_param(HVM_PARAM_CALLBACK_IRQ, 2ul << 56 | 15), -EINVAL);
    after = digest_take();
    assert_null(digest_difference(&before, &after));
    assert_int_equal(set_param(HVM_PARAM_CALLBACK_IRQ, 2ul << 56 | 16), 0);
    assert_int_equal(set_param(HVM_PARAM_CALLBACK_IRQ, 0), 0);
}

static unsigned int count(const char *text)
{
    unsigned int n = 0;

    for (const char *at = fake.output; (at = strstr(at, text)) != NULL; at++)
        n++;
    return n;
}

/* Nobody fills the console with denials; what is left out is said, and the allowance comes back. */
static void audit_lines_are_rationed(void **state)
{
    (void)state;
    scene_relabel(d, "no_xen_writeconsole_t");
    for (unsigned int i = 0; i < CONFIG_AUDIT_BURST + 10; i++)
        assert_int_equal(gate_console_write(d->vcpu[0], "x", 1), -EPERM);
    assert_int_equal(count("denied  { writeconsole }"), CONFIG_AUDIT_BURST);
    assert_int_equal(d->audit_dropped, 10);
    fake_clear_output();
    fake_pass_time(SECOND);
    time_poll();
    assert_int_equal(gate_console_write(d->vcpu[0], "x", 1), -EPERM);
    assert_int_equal(count("audit: 10 records of domain d1 were dropped"), 1);
    assert_int_equal(count("denied  { writeconsole }"), 1);
    assert_int_equal(d->audit_tokens, CONFIG_AUDIT_BURST / 4 - 1);
}

static void a_crash_is_said_and_stops_the_domain(void **state)
{
    (void)state;
    domain_crash(d, "because of %s", "a test");
    assert_int_equal(d->state, DOMAIN_STOPPED);
    assert_int_equal(d->shutdown_code, SHUTDOWN_crash);
    assert_int_equal(d->vcpu[0]->state, VCPU_OFFLINE);
    assert_true(machine_said("[bailiwick] domain d1: crashed: because of a test"));
    assert_true(fake.end_reported);
}

/* Only what has a result needs a header that can be written. */
static void arguments_without_result_may_be_read_only(void **state)
{
    struct evtchn_unmask u = {.port = (evtchn_port_t)scene_bind_ipi(d)};
    struct evtchn_bind_ipi b = {.vcpu = 0};

    (void)state;
    fake_restrict(d, ARGUMENTS, ARGUMENTS_END, FAKE_READ_ONLY);
    memcpy(scene_memory(d, ARGUMENTS), &u, sizeof(u));
    assert_int_equal(scene_call(d, __HYPERVISOR_event_channel_op, EVTCHNOP_unmask, ARGUMENTS, 0),
                     0);
    memcpy(scene_memory(d, ARGUMENTS), &b, sizeof(b));
    assert_int_equal(scene_call(d, __HYPERVISOR_event_channel_op, EVTCHNOP_bind_ipi, ARGUMENTS, 0),
                     -EFAULT);
}

static void a_vcpu_that_is_not_there_has_no_operations(void **state)
{
    (void)state;
    assert_int_equal(scene_call(d, __HYPERVISOR_vcpu_op, VCPUOP_is_up, 0, 0), 1);
    assert_int_equal(scene_call(d, __HYPERVISOR_vcpu_op, VCPUOP_is_up, 1, 0), -ENOENT);
    assert_int_equal(scene_call(d, __HYPERVISOR_vcpu_op, VCPUOP_is_up, UINT32_MAX, 0), -ENOENT);
    /* Numbers have 32 bits; what is above is of no account. */
    assert_int_equal(scene_call(d, __HYPERVISOR_vcpu_op, VCPUOP_is_up, 1ul << 32, 0), 1);
}

/* While the port takes nothing the queue fills; then a domain has to try again, and loses nothing.
 */
static void a_full_console_is_tried_again(void **state)
{
    char text[64];
    int error = 0;

    (void)state;
    memset(text, 'x', sizeof(text));
    fake.serial_busy = true;
    for (unsigned int i = 0; i < 4096 && error == 0; i++) {
        this_cpu()->slice_end = NEVER;
        error = gate_console_write(d->vcpu[0], text, sizeof(text));
    }
    assert_int_equal(error, -GATE_RETRY);
    assert_int_equal(this_cpu()->slice_end, 0); /* it has given its time away */
    assert_int_equal(scene_call(d, __HYPERVISOR_console_io, CONSOLEIO_write, 64, ARGUMENTS),
                     -GATE_RETRY);
    hv_log("there is room for the hypervisor");
    fake.serial_busy = false;
    time_poll();
    assert_true(machine_said("there is room for the hypervisor"));
    assert_int_equal(gate_console_write(d->vcpu[0], text, sizeof(text)), 0);
}

#define CALL_TEST(name) cmocka_unit_test_setup(name, start)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CALL_TEST(frames_move_and_leave_their_place),
        CALL_TEST(frames_in_use_stay),
        CALL_TEST(oneself_is_the_same_by_any_name),
        CALL_TEST(only_the_callback_can_be_set),
        CALL_TEST(audit_lines_are_rationed),
        CALL_TEST(a_crash_is_said_and_stops_the_domain),
        CALL_TEST(arguments_without_result_may_be_read_only),
        CALL_TEST(a_vcpu_that_is_not_there_has_no_operations),
        CALL_TEST(a_full_console_is_tried_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
