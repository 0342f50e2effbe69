# SPDX-License-Identifier: BSD-2-Clause
"""The ten systems do what their pages say, and a rule that breaks it is caught by the line that one would look for."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from machine import BUILD, ROOT

TIMEOUT = 60
NODE = "/chosen/hypervisor"
SYSTEMS = sorted(path.parent.name for path in (ROOT / "policy/systems").glob("*/system.exp")
                 if (ROOT / f"docs/systems/{path.parent.name}.md").exists())

# A system, rules that break what its page says, and the line that catches them.
MORE = [
    ("classic-dom0", "allow guest_channel_t guest_t:event bind;\ncontrol_builds(dom0, other)\nguest_domain(other)\n"
                     "channel_between(guest, other)", "never flow each guest_type -> each other guest_type trusting dom0"),
    ("classic-extended", "boot_reads(boot, kernel_t)",
     "before finalise deny  boot -> module(boot/kernel) : module_read"),
    ("classic-basic-cloud", "any_domain(watchdog)\nallow watchdog_t guest_a_t:domain pause;",
     "only  dom0 -> guest-a guest-b : domain:pause,resume,shutdown,destroy"),
    ("classic-cloud", "channel_between(guest_a, guest_b)", "deny  guest-a -> guest-b : *"),
    ("static-basic", "any_domain(thief)\nallow thief_t guest_a_t:grant map_read;",
     "only  hardware -> guest-a guest-b : grant:map_read,map_write"),
    ("static-standard", "channel_between(boot, guest_b)", "always deny guest-b -> boot : event:bind"),
    ("static-disaggregated", "serves(hardware, guest_a)", "deny  hardware -> guest-a guest-b : *"),
    ("dynamic-hardware", "control_manages(control, hardware)",
     "deny  control -> hardware : domain:pause,resume,shutdown,destroy mmu:*"),
    ("dynamic-flexible", "audit_reader(hardware_t, domain_type)",
     "deny  any -> any : security:* bw_policy:* bw_audit:* bw_coverage:*"),
    ("dynamic-full", "control_manages(control, xenstore)",
     "deny  control -> xenstore console hardware crash : domain:* domain2:* mmu:* hvm:* grant:*"),
]
# A line of the system's policy that is missing, and what one would look for then.
LESS = [
    ("classic-dom0", "crash_domain(dom0)", "allow dom0 -> xen : failure_read"),
    ("classic-extended", "boot_prepares(boot, dom0_t)",
     "before finalise allow boot -> dom0 : staged_read staged_write staged_set_vcpu staged_unpause"),
    ("classic-basic-cloud", "control_manages(dom0, guest_b)",
     "allow dom0 -> guest-a guest-b : domain:pause,resume,shutdown,destroy"),
    ("classic-cloud", "has_console_and_store(guest_b, dom0, dom0)",
     "allow dom0 -> guest-a guest-b : grant:map_read,map_write event:bind"),
    ("static-basic", "console_domain(hardware)", "allow hardware -> xen : xen:readconsole"),
    ("static-standard", "channel_between(boot, guest_a)", "before finalise allow guest-a -> boot : event:bind"),
    ("static-disaggregated", "hardware_domain(hardware)", "allow hardware -> device : resource:use,use_iommu,setup"),
    ("dynamic-hardware", "has_console_and_store(guest, control, control)",
     "allow guest_t -> control : event:bind"),
    ("dynamic-flexible", "has_console_and_store(guest_a, control, control)",
     "allow guest-a guest-b -> control : event:bind"),
    ("dynamic-full", "control_manages(control, guest_b)",
     "allow control -> guest-a guest-b : domain:pause,resume,shutdown,destroy"),
]


def expect(system: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([BUILD / "bailiwick", "expect", system, *map(str, arguments)], cwd=ROOT, text=True,
                          timeout=TIMEOUT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def compiled(folder: Path, system: str, local: str = "", without: str = "") -> Path:
    """The system's policy with other rules in local.te, or without a line."""
    tree, policy = folder / "tree", folder / "policy.30"
    tree.mkdir()
    for part in (ROOT / "policy").iterdir():
        (tree / part.name).symlink_to(part)
    if without:
        (tree / "systems").unlink()
        own = tree / "systems" / system
        own.mkdir(parents=True)
        lines = (ROOT / f"policy/systems/{system}/system.te").read_text().splitlines(keepends=True)
        assert without + "\n" in lines
        (own / "system.te").write_text("".join(line for line in lines if line != without + "\n"))
    rules = folder / "local.te"
    rules.write_text(local + "\n")
    done = subprocess.run([tree / "build", system, policy, rules], text=True, timeout=TIMEOUT,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert done.returncode == 0, done.stdout
    return policy


def with_small_kernels(folder: Path, system: str) -> Path:
    """The system's LCM with kernels that take no time to read; no rule is about what is in them."""
    blob = folder / "lcm.dtb"
    subprocess.run(["dtc", "-q", "-I", "dts", "-O", "dtb", "-o", blob, ROOT / f"lcm/systems/{system}.dts"], check=True)
    names = subprocess.run(["fdtget", "-l", blob, NODE], check=True, text=True, stdout=subprocess.PIPE).stdout
    for name in names.split():
        if name != "config":
            subprocess.run(["fdtput", "-t", "s", blob, f"{NODE}/{name}/kernel", "source", "build/probe/probe.elf"],
                           check=True)
    return blob


def expect_with(folder: Path, system: str, policy: Path) -> subprocess.CompletedProcess[str]:
    return expect(str(with_small_kernels(folder, system)), f"policy/systems/{system}/system.exp", "--policy", policy)


def failing(said: str, system: str) -> list[str]:
    """The lines of the system's expectations that aren't met."""
    start = f"policy/systems/{system}/system.exp:"
    return [line.split(": ", 1)[1] for line in said.splitlines() if line.startswith(start)]


def test_all_ten_have_some() -> None:
    assert len(SYSTEMS) == 10
    assert {name for name, *_ in MORE} == {name for name, *_ in LESS} == set(SYSTEMS)


@pytest.mark.parametrize("system", SYSTEMS)
def test_they_are_met(system: str) -> None:
    done = expect(system)
    assert done.returncode == 0 and done.stdout.endswith(" 0 failed\n"), done.stdout


@pytest.mark.parametrize("system, rules, line", MORE, ids=[name for name, *_ in MORE])
def test_a_rule_too_many(tmp_path: Path, system: str, rules: str, line: str) -> None:
    done = expect_with(tmp_path, system, compiled(tmp_path, system, rules))
    assert done.returncode == 1 and line in failing(done.stdout, system), done.stdout


@pytest.mark.parametrize("system, rule, line", LESS, ids=[name for name, *_ in LESS])
def test_a_rule_missing(tmp_path: Path, system: str, rule: str, line: str) -> None:
    done = expect_with(tmp_path, system, compiled(tmp_path, system, without=rule))
    assert done.returncode == 1, done.stdout
    assert line in failing(done.stdout, system), done.stdout
