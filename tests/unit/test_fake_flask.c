/* SPDX-License-Identifier: BSD-2-Clause */
/* xsm_op: what it answers and does, where it isn't about who may. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "hv/gate/policy.h"
#include "hv/machine/memory.h"
#include "hv_digest.h"
#include "hv_machine.h"
#include "hv_scene.h"
#include "xsm/compute.h"
#include "xsm/objects.h"

#define POLICY_AT 0x20000ul
#define TEXT (ARGUMENTS + 0x1000)
#define CLASS_EVENT 9u /* in policy/vocabulary/security_classes */
#define SEND 2u        /* event:send, its second permission */
#define OCON_IOPORT 2u

static struct domain *d, *peer;
static struct xen_flask_op op;

static int start(void **state)
{
    (void)state;
    scene_start(SCENE_POLICY);
    d = scene_domain(1, "all_t", 1024);
    peer = scene_domain(2, "peer_t", 1024);
    d->roles = XSM_ROLE_CONTROL;
    fake_clear_output();
    return 0;
}

/* Call with what is in `op`, which is then what came back. */
static int64_t call(uint32_t cmd)
{
    int64_t result;

    op.cmd = cmd;
    op.interface_version = XEN_FLASK_INTERFACE_VERSION;
    memcpy(scene_memory(d, ARGUMENTS), &op, sizeof(op));
    result = scene_call(d, __HYPERVISOR_xsm_op, ARGUMENTS, 0, 0);
    memcpy(&op, scene_memory(d, ARGUMENTS), sizeof(op));
    return result;
}

static int64_t call_new(uint32_t cmd)
{
    op = (struct xen_flask_op){0};
    return call(cmd);
}

static int64_t context_to_sid(const char *context, xsm_sid *sid)
{
    int64_t result;

    op = (struct xen_flask_op){0};
    memcpy(scene_memory(d, TEXT), context, strlen(context));
    op.u.sid_context.size = (uint32_t)strlen(context);
    op.u.sid_context.context.p = (void *)TEXT;
    result = call(FLASK_CONTEXT_TO_SID);
    *sid = op.u.sid_context.sid;
    return result;
}

static void versions_are_checked(void **state)
{
    (void)state;
    op = (struct xen_flask_op){.cmd = FLASK_GETENFORCE, .interface_version = 2};
    memcpy(scene_memory(d, ARGUMENTS), &op, sizeof(op));
    assert_int_equal(scene_call(d, __HYPERVISOR_xsm_op, ARGUMENTS, 0, 0), -ENOSYS);
    assert_int_equal(call_new(FLASK_USER), -ENOSYS);
    assert_int_equal(call_new(FLASK_DISABLE), -ENOSYS);
    assert_int_equal(call_new(99), -ENOSYS);
    assert_int_equal(call_new(FLASK_POLICYVERS), 30);
    assert_int_equal(call_new(FLASK_MLS), 0);
    assert_int_equal(call_new(FLASK_GETAVC_THRESHOLD), 0);
}

static void contexts_and_sids(void **state)
{
    static const char label[] = "system_u:vm_r:peer_t";
    xsm_sid sid;

    (void)state;
    assert_int_equal(context_to_sid(label, &sid), 0);
    assert_int_equal(sid, peer->sid);
    assert_int_equal(context_to_sid("system_u:vm_r:nobody_t", &sid), -EINVAL);
    op = (struct xen_flask_op){0};
    op.u.sid_context.sid = peer->sid;
    op.u.sid_context.size = sizeof(label) - 1;
    op.u.sid_context.context.p = (void *)TEXT;
    assert_int_equal(call(FLASK_SID_TO_CONTEXT), -ERANGE);
    op.u.sid_context.size = sizeof(label);
    assert_int_equal(call(FLASK_SID_TO_CONTEXT), 0);
    assert_int_equal(op.u.sid_context.size, sizeof(label));
    assert_string_equal(scene_memory(d, TEXT), label);
    op.u.sid_context.sid = 1000;
    assert_int_equal(call(FLASK_SID_TO_CONTEXT), -EINVAL);
}

/* Numbers are the machine's: nobody gets more of them than his share. */
static void new_sids_are_rationed(void **state)
{
    char label[64];
    unsigned int made = 0;
    xsm_sid sid;

    (void)state;
    for (unsigned int i = 0; i < 2; i++)
        assert_int_equal(context_to_sid("system_u:object_r:stuck_t", &sid), 0);
    assert_int_equal(d->sids_left, CONFIG_SIDS_PER_DOMAIN - 1);
    d->sids_left = 1;
    for (const char *name = "no_event_send\0no_event_bind\0no_event_status\0"; *name;
         name += strlen(name) + 1) {
        (void)snprintf(label, sizeof(label), "system_u:object_r:%s_t", name);
        made += context_to_sid(label, &sid) == 0;
    }
    assert_int_equal(made, 1);
    assert_int_equal(context_to_sid("system_u:object_r:no_event_bind_t", &sid), -ENOSPC);
    assert_int_equal(context_to_sid("system_u:vm_r:peer_t", &sid), 0);
    assert_int_equal(peer->sids_left, CONFIG_SIDS_PER_DOMAIN);
}

static void computations(void **state)
{
    struct xsm_access expected;

    (void)state;
    op = (struct xen_flask_op){0};
    op.u.access.ssid = d->sid;
    op.u.access.tsid = d->channel_sid;
    op.u.access.tclass = CLASS_EVENT;
    assert_int_equal(call(FLASK_ACCESS), 0);
    assert_int_equal(
        xsm_compute_access(&gate_engine, d->sid, d->channel_sid, CLASS_EVENT, &expected), 0);
    assert_int_equal(op.u.access.allowed, expected.allowed);
    assert_true((op.u.access.allowed & SEND) != 0);
    assert_int_equal(op.u.access.audit_deny, UINT32_MAX);
    op.u.access.tclass = 0;
    assert_int_equal(call(FLASK_ACCESS), -EINVAL);
    op.u.access.tclass = 255;
    assert_int_equal(call(FLASK_ACCESS), -EINVAL);
    op = (struct xen_flask_op){0};
    op.u.transition.ssid = d->sid;
    op.u.transition.tsid = d->sid;
    op.u.transition.tclass = CLASS_EVENT;
    assert_int_equal(call(FLASK_CREATE), 0);
    assert_int_equal(op.u.transition.newsid, d->channel_sid);
    op.u.transition.tsid = 0;
    assert_int_equal(call(FLASK_CREATE), -EINVAL);
}

static int64_t boolean(uint32_t cmd, const char *name, bool value, bool commit)
{
    op = (struct xen_flask_op){0};
    memcpy(scene_memory(d, TEXT), name, strlen(name));
    op.u.boolean.bool_id = UINT32_MAX;
    op.u.boolean.size = (uint32_t)strlen(name);
    op.u.boolean.name.p = (void *)TEXT;
    op.u.boolean.new_value = value;
    op.u.boolean.commit = commit;
    return call(cmd);
}

static bool peer_may_write(void)
{
    fake_clear_output();
    return gate_console_write(peer->vcpu[0], "x", 1) == 0;
}

static void booleans(void **state)
{
    uint32_t id;

    (void)state;
    assert_false(peer_may_write());
    assert_int_equal(boolean(FLASK_GETBOOL, "test_switch", false, false), 0);
    id = op.u.boolean.bool_id;
    assert_true(id < 2);
    assert_int_equal(op.u.boolean.enforcing, 0);
    assert_int_equal(boolean(FLASK_GETBOOL, "no_switch", false, false), -ENOENT);
    assert_int_equal(boolean(FLASK_SETBOOL, "test_switch", true, false), 0);
    assert_int_equal(op.u.boolean.enforcing, 0);
    assert_int_equal(op.u.boolean.pending, 1);
    assert_false(peer_may_write());
    assert_int_equal(call_new(FLASK_COMMITBOOLS), 0);
    assert_true(peer_may_write());
    assert_int_equal(boolean(FLASK_SETBOOL, "test_switch", false, true), 0);
    assert_int_equal(op.u.boolean.enforcing, 0);
    assert_int_equal(op.u.boolean.pending, 0);
    assert_false(peer_may_write());
    op = (struct xen_flask_op){0};
    op.u.boolean.bool_id = id;
    op.u.boolean.size = 64;
    op.u.boolean.name.p = (void *)TEXT;
    assert_int_equal(call(FLASK_GETBOOL), 0);
    assert_int_equal(op.u.boolean.size, strlen("test_switch"));
    assert_string_equal(scene_memory(d, TEXT), "test_switch");
    op.u.boolean.size = 3;
    assert_int_equal(call(FLASK_GETBOOL), -ERANGE);
    op.u.boolean.bool_id = 2;
    assert_int_equal(call(FLASK_GETBOOL), -ENOENT);
}

static bool own_boolean_is(bool value)
{
    return boolean(FLASK_GETBOOL, POLICY_OWN_BOOLEAN, false, false) == 0 &&
           op.u.boolean.enforcing == value && op.u.boolean.pending == value;
}

static int64_t load(uint32_t size);

/* Neither the file nor a domain sets it, and no other policy changes it. */
static void a_boolean_says_whether_the_launch_is_over(void **state)
{
    struct xsm_error error;

    (void)state;
    assert_true(own_boolean_is(true));
    gate_finalised = false;
    assert_int_equal(load(scene_put_policy(d, POLICY_AT)), 0);
    assert_true(own_boolean_is(false));
    assert_int_equal(policy_finalise(&error), 0);
    assert_true(gate_finalised);
    assert_true(own_boolean_is(true));
    assert_int_equal(boolean(FLASK_SETBOOL, POLICY_OWN_BOOLEAN, false, true), -EPERM);
    assert_true(machine_said("launch_finalised is set by the launch alone"));
    assert_int_equal(boolean(FLASK_SETBOOL, POLICY_OWN_BOOLEAN, false, false), -EPERM);
    assert_int_equal(call_new(FLASK_COMMITBOOLS), 0);
    assert_true(own_boolean_is(true));
    assert_int_equal(load(scene_put_policy(d, POLICY_AT)), 0);
    assert_true(own_boolean_is(true));
}

static void enforcement(void **state)
{
    (void)state;
    assert_int_equal(call_new(FLASK_GETENFORCE), 1);
    assert_int_equal(call_new(FLASK_SETENFORCE), 0);
    assert_int_equal(call_new(FLASK_GETENFORCE), 0);
    assert_true(peer_may_write());
    assert_true(machine_said("permissive=1"));
    /* Roles are needed all the same. */
    d->roles = 0;
    op.u.enforce.enforcing = 1;
    assert_int_equal(call(FLASK_SETENFORCE), -EPERM);
    d->roles = XSM_ROLE_CONTROL;
    assert_int_equal(call(FLASK_SETENFORCE), 0);
    assert_false(peer_may_write());
}

static int64_t load(uint32_t size)
{
    op = (struct xen_flask_op){0};
    op.u.load.buffer.p = (void *)POLICY_AT;
    op.u.load.size = size;
    return call(FLASK_LOAD);
}

/* Labels, their numbers and booleans stay; memory comes back. */
static void another_policy(void **state)
{
    uint32_t size = scene_put_policy(d, POLICY_AT);
    xsm_sid before = d->sid, channel = d->channel_sid, made, again;
    uint64_t frames;

    (void)state;
    assert_int_equal(context_to_sid("system_u:object_r:stuck_t", &made), 0);
    assert_int_equal(boolean(FLASK_SETBOOL, "test_switch", true, true), 0);
    assert_int_equal(load(size), 0);
    frames = memory_free_frames();
    for (unsigned int i = 0; i < 20; i++)
        assert_int_equal(load(size), 0);
    assert_int_equal(memory_free_frames(), frames);
    assert_int_equal(d->sid, before);
    assert_int_equal(d->channel_sid, channel);
    assert_true(peer_may_write());
    assert_int_equal(context_to_sid("system_u:object_r:stuck_t", &again), 0);
    assert_int_equal(again, made);
    assert_true(scene_alloc_unbound(d, peer) > 0);
}

static void what_is_no_policy_changes_nothing(void **state)
{
    uint32_t size = scene_put_policy(d, POLICY_AT);
    struct digest before = digest_take(), after;

    (void)state;
    assert_int_equal(load(0), -EINVAL);
    assert_int_equal(load(UINT32_MAX), -EINVAL);
    assert_int_equal(load(size - 1), -EINVAL);
    assert_true(machine_said("policy: load by domain d1 refused: "));
    after = digest_take();
    assert_null(digest_difference(&before, &after));
}

/* A domain's label that the new policy lacks refuses it by name. */
/* A policy without the label of the peer, which is called otherwise there. */
static uint32_t put_policy_without_peer(void)
{
    uint32_t size = scene_put_policy(d, POLICY_AT);
    char *at = NULL;

    /* No NUL stands behind names in the file, but the next number. */
    for (uint64_t i = POLICY_AT; at == NULL && i < POLICY_AT + size; i++)
        if (i % PAGE_SIZE <= PAGE_SIZE - strlen("peer_t") &&
            memcmp(scene_memory(d, i), "peer_t", strlen("peer_t")) == 0)
            at = scene_memory(d, i);
    assert_non_null(at);
    if (at != NULL)
        memcpy(at, "pear_t", strlen("pear_t"));
    return size;
}

static void live_labels_must_stay_valid(void **state)
{
    (void)state;
    assert_int_equal(load(put_policy_without_peer()), -EINVAL);
    assert_true(machine_said("a domain has the label system_u:vm_r:peer_t"));
}

static int64_t ocontext(uint32_t cmd, uint64_t low, uint64_t high, xsm_sid sid)
{
    op = (struct xen_flask_op){0};
    op.u.ocontext.ocon = OCON_IOPORT;
    op.u.ocontext.low = low;
    op.u.ocontext.high = high;
    op.u.ocontext.sid = sid;
    return call(cmd);
}

static xsm_sid port_sid(uint64_t port)
{
    xsm_sid sid;

    assert_int_equal(xsm_object_sid(&gate_engine, XSM_OBJECT_IOPORT, port, &sid), 0);
    return sid;
}

static void resources_get_labels(void **state)
{
    xsm_sid sid;

    (void)state;
    assert_int_equal(port_sid(0x2f9), XSM_INITIAL_IOPORT);
    assert_int_equal(ocontext(FLASK_ADD_OCONTEXT, 0x2f8, 0x2ff, peer->sid), 0);
    assert_int_equal(ocontext(FLASK_ADD_OCONTEXT, 0x2f8, 0x2ff, peer->sid), 0);
    assert_int_equal(ocontext(FLASK_ADD_OCONTEXT, 0x2ff, 0x300, peer->sid), -EEXIST);
    assert_int_equal(ocontext(FLASK_ADD_OCONTEXT, 0x2f8, 0x2ff, d->sid), -EEXIST);
    assert_int_equal(ocontext(FLASK_ADD_OCONTEXT, 9, 8, peer->sid), -EINVAL);
    assert_int_equal(ocontext(FLASK_ADD_OCONTEXT, 8, 9, 1000), -EINVAL);
    assert_int_equal(port_sid(0x2f7), XSM_INITIAL_IOPORT);
    assert_int_equal(port_sid(0x2f8), peer->sid);
    assert_int_equal(port_sid(0x2ff), peer->sid);
    assert_int_equal(port_sid(0x300), XSM_INITIAL_IOPORT);
    assert_int_equal(ocontext(FLASK_DEL_OCONTEXT, 0x2f8, 0x2fe, 0), -ENOENT);
    assert_int_equal(ocontext(FLASK_DEL_OCONTEXT, 0x2f8, 0x2ff, 0), 0);
    assert_int_equal(ocontext(FLASK_DEL_OCONTEXT, 0x2f8, 0x2ff, 0), -ENOENT);
    assert_int_equal(port_sid(0x2f8), XSM_INITIAL_IOPORT);
    for (uint64_t i = 1; i <= 128; i++)
        assert_int_equal(ocontext(FLASK_ADD_OCONTEXT, i, i, peer->sid), 0);
    assert_int_equal(ocontext(FLASK_ADD_OCONTEXT, 500, 500, peer->sid), -ENOSPC);
    assert_int_equal(xsm_path_sid(&gate_engine, "/soc", &sid), -ENOENT);
    op = (struct xen_flask_op){0};
    memcpy(scene_memory(d, TEXT), "/soc", sizeof("/soc"));
    op.u.devicetree_label.sid = peer->sid;
    op.u.devicetree_label.length = sizeof("/soc");
    op.u.devicetree_label.path.p = (void *)TEXT;
    assert_int_equal(call(FLASK_DEVICETREE_LABEL), 0);
    assert_int_equal(xsm_path_sid(&gate_engine, "/soc", &sid), 0);
    assert_int_equal(sid, peer->sid);
}

static int64_t relabel(uint32_t domid, xsm_sid sid)
{
    op = (struct xen_flask_op){0};
    op.u.relabel.domid = domid;
    op.u.relabel.sid = sid;
    return call(FLASK_RELABEL_DOMAIN);
}

static xsm_sid sid_of(const char *label)
{
    struct xsm_error error;
    xsm_sid sid;

    assert_int_equal(xsm_label_to_sid(&gate_engine, label, &sid, &error), 0);
    return sid;
}

/* What was had by the old label alone is taken back: here the channel that `stuck_t` can't have. */
static void a_new_label_takes_channels_back(void **state)
{
    int64_t port = scene_alloc_unbound(d, peer), far = scene_bind_interdomain(peer, d, port);

    (void)state;
    assert_true(far > 0);
    op = (struct xen_flask_op){0};
    op.u.peersid.evtchn = (evtchn_port_t)port;
    assert_int_equal(call(FLASK_GET_PEER_SID), 0);
    assert_int_equal(op.u.peersid.sid, peer->sid);
    assert_int_equal(relabel(2, sid_of("moved_t")), 0);
    assert_int_equal(peer->sid, sid_of("moved_t"));
    assert_true(machine_said("policy: label given by domid=1 scontext=system_u:vm_r:all_t target=2 "
                             "tcontext=system_u:vm_r:moved_t"));
    assert_non_null(evtchn_at(peer, (uint32_t)far));
    assert_int_equal(relabel(2, sid_of("stuck_t")), -EPERM); /* moved_t can't become it */
    d->roles = 0;
    assert_int_equal(relabel(1, sid_of("moved_t")), 0); /* itself, by another right */
    assert_int_equal(d->sid, sid_of("moved_t"));
    assert_int_equal(relabel(2, sid_of("moved_t")), -EPERM);
}

static void former_labels_need_not_stay_valid(void **state)
{
    (void)state;
    assert_int_equal(relabel(2, sid_of("moved_t")), 0);
    assert_int_equal(load(put_policy_without_peer()), 0);
    assert_int_equal(peer->sid, sid_of("moved_t"));
}

static void channels_that_may_not_be_any_more_are_closed(void **state)
{
    int64_t port = scene_alloc_unbound(d, peer), far = scene_bind_interdomain(peer, d, port);

    (void)state;
    assert_true(far > 0);
    /* Without the right to create its ends. */
    peer->sid = sid_of("stuck_t");
    assert_int_equal(load(scene_put_policy(d, POLICY_AT)), 0);
    assert_null(evtchn_at(peer, (uint32_t)far));
    assert_null(evtchn_at(d, (uint32_t)port));
    assert_true(machine_said("hook=evtchn_alloc_unbound key=flask"));
}

/* What was opened while the policy was only recorded. */
static void enforcing_closes_what_was_permitted_only(void **state)
{
    int64_t port;

    (void)state;
    peer->sid = sid_of("stuck_t");
    assert_int_equal(scene_alloc_unbound(peer, d), -EPERM);
    assert_int_equal(call_new(FLASK_SETENFORCE), 0);
    port = scene_alloc_unbound(peer, d);
    assert_true(port > 0);
    op = (struct xen_flask_op){0};
    op.u.enforce.enforcing = 1;
    assert_int_equal(call(FLASK_SETENFORCE), 0);
    assert_null(evtchn_at(peer, (uint32_t)port));
}

/* Who gives a label to a domain with roles must be allowed to give it the roles, too. */
static void roles_are_asked_again(void **state)
{
    (void)state;
    peer->roles = XSM_ROLE_CONSOLE;
    assert_int_equal(relabel(2, sid_of("moved_t")), -EPERM);
    assert_true(machine_said("hook=role_console key=flask"));
    assert_int_equal(peer->sid, sid_of("peer_t"));
    peer->roles = 0;
    assert_int_equal(relabel(2, sid_of("moved_t")), 0);
}

static void one_at_a_time(void **state)
{
    xsm_sid sid;

    (void)state;
    assert_true(policy_begin());
    assert_int_equal(load(scene_put_policy(d, POLICY_AT)), -GATE_RETRY);
    assert_int_equal(context_to_sid("system_u:vm_r:peer_t", &sid), -GATE_RETRY);
    assert_int_equal(call_new(FLASK_COMMITBOOLS), -GATE_RETRY);
    assert_int_equal(call_new(FLASK_SETENFORCE), -GATE_RETRY);
    assert_int_equal(relabel(2, sid_of("moved_t")), -GATE_RETRY);
    policy_end();
    assert_int_equal(relabel(2, sid_of("moved_t")), 0);
}

static void without_a_policy(void **state)
{
    (void)state;
    scene_start(NULL);
    d = scene_domain(1, "", 1024);
    d->roles = XSM_ROLE_CONTROL;
    for (uint32_t cmd = FLASK_LOAD; cmd <= FLASK_DEVICETREE_LABEL; cmd++) {
        op = (struct xen_flask_op){0};
        op.u.load.size = 1;
        if (cmd == FLASK_DEVICETREE_LABEL || cmd == FLASK_CONTEXT_TO_SID) {
            op.u.sid_context.size = 1;
            op.u.sid_context.context.p = (void *)TEXT;
        }
        if (cmd == FLASK_DEVICETREE_LABEL) {
            op.u.devicetree_label.length = 1;
            op.u.devicetree_label.path.p = (void *)TEXT;
        }
        if (cmd != FLASK_GET_PEER_SID)
            assert_int_equal(call(cmd), -ENOSYS);
    }
}

#define FLASK_TEST(name) cmocka_unit_test_setup(name, start)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FLASK_TEST(versions_are_checked),
        FLASK_TEST(contexts_and_sids),
        FLASK_TEST(new_sids_are_rationed),
        FLASK_TEST(computations),
        FLASK_TEST(booleans),
        FLASK_TEST(a_boolean_says_whether_the_launch_is_over),
        FLASK_TEST(enforcement),
        FLASK_TEST(another_policy),
        FLASK_TEST(what_is_no_policy_changes_nothing),
        FLASK_TEST(live_labels_must_stay_valid),
        FLASK_TEST(former_labels_need_not_stay_valid),
        FLASK_TEST(resources_get_labels),
        FLASK_TEST(a_new_label_takes_channels_back),
        FLASK_TEST(channels_that_may_not_be_any_more_are_closed),
        FLASK_TEST(enforcing_closes_what_was_permitted_only),
        FLASK_TEST(roles_are_asked_again),
        FLASK_TEST(one_at_a_time),
        FLASK_TEST(without_a_policy),
    };

    return cmocka_run_group_tests_name("xsm_op", tests, NULL, NULL);
}
