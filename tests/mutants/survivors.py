# SPDX-License-Identifier: BSD-2-Clause
"""
tests/mutants/AREA.survivors: those that no host test catches, and why. Without line numbers, which
change: one that stands in a file several times is listed as often.

    # comment
    PATH: KIND: CONDITION
        why it survives
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from mutants.changes import Mutant


def key(mutant: Mutant) -> str:
    return f"{mutant.path}: {mutant.kind}: {mutant.shown}"


def listed(root: Path, area: str) -> Counter[str]:
    path = root / "tests" / "mutants" / f"{area}.survivors"
    if not path.exists():
        return Counter()
    lines = path.read_text().splitlines()
    return Counter(line for line in lines if line and line[0] not in "# ")


def compare(root: Path, area: str, mutants: list[Mutant]) -> tuple[list[Mutant], list[str]]:
    """Those that survived and aren't listed; those listed that were tried and all caught."""
    known = listed(root, area)
    left, unlisted = Counter(known), []
    for mutant in mutants:
        if mutant.result == "survived":
            if left[key(mutant)] > 0:
                left[key(mutant)] -= 1
            else:
                unlisted.append(mutant)
    tried = {key(mutant) for mutant in mutants if mutant.result == "caught"}
    survived = {key(mutant) for mutant in mutants if mutant.result == "survived"}
    return unlisted, [line for line in known if line in tried - survived]
