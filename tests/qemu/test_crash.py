# SPDX-License-Identifier: BSD-2-Clause
"""The crash path: a launch fails, and the crash domain alone is there, with the console."""

from __future__ import annotations

import errno
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from bench import (HYPERVISOR_NODE, LINUX, LINUX_PATIENCE, PROBE, PROBE_PATIENCE, Bench, Domain, build_policy,
                   denials, guest_a, must_see, remove_property, set_property)
from machine import EXIT_REFUSED, ROOT, Console
from shells import Shells
from test_microcode import EPYC, container

FUNCTION_CRASH = "functions = <2>;"
MAY_CRASH = "crash_domain(guest_b)\n"
SCRIPT = "say begins\narguments\n"
# Where the probe has nothing of its own.
TEXT = 0x800000
READ_FAILURE = f"buffer u64 {TEXT:#x} u32 200 u32 0\nhypercall 55 4 buffer\nread 8 {TEXT:#x}\n"

Damage = Callable[[Path], None]


def rescue(script: str = SCRIPT, **more: object) -> Domain:
    return Domain("rescue", script, **{"label": "guest_b_t", "properties": FUNCTION_CRASH,
                                       "bootargs": "first", **more})


def other(name: str = "other", **more: object) -> Domain:
    return Domain(name, "say begins\n", **{"label": "guest_a_t", **more})


def build(bench: Bench, *domains: Domain, local: str = MAY_CRASH, **more: object) -> Path:
    bench.folder.mkdir(parents=True, exist_ok=True)
    source = bench.folder / "local.te"
    source.write_text(local)
    policy = build_policy(bench.folder / "policy.30", source)
    return bench.build(*domains, policy=policy, **more)


def expect_rescue(console: Console, why: str) -> None:
    must_see(console, "bailiwick", f"launch refused: {why}")
    must_see(console, "bailiwick", "crash domain rescue starts, alone, with the console")
    must_see(console, "rescue", f"arguments: first bailiwick.failure=\"{why}")
    must_see(console, "bailiwick", "all domains have stopped")
    assert not console.said_by("other")
    assert not console.said_by("guest-a")


def test_it_waits_for_a_failure(bench: Bench) -> None:
    console = bench.boot(build(bench, guest_a("say begins\nsleep 1000\n"), rescue()))
    must_see(console, "bailiwick", "all domains have stopped")
    assert console.said_by("guest-a")
    assert not console.said_by("rescue")


def test_it_needs_the_policy_s_word(bench: Bench) -> None:
    folder = build(bench, other(), rescue(properties=""), local="")
    set_property(folder, "/rescue", "functions", 2)
    unknown_label(folder)
    console = bench.boot(folder)
    must_see(console, "bailiwick", "launch refused: ")
    must_see(console, "bailiwick", "domain rescue failed: /chosen/hypervisor/rescue: ")
    must_see(console, "bailiwick", "the crash domain rescue can't be started: the policy doesn't ")
    must_see(console, "bailiwick", "no domain was started. The machine waits to be reset.")
    assert console.wait_end(PROBE_PATIENCE) == EXIT_REFUSED


def test_it_has_failed_itself(bench: Bench) -> None:
    folder = build(bench, other(), rescue())
    set_property(folder, "/rescue/ramdisk", "digest", *([0] * 8))
    console = bench.boot(folder)
    must_see(console, "bailiwick", "launch refused: domain rescue is required, and failed: ")
    must_see(console, "bailiwick", "the crash domain rescue can't be started: it has failed itself")
    assert console.wait_end(PROBE_PATIENCE) == EXIT_REFUSED


def test_it_reads_why(bench: Bench) -> None:
    folder = build(bench, other(), rescue(READ_FAILURE))
    unknown_label(folder)
    console = bench.boot(folder)
    must_see(console, "rescue", "hypercall 55 4 buffer = 0")
    begins = int.from_bytes(b"domain o", "little")
    must_see(console, "rescue", f"read 8 {TEXT:#x} = {begins:#x}")


@pytest.mark.parametrize("kernel", ["vmlinuz", pytest.param("vmlinuz-amd64", marks=pytest.mark.long)])
def test_somebody_types_to_it(bench: Bench, kernel: str) -> None:
    """
    What it is for: Linux, whose shell finds out why and ends it. Also one that would be an initial domain, and take
    its input by a call that needs the role console, which it hasn't now.
    """
    properties = f"{FUNCTION_CRASH} initial-domain-hint = <1>;"
    folder = build(bench, other(), Domain("rescue", "", "guest_b_t", properties=properties,
                                          **LINUX | {"kernel": f"build/guests/{kernel}"}))
    unknown_label(folder)
    console = bench.boot(folder)
    must_see(console, "rescue", "powers the domain off", LINUX_PATIENCE)
    shell = Shells(console, ["rescue"])
    why = 'bailiwick.failure="domain other is required, and failed: '
    assert why in shell.ask("rescue", "cut -c 1-160 /proc/cmdline")
    shell.send("rescue", "poweroff -f")
    must_see(console, "bailiwick", "all domains have stopped", LINUX_PATIENCE)


def test_the_policy_may_keep_why_from_it(bench: Bench) -> None:
    local = "allow xenboot_t guest_b_t:bw_role crash;\n"
    folder = build(bench, other(), rescue(READ_FAILURE), local=local)
    unknown_label(folder)
    console = bench.boot(folder)
    must_see(console, "rescue", "hypercall 55 4 buffer = -1")
    assert denials(console, "failure_read")


def test_others_have_nothing_to_read(bench: Bench) -> None:
    """One without the role, and one with it after a launch that didn't fail."""
    console = bench.boot(build(
        bench, guest_a(READ_FAILURE),
        rescue(READ_FAILURE, properties="functions = <2>; permissions = <1>;"),
        local=MAY_CRASH + "allow xenboot_t guest_b_t:bw_role control;\n"
                          "allow guest_a_t xen_t:bw_launch read_failure;\n"))
    must_see(console, "rescue", f"hypercall 55 4 buffer = {-errno.ENOENT}")
    must_see(console, "guest-a", "hypercall 55 4 buffer = -1")
    must_see(console, "bailiwick", "role:  denied")
    assert not denials(console, "failure_read")


def test_it_has_no_other_role_and_changes_nothing(bench: Bench) -> None:
    """
    Before the failure it was given control, and the policy lets it switch enforcement off: but
    control is gone, and the policy is sealed.
    """
    bench.folder.mkdir(parents=True, exist_ok=True)
    kernel = shutil.copy(ROOT / PROBE, bench.folder / "other.elf")
    folder = build(bench, rescue("flask_setenforce 0\n",
                                 properties="functions = <2>; permissions = <1>;"),
                   other(kernel=str(kernel)),
                   local=MAY_CRASH + "allow xenboot_t guest_b_t:bw_role control;\n"
                                     "policy_writer(guest_b_t)\n")
    damage_kernel(folder)
    console = bench.boot(folder)
    assert "roles: control, crash" in must_see(console, "bailiwick", "rescue: built as domid")
    must_see(console, "rescue", "flask_setenforce 0 = -1")
    must_see(console, "bailiwick", "all domains have stopped")
    denied = [line for line in console.said_by("bailiwick") if "hook=flask_setenforce" in line]
    assert {line.partition(" ")[0] for line in denied} == {"role:", "phase:"}


def cut(path: Path, size: int) -> None:
    path.write_bytes(path.read_bytes()[:size])


def damage_kernel(folder: Path) -> None:
    """Its segments aren't in it, as only its loader notices: the domains before it are built."""
    remove_property(folder, "/other/kernel", "digest")
    cut(folder / "other.elf", 4096)


def damage_microcode(folder: Path) -> None:
    remove_property(folder, "/config/microcode", "digest")
    cut(folder / "ucode", 7)


def unknown_label(folder: Path) -> None:
    set_property(folder, "/other", "security-id", "nobody_t", kind="s")


def damage_policy(folder: Path) -> None:
    remove_property(folder, "/config/policy", "digest")
    cut(folder / "policy", 2000)


def wrong_digest(folder: Path) -> None:
    set_property(folder, "/other/ramdisk", "digest", *([0] * 8))


def unreadable(folder: Path) -> None:
    set_property(folder, "/other", "memory", 1)


def too_large(folder: Path) -> None:
    set_property(folder, "/other", "memory", 0, 1 << 30)


def forbidden_role(folder: Path) -> None:
    set_property(folder, "/other", "permissions", 1)


def boot_domain() -> Domain:
    return Domain("boot", "say begins\nlaunch_finalise\n", "boot_t", properties="functions = <1>;")


def expect_nobody(console: Console, why: str) -> None:
    must_see(console, "bailiwick", f"launch refused: {why}")
    must_see(console, "bailiwick", "no domain was started. The machine waits to be reset.")
    assert console.wait_end(PROBE_PATIENCE) == EXIT_REFUSED


@pytest.mark.parametrize("with_crash", [True, False], ids=["crash-domain", "no-crash-domain"])
@pytest.mark.parametrize("with_boot", [False, True], ids=["no-boot-domain", "boot-domain"])
@pytest.mark.parametrize("damage, why", [
    (unknown_label, f"domain other is required, and failed: {HYPERVISOR_NODE}/other: "),
    (damage_policy, f"{HYPERVISOR_NODE}/config/policy: the policy `policy` can't be used: "),
    (wrong_digest, f"domain other is required, and failed: {HYPERVISOR_NODE}/other/ramdisk: "),
    (unreadable, f"domain other is required, and failed: {HYPERVISOR_NODE}/other: "),
    (too_large, f"domain other is required, and failed: {HYPERVISOR_NODE}/other: "),
    (damage_kernel, f"domain other is required, and failed: {HYPERVISOR_NODE}/other/kernel: "),
    (damage_microcode, f"{HYPERVISOR_NODE}/config/microcode: the microcode `ucode` can't be used: "),
    (forbidden_role, f"domain other is required, and failed: {HYPERVISOR_NODE}/other: ")],
    ids=lambda value: getattr(value, "__name__", ""))
def test_bad_input(bench: Bench, damage: Damage, why: str, with_boot: bool, with_crash: bool) -> None:
    """
    The crash domain alone starts, or nobody: no boot domain either. It stands before the one that fails: where that
    is built, it was built itself.
    """
    bench.folder.mkdir(parents=True, exist_ok=True)
    kernel = shutil.copy(ROOT / PROBE, bench.folder / "other.elf")
    microcode = bench.folder / "ucode"
    microcode.write_bytes(container(EPYC, 0x08001137))
    domains = [*([boot_domain()] if with_boot else []), guest_a("say begins\n"), *([rescue()] if with_crash else []),
               other(kernel=str(kernel))]
    folder = build(bench, *domains, local=MAY_CRASH + "boot_domain(boot)\n", microcode=microcode)
    damage(folder)
    console = bench.boot(folder)
    (expect_rescue if with_crash else expect_nobody)(console, why)
    assert not console.said_by("boot") and not console.said_by("guest-a") and not console.said_by("other")


@pytest.mark.parametrize("with_crash", [True, False], ids=["crash-domain", "no-crash-domain"])
def test_nobody_is_left(bench: Bench, with_crash: bool) -> None:
    """Everybody who would start has failed, and none was required."""
    domains = [other(properties="required = <0>;"), *([rescue()] if with_crash else [])]
    folder = build(bench, *domains)
    wrong_digest(folder)
    console = bench.boot(folder)
    (expect_rescue if with_crash else expect_nobody)(console, "no domain is left to start")


def test_a_policy_that_took_another_s_place_is_not_loaded(bench: Bench) -> None:
    """It is whole, and would let the crash domain have everything; but its digest is wrong."""
    folder = build(bench, other(), rescue())
    loose = MAY_CRASH + "policy_writer(guest_b_t)\n"
    (bench.folder / "loose.te").write_text(loose)
    shutil.copy(build_policy(bench.folder / "loose.30", bench.folder / "loose.te"),
                folder / "policy")
    console = bench.boot(folder)
    expect_rescue(console, f"{HYPERVISOR_NODE}/config/policy: module 1 (policy) has the digest ")
    assert any("there is no policy to be had" in line for line in console.said_by("bailiwick"))
