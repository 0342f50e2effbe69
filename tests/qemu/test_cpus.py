# SPDX-License-Identifier: BSD-2-Clause
"""All CPUs of the machine are found and started, and what becomes of one that can't be."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench import Bench, guest_a, guest_b, must_see
from debugger import (DIRECT_MAP, PAGE_SIZE, RIP, RSP, STACKS_BASE, Debugger, mapping_of, mappings,
                      offsets, symbols)
from machine import Console, configured

CPUS = 4

# struct firmware_cpus: how many are listed, how many kept, and their APIC IDs.
APIC_IDS = 8
# The slot in the page where CPUs begin.
SLOT = 0xf00


def launched(console: Console) -> None:
    for name in ("guest-a", "guest-b"):
        must_see(console, name, "alive")
    must_see(console, "bailiwick", "all domains have stopped")


@pytest.mark.parametrize("cpus, options", [
    (1, {}), (2, {}), (4, {}), (4, {"cpu": "max"}),
    pytest.param(4, {"one_thread": False}, marks=pytest.mark.long),
    (2, {"icount": True}), (7, {"cpu": "EPYC-Milan"})],
    ids=lambda value: "-".join(map(str, value.items())) if isinstance(value, dict) else str(value))
def test_all_are_started(bench: Bench, cpus: int, options: dict[str, object]) -> None:
    console = bench.boot(bench.build(guest_a("say alive"), guest_b("say alive")), cpus=cpus,
                         **options)
    launched(console)
    said = console.said_by("bailiwick")
    assert [line for line in said if "CPU" in line][0] == f"    CPUs: {cpus} found, {cpus} started"
    assert not [line for line in said if "not used" in line]


@pytest.fixture
def stopped(bench: Bench, tmp_path: Path) -> Iterator[tuple[Console, Debugger]]:
    """The boot CPU is about to look for the others."""
    folder = bench.build(guest_a("say alive"), guest_b("say alive"))
    # Each takes its kick while the first one goes on, which needs a thread for each.
    console = bench.boot(folder, cpus=CPUS, cpu="max", stopped=True, one_thread=False,
                         debugger=tmp_path / "gdb")
    with Debugger(tmp_path / "gdb") as debugger:
        debugger.continue_to("cpus_start")
        yield console, debugger


def number_at(debugger: Debugger, address: int) -> int:
    return struct.unpack("<Q", debugger.read(address, 8))[0]


def pages_of_stacks() -> Iterator[tuple[int, bool]]:
    """Each page of the other CPUs' stacks, and whether it is to be a guard page."""
    pages = configured("HYPERVISOR_STACK_PAGES")
    layout = [False, *[True] * pages, False, True, False, True, False, True]
    at = STACKS_BASE
    for _ in range(CPUS - 1):
        for mapped in layout:
            yield at, not mapped
            at += PAGE_SIZE
    yield at, True


def test_stacks_have_guard_pages(stopped: tuple[Console, Debugger]) -> None:
    stopped[1].continue_to("launch")
    page = mapping_of(stopped[1])
    frames = set()
    for address, guard in pages_of_stacks():
        if guard:
            assert page(address) is None, hex(address)
        else:
            _, physical, writable, executable, user = page(address)
            assert writable and not executable and not user
            frames.add(physical)
    assert len(frames) == (CPUS - 1) * (configured("HYPERVISOR_STACK_PAGES") + 3)


def test_no_page_is_writable_and_executable(stopped: tuple[Console, Debugger]) -> None:
    """The page where CPUs begin is data for all that have begun."""
    debugger = stopped[1]
    debugger.continue_to("launch")
    for address, _, writable, executable, user in mappings(debugger):
        assert not (writable and executable) and not user, hex(address)
        assert address >= DIRECT_MAP
    begin = number_at(debugger, symbols()["page"])
    assert 0 < begin < 0xa0000
    assert mapping_of(debugger)(DIRECT_MAP + begin)[2:4] == (True, False)


def registers(debugger: Debugger, name: str) -> list[int]:
    """A register of each CPU."""
    found = re.findall(rf"\b{name} *=([0-9a-f]+)", debugger.monitor("info registers -a"))
    assert len(found) == CPUS
    return [int(value, 16) for value in found]


@pytest.mark.parametrize("name", ["CR0", "CR3", "CR4", "EFER"])
def test_control_registers_are_the_same(stopped: tuple[Console, Debugger], name: str) -> None:
    stopped[1].continue_to("launch")
    assert len(set(registers(stopped[1], name))) == 1


def kicks_of(debugger: Debugger, cpus: list[int]) -> list[int]:
    return [number_at(debugger, cpu + offsets()["cpu.kicks"]) for cpu in cpus]


def wait_for_kicks(debugger: Debugger, cpus: list[int]) -> None:
    """The boot CPU doesn't wait until the last one takes its kick: go on with it, line by line of the launch."""
    for _ in range(5):
        if 0 not in kicks_of(debugger, cpus)[1:]:
            return
        debugger.continue_to("hv_log")


def test_each_has_a_canary_of_its_own_and_was_kicked(stopped: tuple[Console, Debugger]) -> None:
    debugger = stopped[1]
    debugger.continue_to("launch")
    cpus = [number_at(debugger, symbols()["cpus"] + 8 * i) for i in range(CPUS)]
    assert cpus[0] == symbols()["boot_cpu"]
    canaries = {number_at(debugger, cpu + offsets()["cpu.canary"]) for cpu in cpus}
    assert len(canaries) == CPUS and all(canary and canary % 256 == 0 for canary in canaries)
    for number, cpu in enumerate(cpus):
        assert number_at(debugger, cpu) == cpu, "its own address, for FS:0"
        assert debugger.read(cpu + offsets()["cpu.number"], 4) == struct.pack("<I", number)
        assert debugger.read(cpu + offsets()["cpu.online"], 1) == b"\1"
    wait_for_kicks(debugger, cpus)
    assert kicks_of(debugger, cpus) == [0, 1, 1, 1]



def test_cpu_that_does_not_answer(stopped: tuple[Console, Debugger]) -> None:
    """The second one is another one than the firmware says. The rest have numbers without a hole."""
    console, debugger = stopped
    debugger.write(symbols()["listed"] + APIC_IDS + 4 * 2, struct.pack("<I", 77))
    debugger.go_on()
    must_see(console, "bailiwick", "CPU with APIC ID 77 doesn't answer: not used")
    must_see(console, "bailiwick", f"CPUs: {CPUS} found, {CPUS - 1} started")
    launched(console)


def test_cpu_that_is_not_waited_for_halts(stopped: tuple[Console, Debugger]) -> None:
    """The offer is for another one when it comes: as when it comes too late."""
    console, debugger = stopped
    debugger.continue_to("lapic_send")
    begin = DIRECT_MAP + number_at(debugger, symbols()["page"])
    assert debugger.read(begin + SLOT, 8) == struct.pack("<II", 1, 1), "offered, to APIC ID 1"
    debugger.write(begin + SLOT, struct.pack("<II", 9, 1))
    debugger.continue_to("launch")
    must_see(console, "bailiwick", "CPU with APIC ID 1 doesn't answer: not used")
    state = debugger.monitor("info registers -a").split("CPU#")[2]
    assert "HLT=1" in state and re.search(r"CR0=[0-9a-f]{7}0\b", state), "in real mode"
    assert re.search(rf"CS ={(begin - DIRECT_MAP) >> 4:04x} ", state)
    debugger.go_on()
    must_see(console, "bailiwick", f"CPUs: {CPUS} found, {CPUS - 1} started")
    launched(console)


def test_panic_stops_them_all(stopped: tuple[Console, Debugger]) -> None:
    """Those that idle, too: by an NMI, and for ever."""
    debugger = stopped[1]
    debugger.continue_to("launch")
    debugger.set_register(RSP, symbols()["stacks_start"] + PAGE_SIZE + 8)
    debugger.continue_to("arch_report_end")
    states = debugger.monitor("info registers -a").split("CPU#")[2:]
    assert len(states) == CPUS - 1
    for state in states:
        rip = int(re.search(r"RIP=([0-9a-f]+)", state)[1], 16)
        assert "HLT=1" in state and not int(re.search(r"RFL=([0-9a-f]+)", state)[1], 16) & 0x200
        assert 0 <= rip - symbols()["arch_halt"] < 64


def test_a_timer_interrupt_that_gets_lost_comes_again(bench: Bench, tmp_path: Path) -> None:
    """QEMU loses one at times; then nobody takes the CPU from a guest that spins, but the next."""
    folder = bench.build(guest_a("spin"), guest_b("sleep 300\nsay awake"))
    console = bench.boot(folder, stopped=True, debugger=tmp_path / "gdb")
    with Debugger(tmp_path / "gdb") as debugger:
        debugger.continue_to("domains_all_unpaused")
        debugger.continue_to("trap")  # the timer's first
        debugger.continue_to("time_poll")
        stack = debugger.register(RSP)
        debugger.set_register(RIP, number_at(debugger, stack))  # it returns, and sets no timer
        debugger.set_register(RSP, stack + 8)
        debugger.go_on()
        must_see(console, "guest-b", "awake")
