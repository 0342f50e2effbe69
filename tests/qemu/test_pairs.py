# SPDX-License-Identifier: BSD-2-Clause
"""
Minimal pairs that no shipped system has, since each of its labels is made of policy/modules: domains whose labels
lack one permission, and who are otherwise like others that have it.
"""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from bench import Bench, Domain, build_policy, denials, must_see, set_property
from expectations import copy_policy
from machine import Console

OPTIONAL = "required = <0>;"
LAUNCH = "system_u:system_r:xenboot_t"


def build(bench: Bench, rules: str, *domains: Domain) -> Path:
    bench.folder.mkdir(parents=True, exist_ok=True)
    local = bench.folder / "local.te"
    local.write_text(rules)
    return bench.build(*domains, policy=build_policy(bench.folder / "local.30", local))


def run(bench: Bench, rules: str, *domains: Domain) -> Console:
    console = bench.boot(build(bench, rules, *domains))
    must_see(console, "bailiwick", "all domains have stopped")
    return console


# What every other label has by any_domain(): the call, its class and permission.
OWN = [
    ("version_extraversion", "version", "xen_extraversion"),
    ("version_compile_info", "version", "xen_compile_info"),
    ("version_capabilities", "version", "xen_capabilities"),
    ("version_changeset", "version", "xen_changeset"),
    ("version_pagesize", "version", "xen_pagesize"),
    ("version_guest_handle", "version", "xen_guest_handle"),
    ("vcpu_stop_periodic_timer 0", "bw_vcpu", "timer"),
    ("vcpu_is_up 0", "bw_vcpu", "status"),
    ("vcpu_up 0", "bw_vcpu", "start"),
    ("vcpu_down 1", "bw_vcpu", "stop"),
    ("evtchn_bind_virq 0 0", "bw_virq", "bind"),
    ("memory_add_to_physmap self 0 0 0xe00", "mmu", "physmap"),
    ("grant_query_size self", "grant", "query"),
    ("hvm_set_param self 0 0", "hvm", "setparam"),
]
# All that a probe needs to say something.
BARE = """
guest_domain(full)
type bare_t, domain_type;
allow xenboot_t bare_t:domain create;
allow bare_t kernel_t:bw_module execute;
allow bare_t self:bw_vcpu register;
allow { full_t bare_t } xen_t:xen writeconsole;
"""


def test_what_is_a_domain_s_own(bench: Bench) -> None:
    """Two vCPUs, so that one can be stopped: it isn't up."""
    console = run(bench, BARE,
                  Domain("full", "".join(f"expect ok {call}\n" for call, _, _ in OWN), "full_t", cpus=2),
                  Domain("bare", "".join(f"expect EPERM {call}\n" for call, _, _ in OWN), "bare_t", cpus=2))
    for name in ("full", "bare"):
        assert f"probe: end of script: {len(OWN)} ok, 0 failed" in console.said_by(name), console.said_by(name)
    records = [line for line in console.said_by("bailiwick") if ":  denied" in line]
    for _, kind, permission in OWN:
        record = re.compile(rf"^avc:  denied  {{ {permission} }} for domid=2 target=2 hook=\S+ key=flask "
                            rf"scontext=\S+:bare_t tcontext=\S+ tclass={kind} permissive=0$")
        assert any(map(record.match, records)), permission
    assert not [line for line in records if "domid=1" in line]


# As `bare`, but it has its shared page and no area of a vCPU's.
UNREGISTERED = BARE.replace("self:bw_vcpu register", "self:mmu physmap")


def test_registering_an_area(bench: Bench) -> None:
    call = "vcpu_register_runstate_memory_area 0 buffer"
    console = run(bench, UNREGISTERED, Domain("full", f"expect ok {call}\n", "full_t"),
                  Domain("bare", f"expect EPERM {call}\n", "bare_t"))
    for name in ("full", "bare"):
        assert "probe: end of script: 1 ok, 0 failed" in console.said_by(name), console.said_by(name)
    records = denials(console, "vcpu_register_area")
    assert records and all("{ register } for domid=2 target=2 " in record for record in records)


# By a transition of its own: about itself it is asked by another label than the one by which it asks.
ONESELF = """
type asks_t, domain_type;
type asked_t, domain_type;
type_transition asks_t asks_t:domain asked_t;
allow xenboot_t asks_t:domain create;
allow xenboot_t asks_t:bw_role { control crash };
allow asks_t kernel_t:bw_module execute;
allow asks_t asked_t:mmu physmap;
allow asks_t asked_t:grant query;
allow asks_t asked_t:hvm { getparam setparam };
allow asks_t asked_t:bw_vcpu { register timer status start stop };
allow asks_t asked_t:bw_virq bind;
allow asks_t xen_t:xen writeconsole;
allow asks_t xen_t:version *;
allow asks_t xen_t:bw_launch read_failure;
typeattribute asks_t crash_domain_type;
policy_reader(asks_t)
"""
READS = ["flask_getenforce", "flask_policyvers", "flask_mls", "flask_getavc_threshold", "flask_avc_hashstats",
         "flask_avc_cachestats 0"]


def test_what_one_is_asked_about_oneself(bench: Bench) -> None:
    """It has two labels, and each has what the other lacks: as who asks, and as who is asked about."""
    script = "".join(f"expect ok {call}\n" for call in [
        *(call for call, _, _ in OWN), "vcpu_register_runstate_memory_area 0 buffer", *READS])
    console = run(bench, ONESELF, Domain("one", script + "expect ENOENT failure_read\nexpect ENOENT flask_getbool 0\n", "asks_t", cpus=2,
                                         properties="functions = <2>; permissions = <1>;"))
    assert f"probe: end of script: {len(OWN) + 3 + len(READS)} ok, 0 failed" in console.said_by("one")


# Initial SID domU, which every policy has: the label that is given.
GIVEN = 12
RELABEL = {
    "relabelfrom": "allow mover_t moved_t:domain2 relabelfrom;",
    "relabelto": "allow mover_t domu_t:domain2 relabelto;",
    "transition": "allow moved_t domu_t:domain transition;",
}
MOVER = """
any_domain(mover)
any_domain(moved)
typeattribute mover_t control_domain_type;
allow xenboot_t mover_t:bw_role control;
allow { mover_t moved_t domu_t } xen_t:xen writeconsole;
"""
CONTROL = "permissions = <1>;"


def relabel(bench: Bench, rules: str, expect: str) -> Console:
    """The other one tries something denied before and after, by which its label is seen."""
    return run(bench, MOVER + rules,
               Domain("mover", f"sleep 100\nexpect {expect} flask_relabel_domain 2 {GIVEN}\n", "mover_t",
                      properties=CONTROL),
               Domain("moved", "flask_mls\nsleep 300\nflask_mls\n", "moved_t"))


def labels(console: Console, domid: int) -> list[str]:
    """Under which types a domain was denied flask_mls."""
    return [re.search(r"scontext=\w+:\w+:(\w+)", line)[1] for line in denials(console, "flask_mls")
            if f" domid={domid} " in line]


def test_giving_a_label(bench: Bench) -> None:
    console = relabel(bench, "\n".join(RELABEL.values()), "0")
    assert "probe: end of script: 1 ok, 0 failed" in console.said_by("mover")
    assert labels(console, 2) == ["moved_t", "domu_t"]


@pytest.mark.parametrize("missing", RELABEL)
def test_giving_a_label_needs(bench: Bench, missing: str) -> None:
    """Each of three checks; without one the label stays."""
    rules = [rule for permission, rule in RELABEL.items() if permission != missing]
    console = relabel(bench, "\n".join(rules), "EPERM")
    assert "probe: end of script: 1 ok, 0 failed" in console.said_by("mover")
    [record] = denials(console, "flask_relabel_domain")
    assert f"{{ {missing} }} for domid=1 target=2 " in record
    assert labels(console, 2) == ["moved_t", "moved_t"]


@pytest.mark.parametrize("rule, result, then", [
    ("allow mover_t domu_t:domain2 relabelself;", "0", "domu_t"), ("", "EPERM", "mover_t")],
    ids=["allowed", "denied"])
def test_giving_oneself_a_label(bench: Bench, rule: str, result: str, then: str) -> None:
    script = f"expect {result} flask_relabel_domain self {GIVEN}\nflask_mls\n"
    console = run(bench, MOVER + rule, Domain("mover", script, "mover_t"))
    assert "probe: end of script: 1 ok, 0 failed" in console.said_by("mover")
    assert labels(console, 1) == [then]
    assert [line for line in denials(console, "flask_relabel_self") if "{ relabelself } for domid=1 target=1 " in line
            ] == denials(console, "flask_relabel_self")
    assert len(denials(console, "flask_relabel_self")) == (result == "EPERM")


# Who gives somebody with roles another label has to be allowed the roles towards that, at any time. No shipped module
# allows that to anybody but the launch: this is of a policy without such promises.
SERVED = MOVER.replace("any_domain(moved)", "any_domain(served)").replace("moved_t", "served_t") + """
policy_writer(mover_t)
allow xenboot_t served_t:bw_role { control hardware crash console xenstore };
allow mover_t served_t:domain2 relabelfrom;
allow mover_t domu_t:domain2 relabelto;
allow served_t domu_t:domain transition;
"""
ALL_ROLES = "functions = <0x40000006>; permissions = <3>;"


@pytest.mark.parametrize("rule, result, denied", [
    ("allow mover_t domu_t:bw_role { control hardware crash console xenstore };", "0", []),
    ("", "EPERM", ["control", "hardware", "crash", "console", "xenstore"])], ids=["allowed", "denied"])
def test_giving_a_label_to_who_has_roles(bench: Bench, rule: str, result: str, denied: list[str]) -> None:
    """After the launch is finalised and the policy sealed."""
    bench.folder.mkdir(parents=True, exist_ok=True)
    copy_policy(bench.folder)
    made = bench.folder / "policy/systems/made"
    made.mkdir()
    (made / "system.te").write_text(SERVED + rule)
    done = subprocess.run([bench.folder / "policy/build", "made", bench.folder / "made.30"], cwd=bench.folder, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert done.returncode == 0, done.stdout
    script = f"sleep 100\nexpect 0 policy_seal\nexpect {result} flask_relabel_domain 2 {GIVEN}\n"
    console = bench.boot(bench.build(Domain("mover", script, "mover_t", properties=CONTROL),
                                     Domain("served", "sleep 500\n", "served_t", properties=ALL_ROLES),
                                     policy=bench.folder / "made.30"))
    must_see(console, "bailiwick", "all domains have stopped")
    assert "probe: end of script: 2 ok, 0 failed" in console.said_by("mover")
    records = [line for line in console.said_by("bailiwick") if line.startswith("avc:  denied") and "hook=role_" in line]
    assert [re.search(r"hook=role_(\w+) ", line)[1] for line in records] == denied


# Both may read audit records: one those of another label, the other nobody's.
READERS = """
any_domain(sees)
any_domain(blind)
any_domain(seen)
typeattribute sees_t control_domain_type;
allow xenboot_t sees_t:bw_role control;
policy_writer(sees_t)
audit_reader(sees_t, seen_t)
audit_reader(blind_t, nobody_t)
type nobody_t, domain_type;
allow { sees_t blind_t seen_t } xen_t:xen writeconsole;
"""


def test_seeing_an_audit_record(bench: Bench) -> None:
    """Who may, sees the only record that there is, whenever; the result is its length. Its own label it may not see."""
    console = run(bench, READERS, Domain("sees", "sleep 100\nexpect 0 policy_seal\naudit_read\n", "sees_t",
                                         properties=CONTROL),
                  Domain("blind", "sleep 100\naudit_read\n", "blind_t"),
                  Domain("seen", "expect EPERM flask_mls\n", "seen_t"))
    [seen] = [line for line in console.said_by("sees") if line.startswith("audit_read = ")]
    [blind] = [line for line in console.said_by("blind") if line.startswith("audit_read = ")]
    assert int(seen.split()[2]) > 100 and blind == "audit_read = -2 ENOENT"


ROLES = {"control": "permissions = <1>;", "hardware": "permissions = <2>;", "crash": "functions = <2>;",
         "console": "functions = <4>;", "xenstore": "functions = <0x40000000>;"}
# The launch may do everything with have_t, and lacks one permission towards each of the others.
BUILT = """
any_domain(have)
allow xenboot_t have_t:bw_role *;
type unmade_t, domain_type;
allow unmade_t kernel_t:bw_module execute;
type unrun_t, domain_type;
allow xenboot_t unrun_t:domain create;
any_domain(unroled)
allow { have_t unroled_t } xen_t:xen writeconsole;
"""


def launch(bench: Bench, last_words: str, **domains: tuple[str, str]) -> Console:
    """
    Domains by their labels and properties. `bailiwick build` refuses what the launch would refuse: the labels are
    put in behind its back.
    """
    folder = build(bench, BUILT, *(Domain(name, "say runs", "have_t", properties=properties)
                                   for name, (_, properties) in domains.items()))
    for name, (label, _) in domains.items():
        set_property(folder, f"/{name}", "security-id", label, kind="s")
    console = bench.boot(folder)
    must_see(console, "bailiwick", last_words)
    return console


def refusals(console: Console) -> list[str]:
    return [line for line in console.said_by("bailiwick") if line.startswith("avc:  denied") and "domid=xen " in line]


def test_what_the_launch_may_not_build(bench: Bench) -> None:
    """Who isn't required is left out; the others run."""
    console = launch(bench, "all domains have stopped", have=("have_t", ""), unmade=("unmade_t", OPTIONAL),
                     unrun=("unrun_t", OPTIONAL))
    assert "runs" in console.said_by("have")
    assert not console.said_by("unmade") and not console.said_by("unrun")
    create, execute = refusals(console)
    assert "{ create } for domid=xen" in create and f"scontext={LAUNCH} " in create and "_r:unmade_t " in create
    assert "{ execute } for domid=xen" in execute and "_r:unrun_t " in execute and ":kernel_t " in execute


@pytest.mark.parametrize("role", ROLES)
def test_a_role_that_the_label_may_not_have(bench: Bench, role: str) -> None:
    console = launch(bench, "all domains have stopped", have=("have_t", ""),
                     unroled=("unroled_t", ROLES[role] + OPTIONAL))
    assert "runs" in console.said_by("have") and not console.said_by("unroled")
    [record] = refusals(console)
    assert f"{{ {role} }} for domid=xen" in record and f" hook=role_{role} " in record and "_r:unroled_t " in record


def test_the_role_boot_that_the_label_may_not_have(bench: Bench) -> None:
    """Nothing is launched without a boot domain that the LCM has."""
    console = launch(bench, "The machine waits to be reset.", unroled=("unroled_t", "functions = <1>;"),
                     have=("have_t", ""))
    must_see(console, "bailiwick", "launch refused: ")
    [record] = refusals(console)
    assert "{ boot } for domid=xen" in record and " hook=role_boot " in record
    assert not console.said_by("have")


def test_roles_under_a_policy_without_words_for_them(bench: Bench) -> None:
    """A policy for Xen: whoever the launch may build may have what the LCM gives. The boot domain can do nothing."""
    functions = "functions = <0x40000006>; permissions = <3>;"
    folder = bench.build(Domain("boot", "launch_finalise\n", "domU_t", properties="functions = <1>;"),
                         Domain("dom0", "say runs", "dom0_t", properties=functions),
                         policy="build/policy/xen-style.30")
    console = bench.boot(folder)
    must_see(console, "bailiwick", "all domains have stopped")
    built = [line for line in console.said_by("bailiwick") if ": built as domid " in line]
    assert [line.partition("roles: ")[2].partition(" (")[0] for line in built[:2]] == [
        "boot", "control, hardware, crash, console, xenstore"]
    assert "runs" in console.said_by("dom0")
