# SPDX-License-Identifier: BSD-2-Clause
"""vCPUs go up and down among storms of events, for long; nothing is lost, no page either."""

from __future__ import annotations

import re
import struct
from collections import Counter
from pathlib import Path

import pytest

from bench import PROBE_PATIENCE, Bench, Domain, must_see
from debugger import Debugger, offsets, symbols
from machine import Console, configured

CPUS = 4
MEMORY = 192  # MiB
VCPUS = 3
OWNER_FREE, OWNER_HYPERVISOR = 0xfffe, 0xfffd
# union frame of hv/machine/memory.c: the head of a free block, or an owner.
FRAME = struct.Struct("<Q")
IS_HEAD, IS_STALE, OWNER_SHIFT, OWNER_MASK = 1, 2, 2, 0xffff

LONG = [pytest.param(600, marks=pytest.mark.long)]
# QEMU loses a CPU at times when each has a thread of its own (docs/caveats.md).
WAYS = [pytest.param(False, id="threads", marks=pytest.mark.long), pytest.param(True, id="turns")]


def storm(name: str, label: str, milliseconds: int, vcpus: int = VCPUS, **more: object) -> Domain:
    """Storms until then; afterwards each vCPU can still be started, and works."""
    others = range(1, vcpus)
    script = (
        "".join(f"expect 0 vcpu_boot {vcpu}\n" for vcpu in others) +
        "say begins\nsleep 1000\n" +
        "".join(f"vcpu_work {vcpu} storm {vcpus}\n" for vcpu in others) +
        f"work_until {milliseconds} storm {vcpus}\n" +
        "".join(f"vcpu_work {vcpu} nothing\n" for vcpu in others) +
        "sleep 100\n" +
        "".join(f"expect 0 vcpu_boot {vcpu}\nvcpu_work {vcpu} spin\n" for vcpu in others) +
        "sleep 200\n" +
        "".join(f"vcpu_done {vcpu}\n" for vcpu in others))
    return Domain(name, script, label, cpus=vcpus, **more)


def number(debugger: Debugger, address: int, size: int = 8) -> int:
    return int.from_bytes(debugger.read_hypervisor(address, size), "little")


def nested_tables(debugger: Debugger) -> int:
    """How many pages of nested page tables all domains have: they grow by what is mapped."""
    slots = [number(debugger, symbols()["slots"] + 8 * i) for i in range(configured("MAX_DOMAINS"))]
    return sum(number(debugger, slot + offsets()["domain.table_frames"]) for slot in slots if slot)


def owner_of(frame: int) -> int:
    return OWNER_FREE if frame & IS_HEAD else frame >> OWNER_SHIFT & OWNER_MASK


def pages(socket: Path) -> Counter[int]:
    """How many pages each owner has, by the table of frames, without nested page tables."""
    place = symbols()
    with Debugger(socket) as debugger:
        nr_free = number(debugger, place["nr_free"])
        tables = nested_tables(debugger)
        data = debugger.read_hypervisor(number(debugger, place["frames"]),
                                        number(debugger, place["nr_frames"]) * FRAME.size)
        debugger.go_on()
    frames = [frame for frame, in FRAME.iter_unpack(data)]
    owned = Counter(owner_of(frame) for frame in frames)
    assert owned[OWNER_FREE] == nr_free
    assert not [frame for frame in frames
                if owner_of(frame) == OWNER_FREE and not frame & IS_HEAD and frame & IS_STALE]
    owned[OWNER_HYPERVISOR] -= tables
    owned[OWNER_FREE] += tables
    return owned


def must_have_worked(console: Console, domain: Domain) -> None:
    said = console.said_by(domain.name)
    assert said[-1].endswith(" 0 failed"), said
    done = [int(match[1]) for line in said if (match := re.match(r"vcpu_done .*= (\d+)", line))]
    assert len(done) == domain.cpus - 1 and all(done), said


def run(bench: Bench, socket: Path, seconds: int, **options: object) -> None:
    until = seconds * 1000
    domains = [storm("shared-a", "guest_a_t", until), storm("shared-b", "guest_b_t", until),
               storm("owner", "guest_a_t", until, 2, properties='scheduling = "dedicated";')]
    folder = bench.build(*domains, Domain("keeper", "stay", "guest_b_t"), cpus=CPUS)
    console = bench.boot(folder, cpus=CPUS, memory=MEMORY, debugger=socket, **options)
    for domain in domains:
        must_see(console, domain.name, "begins")
    before = pages(socket)
    for domain in domains:
        must_see(console, "bailiwick", f"domain {domain.name}: shutdown: poweroff",
                 seconds * 3 + PROBE_PATIENCE)
        must_have_worked(console, domain)
    assert pages(socket) == before
    assert not [line for line in console.said_by("bailiwick") if line.startswith("stopped:")]


@pytest.mark.parametrize("seconds", [25, *LONG])
@pytest.mark.parametrize("one_thread", WAYS)
def test_storms(bench: Bench, tmp_path: Path, one_thread: bool, seconds: int) -> None:
    run(bench, tmp_path / "gdb", seconds, one_thread=one_thread)
