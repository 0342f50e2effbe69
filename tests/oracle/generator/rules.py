# SPDX-License-Identifier: BSD-2-Clause
"""Rules on types, with and without conditions, and those on roles, ranges and file names."""

from __future__ import annotations

from .dice import braces
from .model import Policy, TypeSet

VECTORS = ["allow"] * 6 + ["auditallow", "dontaudit", "dontaudit", "auditdeny"]
TYPE_RULES = ["type_transition", "type_transition", "type_member", "type_change"]
OPERATORS = ["&&", "||", "^", "==", "!="]
MOST_BOOLEANS = 6  # in one condition; libsepol has a table of its outcomes for up to 5

UNCONDITIONAL = (-1, True)
Branch = tuple[int, bool]  # which condition, and which of its branches
Key = tuple[str, str, str, str]


class Rules:
    def __init__(self, policy: Policy) -> None:
        self.policy, self.dice = policy, policy.dice
        self.taken: dict[Key, dict[Branch, str]] = {}  # what each type rule says, and where
        self.roles_taken: set[tuple[str, str, str]] = set()
        self.ranges_taken: set[tuple[str, str, str]] = set()
        self.names_taken: set[tuple[str, str, str, str]] = set()

    # Access vectors

    def permissions(self, permissions: list[str]) -> str:
        style = self.dice.randrange(10)
        if style < 2:
            return "*"
        chosen = braces(self.dice.some(permissions, 1, 5))
        return f"~{chosen}" if style < 4 else chosen

    def for_parents(self, source: TypeSet, target: TypeSet, with_self: bool, rest: str) -> list[str]:
        """A bounded type may be allowed only what its parent is allowed too."""
        bounds = self.policy.bounds
        lines = []
        for child in (name for name in source.types if name in bounds):
            targets = dict.fromkeys(bounds.get(name, name) for name in target.types)
            targets |= {bounds[child]: None} if with_self else {}
            lines += [f"allow {bounds[child]} {braces(list(targets))}:{rest};"] * bool(targets)
        return lines

    def vector(self) -> list[str]:
        kind = self.dice.choice(VECTORS)
        classes, permissions = self.policy.some_classes()
        source, target = self.policy.type_set(), self.policy.type_set()
        rest = f"{classes} {self.permissions(permissions)}"
        with_self, text = self.dice.chance(15), target.text
        if with_self and self.dice.chance(50):
            target, text = TypeSet("self", ()), "self"
        elif with_self:
            text = f"{{ {text} self }}"
        extra = self.for_parents(source, target, with_self, rest) if kind == "allow" else []
        return [f"{kind} {source.text} {text}:{rest};", *extra]

    # Labels of new objects

    def fits(self, keys: list[Key], branch: Branch, result: str) -> bool:
        """Two type rules may not differ, unless they are in two branches of one condition."""
        for key in keys:
            for other, said in self.taken.get(key, {}).items():
                again = branch == other == UNCONDITIONAL and said == result
                if not again and (branch == other or branch[0] != other[0]):
                    return False
        return True

    def type_rule(self, branch: Branch) -> list[str]:
        kind, result = self.dice.choice(TYPE_RULES), self.dice.choice(self.policy.types)
        source, target = self.policy.type_set(2), self.policy.type_set(2)
        classes = self.policy.some_class_names()
        with_self = self.dice.chance(10)
        keys = [(kind, s, t, c) for s in source.types for c in classes
                for t in dict.fromkeys([*target.types, *([s] if with_self else [])])]
        if not self.fits(keys, branch, result):
            return []
        for key in keys:
            self.taken.setdefault(key, {})[branch] = result
        text = f"{{ {target.text} self }}" if with_self else target.text
        return [f"{kind} {source.text} {text}:{braces(classes)} {self.policy.type_name(result)};"]

    def rules(self, count: int, branch: Branch) -> list[str]:
        lines: list[str] = []
        for _ in range(count):
            lines += self.type_rule(branch) if self.dice.chance(25) else self.vector()
        return lines

    def optional(self) -> list[str]:
        """Rules that are there only if something is."""
        name = self.dice.choice([self.dice.choice(self.policy.types), "absent"])
        lines = ["optional {", f"require {{ type {name}; }}",
                 *self.rules(self.dice.randint(1, 3), UNCONDITIONAL)]
        if self.dice.chance(50):
            lines += ["} else {", *self.rules(self.dice.randint(1, 3), UNCONDITIONAL)]
        return [*lines, "}"]

    # Conditions

    def conditional(self, number: int) -> list[str]:
        tunable = self.policy.tunables and self.dice.chance(25)
        among = self.policy.tunables if tunable else self.policy.booleans
        if not among:
            return []
        leaves = self.dice.choice([1, 1, 2, 2, 3, MOST_BOOLEANS])
        expression = self.dice.tree(leaves, lambda: self.dice.choice(among), OPERATORS, "!")
        count = self.dice.randint(0, 4)
        lines = [f"if ({expression}) {{", *self.rules(count, (number, True))]
        if self.dice.chance(60):
            least = 0 if count else 1
            lines += ["} else {", *self.rules(self.dice.randint(least, 3), (number, False))]
        return [*lines, "}"]

    # Roles, ranges and file names

    def role_transition(self) -> list[str]:
        names = [*self.policy.roles, *self.policy.role_attributes]
        chosen, target = self.dice.some(names, 1, 2), self.policy.type_set(2)
        # Those of other classes are lost in version 24.
        classes = ["domain"] if self.dice.chance(50) else self.policy.some_class_names()
        roles = [r for name in chosen for r in [name, *self.policy.role_attributes.get(name, [])]]
        keys = {(r, t, c) for r in roles for t in target.types for c in classes}
        if keys & self.roles_taken:
            return []
        self.roles_taken |= keys
        result = self.dice.choice(list(self.policy.roles))
        return [f"role_transition {braces(chosen)} {target.text}:{braces(classes)} {result};"]

    def range_transition(self) -> list[str]:
        levels = self.policy.levels
        source, target = self.policy.type_set(2), self.policy.type_set(2)
        classes = self.policy.some_class_names()
        keys = {(s, t, c) for s in source.types for t in target.types for c in classes}
        if not levels or keys & self.ranges_taken:
            return []
        self.ranges_taken |= keys
        return [f"range_transition {source.text} {target.text}:{braces(classes)} "
                f"{levels.range_text(levels.range_within())};"]

    def name_transition(self) -> list[str]:
        """Version 24 has none."""
        name = self.dice.choice(["a", "b c", "serial@0"])
        source, target = self.policy.type_set(2), self.policy.type_set(2)
        classes = self.policy.some_class_names()
        keys = {(s, t, c, name) for s in source.types for t in target.types for c in classes}
        if self.policy.version < 30 or keys & self.names_taken:
            return []
        self.names_taken |= keys
        return [f"type_transition {source.text} {target.text}:{braces(classes)} "
                f"{self.dice.choice(self.policy.types)} \"{name}\";"]


def rule_lines(policy: Policy) -> list[str]:
    dice, rules = policy.dice, Rules(policy)
    lines = rules.rules(dice.randint(10, 40), UNCONDITIONAL)
    for number in range(dice.randint(1, 5)):
        lines += rules.conditional(number)
    if dice.chance(25):
        lines += rules.optional()
    lines += [line for _ in range(dice.randint(0, 3)) for line in rules.name_transition()]
    if any(c.name == "domain" for c in policy.classes):  # the compiler looks for it
        lines += [line for _ in range(dice.randint(0, 6)) for line in rules.role_transition()]
    lines += [line for _ in range(dice.randint(0, 6)) for line in rules.range_transition()]
    classes = [c.name for c in policy.classes if c.permissions]
    return [*lines, f"neverallow ghost ~ghost:{braces(classes)} *;"]
