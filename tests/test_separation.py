# SPDX-License-Identifier: BSD-2-Clause
"""Rules that break what the roles or a system promise don't compile, and the message names the promise."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from machine import ROOT

TIMEOUT = 60
EVERYBODYS = "policy/modules/separation.te"

# A name, a rule, and the file of the promise that it breaks. dynamic-full has every role in a domain of
# its own, so that each promise of EVERYBODYS can be broken there.
BROKEN = [
    ("control_devices", "allow control_t device_t:resource use;", EVERYBODYS),
    ("control_ports", "allow control_t ioport_t:resource use;", EVERYBODYS),
    ("control_clock", "allow control_t xen_t:xen settime;", EVERYBODYS),
    ("control_input", "allow control_t xen_t:xen readconsole;", EVERYBODYS),
    ("control_guest_memory", "allow control_t guest_a_t:mmu map_read;", EVERYBODYS),
    ("control_built_memory", "allow control_t guest_t:mmu map_write;", EVERYBODYS),
    ("control_xenstore_memory", "allow control_t xenstore_t:mmu map_read;", EVERYBODYS),
    ("control_xenstore_grant", "allow control_t xenstore_t:grant map_read;", EVERYBODYS),
    ("control_console_grant", "allow control_t console_t:grant copy;", EVERYBODYS),
    ("control_policy", "allow control_t security_t:security load_policy;", EVERYBODYS),
    ("control_seal", "allow control_t security_t:bw_policy seal;", EVERYBODYS),
    ("control_audit", "allow control_t xen_t:bw_audit read;", EVERYBODYS),
    ("control_unlabeled", "allow control_t unlabeled_t:domain destroy;", EVERYBODYS),
    ("control_role", "allow control_t guest_t:bw_role hardware;", EVERYBODYS),
    ("control_launch", "allow control_t xen_t:bw_launch finalise;", EVERYBODYS),
    ("control_failure", "allow control_t xen_t:bw_launch read_failure;", EVERYBODYS),
    ("hardware_create", "allow hardware_t guest_t:domain create;", EVERYBODYS),
    ("hardware_pause", "allow hardware_t guest_a_t:domain pause;", EVERYBODYS),
    ("hardware_unpause", "allow hardware_t guest_a_t:domain unpause;", EVERYBODYS),
    ("hardware_see", "allow hardware_t guest_a_t:domain getdomaininfo;", EVERYBODYS),
    ("hardware_state", "allow hardware_t guest_a_t:domain2 get_domain_state;", EVERYBODYS),
    ("hardware_relabel", "allow hardware_t guest_a_t:domain2 relabelfrom;", EVERYBODYS),
    ("hardware_memory", "allow hardware_t guest_a_t:mmu map_write;", EVERYBODYS),
    ("hardware_without_iommu", "allow hardware_t device_t:resource use_noiommu;", EVERYBODYS),
    ("hardware_policy", "allow hardware_t security_t:security setbool;", EVERYBODYS),
    ("console_memory", "allow console_t guest_a_t:mmu map_read;", EVERYBODYS),
    ("console_control", "allow console_t guest_a_t:domain shutdown;", EVERYBODYS),
    ("console_devices", "allow console_t irq_t:resource use;", EVERYBODYS),
    ("xenstore_pause", "allow xenstore_t guest_a_t:domain pause;", EVERYBODYS),
    ("xenstore_create", "allow xenstore_t guest_t:domain create;", EVERYBODYS),
    ("xenstore_memory", "allow xenstore_t guest_a_t:mmu map_write;", EVERYBODYS),
    ("xenstore_built_memory", "allow xenstore_t guest_building_t:mmu map_read;", EVERYBODYS),
    ("xenstore_remap", "allow xenstore_t guest_a_t:mmu remote_remap;", EVERYBODYS),
    ("crash_control", "allow crash_t guest_a_t:domain destroy;", EVERYBODYS),
    ("crash_memory", "allow crash_t guest_a_t:mmu map_read;", EVERYBODYS),
    ("boot_pause", "allow boot_t guest_a_t:domain pause;", EVERYBODYS),
    ("boot_devices", "allow boot_t device_t:resource use;", EVERYBODYS),
    ("boot_relabel", "allow boot_t guest_a_t:domain2 relabelfrom;", EVERYBODYS),
    ("boot_module", "allow boot_t guest_a_t:bw_module read;", EVERYBODYS),
    ("boot_kernel", "allow boot_t ramdisk_t:bw_module execute;", EVERYBODYS),
    ("guest_itself", "allow guest_a_t self:domain pause;", EVERYBODYS),
    ("guest_control", "allow guest_a_t guest_b_t:domain pause;", EVERYBODYS),
    ("guest_devices", "allow guest_a_t device_t:resource use;", EVERYBODYS),
    ("guest_memory", "allow guest_a_t guest_b_t:mmu map_read;", "policy/systems/dynamic-full/system.te"),
    ("guest_machine", "allow guest_a_t xen_t:xen physinfo;", EVERYBODYS),
    ("two_roles", "allow xenboot_t control_t:bw_role hardware;", "policy/systems/dynamic-full/system.te"),
    ("two_functions", "console_domain(xenstore)", "policy/systems/dynamic-full/system.te"),
    ("a_writer", "policy_writer(control_t)", "policy/systems/dynamic-full/system.te"),
]
STATIC = [
    ("a_control_domain", "control_domain(hardware)"),
    ("a_role_alone", "allow xenboot_t guest_a_t:bw_role control;"),
    ("create", "type more_t, domain_type;\nallow more_t guest_a_t:domain create;"),
    ("pause", "type more_t, domain_type;\nallow more_t guest_a_t:domain pause;"),
    ("unpause", "type more_t, domain_type;\nallow more_t guest_a_t:domain unpause;"),
    ("a_writer", "policy_writer(hardware_t)"),
]


def compile_with(folder: Path, system: str, rules: str) -> str:
    """What the compiler complains of; nothing if it takes the rules."""
    local = folder / "local.te"
    local.write_text(rules + "\n")
    done = subprocess.run(["policy/build", system, folder / "policy.30", local], cwd=ROOT, text=True,
                          timeout=TIMEOUT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert (done.returncode == 0) == (done.stdout == ""), done.stdout
    return done.stdout


def test_without_them_it_compiles(tmp_path: Path) -> None:
    for system in ("dynamic-full", "dynamic-hardware", "static-basic", "static-standard"):
        assert compile_with(tmp_path, system, "# Nothing.") == ""


@pytest.mark.parametrize("rule, where", [broken[1:] for broken in BROKEN], ids=[broken[0] for broken in BROKEN])
def test_what_roles_do_not_do(tmp_path: Path, rule: str, where: str) -> None:
    said = compile_with(tmp_path, "dynamic-full", rule)
    assert "neverallow" in said and where in said, said


@pytest.mark.parametrize("rules", [rules for _, rules in STATIC], ids=[name for name, _ in STATIC])
def test_a_static_system_stays_as_it_is(tmp_path: Path, rules: str) -> None:
    said = compile_with(tmp_path, "static-basic", rules)
    assert "neverallow" in said and "policy/systems/static-basic/system.te" in said, said


@pytest.mark.parametrize("system", ["dynamic-hardware", "dynamic-flexible"])
@pytest.mark.parametrize("rule", ["hardware_domain(control)", "control_domain(hardware)"])
def test_control_and_devices_are_apart(tmp_path: Path, system: str, rule: str) -> None:
    said = compile_with(tmp_path, system, rule)
    assert "neverallow" in said and f"policy/systems/{system}/system.te" in said, said


def test_control_has_no_say_in_the_policy(tmp_path: Path) -> None:
    """Also where the system doesn't promise it."""
    said = compile_with(tmp_path, "dynamic-hardware", "allow control_t security_t:security setbool;")
    assert "neverallow" in said and EVERYBODYS in said, said


def test_who_is_made_for_two_may_do_both(tmp_path: Path) -> None:
    """In a system that doesn't promise otherwise, words of several roles go together."""
    rules = "any_domain(other)\nconsole_domain(other)\nhardware_domain(other)\npolicy_writer(dom0_t)"
    assert compile_with(tmp_path, "classic-basic-cloud", rules) == ""


def test_others_may_be_made_for_less_than_a_role(tmp_path: Path) -> None:
    """Roles finer than ours need none of our words: a watchdog that may only pause."""
    rules = "any_domain(watchdog)\nallow watchdog_t guest_a_t:domain { getdomaininfo pause };"
    assert compile_with(tmp_path, "dynamic-full", rules) == ""
