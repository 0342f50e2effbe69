# SPDX-License-Identifier: BSD-2-Clause
"""In each system every domain attempts every operation towards everybody, and gets what the policy predicts."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from machine import BUILD, ROOT

TIMEOUT = 300
SYSTEMS = sorted(path.name for path in (ROOT / "policy/systems").iterdir())
BOOTED = re.compile(r"^boot: +(\d+) domains answered; (\d+) attempts were denied and (\d+) allowed, each as the policy "
                    r"says; they try (\d+) of (\d+) expectations$", re.MULTILINE)


def bailiwick_test(*arguments: object, expect: int = 0, cwd: Path = ROOT) -> str:
    done = subprocess.run([BUILD / "bailiwick", "test", *map(str, arguments)], cwd=cwd, timeout=TIMEOUT, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert done.returncode == expect, done.stdout
    return done.stdout


@pytest.mark.parametrize("system", SYSTEMS)
def test_everything_is_attempted(system: str) -> None:
    said = bailiwick_test(system)
    domains, denied, allowed, tried, _ = map(int, BOOTED.search(said).groups())
    assert domains >= 1 and denied >= 50 * domains and allowed >= 30 * domains and tried >= 5
    assert said.endswith(f"passed: {system}\n")


def test_one_line() -> None:
    """Offline, and what tries it."""
    source = (ROOT / "policy/systems/boot-domain/system.exp").read_text().splitlines()
    [line] = [number for number, text in enumerate(source, 1) if text.startswith("deny  boot -> module(guest-a/kernel)")]
    said = bailiwick_test("boot-domain", "--line", line)
    assert "expected: 1 lines, 3 checks, 0 failed\n" in said
    denied = int(BOOTED.search(said)[2])
    assert denied >= 3 and said.count("; they try 1 of 1 expectations\n") == 1
