# SPDX-License-Identifier: BSD-2-Clause
"""The shipped systems boot, from GRUB and without, on different CPU models."""

from __future__ import annotations

import re
from pathlib import Path

from bench import LINUX_PATIENCE, PROBE_PATIENCE, Bench, must_see
from machine import EXIT_STOPPED, Console, Machine, read_nonces, unanswered


def must_answer(console: Console, folder: Path, timeout: float) -> None:
    nonces = read_nonces(folder)
    assert len(nonces) == 2
    console.wait_until(lambda: not unanswered(console, nonces), timeout)
    assert not unanswered(console, nonces), console.complaints()


def test_two_guests_from_grub(bench: Bench) -> None:
    folder = bench.build_file("two-guests", iso=True)
    console = bench.start(Machine(iso=folder / "boot.iso", cpu="EPYC"))
    must_answer(console, folder, LINUX_PATIENCE)
    must_see(console, "bailiwick", "launch finalised")


def test_two_guests_on_another_cpu(bench: Bench) -> None:
    folder = bench.build_file("two-guests")
    must_answer(bench.boot(folder, cpu="max"), folder, LINUX_PATIENCE)


def test_linux_takes_input_and_powers_off(bench: Bench) -> None:
    """Each guest's shell reads what is typed after Ctrl-] has given it the input."""
    folder = bench.build_file("two-guests")
    console = bench.boot(folder)
    must_answer(console, folder, LINUX_PATIENCE)
    for _ in range(2):
        console.send("echo typed-$((6 * 7)); sleep 1; exit\n")
        assert console.wait_for(r"shutdown: poweroff", LINUX_PATIENCE)
        stopped = sum("shutdown: poweroff" in line for line in console.lines)
        if stopped < 2:
            console.send("\x1d")
            console.wait_until(lambda: False, 1)
    must_see(console, "bailiwick", "all domains have stopped", LINUX_PATIENCE)
    assert "typed-42" in console.said_by("guest-a")
    assert "typed-42" in console.said_by("guest-b")


def test_launch_steps_come_in_order(bench: Bench) -> None:
    """Their numbers are those of the design; a step of each domain repeats its number."""
    folder = bench.build_file("two-probes")
    console = bench.boot(folder)
    must_see(console, "bailiwick", "launch finalised")
    steps = [re.match(r" ?(\d+)\. ", line) for line in console.said_by("bailiwick")]
    numbers = [int(step[1]) for step in steps if step]
    assert len(numbers) > 3 and numbers[0] == 1
    assert numbers == sorted(numbers)


def test_two_probes(bench: Bench) -> None:
    folder = bench.build_file("two-probes")
    console = bench.boot(folder)
    for name in ("guest-a", "guest-b"):
        must_see(console, name, "hello")
        must_see(console, name, "heartbeat 10")
        must_see(console, "bailiwick", f"domain {name}: shutdown: poweroff")
    must_see(console, "bailiwick", "all domains have stopped")
    assert console.wait_end(PROBE_PATIENCE) == EXIT_STOPPED
