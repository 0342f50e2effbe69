# SPDX-License-Identifier: BSD-2-Clause
"""What takes rights away: constrain, mlsconstrain, validatetrans and mlsvalidatetrans."""

from __future__ import annotations

from .dice import braces
from .model import Policy

ORDER = ["==", "eq", "!=", "dom", "domby", "incomp"]
EQUALITY = ["==", "eq", "!="]
LEVELS = [("l1", "l2"), ("l1", "h2"), ("h1", "l2"), ("h1", "h2"), ("l1", "h1"), ("l2", "h2")]
MOST_OPERANDS = 5  # that a constraint's stack holds


class Expressions:
    """`users`: may they be named? Before their declarations, where MLS is, they may not."""

    def __init__(self, policy: Policy, third: bool, users: bool) -> None:
        self.policy, self.dice = policy, policy.dice
        self.sides = "123" if third else "12"
        names = {"t": [*policy.types, *policy.attributes],
                 "r": [*policy.roles, "object_r"], "u": list(policy.users)}
        self.names = {kind: names[kind] for kind in ("tru" if users else "tr")}
        self.bounded = [*policy.bounds, *policy.forged, *policy.bounds.values(),
                        *policy.forged.values()]

    def comparison(self) -> str:
        kind = self.dice.choice("tru")
        return f"{kind}1 {self.dice.choice(ORDER if kind == 'r' else EQUALITY)} {kind}2"

    def membership(self) -> str:
        kind = self.dice.choice(list(self.names))
        names = self.names[kind]
        if kind == "t" and self.bounded and self.dice.chance(30):
            names = self.bounded  # a bounded type is withheld what its parent is
        chosen = self.dice.some(names, 1, 1 + len(names) // 3)
        operator = self.dice.choice(["==", "!="])
        return f"{kind}{self.dice.choice(self.sides)} {operator} {braces(chosen)}"

    def level_comparison(self) -> str:
        a, b = self.dice.choice(LEVELS)
        return f"{a} {self.dice.choice(ORDER)} {b}"

    def leaf(self) -> str:
        kinds = [self.comparison, self.membership, self.membership]
        # Without MLS they are allowed too, and all levels are the same.
        kinds += [self.level_comparison] * (2 if self.policy.levels else self.dice.chance(30))
        return self.dice.choice(kinds)()

    def text(self) -> str:
        leaves = self.dice.randint(1, MOST_OPERANDS)
        return self.dice.tree(leaves, self.leaf, ["and", "or", "or"], "not ")


def constraints(policy: Policy, prefix: str, users: bool, count: int) -> list[str]:
    lines = []
    for _ in range(count):
        expression = Expressions(policy, third=False, users=users).text()
        classes, permissions = policy.some_classes()
        if policy.dice.chance(20):
            rest = [f"~{permissions[0]}"] if len(permissions) > 1 else []  # one would leave none
            chosen = policy.dice.choice(["*", *rest])
        else:
            chosen = braces(policy.dice.some(permissions, 1, 4))
        lines.append(f"{prefix}constrain {classes} {chosen} {expression};")
    return lines


def transitions(policy: Policy, prefix: str, users: bool, count: int) -> list[str]:
    return [f"{prefix}validatetrans {braces(policy.some_class_names())} "
            f"{Expressions(policy, third=True, users=users).text()};" for _ in range(count)]


def mls_constraint_lines(policy: Policy) -> list[str]:
    """At least one: the language demands it."""
    dice = policy.dice
    return (constraints(policy, "mls", False, dice.randint(1, 5)) +
            transitions(policy, "mls", False, dice.randint(0, 2)))


def constraint_lines(policy: Policy) -> list[str]:
    dice = policy.dice
    return (constraints(policy, "", True, dice.randint(0, 6)) +
            transitions(policy, "", True, dice.randint(0, 3)))
