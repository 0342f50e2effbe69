# SPDX-License-Identifier: BSD-2-Clause
"""A system booted with probes in the place of its kernels: each domain attempts everything that it could ask of the
hypervisor, and what comes of it is compared with what the policy predicts."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from attempts import Attempt, Plan, make_plan
from compare import differences
from system import ROOT, TOOL, Problem
from trial import LATEST, Member, Trial, build, make_blob, read_members, script, script_of

from machine import Console, Machine, first_with, read_nonces, said

PATIENCE = 120  # seconds; far more than is needed, since other work may share the machine
END = "probe: end of script: "
MOST_DIFFERENCES = 10  # that are shown
GIVES_UP = "launch_fail attempted"


@dataclass
class Round:
    """One boot: who attempts what, and what was said."""

    folder: Path  # that is booted
    plans: dict[str, Plan]
    fails: bool  # the boot domain gives up the launch, and the crash domain runs alone
    running: list[str]  # who runs to its script's end
    said: list[str] = field(default_factory=list)  # by the hypervisor


@dataclass
class Outcome:
    """What was attempted and found, all of it as predicted."""

    nr_lines: int  # of expectations
    rounds: list[Round]

    def attempted(self) -> list[Attempt]:
        return [attempt for one in self.rounds for plan in one.plans.values() for attempt in plan.attempts
                if attempt.asked]

    def said(self) -> list[str]:
        return [line for one in self.rounds for line in one.said]

    def tried(self) -> set[int]:
        """The lines that some attempt tries."""
        return {line for attempt in self.attempted() for line in attempt.lines}

    def words(self) -> str:
        attempts = self.attempted()
        denied = sum(not one.allowed for one in attempts)
        running = {name for one in self.rounds for name in one.running}
        return (f"{len(running)} domains answered; {denied} attempts were denied and {len(attempts) - denied} allowed, "
                f"each as the policy says; they try {len(self.tried())} of {self.nr_lines} expectations")


def expect(*arguments: object) -> tuple[list[dict[str, str]], list[Attempt]]:
    done = subprocess.run([TOOL, "expect", *map(str, arguments), "--attempts"], check=False, text=True,
                          capture_output=True)
    if done.returncode != 0:
        raise Problem(f"what its domains may do can't be predicted:\n{done.stderr}")
    said = json.loads(done.stdout)
    return said["lines"], [Attempt(**one) for one in said["attempts"]]


def number_modules(attempts: list[Attempt], blob: Path) -> list[Attempt]:
    """With probes there are other boot modules: those that have the labels that are asked about."""
    asked = {attempt.question(): attempt for attempt in attempts if attempt.is_about_module()}
    there = [attempt for attempt in expect(blob, "/dev/null", "--root", ROOT)[1]
             if attempt.is_about_module() and attempt.question() in asked]
    if missing := asked.keys() - {attempt.question() for attempt in there}:
        raise Problem(f"with probes there is no boot module for {missing}")
    for attempt in there:
        same = asked[attempt.question()]
        attempt.lines, attempt.item, attempt.asked = same.lines, same.item, same.asked
    return [attempt for attempt in attempts if not attempt.is_about_module()] + there


def predict(trial: Trial, blob: Path) -> list[Attempt]:
    where = [trial.subject.name, *([trial.expectations] if trial.expectations else []), *trial.subject.root]
    trial.lines, attempts = expect(*where)
    if trial.line:
        trial.lines, asked = expect(*where, "--line", trial.line)
        of_line = {one.key(): one for one in asked}
        for attempt in attempts:
            attempt.asked = attempt.key() in of_line
            attempt.lines = of_line[attempt.key()].lines if attempt.asked else []
    if any("permissive=1" in record for attempt in attempts for record in attempt.records):
        raise Problem("its policy has a permissive type: whatever is denied to that is done all the same, and recorded "
                      "once, so that nothing can be compared; `bailiwick test --offline` does the rest")
    attempts = number_modules(attempts, blob)
    for attempt in attempts if trial.only else []:
        attempt.asked = str(attempt) == trial.only
    if trial.only and not any(one.asked for one in attempts):
        raise Problem(f"none of its domains attempts '{trial.only}'")
    return attempts


def let_one_seal(attempts: list[Attempt]) -> list[Attempt]:
    """A policy can be sealed once: of those who may, the first one does."""
    sealer = next((one.subject for one in attempts if one.when == "sealed"), None)
    return [one for one in attempts if one.subject == sealer or not (
        one.when == "sealed" or (one.operation == "policy_seal" and one.allowed and not one.sealed))]


def make_plans(trial: Trial, members: list[Member], attempts: list[Attempt]) -> dict[str, Plan]:
    collects = bool(trial.configured("COVERAGE"))
    return {member.name: make_plan([one for one in attempts if one.subject == member.name], collects)
            for member in members}


def make_rounds(trial: Trial, members: list[Member], attempts: list[Attempt]) -> list[Round]:
    """The launch, and if there is anything to be attempted then, one that fails."""
    normal = make_plans(trial, members, let_one_seal([one for one in attempts if one.when != "failed"]))
    failed = make_plans(trial, members, [one for one in attempts if one.when == "failed"])
    stay = [member.name for member in members if "boot" not in member.roles and member.roles != {"crash"}]
    rounds = [Round(trial.into / "boot", normal, False, stay)]
    if any(attempt.asked for plan in failed.values() for attempt in plan.attempts):
        rescue = [member.name for member in members if "crash" in member.roles]
        rounds.append(Round(trial.into / "boot-failed", failed, True, rescue))
    return rounds


def write_scripts(trial: Trial, members: list[Member], one: Round) -> None:
    for member in members:
        plan = one.plans[member.name]
        first, last = [], []
        if "boot" in member.roles and one.fails:
            last = [GIVES_UP]
        elif "boot" in member.roles:
            last = [] if any(attempt.operation == "launch_finalise" for attempt in plan.attempts) else [
                "launch_finalise"]
        elif not one.fails:
            # Whoever is started before the launch is finalised waits for that, and nobody ends before the others do.
            first, last = ["sleep 100"], [f"sleep_until {LATEST}"]
        script_of(trial, member.name).write_text(script(plan, first, last, trial.pause()))


def prepare(trial: Trial) -> Outcome:
    """Everything but the boots."""
    blob = make_blob(trial)
    members = read_members(blob)
    rounds = make_rounds(trial, members, predict(trial, blob))
    outcome = Outcome(len(trial.lines), rounds)
    if trial.only and not outcome.attempted():
        whys = [why for one in rounds for plan in one.plans.values() for left, why in plan.left_out if left.asked]
        raise Problem(f"'{trial.only}' can't be attempted: {', '.join(whys)}")
    for one in rounds:
        write_scripts(trial, members, one)
        build(trial, blob, one.folder)
    return outcome


def attempt_all(trial: Trial, outcome: Outcome, hypervisor: Path, logs: Path, patience: float = PATIENCE) -> None:
    """
    Boot each round. Problem: something wasn't as it should be. Time is counted in instructions: what sleeps costs
    nothing, and no other work makes anybody late.
    """
    for one in outcome.rounds:
        machine = Machine(modules=one.folder, cpus=1, icount=True, hypervisor=hypervisor)
        with Console(machine, logs / f"{one.folder.name}.log") as console:
            wait_for_end(console, one, patience)
            judge(trial, one, console)


def boot(trial: Trial) -> Outcome:
    outcome = prepare(trial)
    attempt_all(trial, outcome, trial.hypervisor, trial.into)
    return outcome


def wait_for_end(console: Console, one: Round, patience: float) -> None:
    def refused() -> str | None:
        return None if one.fails else first_with(console.said_by("bailiwick"), "launch refused:")

    console.wait_end(patience)
    log = f"the serial console's log is {console.log}"
    if refused():
        raise Problem(f"{refused()}; {log}")
    missing = [name for name in one.running if not first_with(console.said_by(name), END)]
    if missing:
        raise Problem(f"no answer from {', '.join(missing)}; {log}")


def said_since(console: Console, name: str) -> list[str]:
    """By the hypervisor, since a domain has begun with its script: before, its probe has made calls of its own."""
    begins = next((number for number, line in enumerate(console.lines) if line.startswith(f"[{name}] answer: ")), 0)
    return said(console.lines[begins:], "[bailiwick] ")


def judge(trial: Trial, one: Round, console: Console) -> None:
    nonces = read_nonces(one.folder)
    one.said = console.said_by("bailiwick")
    wrong = [f"{name} didn't answer with its nonce" for name in one.running
             if f"answer: {nonces[name]}" not in console.said_by(name)]
    for name, plan in one.plans.items():
        wrong += differences(trial, plan, console.said_by(name), said_since(console, name))
    wrong += [f"not all audit records could be compared: {line}" for line in one.said
              if line.startswith("audit: ") and line.endswith(" were dropped")]
    if not wrong:
        return
    shown = wrong[:MOST_DIFFERENCES]
    if len(wrong) > len(shown):
        shown.append(f"and {len(wrong) - len(shown)} more")
    raise Problem("\n".join(["not as the policy says:", *shown, f"the serial console's log is {console.log}"]))
