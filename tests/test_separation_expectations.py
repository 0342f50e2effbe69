# SPDX-License-Identifier: BSD-2-Clause
"""Each line of policy/separation.exp is seen to fail, on a system with every role in a domain of its own."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from expectations import ROOT, expectation, make_system, run

LINES = [line.strip() for line in (ROOT / "policy/separation.exp").read_text().splitlines()
         if line.strip() and not line.startswith("#")]

ROLES = {"control": "control", "hardware": "hardware", "console": "console", "store": "xenstore",
         "waiting": "crash", "boot": "boot", "one": "none", "two": "none"}
POLICY = "".join(f"any_domain({name})\nallow xenboot_t {name}_t:bw_role {role};\n"
                 for name, role in ROLES.items() if role not in ("none", "boot")) + """
bool launch_finalised false;
boot_domain(boot)
boot_reads(boot, kernel_t)
boot_completes(boot, { one_t two_t })
boot_starts(boot, one_t)
guest_domain(one)
guest_domain(two)
allow waiting_t xen_t:bw_launch read_failure;
"""

# What breaks a line, by how that begins; and who is said to do what.
BREAKS = [
    ("allow one_t two_t:mmu physmap;", "always deny role(none) -> each other role(none)",
     "one (one_t) may do mmu:physmap to two (two_t)"),
    ("allow one_t control_t:domain getaffinity;", "always deny role(none) -> each other role(none)",
     "one (one_t) may do domain:getaffinity to control (control_t)"),
    ("allow one_t xen_t:xen physinfo;", "always deny role(none) -> xen", "one (one_t) may do xen:physinfo"),
    ("audit_reader(one_t, domain_type)", "always deny role(none) -> any",
     "one (one_t) may do bw_audit:see to control (control_t) before and after the launch"),
    ("allow control_t one_t:mmu map_read;", "deny role(any) -> each other guest_type?",
     "control (control_t) is allowed by the policy to do mmu:map_read to one (one_t), though it is denied"),
    ("allow store_t waiting_t:mmu map_write;", "deny role(any) but role(control)",
     "store (store_t) is allowed by the policy to do mmu:map_write to waiting (waiting_t)"),
    ("allow control_t console_t:mmu adjust;", "deny role(control) but",
     "control (control_t) may do mmu:adjust to console (console_t)"),
    ("allow domu_t one_t:domain destroy;", "only xenboot role(control) -> any : domain:create",
     "domu_t may do domain:destroy to one (one_t)"),
    ("if (!launch_finalised) { allow console_t one_t:domain unpause; }",
     "before finalise only xenboot role(boot) role(control)",
     "console (console_t) is allowed by the policy to do domain:unpause to one (one_t) before"),
    ("allow hardware_t one_t:domain pause;", "always deny role(console) role(xenstore)",
     "hardware (hardware_t) may do domain:pause to one (one_t)"),
    ("allow control_t one_t:bw_role console;", "always only xenboot -> any : bw_role?:*",
     "control (control_t) may do bw_role:console to one (one_t)"),
    ("allow boot_t one_t:bw_role console;", "always only xenboot role(control) -> any : bw_role:*",
     "boot (boot_t) may do bw_role:console to one (one_t)"),
    ("allow control_t xen_t:bw_launch finalise;", "before finalise only role(boot) -> any : bw_launch",
     "control (control_t) is allowed by the policy to do bw_launch:finalise to xen_t"),
    ("allow dm_t kernel_t:bw_module read;", "before finalise only role(boot) -> any : module_stat",
     "dm_t may do module_read to kernel_t"),
    ("allow dm_t xen_t:bw_launch read_failure;", "always only role(crash)", "dm_t may do failure_read to xen_t"),
    ("policy_writer(dm_t)", "always only role(control) -> security", "dm_t may do flask_load to security_t"),
    ("allow hardware_t one_t:domain2 relabelto;", "always only role(control) -> any : domain2",
     "hardware (hardware_t) may do domain2:relabelto to one (one_t)"),
    ("allow control_t unlabeled_t:domain destroy;", "always deny any -> unlabeled",
     "control (control_t) may do domain:destroy to unlabeled_t"),
]

# No policy breaks these: it is the row of xsm/hooks.def that ends with the launch.
OF_ROWS = {"deny xenboot -> any : domain_create": "xenboot_t may do domain_create to one (one_t)",
           "deny any -> xen : launch_info": "boot (boot_t) may do launch_info to xen_t",
           "deny any -> any : module_stat": "boot (boot_t) may do",
           "deny any -> any : staged_set_param": "boot (boot_t) may do"}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_system(tmp_path_factory.mktemp("roles"), POLICY, ROLES)


def test_all_are_met_and_all_are_broken_here(made: Path) -> None:
    said = run("expect", made, expectation(made.parent, ""))
    assert re.search(rf": {len(LINES)} lines, \d+ checks, 0 failed$", said.strip()), said
    starts = [start for _, start, _ in BREAKS] + list(OF_ROWS)
    for line in LINES:
        assert [start for start in starts if line.startswith(start)], line
    for start in starts:
        assert len([line for line in LINES if line.startswith(start)]) == 1, start


@pytest.mark.parametrize("rules, start, wanted", BREAKS)
def test_it_fails(tmp_path: Path, rules: str, start: str, wanted: str) -> None:
    system = make_system(tmp_path, POLICY + rules + "\n", ROLES)
    said = run("expect", system, expectation(tmp_path, ""), expect=1)
    [block] = [block for block in re.split(r"(?m)^(?=policy/separation\.exp:)", said)
               if re.match(r"policy/separation\.exp:\d+: " + re.escape(start), block)]
    assert f"  fails: {wanted}" in block, block
    place = f"policy/systems/made/system.te:{POLICY.count(chr(10)) + 1}"
    assert f"at {tmp_path}/{place}" in block, block


@pytest.mark.parametrize("start", OF_ROWS)
def test_until_the_launch_is_over_it_fails(made: Path, start: str) -> None:
    [line] = [line for line in LINES if line.startswith(start)]
    lines = expectation(made.parent, line + "\nbefore finalise " + line)
    run("expect", made, lines, "--line", 1)
    assert OF_ROWS[start] in run("expect", made, lines, "--line", 2, expect=1)


def test_nobody_overrides_them(tmp_path: Path) -> None:
    """Whatever files are named, and whatever stands in them."""
    system = make_system(tmp_path, POLICY + "allow one_t two_t:mmu physmap;\n", ROLES)
    own = expectation(tmp_path, "always allow one -> two : mmu:physmap")
    assert "policy/separation.exp:" in run("expect", system, own, expect=1)


BOOT = [
    # A line about the boot domain, and whether it is met.
    ("before finalise allow boot -> one : staged_write domain:unpause", 0),
    ("before finalise deny boot -> one : mmu:map_write", 1),
    ("deny boot -> one : staged_write staged_unpause key=phase", 0),
    # Its label goes on being allowed this, but nobody has it any more.
    ("deny boot -> one : mmu:map_write domain:unpause", 0),
    ("deny boot_t -> any : *", 0),
    ("allow boot -> one : domain:unpause", 1),
    ("allow boot -> self : hvm:setparam", 1),
    ("deny boot -> one : domain:unpause key=flask", 1),
    ("before finalise never flow one -> two", 1),
    ("before finalise never flow one -> two trusting boot", 0),
    ("never flow one -> two", 0),
    # Who has the role says whom the line is about; and what the caller's own role is worth.
    ("before finalise deny control -> one : staged_write key=flask key=role", 0),
    ("before finalise only boot -> any : bw_launch:finalise", 0),
    ("deny role(any) -> any : launch_info", 2),
]


@pytest.mark.parametrize("line, status", BOOT)
def test_the_boot_domain_ends_with_the_launch(made: Path, line: str, status: int) -> None:
    run("expect", made, expectation(made.parent, line), "--line", 1, expect=status)
