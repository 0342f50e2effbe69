# SPDX-License-Identifier: BSD-2-Clause
"""Random policies for `checkpolicy -t xen`, the same each time for the same seed."""

from __future__ import annotations

from .dice import Dice
from .labels import default_lines, device_lines, initial_sid_lines
from .levels import Levels
from .model import Policy
from .restrictions import constraint_lines, mls_constraint_lines
from .rules import rule_lines


def policy_text(seed: int, mls: bool, version: int) -> str:
    """The source of a policy that is valid for checkpolicy; version 24 can't express everything."""
    dice = Dice(f"{seed} {mls} {version}")
    policy = Policy(dice, version, Levels(dice) if mls else None)
    sections = [
        [f"# seed {seed}, version {version}, {'with' if mls else 'without'} MLS"],
        policy.class_names(),
        policy.sid_names(),
        policy.class_permissions(),
        default_lines(policy),
        policy.levels.declarations() + mls_constraint_lines(policy) if policy.levels else [],
        policy.capabilities(),
        policy.type_declarations(),
        policy.boolean_declarations(),
        policy.role_declarations(),
        rule_lines(policy),
        policy.user_declarations(),
        constraint_lines(policy),
        initial_sid_lines(policy),
        device_lines(policy),
    ]
    return "\n".join(line for section in sections for line in [*section, ""])
