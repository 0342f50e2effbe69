# SPDX-License-Identifier: BSD-2-Clause
"""Inputs that must be refused, by `bailiwick check` and by the launch, with the same reason."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from bench import (HYPERVISOR_NODE, PROBE_PATIENCE, Bench, guest_a, guest_b, must_see,
                   remove_node, remove_property, run_tool, set_property)
from machine import EXIT_REFUSED

Damage = Callable[[Path], None]


def change(path: Path, edit: Callable[[bytes], bytes]) -> None:
    path.write_bytes(edit(path.read_bytes()))


def damaged_policy(edit: Callable[[bytes], bytes]) -> Damage:
    """Without its digest, so that the policy's own reader has to find the damage."""
    def damage(folder: Path) -> None:
        remove_property(folder, "/config/policy", "digest")
        change(folder / "policy", edit)
    return damage


def damaged_lcm(edit: Callable[[bytes], bytes]) -> Damage:
    return lambda folder: change(folder / "lcm.dtb", edit)


def half(data: bytes) -> bytes:
    return data[:len(data) // 2]


def flipped(offset: int) -> Callable[[bytes], bytes]:
    return lambda data: data[:offset] + bytes([data[offset] ^ 0xff]) + data[offset + 1:]


def version_99(data: bytes) -> bytes:
    """The version follows the magic (4), the length of the target's name (4), and the name."""
    at = 8 + int.from_bytes(data[4:8], "little")
    return data[:at] + (99).to_bytes(4, "little") + data[at + 4:]


def modules(folder: Path) -> list[str]:
    return (folder / "modules").read_text().splitlines()


def set_modules(folder: Path, lines: list[str]) -> None:
    (folder / "modules").write_text("".join(f"{line}\n" for line in lines))


def unknown_label(folder: Path) -> None:
    set_property(folder, "/guest-a", "security-id", "nobody_t", kind="s")


def missing_module(folder: Path) -> None:
    lost = modules(folder)[-1]
    set_modules(folder, modules(folder)[:-1])
    (folder / lost.split()[0]).unlink()


def other_order(folder: Path) -> None:
    """As a boot menu that was edited by hand would have it."""
    lcm, policy, kernel, *rest = modules(folder)
    set_modules(folder, [lcm, kernel, policy, *rest])


def doubled_module(folder: Path) -> None:
    lcm, policy, *rest = modules(folder)
    set_modules(folder, [lcm, policy, policy, *rest])


def bad_digest(folder: Path) -> None:
    change(folder / modules(folder)[-1].split()[0], flipped(0))


def same_domid(folder: Path) -> None:
    set_property(folder, "/guest-a", "domid", 5)
    set_property(folder, "/guest-b", "domid", 5)


def too_much_memory(folder: Path) -> None:
    set_property(folder, "/guest-b", "memory", 0, 0x10000000)


def paravirtualised(folder: Path) -> None:
    set_property(folder, "/guest-b", "mode", 1)


def no_policy(folder: Path) -> None:
    """Neither loaded nor asked for, but the labels are there."""
    remove_node(folder, "/config")


# (damage, what every report of it says: regular expressions)
CASES: dict[str, tuple[Damage, list[str]]] = {
    "policy-truncated": (damaged_policy(half), ["policy", "file ends|rest of the file", r"byte \d+"]),
    "policy-wrong-magic": (damaged_policy(flipped(0)), ["not a binary policy"]),
    "policy-wrong-version": (damaged_policy(version_99), ["policy", "version 99"]),
    "lcm-truncated": (damaged_lcm(half), [r"cut short: \d+ bytes of \d+"]),
    "lcm-wrong-magic": (damaged_lcm(flipped(0)), ["not a device tree|no launch control module"]),
    "unknown-label": (unknown_label, [f"{HYPERVISOR_NODE}/guest-a", "nobody_t"]),
    "missing-module": (missing_module, [f"{HYPERVISOR_NODE}/guest-b/ramdisk"]),
    "other-order": (other_order, [f"{HYPERVISOR_NODE}/config/policy", "probe.elf"]),
    "doubled-module": (doubled_module, [f"{HYPERVISOR_NODE}/guest-a/kernel", "policy"]),
    "bad-digest": (bad_digest, [f"{HYPERVISOR_NODE}/guest-b/ramdisk", "digest"]),
    "domid-twice": (same_domid, [f"{HYPERVISOR_NODE}/guest-b", "domid 5"]),
    "too-much-memory": (too_much_memory, [f"{HYPERVISOR_NODE}/guest-b", "memory is 268435456 KiB"]),
    "mode-pv": (paravirtualised, [f"{HYPERVISOR_NODE}/guest-b", "PV guest"]),
    "labels-without-policy": (no_policy, ["labels,? but no (policy|xsm-policy)"]),
}


def build_damaged(bench: Bench, damage: Damage) -> Path:
    folder = bench.build(guest_a("say never"), guest_b("say never"))
    damage(folder)
    return folder


def must_say(output: str, patterns: list[str]) -> None:
    for pattern in patterns:
        assert re.search(pattern, output), f"nothing about {pattern!r} in:\n{output}"


@pytest.mark.parametrize("case", CASES)
def test_check_refuses(bench: Bench, case: str) -> None:
    damage, patterns = CASES[case]
    folder = build_damaged(bench, damage)
    done = run_tool("check", folder / "lcm.dtb", "--modules", folder, "--memory", 512)
    assert done.returncode == 1, done.stdout
    must_say(done.stdout.replace(str(folder), ""), patterns)


@pytest.mark.parametrize("case", CASES)
def test_launch_refuses(bench: Bench, case: str) -> None:
    damage, patterns = CASES[case]
    console = bench.boot(build_damaged(bench, damage), memory=512)
    must_see(console, "bailiwick", "launch refused:")
    assert console.wait_end(PROBE_PATIENCE) == EXIT_REFUSED
    must_say("\n".join(console.said_by("bailiwick")), patterns)
    assert not console.said_by("guest-a") and not console.said_by("guest-b")


def test_launch_refuses_when_the_lcm_is_not_first(bench: Bench) -> None:
    folder = bench.build(guest_a("say never"), guest_b("say never"))
    first, second, *rest = modules(folder)
    set_modules(folder, [second, first, *rest])
    console = bench.boot(folder)
    must_see(console, "bailiwick", "launch refused:")
    assert console.wait_end(PROBE_PATIENCE) == EXIT_REFUSED
    assert not console.said_by("guest-a") and not console.said_by("guest-b")


def test_what_is_whole_is_accepted(bench: Bench) -> None:
    """The control: without damage neither refuses."""
    folder = bench.build(guest_a("say hello"), guest_b("say hello"))
    done = run_tool("check", folder / "lcm.dtb", "--modules", folder, "--memory", 512)
    assert done.returncode == 0, done.stdout
    console = bench.boot(folder, memory=512)
    must_see(console, "bailiwick", "all domains have stopped")
