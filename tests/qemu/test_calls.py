# SPDX-License-Identifier: BSD-2-Clause
"""Hypercalls in pairs: the same arguments, allowed on itself and denied on another domain."""

from __future__ import annotations

import pytest

from bench import Bench, Domain, denials, guest_a, guest_b

# (hook, allowed, denied, permission of the denial's record)
PAIRS = [
    ("hvm_get_param", "hvm_get_param self 17", "hvm_get_param 2 17", "getparam"),
    ("hvm_set_param", "hvm_set_param self 0 0", "hvm_set_param 2 0 0", "setparam"),
    ("grant_query", "grant_query_size self", "grant_query_size 2", "query"),
    ("add_to_physmap", "memory_add_to_physmap self 0 0 0xe00",
     "memory_add_to_physmap 2 0 0 0xe00", "physmap"),
]


@pytest.mark.parametrize("hook, allowed, denied, permission", PAIRS,
                         ids=[pair[0] for pair in PAIRS])
def test_own_and_foreign(bench: Bench, hook: str, allowed: str, denied: str,
                         permission: str) -> None:
    console = bench.run(guest_a(f"expect ok {allowed}\nexpect EPERM {denied}\n"),
                        guest_b("say idle"))
    assert "probe: end of script: 2 ok, 0 failed" in console.said_by("guest-a")
    [record] = denials(console, hook)
    assert f"{{ {permission} }} for domid=1 target=2 " in record


@pytest.mark.parametrize("call", ["hvm_get_param {} 17", "grant_query_size {}",
                                  "evtchn_bind_interdomain {} 9",
                                  "memory_add_to_physmap {} 0 0 0xe00"])
def test_absent_looks_like_denied(bench: Bench, call: str) -> None:
    """Who may not ask about a domain doesn't learn either whether it exists."""
    script = f"expect EPERM {call.format(2)}\nexpect EPERM {call.format(77)}\n"
    console = bench.run(guest_a(script), guest_b("say idle\nsleep 100"))
    assert "probe: end of script: 2 ok, 0 failed" in console.said_by("guest-a")


# The errnos are those of Xen 4.17, on which these scripts have run with the probe as a PVH dom0,
# unless a comment says otherwise.
OWN = """
expect ok evtchn_bind_virq 0 0
ipi = expect ok evtchn_bind_ipi 0
expect ok evtchn_status self ipi
expect 0 evtchn_unmask ipi
expect 0 evtchn_send ipi
expect 0 wait_event ipi 1000
expect 0 evtchn_close ipi
expect EINVAL evtchn_close ipi
loop = expect ok evtchn_alloc_unbound self self
far = expect ok evtchn_bind_interdomain self loop
expect 0 evtchn_bind_vcpu loop 0
expect 0 evtchn_send far
expect 0 wait_event loop 1000
expect ok memory_memory_map 16
expect 0 vcpu_stop_periodic_timer 0
expect 0 vcpu_set_singleshot_timer 0 1 0
expect 0 vcpu_stop_singleshot_timer 0
expect 1 vcpu_is_up 0
expect 0 sched_yield
expect ok version_version
expect ok version_get_features 0
expect ok version_platform_parameters
expect ok hypercall_page
"""


def test_a_domain_may_what_is_its_own(bench: Bench) -> None:
    console = bench.run(guest_a(OWN), guest_b("say idle"))
    failures = [line for line in console.said_by("guest-a") if line.startswith("FAIL")]
    assert not failures
    assert "probe: end of script: 23 ok, 0 failed" in console.said_by("guest-a")


TIMER = """
port = expect ok evtchn_bind_virq 0 0
expect 0 upcalls_on
sleep 10
before = upcalls
expect 0 vcpu_set_singleshot_timer 0 1 0
expect 0 wait_upcall before+1 1000
expect 0 wait_event port 1000
"""


def test_timer_raises_an_upcall(bench: Bench) -> None:
    console = bench.run(guest_a(TIMER), guest_b("say idle"))
    assert "probe: end of script: 5 ok, 0 failed" in console.said_by("guest-a")


@pytest.mark.parametrize("call", [
    "domctl_pausedomain 2", "domctl_destroydomain 2", "domctl_createdomain 0",
    "domctl_getdomaininfo 2", "sysctl_physinfo", "sysctl_readconsole", "platform_settime",
    "platform_enter_acpi_sleep", "flask_setenforce 0", "flask_load", "physdev_setup_gsi 4 0 0",
    "sched_remote_shutdown 2 0", "hypercall 9999", "hypercall 39 1", "hypercall 0xffffffffffffffff",
])
def test_what_is_not_offered_fails_quietly(bench: Bench, call: str) -> None:
    """Operations without a row can't be asked for; the caller hears so and lives on."""
    console = bench.run(guest_a(f"{call}\nsay alive\n"), guest_b("counter 20 3"))
    said = console.said_by("guest-a")
    assert any(line.startswith(f"{call} = -") for line in said), said
    assert "alive" in said
    assert "heartbeat 3" in console.said_by("guest-b")


# A port that doesn't exist has no label, and none may send to what is unlabeled.
HOSTILE = """
expect EFAULT hypercall 32 6 0x123456789000
expect EFAULT hypercall 34 1 0xffff800000000000
hypercall 34 1 0x8000000000000000
expect EFAULT hypercall 12 7 0xfffffffffffffff8
expect EFAULT hypercall 17 6 0x7fffff00
expect EPERM evtchn_send 0xffffffff
expect EINVAL evtchn_close 0
expect EINVAL evtchn_unmask 4096
expect ENOENT vcpu_is_up 1
expect ENOENT vcpu_is_up 0xffffffff
expect EINVAL hvm_get_param self 0xffffffff
say alive
"""


def test_hostile_arguments(bench: Bench) -> None:
    console = bench.run(guest_a(HOSTILE), guest_b("say idle"))
    said = console.said_by("guest-a")
    assert not [line for line in said if line.startswith("FAIL")]
    assert "alive" in said


MSRS = """
expect GP rdmsr 0x12345678
expect GP wrmsr 0x12345678 1
expect GP wrmsr 0xc0010117 0
expect GP rdmsr 0xc0010114
"""


def test_unknown_msrs_fault(bench: Bench) -> None:
    """Among them those of the virtualisation that the hypervisor itself uses."""
    console = bench.run(guest_a(MSRS), guest_b("say idle"))
    assert "probe: end of script: 4 ok, 0 failed" in console.said_by("guest-a")


def test_without_policy_the_role_engine_decides(bench: Bench) -> None:
    script = "expect ok evtchn_alloc_unbound self 2\nexpect EPERM hvm_get_param 2 17\n"
    console = bench.run(Domain("guest-a", script), Domain("guest-b", "say idle"), policy=None)
    assert "probe: end of script: 2 ok, 0 failed" in console.said_by("guest-a")
    assert any("no policy" in line for line in console.said_by("bailiwick"))
    assert any(line.startswith("role:  denied") and "hook=hvm_get_param" in line
               for line in console.said_by("bailiwick"))
