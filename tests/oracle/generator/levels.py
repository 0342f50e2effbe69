# SPDX-License-Identifier: BSD-2-Clause
"""Sensitivities, categories, and a few levels of them that everything else in a policy uses."""

from __future__ import annotations

from dataclasses import dataclass

from .dice import Dice, braces

MOST_LEVELS = 5  # so that a comparison can try each range with each user, role and type
MANY_CATEGORIES = 70  # more than fit in one word of a set


@dataclass(frozen=True)
class Level:
    rank: int  # of the sensitivity, the lowest first
    categories: frozenset[int]

    def dominates(self, other: Level) -> bool:
        return self.rank >= other.rank and self.categories >= other.categories


Range = tuple[Level, Level]


class Levels:
    def __init__(self, dice: Dice) -> None:
        self.dice = dice
        self.sensitivities = [f"s{i}" for i in range(dice.randint(1, 4))]
        dice.shuffle(self.sensitivities)  # the order of dominance, which is not that of declaration
        count = MANY_CATEGORIES if dice.chance(10) else dice.randint(0, 6)
        self.categories = [f"c{i}" for i in range(count)]
        dice.shuffle(self.categories)
        self.aliases = {name: f"old_{name}" for name in
                        dice.each(self.sensitivities + self.categories, 25)}
        self.allowed = [self.some_categories(range(count)) for _ in self.sensitivities]
        self.pool = self.some_levels()

    def some_categories(self, among: range | list[int]) -> list[int]:
        chosen = self.dice.each(list(among), 75)
        return list(among) if self.dice.chance(30) else chosen

    def some_levels(self) -> list[Level]:
        pool: dict[Level, None] = {}
        for _ in range(MOST_LEVELS):
            rank = self.dice.randrange(len(self.sensitivities))
            chosen = self.dice.each(self.allowed[rank], self.dice.choice([0, 40, 100]))
            pool[Level(rank, frozenset(chosen))] = None
        return list(pool)

    def name(self, name: str) -> str:
        return self.aliases[name] if name in self.aliases and self.dice.chance(30) else name

    def category_text(self, categories: list[int]) -> str:
        """Sorted ones; neighbours may be written as a range."""
        parts: list[str] = []
        while categories:
            run = 1
            while run < len(categories) and categories[run] == categories[0] + run:
                run += 1
            run = run if self.dice.chance(70) else 1
            names = [self.name(self.categories[i]) for i in (categories[0], categories[run - 1])]
            parts.append(names[0] if run == 1 else ".".join(names))
            categories = categories[run:]
        return ",".join(parts)

    def text(self, level: Level) -> str:
        categories = self.category_text(sorted(level.categories))
        sensitivity = self.name(self.sensitivities[level.rank])
        return f"{sensitivity}:{categories}" if categories else sensitivity

    def range_text(self, level_range: Range) -> str:
        low, high = level_range
        return self.text(low) if low == high else f"{self.text(low)} - {self.text(high)}"

    def range_within(self, most: Range | None = None) -> Range:
        levels = [level for level in self.pool if most is None or
                  (level.dominates(most[0]) and most[1].dominates(level))]
        high = self.dice.choice(levels)
        return self.dice.choice([level for level in levels if high.dominates(level)]), high

    def declarations(self) -> list[str]:
        def declare(kind: str, name: str) -> str:
            alias = f" alias {self.aliases[name]}" if name in self.aliases else ""
            return f"{kind} {name}{alias};"

        lines = [declare("sensitivity", name) for name in sorted(self.sensitivities)]
        lines.append(f"dominance {braces(self.sensitivities)}" if len(self.sensitivities) > 1 else
                     f"dominance {{ {self.sensitivities[0]} }}")
        lines += [declare("category", name) for name in self.categories]
        for name, allowed in zip(self.sensitivities, self.allowed):
            categories = self.category_text(allowed)
            lines.append(f"level {name}:{categories};" if categories else f"level {name};")
        return lines
