# SPDX-License-Identifier: BSD-2-Clause
"""Which changes there are to a file: one condition each."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from mutants.areas import Area


@dataclass
class Mutant:
    area: Area
    path: str
    start: int  # of the text that is replaced
    end: int
    text: str
    kind: str
    line: int
    shown: str
    result: str = "not tried"

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.kind}: {self.shown}"


def blank_comments(text: str) -> str:
    """The same text, with spaces where comments, strings and preprocessor lines are."""
    pattern = r"/\*.*?\*/|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])+'|^[ \t]*#(?:\\\n|[^\n])*"
    return re.sub(pattern, lambda match: re.sub(r"[^\n]", " ", match[0]), text,
                  flags=re.DOTALL | re.MULTILINE)


def closing(text: str, opening: int) -> int:
    depth = 0
    for at in range(opening, len(text)):
        depth += {"(": 1, ")": -1}.get(text[at], 0)
        if depth == 0:
            return at
    raise ValueError("unbalanced parentheses")


def operands(text: str, start: int, end: int) -> list[tuple[str, int, int]]:
    """(operator, start, end) of what || or else && joins here and in the groups within."""
    marks: dict[str, list[int]] = {"||": [], "&&": []}
    groups, at = [], start
    while at < end:
        if text[at] == "(":
            close = closing(text, at)
            groups.append((at + 1, close))
            at = close
        elif text[at:at + 2] in marks:
            marks[text[at:at + 2]].append(at)
            at += 1
        at += 1
    found = []
    for operator in ("||", "&&"):
        if marks[operator]:
            begins = [start] + [mark + 2 for mark in marks[operator]]
            ends = marks[operator] + [end]
            found += [(operator, b, e) for b, e in zip(begins, ends)]
            for b, e in zip(begins, ends):
                if operator == "||" and any(b <= mark < e for mark in marks["&&"]):
                    found += operands(text, b, e)
            break
    for b, e in groups:
        found += [part for part in operands(text, b, e) if part not in found]
    return found


def mutants_of(root: Path, area: Area, path: str) -> list[Mutant]:
    source = (root / path).read_text()
    text = blank_comments(source)
    found: list[Mutant] = []

    def add(start: int, end: int, replacement: str, kind: str) -> None:
        shown = " ".join(source[start:end].split())
        found.append(Mutant(area, path, start, end, replacement, kind,
                            source.count("\n", 0, start + len(source[start:end]) -
                                         len(source[start:end].lstrip())) + 1, shown))

    def add_operands(start: int, end: int) -> None:
        for operator, b, e in operands(text, start, end):
            add(b, e, " 0 " if operator == "||" else " 1 ", "without")

    for match in re.finditer(r"\bif \(", text):
        opening = match.end() - 1
        close = closing(text, opening)
        condition = source[opening + 1:close]
        add(opening + 1, close, f"0 && ({condition})", "never")
        add(opening + 1, close, f"1 || ({condition})", "always")
        add_operands(opening + 1, close)
    for match in re.finditer(r"\breturn ([^;{}]*(?:&&|\|\|)[^;{}]*);", text):
        add_operands(match.start(1), match.end(1))
    return found
