# SPDX-License-Identifier: BSD-2-Clause
"""docs/first-hour.md as commands, and what the page shows of their output."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

INDENT = "    "


@dataclass
class Step:
    command: str
    line: int  # of the page
    shown: list[str] = field(default_factory=list)


def read_steps(page: Path) -> list[Step]:
    """`$ ` begins a command, `> ` goes on with it, and the rest of the block is what it says."""
    steps: list[Step] = []
    in_step = False
    for number, line in enumerate(page.read_text().splitlines(), 1):
        text = line.removeprefix(INDENT)
        if not line.startswith(INDENT):
            in_step = in_step and not line.strip()
        elif text.startswith("$ "):
            steps.append(Step(text[2:], number))
            in_step = True
        elif in_step and (text == ">" or text.startswith("> ")) and not steps[-1].shown:
            steps[-1].command += "\n" + text[2:]
        elif in_step:
            steps[-1].shown.append(text)
    return steps


def is_shown(shown: list[str], said: str) -> bool:
    """Line by line; `...` stands for any number of lines, empty lines for nothing."""
    wanted = [line.rstrip() for line in shown if line.strip()]
    lines = "".join(f"{line.rstrip()}\n" for line in said.splitlines() if line.strip())
    pattern = "".join(r"(?:.*\n)*?" if line == "..." else re.escape(line) + r"\n" for line in wanted)
    return re.fullmatch(pattern, lines) is not None
