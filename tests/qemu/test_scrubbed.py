# SPDX-License-Identifier: BSD-2-Clause
"""Of a boot domain and of boot modules nothing is left in the machine's memory once the launch is finalised."""

from __future__ import annotations

import re
from pathlib import Path

from bench import Bench, Domain, guest_a, must_see
from debugger import Debugger
from machine import Machine
from test_boot_domain import boot_domain, build

MEMORY = 256  # MiB
IN_SCRIPT = b"secret-of-the-boot-domain-s-script"
IN_MEMORY = b"\x5a\xc3\x96\x0f" * 4  # what it writes itself
WORD = int.from_bytes(IN_MEMORY[:8], "little")
SCRIPT = f"# {IN_SCRIPT.decode()}\nwrite 8 0x800000 {WORD:#x}\nwrite 8 0x800008 {WORD:#x}\nsay prepares\nsleep 1000\nlaunch_finalise\n"


def memory_of(socket: Path, folder: Path) -> bytes:
    """All of it. The machine stands still meanwhile."""
    dump = folder / "memory"
    with Debugger(socket) as debugger:
        assert debugger.monitor(f'pmemsave 0 {MEMORY << 20} "{dump}"') == ""
        debugger.go_on()
    data = dump.read_bytes()
    dump.unlink()
    assert len(data) == MEMORY << 20
    return data


def test_nothing_is_left(bench: Bench, tmp_path: Path) -> None:
    folder = build(bench, boot_domain(SCRIPT), guest_a("say runs\nsleep 3000\n"))
    console = bench.start(Machine(modules=folder, cpus=1, memory=MEMORY, debugger=tmp_path / "gdb"))
    must_see(console, "prepare", "prepares")
    before = memory_of(tmp_path / "gdb", tmp_path)
    assert before.count(IN_SCRIPT) >= 2, "in the boot module, and where the domain got it"
    assert before.count(IN_MEMORY) == 1
    must_see(console, "guest-a", "runs")
    after = memory_of(tmp_path / "gdb", tmp_path)
    assert after.count(IN_SCRIPT) == 0 and after.count(IN_MEMORY) == 0


def test_the_accounting_shows_it(bench: Bench) -> None:
    """As much is free afterwards as without a boot domain, but for what the hypervisor keeps of it."""
    free = {}
    for with_boot in (False, True):
        domains = [*([boot_domain("launch_finalise\n")] if with_boot else []), guest_a("say runs\n")]
        console = bench.boot(build(bench, *domains))
        line = must_see(console, "bailiwick", "12. boot modules cleared: ")
        free[with_boot] = int(re.search(r", (\d+) MiB free", line)[1])
    assert free[True] == free[False]
