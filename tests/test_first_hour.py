# SPDX-License-Identifier: BSD-2-Clause
"""docs/first-hour.md: who types what it says sees what it shows."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

from first_hour import is_shown, read_steps
from machine import BUILD, ROOT

PAGE = ROOT / "docs/first-hour.md"
TIMEOUT = 180
# Lines of policy/separation.exp, and operations: they become more.
COUNTS = re.compile(r"\d+ lines, \d+ checks|\d+ attempts were denied and \d+ allowed|they try \d+ of \d+")


def test_the_page(tmp_path: Path) -> None:
    environment = os.environ | {"PATH": f"{os.environ['PATH']}:{BUILD}"}
    steps = read_steps(PAGE)
    commands = "\n".join(step.command for step in steps)
    for word in ("new", "expect", "query", "try", "check", "test"):
        assert f"bailiwick {word} mine" in commands, word
    for step in steps:
        done = subprocess.run(["bash", "-c", step.command], cwd=tmp_path, env=environment, timeout=TIMEOUT,
                              text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        shown = [COUNTS.sub("N lines, N checks", line) for line in step.shown]
        assert is_shown(shown, COUNTS.sub("N lines, N checks", done.stdout)), \
            f"docs/first-hour.md:{step.line}: {step.command}\nsays\n{done.stdout}"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine"]


def test_what_is_shown() -> None:
    assert is_shown(["a", "...", "c"], "a\nb\n\nb\nc\n") and is_shown(["a", "...", "c"], "a\nc\n")
    for said in ("a\nb\n", "a\nb\nc\nd\n", "b\na\nc\n", ""):
        assert not is_shown(["a", "...", "c"], said)
    assert is_shown([], "") and not is_shown([], "a\n")


def test_reading_steps(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("x\n\n    make all\n\n    $ one\n    1\n\n      2\n    $ two <<E\n    > a\n    >\n    > E\n\ntext\n\n"
                    "    no command\n")
    assert [(step.command, step.line, step.shown) for step in read_steps(page)] == [
        ("one", 5, ["1", "  2"]), ("two <<E\na\n\nE", 9, [])]
