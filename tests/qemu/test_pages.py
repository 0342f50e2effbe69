# SPDX-License-Identifier: BSD-2-Clause
"""The running hypervisor's own protection, seen from outside through gdb and QEMU's monitor."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bench import Bench, guest_a, guest_b, must_see
from debugger import (DIRECT_MAP, IMAGE_BASE, PAGE_SIZE, RSP, Debugger, mapping_of, mappings,
                      offsets, symbols)
from machine import Console


@pytest.fixture
def stopped(bench: Bench, tmp_path: Path) -> tuple[Console, Debugger]:
    """Two guests run; the hypervisor has been stopped where it copies for one of them."""
    folder = bench.build(guest_a("watch 20"), guest_b("watch 20"))
    console = bench.boot(folder, cpu="max", debugger=tmp_path / "gdb")
    must_see(console, "guest-a", "watch 1:")
    with Debugger(tmp_path / "gdb") as debugger:
        debugger.continue_to("gate_copy_from")
        yield console, debugger


def test_no_page_is_writable_and_executable(stopped: tuple[Console, Debugger]) -> None:
    for address, _, writable, executable, user in mappings(stopped[1]):
        assert not (writable and executable), hex(address)
        assert not user, hex(address)
        assert address >= DIRECT_MAP, "nothing below: a null pointer faults"


def test_only_text_is_executable_and_only_data_writable(
        stopped: tuple[Console, Debugger]) -> None:
    place = symbols()
    for address, physical, writable, executable, _ in mappings(stopped[1]):
        in_image = address >= IMAGE_BASE
        is_text = place["image_start"] <= address < place["text_end"]
        assert executable == is_text, hex(address)
        if in_image:
            assert physical == address - IMAGE_BASE
            assert writable == (address >= place["rodata_end"]), hex(address)
        else:
            fixed = place["image_start"] <= physical + IMAGE_BASE < place["rodata_end"]
            assert not (fixed and writable), "text isn't written to by its other name either"


def test_guard_pages_are_not_mapped(stopped: tuple[Console, Debugger]) -> None:
    place = symbols()
    page = mapping_of(stopped[1])
    for guard in ("stacks_start", "boot_stack_top", "double_fault_stack_top", "nmi_stack_top"):
        assert page(place[guard]) is None, guard
        assert page(place[guard] + PAGE_SIZE), f"the stack above {guard} is there"
    for top in ("boot_stack_top", "double_fault_stack_top", "nmi_stack_top",
                "machine_check_stack_top"):
        assert page(place[top] - PAGE_SIZE), f"the stack below {top} is there"
    assert page(place["image_end"]) is None


def test_the_cpu_enforces_it(stopped: tuple[Console, Debugger]) -> None:
    registers = stopped[1].monitor("info registers")
    cr0, cr4, efer = (int(re.search(rf"{name}=([0-9a-f]+)", registers)[1], 16)
                      for name in ("CR0", "CR4", "EFER"))
    assert cr0 & 1 << 16, "write protection holds for the hypervisor too"
    assert efer & 1 << 11, "no-execute pages"
    assert cr4 & 1 << 20 and cr4 & 1 << 21, "SMEP and SMAP"
    assert "CPL=0" in registers


def test_the_canary_is_live(stopped: tuple[Console, Debugger]) -> None:
    """Overwrite those that callers have put on their stack: they don't return any more."""
    console, debugger = stopped
    canary = debugger.read(symbols()["boot_cpu"] + offsets()["cpu.canary"], 8)
    assert canary[0] == 0 and any(canary[1:]), "random, and no string crosses its first byte"
    stack = debugger.register(RSP)
    frames = debugger.read(stack, symbols()["boot_stack_top"] - stack)
    places = [at for at in range(0, len(frames) - 7, 8) if frames[at:at + 8] == canary]
    assert len(places) >= 3, "perform(), gate_hypercall(), ... each have theirs"
    for place in places:  # old frames have left some behind
        debugger.write(stack + place, b"overflow")
    debugger.go_on()
    must_see(console, "bailiwick", "stopped: a stack canary was overwritten")


def test_a_full_stack_stops_the_machine_with_a_report(stopped: tuple[Console, Debugger]) -> None:
    """A page fault on the guard page is a double fault, which has a stack of its own."""
    console, debugger = stopped
    guard = symbols()["stacks_start"]
    # Where the guest's stack pointer isn't: the hypervisor's, just above the guard page.
    debugger.set_register(RSP, guard + PAGE_SIZE + 8)
    debugger.go_on()
    must_see(console, "bailiwick", "stopped: exception 8")
