# SPDX-License-Identifier: BSD-2-Clause
"""Labels of what there is: initial SIDs, devices; and what new objects of a class have."""

from __future__ import annotations

from .model import Policy

RANGES = ["source low", "source high", "source low-high",
          "target low", "target high", "target low-high"]  # glblub is for version 32 on


def default_lines(policy: Policy) -> list[str]:
    dice = policy.dice
    lines = []
    for c in policy.classes:
        lines += [f"default_{what} {c.name} {dice.choice(['source', 'target'])};"
                  for what in dice.each(["user", "role", "type"], 30)]
        if policy.levels and dice.chance(60):
            lines.append(f"default_range {c.name} {dice.choice(RANGES)};")
    return lines


def initial_sid_lines(policy: Policy) -> list[str]:
    return [f"sid {name} {policy.context()}" for name in policy.sids]


def disjoint_ranges(policy: Policy, first: int) -> list[tuple[int, int]]:
    ranges = []
    for _ in range(policy.dice.randint(0, 4)):
        low = first + policy.dice.choice([0, 1, 0x100])
        first = low + policy.dice.choice([1, 8, 0x1000])
        ranges.append((low, first - 1))
    policy.dice.shuffle(ranges)
    return ranges


def device_lines(policy: Policy) -> list[str]:
    dice = policy.dice

    def range_text(low: int, high: int) -> str:
        return f"{low:#x}" if low == high else f"{low:#x}-{high:#x}"

    frames = 0x1234567 if policy.version < 30 else dice.choice([0, 0xfebe0, 0x123456789a])
    lines = [f"pirqcon {number} {policy.context()}"
             for number in dice.sample([0, 4, 5, 255, 70000], dice.randint(0, 4))]
    lines += [f"iomemcon {range_text(*ends)} {policy.context()}"
              for ends in disjoint_ranges(policy, frames)]
    lines += [f"ioportcon {range_text(*ends)} {policy.context()}"
              for ends in disjoint_ranges(policy, dice.choice([0, 0x3f8]))]
    lines += [f"pcidevicecon {number:#x} {policy.context()}"
              for number in dice.sample([0, 0xc800, 0xc801, 0x10000], dice.randint(0, 3))]
    if policy.version >= 30:
        lines += [f"devicetreecon \"{path}\" {policy.context()}"
                  for path in dice.sample(["/", "/soc", "/soc/serial@0"], dice.randint(0, 3))]
    return lines
