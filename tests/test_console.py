# SPDX-License-Identifier: BSD-2-Clause
"""What tests read from a console: lines that were left and shown again are one."""

from __future__ import annotations

import pytest

from machine import said


@pytest.mark.parametrize("lines, expected", [
    (["[a] one", "[b] x", "[a] two"], ["one", "two"]),
    (["[a] on", "[b] x", "[a] on", "[b] y", "[a] one", "[a] two"], ["one", "two"]),
    (["[a] 1", "[a] 10"], ["1", "10"]),
    (["[a] tick", "[b] x", "[a] tick"], ["tick", "tick"]),
    (["[a] on", "[b] x"], ["on"])],
    ids=["whole", "shown-again", "alike", "repeated", "never-finished"])
def test_said(lines: list[str], expected: list[str]) -> None:
    assert said(lines, "[a] ") == expected
