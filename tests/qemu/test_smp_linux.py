# SPDX-License-Identifier: BSD-2-Clause
"""Linux with two vCPUs, beside another: all of it comes up, CPUs go and come, time is told right."""

from __future__ import annotations

from bench import LINUX, LINUX_PATIENCE, Bench, Domain
from shells import Shells

NAMES = ("guest-a", "guest-b")
HOTPLUGS = 4
# Seconds, and the ticks that Linux counts in one.
SPIN, TICKS = 6, 100
STEAL = 7  # of the numbers in a line of /proc/stat


def linux(name: str, label: str, properties: str) -> Domain:
    return Domain(name, label=label, cpus=2, properties=properties, **LINUX)


def start(bench: Bench, cpus: int, properties: str) -> Shells:
    folder = bench.build(linux("guest-a", "guest_a_t", properties),
                         linux("guest-b", "guest_b_t", properties), cpus=cpus)
    console = bench.boot(folder, cpus=cpus)
    for name in NAMES:
        assert console.wait_for(rf"^\[{name}\] answer: ", LINUX_PATIENCE), console.complaints()
        assert console.wait_for(rf"^\[{name}\] .*powers the domain off", LINUX_PATIENCE)
    return Shells(console, NAMES)


def must_hotplug(shells: Shells, name: str) -> None:
    """The second CPU goes and comes, and does work each time that it is there."""
    path = "/sys/devices/system/cpu/cpu1/online"
    once = f"echo 0 >{path}; nproc; echo 1 >{path}; nproc; taskset -c 1 cat {path}"
    rounds = " ".join(map(str, range(HOTPLUGS)))
    said = shells.ask(name, f"for i in {rounds}; do {once}; done")
    assert said.split() == ["1", "2", "1"] * HOTPLUGS


def stolen(shells: Shells, name: str) -> float:
    """Which part of both CPUs' time, while both have something to do, Linux says isn't its own."""
    spin = f"timeout {SPIN} sh -c 'while :; do :; done'"
    look = "grep -w cpu /proc/stat"
    said = shells.ask(name, f"{look}; {spin} & {spin}; wait; {look}")
    before, after = (list(map(int, row.split())) for row in said.split("cpu")[1:])
    return (after[STEAL] - before[STEAL]) / (2 * SPIN * TICKS)


def must_be_whole(shells: Shells) -> None:
    for name in NAMES:
        assert shells.ask(name, "nproc") == "2"
        must_hotplug(shells, name)


def test_shared(bench: Bench) -> None:
    shells = start(bench, 2, "")
    must_be_whole(shells)
    assert stolen(shells, "guest-a") < 0.1, "the other one idles"
    shells.send("guest-b", "(while :; do :; done) & (while :; do :; done) &")
    assert shells.ask("guest-b", "echo spins") == "spins"
    assert 0.4 < stolen(shells, "guest-a") < 0.6, "it takes half of the time"


def test_dedicated(bench: Bench) -> None:
    shells = start(bench, 4, 'scheduling = "dedicated";')
    must_be_whole(shells)
    shells.send("guest-b", "(while :; do :; done) & (while :; do :; done) &")
    assert stolen(shells, "guest-a") < 0.02, "nobody can take any, but its own CPU may wake up late"
