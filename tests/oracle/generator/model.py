# SPDX-License-Identifier: BSD-2-Clause
"""What the rules of a policy are about: classes, types, roles, users, and the sets that name them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from .dice import Dice, braces
from .levels import Levels, Range

VOCABULARY = Path(__file__).resolve().parents[3] / "policy" / "vocabulary"
NR_XEN_CLASSES = 13
NR_XEN_SIDS = 13
MOST_PERMISSIONS = 32  # of a class

CAPABILITIES = ["network_peer_controls", "open_perms", "extended_socket_class",
                "always_check_network", "cgroup_seclabel", "nnp_nosuid_transition"]


@dataclass(frozen=True)
class Class:
    name: str
    common: str | None
    own: tuple[str, ...]
    permissions: tuple[str, ...]  # its common's, then its own


@dataclass(frozen=True)
class TypeSet:
    text: str
    types: tuple[str, ...]  # that it stands for


def statements(kind: str, file: str) -> list[str]:
    text = re.sub(r"#.*", "", (VOCABULARY / file).read_text())
    return [match[1] for match in re.finditer(rf"^{kind} (.*?)(?=^{kind} |\Z)", text, re.M | re.S)]


def xen_classes() -> list[Class]:
    classes = []
    for text in statements("class", "access_vectors")[:NR_XEN_CLASSES]:
        name, *permissions = re.findall(r"\w+", text)
        classes.append(Class(name, None, tuple(permissions), tuple(permissions)))
    return classes


class Policy:
    def __init__(self, dice: Dice, version: int, levels: Levels | None) -> None:
        self.dice, self.version, self.levels = dice, version, levels
        self.commons = {f"common{i}": [f"shared{i}_{j}" for j in range(dice.randint(1, 8))]
                        for i in range(dice.randint(0, 2))}
        self.classes = self.make_classes()
        self.sids = [text.strip() for text in statements("sid", "initial_sids")]
        self.sids = self.sids[:dice.choice([NR_XEN_SIDS, len(self.sids)])]
        self.make_types()
        self.booleans = [f"switch{i}" for i in range(dice.choice([0, 1, 2, 2, 3, 3, 4, 5, 6]))]
        self.tunables = [f"tunable{i}" for i in range(dice.choice([0, 0, 1, 2]))]
        self.make_roles()
        self.make_users()

    # Classes

    def random_class(self, name: str) -> Class:
        common = self.dice.choice([None, *self.commons])
        shared = self.commons[common] if common else []
        room = MOST_PERMISSIONS - len(shared)
        count = room if self.dice.chance(10) else self.dice.randint(0 if common else 1, 8)
        own = [f"{name}_{i}" for i in range(count)]
        if name == "domain":
            own[:0] = ["transition", *self.dice.each(["dyntransition"], 50)]
            own = own[:room]
        self.dice.shuffle(own)
        return Class(name, common, tuple(own), (*shared, *own))

    def make_classes(self) -> list[Class]:
        style = self.dice.randrange(10)
        xen = xen_classes()
        if style == 0:
            return xen
        if style < 4:
            classes = self.dice.some(xen, 2, 5)
        else:
            classes = [self.random_class(name) for name in ["domain"] * (style < 9)]
        classes += [self.random_class(f"class{i}") for i in range(self.dice.randint(1, 4))]
        classes += [Class("bare", None, (), ())] * self.dice.chance(5)
        self.dice.shuffle(classes)
        return classes

    def class_names(self) -> list[str]:
        return [f"class {c.name}" for c in self.classes]

    def class_permissions(self) -> list[str]:
        lines = [f"common {name} {{ {' '.join(names)} }}" for name, names in self.commons.items()]
        for c in self.classes:
            inherits = f" inherits {c.common}" if c.common else ""
            own = f" {{ {' '.join(c.own)} }}" if c.own else ""
            lines += [f"class {c.name}{inherits}{own}"] * bool(inherits or own)
        return lines

    def some_classes(self) -> tuple[str, list[str]]:
        """Classes as text, and the permissions that each of them has, of which there are some."""
        chosen = self.dice.some([c for c in self.classes if c.permissions], 1, 3)
        shared = [name for name in chosen[0].permissions
                  if all(name in other.permissions for other in chosen)]
        if not shared:
            chosen = chosen[:1]
            shared = list(chosen[0].permissions)
        return braces([c.name for c in chosen]), shared

    def some_class_names(self) -> list[str]:
        return self.dice.some([c.name for c in self.classes], 1, self.dice.choice([1, 1, 1, 3]))

    def sid_names(self) -> list[str]:
        return [f"sid {name}" for name in self.sids]

    def capabilities(self) -> list[str]:
        return [f"policycap {name};" for name in self.dice.each(CAPABILITIES, 15)]

    # Types

    def make_types(self) -> None:
        dice = self.dice
        count = dice.randint(40, 60) if dice.chance(5) else dice.randint(6, 25)
        self.types = [f"type{i}" for i in range(count)]
        self.make_bounds()
        self.attributes = {f"attribute{i}": dice.each(self.types, dice.choice([0, 20, 40, 100]))
                           for i in range(dice.randint(1, 6))}
        self.type_aliases = {f"old_{name}".replace(".", "_"): name
                             for name in dice.each(self.types, 10)}
        self.permissive = dice.each(self.types, 5)

    def make_bounds(self) -> None:
        # No chains: libsepol 3.4 crashes where a type in the middle is masked itself.
        dice = self.dice
        count = min(dice.randint(0, 4), len(self.types) // 2)
        chosen = dice.sample(range(len(self.types)), 2 * count)
        self.bounds: dict[str, str] = {}  # child: parent
        self.forged: dict[str, str] = {}
        for child, parent in zip(chosen[::2], chosen[1::2]):
            if dice.chance(50):
                self.forged[self.types[child]] = self.types[parent]
                continue
            if dice.chance(30):  # bounded by what stands before the dot
                self.types[child] = f"{self.types[parent]}.junior"
            self.bounds[self.types[child]] = self.types[parent]

    def type_declarations(self) -> list[str]:
        dice = self.dice
        lines = [f"attribute {name};" for name in self.attributes]
        lines += [f"expandattribute {name} {dice.choice(['true', 'false'])};"
                  for name in dice.each(list(self.attributes), 10)]
        late: list[str] = []
        for name in self.types:
            mine = [a for a, types in self.attributes.items() if name in types]
            early = dice.each(mine, 60)
            lines.append(f"type {', '.join([name, *early])};")
            rest = [a for a in mine if a not in early]
            late += [f"typeattribute {name} {', '.join(rest)};"] * bool(rest)
        lines += ["type ghost;", *late]  # no rule is about it
        lines += [f"typealias {name} alias {alias};" for alias, name in self.type_aliases.items()]
        lines += [f"permissive {name};" for name in self.permissive]
        lines += [f"typebounds {parent} {child};" for child, parent in self.bounds.items()
                  if "." not in child]
        # No compiler makes bounds that have any effect on types: these are added to its output.
        return lines + [f"# forged bounds: {parent} {child}"
                        for child, parent in self.forged.items()]

    def type_name(self, name: str) -> str:
        aliases = [alias for alias, type_ in self.type_aliases.items() if type_ == name]
        return self.dice.choice(aliases) if aliases and self.dice.chance(50) else name

    def plain_set(self, most: int) -> TypeSet:
        """Types and attributes, nothing taken away."""
        names = self.dice.some(self.types, 1, most)
        attributes = self.dice.some(list(self.attributes), 0, 1)
        if attributes and self.dice.chance(60):
            names = self.dice.some(names, 0, 1)
        elif self.dice.chance(80):
            attributes = []
        members = {*names, *(t for a in attributes for t in self.attributes[a])}
        return TypeSet(braces([*map(self.type_name, names), *attributes]),
                       tuple(t for t in self.types if t in members))

    def type_set(self, most: int = 3) -> TypeSet:
        plain = self.plain_set(most)
        if self.dice.chance(75):
            return plain
        if self.dice.chance(30):  # sets in sets
            other = self.plain_set(most)
            members = {*plain.types, *other.types}
            plain = TypeSet(f"{{ {plain.text} {other.text} }}",
                            tuple(t for t in self.types if t in members))
        without = self.dice.some([*self.types, *self.attributes], 1, 2)
        gone = {t for name in without for t in self.attributes.get(name, [name])}
        return TypeSet(f"{{ {plain.text} {' '.join('-' + name for name in without)} }}",
                       tuple(t for t in plain.types if t not in gone))

    def boolean_declarations(self) -> list[str]:
        return [f"{kind} {name} {self.dice.choice(['true', 'false'])};"
                for kind, names in (("bool", self.booleans), ("tunable", self.tunables))
                for name in names]

    # Roles and users

    def make_roles(self) -> None:
        dice = self.dice
        self.roles = {f"role{i}": dice.each(self.types, dice.choice([10, 50, 90])) or self.types[:1]
                      for i in range(dice.randint(1, 5))}
        self.role_attributes = {f"group{i}": dice.each(list(self.roles), 50)
                                for i in range(dice.choice([0, 0, 1, 2]))}

    def role_declarations(self) -> list[str]:
        dice = self.dice
        lines = [f"attribute_role {name};" for name in self.role_attributes]
        lines += [f"role {name};" for name in self.roles]
        lines += [f"roleattribute {role} {name};"
                  for name, roles in self.role_attributes.items() for role in roles]
        lines += [f"role {name} types {braces(types)};" for name, types in self.roles.items()]
        # Not without some: those would be taken from what the role has already.
        lines += [f"role {name} types {self.plain_set(3).text};"
                  for name in dice.each([*self.roles, *self.role_attributes], 20)]
        if dice.chance(50):
            inferior = "".join(f" role {name};" for name in dice.some(list(self.roles), 1, 3))
            lines.append(f"dominance {{ role superior {{{inferior} }} }}")
            lines.append(f"role superior types {self.type_set().text};")
            self.roles["superior"] = []
        if dice.chance(20):  # bounded by what stands before the dot
            role, types = dice.choice([item for item in self.roles.items() if item[1]])
            lines += [f"role {role}.junior;", f"role {role}.junior types {dice.choice(types)};"]
            self.roles[f"{role}.junior"] = []
        names = [*self.roles, *self.role_attributes]
        for name in dice.each(names, 60):
            lines.append(f"allow {name} {braces(dice.some(names, 1, 2))};")
        return lines

    def make_users(self) -> None:
        dice = self.dice
        self.users = {f"user{i}": dice.some(list(self.roles), 1, 3)
                      for i in range(dice.randint(1, 4))}
        if dice.chance(15):
            user, roles = dice.choice(list(self.users.items()))
            self.users[f"{user}.junior"] = dice.some(roles, 1, 2)
        self.ranges: dict[str, Range] = {}
        if self.levels:
            self.ranges = {user: self.levels.range_within() for user in self.users}

    def user_declarations(self) -> list[str]:
        lines = []
        for user, roles in self.users.items():
            added = self.dice.each([name for name in self.roles if not self.roles[name]], 60)
            added += self.dice.each(list(self.role_attributes), 20)
            added = [] if "." in user else added
            mls = ""
            if self.levels:
                level = self.levels.text(self.dice.choice(self.ranges[user]))
                mls = f" level {level} range {self.levels.range_text(self.ranges[user])}"
            lines.append(f"user {user} roles {{ {' '.join([*roles, *added])} }}{mls};")
        return lines

    def context(self) -> str:
        """Any that is valid."""
        user = self.dice.choice(list(self.users))
        role = self.dice.choice(["object_r", *self.users[user]])
        objects = role == "object_r"
        type_ = self.dice.choice(self.types if objects else self.roles[role])
        label = f"{user}:{role}:{self.type_name(type_)}"
        if not self.levels:
            return label
        most = None if objects else self.ranges[user]
        return f"{label}:{self.levels.range_text(self.levels.range_within(most))}"
