# SPDX-License-Identifier: BSD-2-Clause
"""`bailiwick expect` and `try`: each kind of line holds where it should, and fails where it should."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path

import pytest

from expectations import ROOT, expectation, make_system, run

SYSTEMS = sorted(path.stem for path in (ROOT / "lcm/systems").glob("*.dts"))

# Three guests, a store and a control domain; rules that tests add to.
POLICY = """any_domain(control)
allow xenboot_t control_t:bw_role control;
any_domain(store)
allow xenboot_t store_t:bw_role xenstore;
guest_domain(one)
guest_domain(two)
guest_domain(three)
bool open false;
if (open) { allow control_t one_t:domain pause; }
bool launch_finalised false;
if (launch_finalised) { allow control_t store_t:domain pause; } else {
    allow control_t three_t:domain pause; }
"""
DOMAINS = {"control": "control", "store": "xenstore", "one": "none", "two": "none",
           "three": "none"}
CHANNEL = "channel_between({0}, {1})\n"


@pytest.mark.parametrize("system", SYSTEMS)
def test_shipped_systems_meet_their_expectations(system: str) -> None:
    began = time.monotonic()
    said = run("expect", system)
    assert re.search(rf"^{system}: \d+ lines, \d+ checks, 0 failed$", said, re.MULTILINE)
    assert time.monotonic() - began < 10


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_system(tmp_path_factory.mktemp("made"), POLICY, DOMAINS)


def check(system: Path, line: str, expect: int = 0) -> str:
    """One line, the last one, without what every system must meet."""
    number = line.count("\n") + 1
    return run("expect", system, expectation(system.parent, line), "--line", number, expect=expect)


@pytest.fixture
def changed(tmp_path: Path):  # type: ignore[no-untyped-def]
    def change(rules: str) -> Path:
        return make_system(tmp_path, POLICY + rules, DOMAINS)
    return change


MET = [
    "allow one -> self : hvm:setparam",
    "allow one two three -> self : hvm:setparam,getparam vcpu_timer",
    "deny each guest_type -> each other guest_type : *",
    "deny role(none) -> role(control) : domain:* mmu:*",
    "deny any but one xenboot_t -> any : bw_role?:hardware nonesuch?:* domain:destroy"
    .replace(" nonesuch?:*", ""),
    "with open=on allow control -> one : domain:pause",
    "with open=off deny control -> one : domain:pause key=flask errno=EPERM audit",
    "allow control -> store : domain:pause",
    "deny control -> three : domain:pause",
    "before finalise allow control -> three : domain:pause",
    "before finalise deny control -> store : domain:pause",
    "only control_t -> store_t : domain:pause",
    "only control -> any : domain:pause",
    "deny one -> two : evtchn_alloc_unbound",
    "allow one -> channel(two) : event:create,send",
    "deny one -> security : flask_load key=flask key=role",
    "before finalise deny one -> module(one/ramdisk) : bw_module:read",
    "before finalise allow one -> module(one/kernel) : bw_module:execute",
    "deny one -> module(lcm) module(launch/xsm-policy) module(README.md) : bw_module:*",
    "never flow each guest_type -> each other guest_type trusting control",
    "allow system_u:vm_r:one_t -> system_u:vm_r:one_t : hvm:setparam",
    "deny nobody_t? role(hardware) -> any : *",
    "deny one->two : *".replace("->", " -> "),
    "deny one -> xen: xen:* but xen:writeconsole",
    "deny each other_t? -> any: domain:pause # a comment",
    "deny one -> control to two : flask_relabel_domain",
]


@pytest.mark.parametrize("line", MET)
def test_lines_that_are_met(made: Path, line: str) -> None:
    assert " 0 failed" in check(made, line)


# A line, and what is said of it.
UNMET = [
    ("allow one -> two : event:bind",
     "one (one_t) may not do event:bind to two (two_t): that is denied by the policy (key=flask)"),
    ("allow one -> two : event:bind", "missing rule       allow one_channel_t two_t:event bind;"),
    ("deny each guest_type -> self : hvm:setparam", "two (two_t) may do hvm:setparam to itself"),
    ("deny control -> one : domain:pause",
     "control (control_t) may do domain:pause to one (one_t), with open=on"),
    ("allow control -> one : domain:pause",
     "rule that is off   allow control_t one_t:domain pause; if (open)"),
    ("always allow control -> store : domain:pause",
     "control (control_t) may not do domain:pause to store (store_t) before the launch is finalised"),
    ("always deny control -> store : domain:pause",
     "control (control_t) may do domain:pause to store (store_t) after the launch is finalised"),
    ("only store -> any : domain:pause", "control (control_t) may do domain:pause to store (store_t)"),
    ("allow one -> security : flask_load",
     "denied by the policy (key=flask) and a role that it lacks (key=role)"),
    ("allow one -> security : flask_load",
     "role key           flask_load needs the role control, which one doesn't hold"),
    ("deny one -> two : evtchn_alloc_unbound key=role",
     "but that is denied by the policy (key=flask), and not by what the line says"),
    ("deny one -> two : domain:pause errno=ENOENT", "but gets EPERM for it, and not ENOENT"),
    ("deny one -> two : domain:pause silent",
     "but there is a record of it: no dontaudit keeps it away"),
    ("allow one -> self : hvm:setparam audit",
     "but there is no record of it: no auditallow asks for one"),
    ("allow one -> module(one/kernel) : bw_module:execute",
     "denied by the time, which is over (key=phase)"),
    ("deny one -> any : *", "and "),
    ("never flow one -> xen", "1. from one (one_t) to xen_t: the first has xen:writeconsole"),
]


@pytest.mark.parametrize("line, wanted", UNMET)
def test_lines_that_are_not_met(made: Path, changed, line: str,  # type: ignore[no-untyped-def]
                                wanted: str) -> None:
    system = changed("guest_console(one)\n") if "writeconsole" in wanted else made
    said = check(system, "  " + line + " # why", expect=1)
    assert f"/lines.exp:1: {line}\n  fails: " in said
    assert wanted in said
    assert re.search(r": 1 lines, \d+ checks, [1-9]\d* failed$", said.strip())


def test_a_rule_that_no_operation_can_use_is_found(  # type: ignore[no-untyped-def]
        made: Path, changed) -> None:
    """Only the boot domain's staged_write asks for map_write; a guest's rule is wrong all the same."""
    line = "deny one -> two : mmu:map_write"
    check(made, line)
    system = changed("allow one_t two_t:mmu map_write;\n")
    said = check(system, line, expect=1)
    assert ("one (one_t) is allowed by the policy to do mmu:map_write to two (two_t), though it is "
            "denied by ") in said
    assert "rule               allow one_t two_t:mmu map_write;\n" in said
    check(system, line + " key=phase key=role")
    check(system, "deny one -> two : staged_write key=phase key=role")
    check(system, "before finalise " + line + " key=role")
    check(system, "before finalise " + line + " key=phase", expect=1)
    assert "though it is denied by" in check(system, "before finalise only two -> any : mmu:map_write",
                                              expect=1)
    check(system, "allow one -> two : mmu:map_write", expect=1)


BREAKS = [
    # A rule that is added, a line that it breaks, and what is said.
    ("allow one_t two_t:mmu physmap;", "deny each guest_type -> each other guest_type : mmu:*",
     "one (one_t) may do mmu:physmap to two (two_t)"),
    ("allow store_t one_t:domain pause;", "only control -> any : domain:pause",
     "store (store_t) may do domain:pause to one (one_t)"),
    ("allow domu_t one_t:domain pause;", "only control -> any : domain:pause",
     "domu_t may do domain:pause to one (one_t)"),
    (CHANNEL.format("one", "two"), "deny one -> two : evtchn_bind_interdomain",
     "rule               allow two_channel_t one_t:event bind;"),
    ("dontaudit one_t two_t:domain pause;", "deny one -> two : domain:pause audit",
     "but there is no record of it: a dontaudit keeps it away"),
    ("auditallow one_t self:hvm setparam;", "allow one -> self : hvm:setparam silent",
     "but there is a record of it: an auditallow asks for one"),
    ("permissive one_t;", "deny one -> two : domain:pause", "may do domain:pause to two (two_t), "
     "for its type is permissive"),
    ("policy_writer(one_t)", "deny one -> security : flask_load key=flask",
     "denied by a role that it lacks (key=role), and not by what the line says"),
    ("allow control_t one_t:domain2 relabelfrom; allow control_t two_t:domain2 relabelto;"
     " allow one_t two_t:domain transition;", "deny control -> one to two : flask_relabel_domain",
     "control (control_t) may do flask_relabel_domain to one (one_t)"),
]


@pytest.mark.parametrize("rule, line, wanted", BREAKS)
def test_a_rule_breaks_a_line(made: Path, changed, rule: str,  # type: ignore[no-untyped-def]
                              line: str, wanted: str) -> None:
    check(made, line.replace("key=flask", ""))
    said = check(changed(rule + "\n"), line, expect=1)
    assert wanted in said
    if "auditallow" not in rule and "dontaudit" not in rule and "permissive" not in rule:
        number = POLICY.count("\n") + 1
        assert f"policy/systems/made/system.te:{number}\n" in said or "key=role" in wanted


FLOWS = [
    # Rules; a line that they break; the way that is shown.
    (CHANNEL.format("one", "two"), "never flow one -> two", [("one", "two", "event:bind")]),
    ("allow two_t one_t:mmu map_read;", "never flow one -> two", [("one", "two", "mmu:map_read")]),
    ("allow two_t one_t:mmu pageinfo;", "never flow one -> two", [("one", "two", "mmu:pageinfo")]),
    ("allow one_t store_t:grant map_write; allow two_t store_t:grant map_read;",
     "never flow one -> two", [("one", "store", "grant:map_write"), ("store", "two", "grant:map_read")]),
    (CHANNEL.format("one", "store") + CHANNEL.format("store", "control")
     + "allow control_t two_t:domain destroy;", "never flow one -> two",
     [("one", "store", "event:bind"), ("store", "control", "event:bind"),
      ("control", "two", "domain:destroy")]),
    ("guest_console(one)\nallow two_t xen_t:xen readconsole;", "never flow one -> two",
     [("one", "xen_t", "xen:writeconsole"), ("xen_t", "two", "xen:readconsole")]),
    ("policy_reader(two_t)\npolicy_writer(control_t)\nallow control_t one_t:domain getaffinity;",
     "never flow one -> two", [("one", "control", "domain:getaffinity"),
                               ("control", "security_t", "security:"),
                               ("security_t", "two", "security:")]),
    ("coverage_reader(two_t)\n", "never flow one -> two", [("one", "two", "bw_coverage:read")]),
]


@pytest.mark.parametrize("rules, line, way", FLOWS)
def test_flows_are_found(made: Path, changed, rules: str,  # type: ignore[no-untyped-def]
                         line: str, way: list[tuple[str, str, str]]) -> None:
    check(made, line)
    system = changed(rules)
    said = check(system, line, expect=1)
    assert "information gets from one (one_t) to two (two_t)" in said
    for number, (source, target, right) in enumerate(way, 1):
        assert re.search(rf"^   {number}\. from {source}\b.* to {target}\b.* has {right}", said,
                         re.MULTILINE), said
    assert f"   {len(way) + 1}. " not in said
    assert said.count("rule ") >= len(way)
    # Who passes it on can be trusted; then there is no way left.
    if len(way) > 1:
        check(system, f"{line} trusting {way[0][1]}")
    # The other way round nothing goes, but for events.
    check(system, "never flow two -> one", expect=int(CHANNEL.format("one", "two") == rules))


NO_FLOWS = [
    "channel_end(one, two)\n",  # the other end isn't bound
    "guest_console(one)\nallow two_t xen_t:xen { physinfo settime };",
    "allow one_t xen_t:xen settime; allow two_t xen_t:xen readconsole;",
    "allow control_t one_t:domain getaffinity; allow domu_t two_t:domain pause;",
]


@pytest.mark.parametrize("rules", NO_FLOWS)
def test_no_flow_is_made_up(changed, rules: str) -> None:  # type: ignore[no-untyped-def]
    check(changed(rules), "never flow one -> two")


def test_flows_depend_on_the_phase_and_the_booleans(changed) -> None:  # type: ignore[no-untyped-def]
    system = changed("if (!launch_finalised) { allow one_t two_t:domain pause; }\n"
                     "bool leak false;\nif (leak) { allow one_t three_t:hvm setparam; }\n")
    check(system, "never flow one -> two")
    said = check(system, "before finalise never flow one -> two", expect=1)
    assert "gets from one (one_t) to two (two_t) before the launch is finalised" in said
    check(system, "always never flow one -> two", expect=1)
    check(system, "with leak=off never flow one -> three")
    check(system, "with leak=on never flow one -> three", expect=1)
    check(system, "never flow one -> three", expect=1)


# What is wrong, where, and what is said.
WRONG = [
    ("alow one -> two : domain:pause", 1, 'expected allow, deny, only, never flow, before finalise, '
     'after finalise, always or with BOOLEAN=on, not "alow"'),
    ("allow -> two : domain:pause", 7, "expected a domain, a type, an attribute or any"),
    ("allow one two : domain:pause", 15, 'expected "->" or another name, not ":"'),
    ("allow one -> two domain:pause", 30, 'expected ":" with a space before it, or another name, but '
     "the line ends"),
    ("allow one -> two :", 19, "expected CLASS:PERMISSION, CLASS:*, * or an operation of "
     "xsm/hooks.def, but the line ends"),
    ("allow one -> two : pause", 20, 'not "pause"'),
    ("allow one -> two : domain:", 20, 'not "domain"'),
    ("allow one -> two : domain:pause,", 33, "another permission of the same class"),
    ("allow one -> two : domain:paus", 20, "neither the policy nor policy/vocabulary has domain:paus"),
    ("allow one -> two : domian:*", 20, "has domian:*"),
    ("allow one -> tow : domain:pause", 14, "tow is no domain"),
    ("allow one -> two : domain:pause key=flask", 33, "are of what is denied"),
    ("deny one -> two : domain:pause key=flsk", 32, "expected key=flask, key=role or key=phase"),
    ("deny one -> two : domain:pause errno=EFOO", 32, "such as errno=EPERM"),
    ("deny one -> two : domain:pause audit silent", 38, "the end of the line"),
    ("deny other one -> two : domain:pause", 6, "`other` is for objects"),
    ("deny self -> two : domain:pause", 6, "`self` is an object"),
    ("deny channel(one) -> two : domain:pause", 6, "channel() is an object, never a subject"),
    ("deny role(boss) -> two : domain:pause", 6, "not role(boss)"),
    ("deny role() -> two : domain:pause", 11, "a role: control"),
    ("deny role(boot -> two : domain:pause", 16, 'expected ")"'),
    ("deny one -> module(one/disk) : bw_module:read", 13, "no module(one/disk)"),
    ("before finalize deny one -> two : *", 8, 'expected "finalise", not "finalize"'),
    ("never one -> two", 7, 'expected "flow"'),
    ("never flow one -> two : *", 23, '"trusting" or the line\'s end'),
    ("with open deny one -> two : *", 6, "expected BOOLEAN=on or BOOLEAN=off"),
    ("with opne=on deny one -> two : *", 6, "the policy has no boolean opne"),
    ("with launch_finalised=on deny one -> two : *", 6, "say `before finalise`"),
    ("before finalise: deny one -> two : *", 18, "expected the end of the line"),
    ("deny one -> two : evtchn_send but domain:pause key=flask but", 58, "expected key="),
    ("deny one -> two : domain:* but evtchn_send", 32, "never operations"),
    ("deny one -> two : flask_load", 19, 'flask_load is about the policy: expected "-> security :"'),
    ("deny one -> any : console_write", 19, 'about the hypervisor: expected "-> xen :"'),
    ("deny one -> two : flask_relabel_domain", 19, "expected `to LABEL`"),
    ("deny one -> two to three : evtchn_send", 28, "expected no `to LABEL`"),
    ("deny one -> two to three : domain:pause", 20, "`to LABEL` is of operations alone"),
    ("deny policy_writer_type -> any : *", 6, "nobody is called that"),
    ("deny one -> tw\x7fo : *", 13, "a character that no name has"),
    ("deny one -> two : domain:pause\0", 31, "a character that no name has"),
    ("deny one -> t\xe4wo : *", 13, "a character that no name has"),
    ("deny " + "a " * 17 + "-> b : *", 38, "at most 16 names"),
    ("deny a -> b : " + "domain:pause " * 33, 15 + 32 * 13, "at most 32 permissions"),
    ("deny a" + " " * 1000 + "-> b : *", 1001, "at most 1000 characters"),
    ("deny a -> b :" + " c" * 250, None, "at most 200 words"),
]


@pytest.mark.parametrize("line, column, wanted", WRONG)
def test_what_is_wrong_is_said_with_its_place(made: Path, line: str, column: int | None,
                                              wanted: str) -> None:
    said = check(made, "# the first\n" + line, expect=2)
    assert re.search(rf"/lines\.exp:2:{column or '[0-9]+'}: .*" + re.escape(wanted), said), said
    assert "ERROR" not in said and "failed" not in said.splitlines()[-1]


def test_every_error_is_said(made: Path) -> None:
    lines = [line for line, _, _ in WRONG[:6]]
    said = check(made, "\n".join(lines), expect=2)
    for number in range(1, 7):
        assert f"lines.exp:{number}:" in said
    said = check(made, "nonsense\n" * 500, expect=2)
    assert said.count("expected allow") == 20
    assert "and 480 more errors" in said


def test_hostile_files(made: Path, tmp_path: Path) -> None:
    import random
    rng = random.Random(7)
    words = ["allow", "deny", "only", "never", "flow", "->", ":", "(", ")", ",", "role", "module",
             "one", "two", "any", "each", "other", "but", "to", "?", "*", "a:b", ":", "with", "x=on",
             "always", "before", "finalise", "key=", "errno=", "=", "trusting", "domain:pause", "#"]
    path = tmp_path / "hostile.exp"
    lines = [" ".join(rng.choices(words, k=rng.randrange(1, 14))).encode() for _ in range(20000)]
    lines += [bytes(rng.randrange(256) for _ in range(rng.randrange(60))) for _ in range(5000)]
    path.write_bytes(b"\n".join(lines))
    assert "Sanitizer" not in run("expect", made, path, expect=2)
    path.write_bytes(b"deny " * (1 << 18))
    assert "too large" in run("expect", made, path, expect=2)
    path.write_bytes(b"")
    run("expect", made, path)
    path.write_bytes(b"\0" * 5000)
    run("expect", made, path, expect=2)
    run("expect", made, tmp_path, expect=2)
    run("expect", made, tmp_path / "none.exp", expect=2)


def test_sections(made: Path) -> None:
    lines = ("before finalise:\nallow control -> three : domain:pause\n"
             "after finalise allow control -> store : domain:pause\n"
             "with open=on:\nallow control -> one store : domain:pause\n"
             "always with open=off:\ndeny control -> one : domain:pause\n")
    said = run("expect", made, expectation(made.parent, lines))
    assert " 0 failed" in said
    said = run("expect", made, expectation(made.parent, lines + "after finalise:\nallow control -> "
                                           "one : domain:pause"), expect=1)
    assert "lines.exp:9: allow control -> one : domain:pause" in said


def test_two_domains_with_one_label_are_others(tmp_path: Path) -> None:
    system = make_system(tmp_path, "guest_domain(one)\n", {"one": "none"})
    line = "deny each guest_type -> each other guest_type : mmu:physmap"
    check(system, line)
    text = system.read_text()
    node = re.search(r"( one \{.*?\n            \};)", text, re.DOTALL)
    assert node
    system.write_text(text.replace(node[1], node[1] + node[1].replace(" one {", " twin {", 1)))
    said = check(system, line, expect=1)
    assert "one (one_t) may do mmu:physmap to twin (one_t)" in said


def test_a_role_that_the_policy_refuses_is_said(tmp_path: Path) -> None:
    system = make_system(tmp_path, "guest_domain(one)\n", {"one": "control"})
    said = check(system, "deny one -> any : domain:pause", expect=1)
    assert "the policy does not give it the role control, which the LCM asks for" in said


def test_json(made: Path) -> None:
    lines = expectation(made.parent, "deny one -> self : hvm:setparam\nallow one -> self : hvm:setparam")
    said = json.loads(run("expect", made, lines, "--json", expect=1))
    assert said["failed"] == 1
    first, second = said["results"][:2]
    assert (first["line"], first["failed"], second["failed"]) == (1, 1, 0)
    [failure] = first["failures"]
    assert failure["subject"] == "one (one_t)" and failure["right"] == "hvm:setparam"
    assert failure["reasons"][0]["kind"] == "rule"
    assert failure["reasons"][0]["place"].endswith("policy/systems/made/system.te:5")


def test_usage(made: Path) -> None:
    lines = expectation(made.parent, "deny one -> two : domain:pause")
    assert "say which system" in run("expect", expect=2)
    assert "no expectation on line 7" in run("expect", made, lines, "--line", 7, expect=2)
    assert "--line takes" in run("expect", made, lines, "--line", "x", expect=2)
    assert "1 lines" in run("expect", made, lines, "--line", "lines.exp:1")
    others = (ROOT / "policy/separation.exp").read_text().splitlines()
    number = others.index(next(line for line in others if line.startswith("always deny"))) + 1
    assert ": 1 lines" in run("expect", made, lines, "--line", f"separation.exp:{number}")
    lines = expectation(made.parent, "with open=off deny control -> one : domain:pause")
    run("expect", made, lines, "--booleans", "open=off")
    said = run("expect", made, lines, "--booleans", "open=on", expect=2)
    assert "lines.exp:1:6: --booleans says otherwise of open" in said
    run("expect", made, expectation(made.parent, "deny control -> one : domain:pause"), "--booleans",
        "open=off")
    said = run("expect", made, "--root", ROOT, expect=2)
    assert "has no expectations: expected policy/systems/NAME/system.exp" in said
    assert "separation.exp: No such file" in run("expect", made, lines, "--root", made.parent / "x",
                                                 expect=2)


XEN_STYLE = [
    # By the label of its transition to itself, and by operations in place of classes that Xen lacks.
    ("allow domu -> self : mmu:physmap", 0),
    ("deny domu -> self : grant:map_read", 0),
    ("deny domU_t -> domU_t : grant:map_read", 0),
    ("allow domu -> self : vcpu_timer vcpu_register_area evtchn_bind_virq bw_vcpu:timer", 0),
    ("deny domu -> dom0 : vcpu_timer bw_vcpu:timer key=flask", 0),
    ("allow domu -> dom0 : vcpu_timer", 1),
    ("deny any -> any : bw_audit:* bw_coverage:* bw_launch:finalise", 0),
    ("allow dom0 -> domu : hypfs_config bw_module:read", 0),
    ("before finalise allow xenboot -> domu : bw_role:control role_control", 0),
    ("before finalise deny domu -> dom0 : bw_role:control role_control", 0),
]


@pytest.mark.parametrize("line, status", XEN_STYLE)
def test_policies_for_xen(tmp_path: Path, line: str, status: int) -> None:
    run("expect", "xen-style", expectation(tmp_path, line), "--line", 1, expect=status)


def test_what_the_other_keys_deny_is_recorded(changed) -> None:  # type: ignore[no-untyped-def]
    system = changed("policy_writer(one_t)\n")
    for right in ("flask_load", "security:load_policy"):
        check(system, f"deny one -> security : {right} key=role audit")
        said = check(system, f"deny one -> security : {right} key=role silent", expect=1)
        assert "but there is a record of it" in said


def test_another_policy(made: Path, tmp_path: Path) -> None:
    other = make_system(tmp_path, POLICY + "allow one_t two_t:mmu physmap;\n", DOMAINS)
    lines = expectation(made.parent, "deny one -> two : mmu:*")
    run("expect", made, lines)
    said = run("expect", made, lines, "--policy", other.with_suffix(".30"), expect=1)
    assert "policy/systems/made/system.te" in said
    said = run("expect", other.with_suffix(".30"), expectation(
        tmp_path, "deny one_t -> two_t : mmu:*"), "--line", 1, expect=1)
    assert "one_t may do mmu:physmap to two_t" in said


def test_try(made: Path) -> None:
    said = run("try", made, "one hvm:setparam self")
    assert said.startswith("allowed: one (one_t) to itself, hvm:setparam\n")
    assert "rule " in said
    said = run("try", "two-guests", "guest-a event:bind guest-b", expect=1)
    assert said.startswith("denied: guest-a (guest_a_t) to guest-b (guest_b_t), event:bind: denied by "
                           "the policy (key=flask)\n")
    assert "missing rule       allow guest_a_channel_t guest_b_t:event bind;" in said
    run("try", made, "control domain:pause three", expect=1)
    run("try", made, "control domain:pause three", "--before-finalise")
    run("try", made, "control domain:pause one", expect=1)
    run("try", made, "control domain:pause one", "--booleans", "open=on")
    said = json.loads(run("try", made, "one flask_load security", "--json", expect=1))
    assert said["results"][0]["failures"][0]["allowed"] is False
    assert "expected 'SOURCE" in run("try", made, "one two", expect=2)
    assert "expected 'SOURCE" in run("try", made, "one domain:pause two three", expect=2)
    assert "expected 'SOURCE" in run("try", made, "one domain:pause two\nallow", expect=2)
    assert "nosuch is no domain" in run("try", made, "one domain:pause nosuch", expect=2)
    assert "question:1:" in run("try", made, "one domain:pau two", expect=2)


def words_of(vocabulary: Path) -> set[tuple[str, str]]:
    text = re.sub(r"#.*", "", (vocabulary / "access_vectors").read_text())
    return {(name, word) for name, words in re.findall(r"class (\w+)\s*\{(.*?)\}", text, re.DOTALL)
            for word in words.split()}


def test_every_permission_has_its_way() -> None:
    """flow.def has each permission of the vocabulary once, and no other."""
    rows = re.findall(r"^FLOW\((\w+), (\w+), (\w+), (\w+)\)",
                      (ROOT / "tools/bailiwick/flow.def").read_text(), re.MULTILINE)
    listed = [(name, word) for name, word, _, _ in rows]
    assert len(listed) == len(set(listed))
    assert set(listed) == words_of(ROOT / "policy/vocabulary")
    assert words_of(ROOT / "policy/systems/xen-style/vocabulary") <= set(listed)
