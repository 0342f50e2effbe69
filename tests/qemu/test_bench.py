# SPDX-License-Identifier: BSD-2-Clause
"""The hot paths cost what tests/bench/recorded says, and `make bench` tells when they don't."""

from __future__ import annotations

import sys

from machine import ROOT

sys.path.insert(0, str(ROOT / "tests" / "bench"))

import compare  # noqa: E402
import figures  # noqa: E402
from bench import Bench  # noqa: E402

# A compiler of another version may need a few instructions more.
TOLERANCE = 1.10


def test_calls_cost_what_was_recorded(bench: Bench) -> None:
    now, before = figures.calls(bench), compare.recorded()
    assert {name: (figure, before[name]) for name, figure in now.items()
            if figure > before[name] * TOLERANCE} == {}


def test_nothing_that_is_recorded_is_missing() -> None:
    assert set(compare.GOALS) <= set(compare.recorded())
    assert list(figures.CALLS) == [name for name in compare.recorded()
                                   if name.startswith(("hypercall:", "event:", "coverage:"))]


def test_the_image_is_as_small_as_its_goal() -> None:
    goal = compare.GOALS["image: loaded"]
    assert figures.image()["image: loaded"] <= goal


def test_what_became_worse_is_said() -> None:
    assert compare.line("event: x", 12, 10).split() == ["event:", "x", "12", "10", "+2"]
    assert compare.worse({"a": 12, "b": 9, "c": 7}, {"a": 10, "b": 10}) == ["a"]
    goal = compare.GOALS["hypercall: one check"]
    assert compare.line("hypercall: one check", goal, goal).endswith(" met")
    assert compare.line("hypercall: one check", goal + 1, goal).endswith(" missed")
