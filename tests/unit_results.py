# SPDX-License-Identifier: BSD-2-Clause
"""Runs the unit test programs of build/tests/list, and reads what they say (TAP, from cmocka)."""

from __future__ import annotations

import os
import re
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from machine import BUILD, ROOT

LIST = BUILD / "tests" / "list"
RESULTS = BUILD / "tests" / "unit"
TIMEOUT = 900  # seconds that one program may take
AT_ONCE = 2

PLAN = re.compile(r"^1\.\.(\d+)$")
RESULT = re.compile(r"^(ok|not ok) (\d+) (?:- (.*)|# SKIP ?(.*))$")


seconds: dict[str, float] = {}  # that each program took


@dataclass
class Case:
    name: str
    outcome: str  # ok, not ok, skip
    details: list[str] = field(default_factory=list)


def programs() -> list[Path]:
    if not LIST.exists():
        return []
    return [ROOT / line for line in LIST.read_text().splitlines() if line]


def result_file(program: Path) -> Path:
    return RESULTS / f"{program.name}.tap"


def run(program: Path) -> None:
    """Leaves behind the program's output, and in the last line how it ended."""
    environment = dict(os.environ, CMOCKA_MESSAGE_OUTPUT="TAP")
    begin = time.monotonic()
    try:
        done = subprocess.run([program], cwd=ROOT, env=environment, timeout=TIMEOUT,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT)
        output, status = done.stdout, str(done.returncode)
    except subprocess.TimeoutExpired as expired:
        output, status = expired.stdout or b"", f"none after {TIMEOUT} s"
    except OSError as error:
        output, status = str(error).encode(), "none"
    seconds[program.name] = time.monotonic() - begin
    text = output.decode(errors="replace")
    result_file(program).write_text(f"{text}\nstatus {status}\n")


def run_all() -> None:
    RESULTS.mkdir(parents=True, exist_ok=True)
    for stale in RESULTS.glob("*.tap"):
        stale.unlink()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(run, programs()))


def read_cases(text: str) -> list[Case]:
    """One case for each test, and one more if the program didn't end as its results say."""
    cases: list[Case] = []
    planned = 0
    *lines, status = text.splitlines()
    pending: list[str] = []
    for line in lines:
        plan, result = PLAN.match(line), RESULT.match(line)
        if plan:
            planned += int(plan[1])
        elif result:
            outcome = "skip" if result[3] is None else result[1]
            cases.append(Case(result[3] or result[4], outcome, pending))
            pending = []
        elif cases and cases[-1].outcome == "not ok" and line.startswith("# "):
            cases[-1].details.append(line)
        elif line and not line.startswith("# "):
            pending.append(line)
    failures = sum(case.outcome == "not ok" for case in cases)
    ended_well = status == "status 0" if not failures else re.fullmatch(r"status \d+", status)
    if not ended_well or len(cases) != planned or not planned:
        cases.append(Case("the program itself", "not ok", pending + [
            f"exit {status}; {planned} tests planned, {len(cases)} reported, {failures} failed"]))
    return cases


def all_cases() -> list[tuple[str, Case]]:
    """(name, case), names unique."""
    named: list[tuple[str, Case]] = []
    seen: dict[str, int] = {}
    for program in programs():
        result = result_file(program)
        text = result.read_text() if result.exists() else "status not run"
        for case in read_cases(text):
            name = f"{program.name}: {case.name}"
            seen[name] = seen.get(name, 0) + 1
            if seen[name] > 1:
                name += f" ({seen[name]})"
            named.append((name, case))
    return named
