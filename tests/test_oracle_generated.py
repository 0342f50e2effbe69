# SPDX-License-Identifier: BSD-2-Clause
"""The engine against libsepol on policies that tests/oracle/generate writes; many more with --all."""

from __future__ import annotations

import subprocess

import pytest

from machine import ROOT

SEEDS = [str(seed) for seed in range(1, 26)]
LONG = [f"{first}-{first + 24}" for first in range(26, 500, 25)]
TIMEOUT = 300


@pytest.mark.parametrize(
    "seeds", [*SEEDS, *(pytest.param(seeds, marks=pytest.mark.long) for seeds in LONG)])
def test_same_as_libsepol(seeds: str) -> None:
    done = subprocess.run(["tests/oracle/compare", seeds], cwd=ROOT, timeout=TIMEOUT,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT)
    if done.returncode != 0:
        pytest.fail(done.stdout.decode(errors="replace"), pytrace=False)
