# SPDX-License-Identifier: BSD-2-Clause
"""Microcode from the LCM: checked, and offered to each CPU. QEMU's CPUs take none."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from bench import PROBE_PATIENCE, Bench, guest_a, must_see
from machine import EXIT_REFUSED, Console

EPYC = 0x00800f12  # CPUID 1, EAX, of QEMU's CPU of this name
REVISION = 0x01000065  # what it says it has
NODE = "/chosen/hypervisor/config/microcode"


def row(signature: int, number: int) -> bytes:
    return struct.pack("<IIIHH", signature, 0, 0, number, 0)


def container(signature: int, revision: int) -> bytes:
    table = row(signature, 0x8012) + row(0, 0)
    patch = struct.pack("<IIQIIHHIQQQQ", 0x11282026, revision, 0, 0, 0, 0x8012, 0, 0, 0, 0, 0, 0)
    patch = patch.ljust(3200, b"\xcc")
    return (struct.pack("<III", 0x00414d44, 0, len(table)) + table +
            struct.pack("<II", 1, len(patch)) + patch)


def launch(bench: Bench, data: bytes, cpus: int = 1) -> Console:
    bench.folder.mkdir(parents=True, exist_ok=True)
    microcode = bench.folder / "ucode"
    microcode.write_bytes(data)
    folder = bench.build(guest_a("say begins\n"), microcode=microcode)
    return bench.boot(folder, cpus=cpus)


@pytest.mark.parametrize("data, expected", [
    (container(EPYC, 0x08001137), "revision 0x08001137 was offered, 0 of 2 CPUs took it; "
                                  f"CPU 0 has 0x{REVISION:08x} (emulators take none)"),
    (container(EPYC, REVISION), f"revision 0x{REVISION:08x}; the CPU has 0x{REVISION:08x} already"),
    (container(EPYC + 1, 0x08001137), f"it has nothing for this CPU (signature {EPYC:08x})")],
    ids=["newer", "same", "others"])
def test_microcode(bench: Bench, data: bytes, expected: str) -> None:
    console = launch(bench, data, cpus=2)
    must_see(console, "bailiwick", f" 3. microcode `ucode`: {expected}")
    must_see(console, "guest-a", "begins")


@pytest.mark.parametrize("data, why", [
    (container(EPYC, 0x08001137)[:-1], "it is shorter than it says"),
    (b"\x01" + bytes(47), "it seems to be for Intel's CPUs")], ids=["cut", "intel"])
def test_damaged_microcode_refuses_the_launch(bench: Bench, data: bytes, why: str) -> None:
    console = launch(bench, data)
    must_see(console, "bailiwick",
             f"launch refused: {NODE}: the microcode `ucode` can't be used: {why}")
    assert console.wait_end(PROBE_PATIENCE) == EXIT_REFUSED
