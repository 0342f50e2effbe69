# SPDX-License-Identifier: BSD-2-Clause
"""A copy of the sources with a build of its own, in which one change at a time is tried."""

from __future__ import annotations

import fnmatch
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from mutants.areas import Area
from mutants.changes import Mutant

QEMU_SECONDS = 300
# Other builds, which no test program here needs.
NOT_COPIED = shutil.ignore_patterns("mutate", "branches", "lint", "clang", "bear", "*.log", ".git")


class Tree:
    def __init__(self, root: Path, number: int, areas: list[Area]) -> None:
        self.origin = root
        self.root = root / "build" / "mutate" / f"tree{number}"
        self.seconds: dict[str, float] = {}  # how long each command takes without any change
        self.noticed = ""  # the last program that noticed a change
        shutil.rmtree(self.root, ignore_errors=True)
        shutil.copytree(root, self.root, symlinks=True, ignore=NOT_COPIED)
        name = self.root.relative_to(root)
        if not self.make("test-list"):
            sys.exit(f"tests/mutate: {name} doesn't build as it is")
        listed = (self.root / "build" / "tests" / "list").read_text().split()
        self.programs = [Path(line).name for line in listed] + ["compare_policies"]
        for area in areas:
            self.prepare(area)

    def prepare(self, area: Area) -> None:
        for pattern in area.unit:
            if not self.build(pattern):
                sys.exit(f"tests/mutate: the tests of {area.name} don't build as they are")
        if area.prepare and not self.passes(area.prepare, QEMU_SECONDS):
            sys.exit(f"tests/mutate: {' '.join(area.prepare)} fails")
        if self.survives_unit_tests(area) is not True:
            sys.exit(f"tests/mutate: without any change {self.noticed} fails: run it in "
                     f"{self.root.relative_to(self.origin)}")

    def make(self, *targets: str) -> bool:
        """Without warnings: a condition that is always true would be one."""
        environment = {name: value for name, value in os.environ.items()
                       if name not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")}
        command = ["make", "-s", "DEPS=", "WARNINGS=-w", *targets]
        with (self.root / "make.log").open("w") as log:
            return subprocess.run(command, cwd=self.root, env=environment, stdout=log,
                                  stderr=subprocess.STDOUT).returncode == 0

    def passes(self, command: list[str], seconds: float) -> bool:
        try:
            done = subprocess.run(command, cwd=self.root, timeout=seconds, stdin=subprocess.DEVNULL,
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        except subprocess.TimeoutExpired:
            return False
        return done.returncode == 0

    def chosen(self, pattern: str) -> list[str]:
        return fnmatch.filter(self.programs, pattern.partition(":")[0])

    def build(self, pattern: str) -> bool:
        programs = self.chosen(pattern)
        targets = [f"build/tests/{program}" for program in programs]
        # the command is tested as a program of its own
        if any("bailiwick" in program for program in programs):
            targets.append("build/tests/bailiwick")
        return self.make(*targets)

    def commands(self, pattern: str) -> list[list[str]]:
        arguments = [path for word in pattern.partition(":")[2].split()
                     for path in sorted(str(p.relative_to(self.root)) for p in self.root.glob(word))
                     or [word]]
        return [[f"build/tests/{program}", *arguments] for program in self.chosen(pattern)]

    def notices_nothing(self, command: list[str]) -> bool:
        """Who takes far longer than without the change has noticed it."""
        program, start = command[0], time.monotonic()
        known = self.seconds.get(program)
        passed = self.passes(command, QEMU_SECONDS if known is None else 15 + 5 * known)
        if known is None:
            self.seconds[program] = time.monotonic() - start
        return passed

    def survives_unit_tests(self, area: Area) -> bool | None:
        """None: it doesn't build."""
        for pattern in area.unit:
            if not self.build(pattern):
                return None
            for command in self.commands(pattern):
                if not self.notices_nothing(command):
                    self.noticed = command[0]
                    return False
        return True

    def survives_qemu(self, area: Area) -> bool | None:
        if not self.make("hypervisor"):
            return None
        return self.passes(["tests/run", "-x", *area.qemu], QEMU_SECONDS)

    def judge(self, mutant: Mutant, qemu: bool) -> str:
        path = self.root / mutant.path
        source = path.read_text()
        path.write_text(source[:mutant.start] + mutant.text + source[mutant.end:])
        try:
            survives = self.survives_unit_tests(mutant.area)
            if survives and qemu and mutant.area.qemu:
                survives = self.survives_qemu(mutant.area)
        finally:
            path.write_text(source)
        return {None: "not built", True: "survived", False: "caught"}[survives]
