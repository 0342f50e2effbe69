# SPDX-License-Identifier: BSD-2-Clause
"""Random choices."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import TypeVar

T = TypeVar("T")


class Dice(random.Random):
    def chance(self, percent: int) -> bool:
        return self.randrange(100) < percent

    def some(self, items: Sequence[T], least: int, most: int) -> list[T]:
        """From `least` to `most` different ones, as far as there are so many, in their order."""
        count = min(len(items), self.randint(least, most))
        return [items[i] for i in sorted(self.sample(range(len(items)), count))]

    def each(self, items: Sequence[T], percent: int) -> list[T]:
        """Each of them with this chance."""
        return [item for item in items if self.chance(percent)]

    def tree(self, leaves: int, leaf: Callable[[], str], join: Sequence[str], negate: str) -> str:
        """An expression with so many operands, in brackets wherever it has an operator."""
        if leaves == 1:
            text = leaf()
        else:
            left = self.randint(1, leaves - 1)
            text = (f"({self.tree(left, leaf, join, negate)} {self.choice(join)} "
                    f"{self.tree(leaves - left, leaf, join, negate)})")
        return f"({negate}{text})" if self.chance(20) else text


def braces(names: Sequence[str]) -> str:
    """A set in the language of policies; of one name, the name."""
    return names[0] if len(names) == 1 else "{ " + " ".join(names) + " }"
