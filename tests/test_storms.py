# SPDX-License-Identifier: BSD-2-Clause
"""The unit tests in which CPUs are threads, for longer than in every run."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

import unit_results

SECONDS = 60  # of each storm
LEAST = 10000  # replacements of a policy, for the one that counts them
LEAST_TSAN = 1000  # which takes many times as long
PROGRAMS = [path for path in unit_results.programs() if "fake_threads" in path.name]


@pytest.mark.long
@pytest.mark.parametrize("program", PROGRAMS, ids=[path.name for path in PROGRAMS])
def test_storm_for_longer(program: Path) -> None:
    least = LEAST_TSAN if program.name.endswith("-tsan") else LEAST
    environment = dict(os.environ, STORM_SECONDS=str(SECONDS), STORM_LEAST=str(least))
    done = subprocess.run([program], env=environment, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=20 * SECONDS)
    if done.returncode != 0:
        pytest.fail(f"{done.stdout.decode(errors='replace')}\n"
                    f"repeat: STORM_SECONDS={SECONDS} STORM_LEAST={least} {program}",
                    pytrace=False)
