# SPDX-License-Identifier: BSD-2-Clause
"""The figures that were recorded, and the goals."""

from __future__ import annotations

from pathlib import Path

RECORDED = Path(__file__).resolve().parent / "recorded"
HEAD = "# SPDX-License-Identifier: BSD-2-Clause\n# What `make bench-record` measured last.\n"

GOALS = {
    "hypercall: unknown number": 200,
    "hypercall: one check": 220,
    "event: to a blocked vCPU": 300,
    "event: already pending": 300,
    "event: to a vCPU that waits its turn": 300,
    "launch: one probe": 5_000_000,
    "launch: each further probe": 500_000,
    "memory: without 8 bytes a frame": 2 << 20,
    "image: loaded": 256 << 10,
}


def recorded() -> dict[str, int]:
    lines = RECORDED.read_text().splitlines() if RECORDED.exists() else []
    rows = (line.split(maxsplit=1) for line in lines if not line.startswith("#"))
    return {name: int(figure) for figure, name in rows}


def record(now: dict[str, int]) -> None:
    RECORDED.write_text(HEAD + "".join(f"{figure:>9} {name}\n" for name, figure in now.items()))


def line(name: str, now: int, before: int | None) -> str:
    """A row of the table; `before` is None for a figure that wasn't recorded."""
    goal = GOALS.get(name)
    change = "new" if before is None else f"{now - before:+,}" if now != before else ""
    verdict = "" if goal is None else "met" if now <= goal else "missed"
    return (f"{name:38} {now:>12,} {'' if before is None else f'{before:,}':>12} {change:>10} "
            f"{'' if goal is None else f'{goal:,}':>12} {verdict}").rstrip()


def worse(now: dict[str, int], before: dict[str, int]) -> list[str]:
    return [name for name, figure in now.items() if figure > before.get(name, figure)]
