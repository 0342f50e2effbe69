# SPDX-License-Identifier: BSD-2-Clause
"""`make lint`, one test for each part (tests/lint.mk)."""

import os
import subprocess

import pytest

from machine import BUILD, ROOT

PARTS = ["clang", "format", "cppcheck", "shellcheck", "shape", "headers"]
TIMEOUT = 600


@pytest.mark.parametrize("part", PARTS)
def test_lint(part: str) -> None:
    environment = {name: value for name, value in os.environ.items()
                   if name not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")}
    log = BUILD / "lint" / f"{part}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("w") as stream:
        done = subprocess.run(["make", "--no-print-directory", f"lint-{part}"], cwd=ROOT,
                              env=environment, timeout=TIMEOUT, stdin=subprocess.DEVNULL,
                              stdout=stream, stderr=subprocess.STDOUT)
    if done.returncode:
        last = log.read_text(errors="replace").splitlines()[-30:]
        pytest.fail("\n".join([*last, f"repeat: make lint-{part}", f"log: {log.relative_to(ROOT)}"]),
                    pytrace=False)
