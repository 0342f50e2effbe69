# SPDX-License-Identifier: BSD-2-Clause
"""`bailiwick check` and the launch agree on how much memory there is for domains."""

import re
from pathlib import Path

import pytest

from bench import Bench, guest_a, must_see, run_tool, set_property

TOO_MUCH = 0x10000000  # KiB


def set_memory(folder: Path, kib: int) -> None:
    set_property(folder, "/guest-a", "memory", 0, kib)


def check(folder: Path, machine: int) -> tuple[int, str]:
    done = run_tool("check", folder / "lcm.dtb", "--modules", folder, "--memory", machine)
    return done.returncode, done.stdout


@pytest.mark.parametrize("machine", [64, 192])
def test_what_check_accepts_at_most_is_launched(bench: Bench, machine: int) -> None:
    folder = bench.build(guest_a("say hello"))
    set_memory(folder, TOO_MUCH)
    status, output = check(folder, machine)
    assert status == 1, output
    most = int(re.search(r"alone more than the (\d+) KiB", output)[1])
    assert machine * 0.8 < most / 1024 < machine
    set_memory(folder, most + 4)
    assert check(folder, machine)[0] == 1
    set_memory(folder, most // 4 * 4)
    assert check(folder, machine)[0] == 0
    console = bench.boot(folder, memory=machine)
    must_see(console, "bailiwick", "all domains have stopped")
