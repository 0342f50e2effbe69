# SPDX-License-Identifier: BSD-2-Clause
"""What each area of `make test` may take, in seconds of one core; README.md has the table."""

from __future__ import annotations

BUDGET = {"build": 600, "unit": 400, "oracle": 120, "lint": 360, "fuzz": 120, "qemu": 1400}


def area_of(name: str) -> str:
    """Of a test's id, or of a unit test program."""
    if "oracle" in name:
        return "oracle"
    for area in ("lint", "fuzz"):
        if name.startswith(f"test_{area}.py"):
            return area
    return "qemu" if name.startswith("qemu/") else "unit"


def table(seconds: dict[str, float]) -> str:
    lines = []
    for area, most in BUDGET.items():
        used = seconds.get(area, 0)
        if used:
            over = "  OVER BUDGET" if used > most else ""
            lines.append(f"{area:8}{used:6.0f} s of {most} s{over}\n")
    return "".join(lines)
