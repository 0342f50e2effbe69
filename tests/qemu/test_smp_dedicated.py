# SPDX-License-Identifier: BSD-2-Clause
"""What one domain does on its CPUs nobody notices on a CPU that is dedicated to another."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from bench import PROBE_PATIENCE, Bench, Domain, guest_a, must_see, run_tool, set_property
from debugger import Debugger, offsets, symbols
from machine import EXIT_REFUSED, Console

DEDICATED = 'scheduling = "dedicated";'
# The last CPU is the first to be dedicated.
CPU = 1
SECONDS = 1.5

FOREVER = 1 << 40
FLOODS = ["spin", "call", "ask 1", "print", "timer 100", "yield", "ipi 0", "ipi 1", "storm 3"]


def flood(work: str) -> Domain:
    """Three vCPUs on the one CPU that is left; the console's ring besides."""
    script = "".join(f"vcpu_boot {vcpu}\nvcpu_work {vcpu} {work}\n" for vcpu in (1, 2))
    return guest_a(f"{script}say flows\nprint " + "x" * 200 + f"\nwork_until {FOREVER} {work}",
                   cpus=3)


def number_at(debugger: Debugger, address: int) -> int:
    return struct.unpack("<Q", debugger.read_hypervisor(address, 8))[0]


def counters(socket: Path) -> dict[str, tuple[int, ...]]:
    """Of each CPU: exits of guests, interrupts by other CPUs, ways into the hypervisor and out."""
    with Debugger(socket) as debugger:
        cpus = [number_at(debugger, symbols()["cpus"] + 8 * i) for i in range(CPU + 1)]
        found = {name: tuple(number_at(debugger, cpu + offsets()[f"cpu.{name}"]) for cpu in cpus)
                 for name in ("exits", "kicks", "passes")}
        debugger.go_on()
    return found


def changes(console: Console, socket: Path) -> dict[str, tuple[int, ...]]:
    """How much each has grown while the machine ran for a while."""
    before = counters(socket)
    console.wait_until(lambda: False, SECONDS)
    after = counters(socket)
    return {name: tuple(b - a for a, b in zip(before[name], after[name])) for name in before}


def must_be_alone(grown: dict[str, tuple[int, ...]]) -> None:
    assert all(values[CPU] == 0 for values in grown.values()), grown


def start(bench: Bench, socket: Path, work: str, script: str) -> Console:
    owner = Domain("owner", f"say begins\n{script}", "guest_b_t", properties=DEDICATED)
    # One thread would have little time for the other CPU beside one that spins.
    console = bench.boot(bench.build(flood(work), owner, cpus=2), cpus=2, debugger=socket,
                         one_thread=False)
    must_see(console, "guest-a", "flows")
    must_see(console, "owner", "begins")
    console.wait_until(lambda: False, 0.5)
    return console


@pytest.mark.parametrize("work", FLOODS)
def test_nothing_comes_while_it_runs(bench: Bench, tmp_path: Path, work: str) -> None:
    console = start(bench, tmp_path / "gdb", work, "spin")
    grown = changes(console, tmp_path / "gdb")
    must_be_alone(grown)
    assert grown["exits"][0] > 50, "the other CPU was busy meanwhile"


@pytest.mark.parametrize("work", ["spin", "print", "storm 3"])
def test_nothing_comes_while_it_waits(bench: Bench, tmp_path: Path, work: str) -> None:
    console = start(bench, tmp_path / "gdb", work, f"work_until {FOREVER} halt")
    grown = changes(console, tmp_path / "gdb")
    must_be_alone(grown)
    assert grown["exits"][0] > 50


def test_what_comes_is_its_own(bench: Bench, tmp_path: Path) -> None:
    """So it is counted at all: a timer each millisecond, and two CPUs' messages to each other."""
    owner = Domain("owner", "vcpu_boot 1\nvcpu_work 1 ipi 0\nsay begins\n"
                   f"work_until {FOREVER} timer 1000", "guest_b_t", cpus=2, properties=DEDICATED)
    console = bench.boot(bench.build(owner, cpus=2), cpus=2, debugger=tmp_path / "gdb")
    must_see(console, "owner", "begins")
    grown = changes(console, tmp_path / "gdb")
    for name in ("exits", "kicks", "passes"):
        assert max(grown[name]) > 50, grown


def test_nothing_comes_when_another_domain_ends(bench: Bench, tmp_path: Path) -> None:
    mortal = guest_a("say alive\nsleep 1000\ncrash")
    owner = Domain("owner", "say begins\nspin", "guest_b_t", properties=DEDICATED)
    console = bench.boot(bench.build(mortal, owner, cpus=2), cpus=2, debugger=tmp_path / "gdb")
    must_see(console, "owner", "spin")
    console.wait_until(lambda: False, 0.5)
    before = counters(tmp_path / "gdb")
    must_see(console, "bailiwick", "domain guest-a: shutdown: crash")
    after = counters(tmp_path / "gdb")
    assert all(before[name][CPU] == after[name][CPU] for name in before), (before, after)


@pytest.mark.parametrize("vcpus, reason", [
    (3, "/owner: cpus is 3, each a CPU of its own: alone more than the 2 that the machine has"),
    (2, "ask for 3 CPUs (owner 2, and 1 for all that share), but the machine has 2"),
])
def test_too_many_are_refused(bench: Bench, vcpus: int, reason: str) -> None:
    """By both, in the same words. What build would refuse is changed behind its back."""
    folder = bench.build(Domain("owner", "say never", "guest_b_t", cpus=vcpus),
                         guest_a("say never"), cpus=2)
    set_property(folder, "/owner", "scheduling", "dedicated", kind="s")
    done = run_tool("check", folder / "lcm.dtb", "--modules", folder, "--cpus", 2)
    assert done.returncode == 1 and reason in done.stdout, done.stdout
    console = bench.boot(folder, cpus=2)
    assert reason in must_see(console, "bailiwick", "launch refused:")
    assert console.wait_end(PROBE_PATIENCE) == EXIT_REFUSED
    assert not console.said_by("owner") and not console.said_by("guest-a")
