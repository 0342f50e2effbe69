# SPDX-License-Identifier: BSD-2-Clause
"""What a domain's attempts came to, compared with what was predicted: their results, and the audit records."""

from __future__ import annotations

import re
import subprocess

from attempts import Attempt, Plan
from system import ROOT, TOOL
from trial import Trial

RESULT = re.compile(r"^(?:ok|FAIL) ")
AUDIT = re.compile(r"^(?:avc:  (?:denied|granted)|role:  denied|phase:  denied) .* for domid=(\d+) ")
MOST_EXPLAINED = 5  # of a domain
NO_RESULT = ("launch_finalise",)  # doesn't come back where it is allowed


def differences(trial: Trial, plan: Plan, said: list[str], said_by_hypervisor: list[str]) -> list[str]:
    """In words; none: all is as it was predicted."""
    if not plan.attempts:
        return []
    results = [line for line in said if RESULT.match(line)]
    records = [line for line in said_by_hypervisor
               if (match := AUDIT.match(line)) and int(match[1]) == plan.attempts[0].domid]
    faults = [f"{plan.attempts[0].subject}: {line}" for line in said if not RESULT.match(line) and " = fault " in line]
    return faults + results_that_differ(trial, plan, results) + records_that_differ(trial, plan, records)


def results_that_differ(trial: Trial, plan: Plan, results: list[str]) -> list[str]:
    expected = [one for one in plan.attempts if not (one.allowed and one.operation in NO_RESULT)]
    wrong = [(attempt, line) for attempt, line in zip(expected, results) if not line.startswith("ok ")]
    found = [explain(trial, attempt, [f"it got: {line.partition(' ')[2]}"]) for attempt, line in wrong[:MOST_EXPLAINED]]
    found += [f"{attempt}: {line.partition(' ')[2]}" for attempt, line in wrong[MOST_EXPLAINED:]]
    if len(results) != len(expected):
        found.append(f"{plan.attempts[0].subject} has {len(results)} results of {len(expected)} attempts")
    return found


def records_that_differ(trial: Trial, plan: Plan, records: list[str]) -> list[str]:
    """The first one: those after it are shifted."""
    wanted = [(attempt, record) for attempt in plan.attempts for record in attempt.records]
    for at, (attempt, record) in enumerate(wanted):
        if at == len(records) or records[at] != record:
            found = records[at] if at < len(records) else "none"
            return [explain(trial, attempt, [f"audit record:        {found}", f"where it should be:  {record}"])]
    if len(records) > len(wanted):
        return [f"{plan.attempts[0].subject}: one more audit record than expected: {records[len(wanted)]}"]
    return []


def explain(trial: Trial, attempt: Attempt, found: list[str]) -> str:
    """What was predicted and why, by rule and line, and how to attempt it alone."""
    verdict = "allowed" if attempt.allowed else f"denied (key={','.join(attempt.keys)})"
    text = [f"{attempt}: predicted to be {verdict}", *found]
    for line in (trial.lines[number] for number in attempt.lines):
        text.append(f"expected by {line['at'].removeprefix(f'{ROOT}/')}: {line['text']}")
    text += why(trial, attempt)
    text.append(f"repeat: build/bailiwick test {trial.subject.name} --only '{attempt}'")
    return "\n      ".join(text)


def why(trial: Trial, attempt: Attempt) -> list[str]:
    """What `bailiwick try` says of it: labels, permissions, and the lines of rules."""
    if attempt.when in ("sealed", "failed") or attempt.target not in (attempt.number, -1):  # what `try` can't ask
        return [f"asked of {check['source']} to {check['target']}, {check['class']}:{check['permission']}: "
                f"{'allowed' if check['allowed'] else 'denied'}" for check in attempt.checks]
    early = ["--before-finalise"] if attempt.when == "before" else []
    question = f"{attempt.subject} {attempt.operation} {attempt.item}"
    done = subprocess.run([TOOL, "try", trial.subject.name, question, *trial.subject.root, "--offline", *early], check=False,
                          text=True, capture_output=True)
    return done.stdout.splitlines()[1:]
