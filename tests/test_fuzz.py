# SPDX-License-Identifier: BSD-2-Clause
"""Each fuzz target: its corpus and what once broke something, then a short run that is the same each time."""

import subprocess

import pytest

from machine import BUILD, ROOT

LIST = BUILD / "fuzz" / "list"
TARGETS = LIST.read_text().split() if LIST.exists() else []
RUNS = {"policy": 5000, "hypercall": 10000, "unpack": 20000}  # of the slow ones; a few seconds each
DEFAULT_RUNS = 100000
TIMEOUT = 300


def run(target: str, step: str, *options: str) -> None:
    log = BUILD / "fuzz" / f"{target}-{step}.log"
    command = [f"build/fuzz/{target}", "-timeout=10", f"-artifact_prefix=build/fuzz/{target}-",
               *options]
    command += [folder for folder in (f"tests/fuzz/corpus/{target}",
                                      f"tests/fuzz/regressions/{target}") if (ROOT / folder).exists()]
    with log.open("w") as stream:
        done = subprocess.run(command, cwd=ROOT, timeout=TIMEOUT, stdin=subprocess.DEVNULL,
                              stdout=stream, stderr=subprocess.STDOUT)
    if done.returncode:
        last = log.read_text(errors="replace").splitlines()[-30:]
        pytest.fail("\n".join([*last, f"repeat: {' '.join(command)}",
                               f"log: {log.relative_to(ROOT)}"]), pytrace=False)


@pytest.mark.parametrize("target", TARGETS)
def test_corpus(target: str) -> None:
    run(target, "corpus", "-runs=0")


@pytest.mark.parametrize("target", TARGETS)
def test_short_run(target: str, tmp_path) -> None:
    found = tmp_path / "found"  # new inputs go to the first folder, not into the corpus
    found.mkdir()
    run(target, "short", "-seed=1", f"-runs={RUNS.get(target, DEFAULT_RUNS)}", str(found))
