# SPDX-License-Identifier: BSD-2-Clause
"""A system booted with probes (tools/probe/) in the place of its kernels: each domain attempts everything that it
could ask of the hypervisor, and what comes of it is compared with what the policy predicts."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from attempts import Attempt, Plan, make_plan
from system import ROOT, TOOL, Problem, Subject, tool

from machine import BUILD, HYPERVISOR, Console, Machine, first_with, read_nonces

PROBE = BUILD / "probe/probe.elf"
NODE = "/chosen/hypervisor"
MEMORY_KIB = 16 << 10  # a probe needs no more, and clearing it takes the most time
PATIENCE = 120  # seconds; far more than is needed, since other work may share the machine
OWN = re.compile(r'(\bsource\s*=\s*")\./')  # a source that is in the folder
MEMBER = re.compile(r"^  domid (\d+) +(\S+) .* roles: (.*)$", re.MULTILINE)
AUDIT = re.compile(r"^(?:avc:  (?:denied|granted)|role:  denied|phase:  denied) .* for domid=(\d+) ")
RESULT = re.compile(r"^(?:ok|FAIL) ")
END = "probe: end of script: "
LATEST = 600_000  # ms, of the machine's clock: longer than any domain takes for what it attempts
MOST_DIFFERENCES = 10  # that are shown
SHOWN = ("launch_finalise",)  # doesn't come back, and has no result


@dataclass
class Member:
    """A domain, as `bailiwick check` lists it."""

    name: str
    domid: int
    roles: set[str]

    def runs(self) -> bool:
        """It isn't only there for a failure of the launch."""
        return self.roles != {"crash"}


@dataclass
class Trial:
    """A system to be tried: how much of it, and by which hypervisor."""

    subject: Subject
    line: str | None = None  # only what tries this one of its expectations
    only: str | None = None  # only this attempt
    hypervisor: Path = HYPERVISOR
    lines: list[dict[str, str]] = field(default_factory=list)  # of the expectations that are tried

    @property
    def into(self) -> Path:
        return self.subject.into / "probes"

    def configured(self, name: str) -> int:
        """Of Kconfig, as this hypervisor was built; 0: it isn't."""
        text = (self.hypervisor.parent / "config.h").read_text()
        found = re.search(rf"^#define CONFIG_{name} (\d+)$", text, re.MULTILINE)
        return int(found[1]) if found else 0

    def pause(self) -> float:
        """ms after which a domain may have another audit line printed: the help of CONFIG_AUDIT_BURST."""
        return 4000 / self.configured("AUDIT_BURST")


def fdt(*arguments: object) -> str:
    return subprocess.run([*map(str, arguments)], check=True, text=True, stdout=subprocess.PIPE).stdout


def children(blob: Path, node: str, kind: str) -> list[str]:
    """The nodes of a kind below a node, by their paths."""
    paths = [f"{node}/{name}" for name in fdt("fdtget", "-l", blob, node).split()]
    return [path for path in paths if kind in fdt("fdtget", "-d", "", blob, path, "compatible").split()]


def put_probe(blob: Path, domain: str, script: Path) -> None:
    [kernel] = children(blob, domain, "module,kernel")
    ramdisks = children(blob, domain, "module,ramdisk")
    ramdisk = ramdisks[0] if ramdisks else f"{domain}/ramdisk"
    fdt("fdtput", "-t", "u", blob, domain, "memory", 0, MEMORY_KIB)
    for node, name, value in ((kernel, "source", PROBE), (kernel, "bootargs", "nonce=@NONCE@"),
                              (ramdisk, "compatible", "module,ramdisk"), (ramdisk, "source", script)):
        fdt("fdtput", "-p", "-t", "s", blob, node, name, value)


def make_blob(trial: Trial) -> Path:
    """Its device tree, but each domain is a probe whose script is in a file of its name."""
    trial.into.mkdir(parents=True, exist_ok=True)
    blob, source = trial.into / "probes.dtb", trial.into / "probes.dts"
    text, folder = trial.subject.source.read_text(), trial.subject.folder
    source.write_text(OWN.sub(rf"\g<1>{folder.resolve()}/", text) if folder else text)
    fdt("dtc", "-q", "-I", "dts", "-O", "dtb", "-i", trial.subject.source.parent, "-o", blob, source)
    for domain in children(blob, NODE, "xen,domain"):
        script = (trial.into / f"{domain.rpartition('/')[2]}.probe").resolve()
        script.write_text("")
        put_probe(blob, domain, script)
    return blob


def read_members(blob: Path) -> list[Member]:
    done = tool("check", "--root", ROOT, blob, quiet=True)
    if done.returncode != 0:
        raise Problem(f"it can't be booted with probes:\n{done.stdout}")
    return [Member(name, int(domid), set() if roles == "none" else set(roles.split(", ")))
            for domid, name, roles in MEMBER.findall(done.stdout)]


@dataclass
class Prediction:
    """What `bailiwick expect --attempts` says."""

    nr_lines: int
    plans: dict[str, Plan]

    def attempted(self) -> list[Attempt]:
        return [attempt for plan in self.plans.values() for attempt in plan.attempts]

    def tries(self) -> dict[int, int]:
        """Of each line: how many of the attempts try it."""
        count = dict.fromkeys(range(self.nr_lines), 0)
        for attempt in self.attempted():
            for line in attempt.lines:
                count[line] += 1
        return count


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
    for attempt in there:
        same = asked[attempt.question()]
        attempt.lines, attempt.item = same.lines, same.item
    return [attempt for attempt in attempts if not attempt.is_about_module()] + there


def predict(trial: Trial, blob: Path, members: list[Member]) -> Prediction:
    line = ["--line", trial.line] if trial.line else []
    trial.lines, attempts = expect(trial.subject.name, *line, *trial.subject.root)
    attempts = [one for one in number_modules(attempts, blob) if trial.only in (None, str(one))]
    if trial.only and not attempts:
        raise Problem(f"none of its domains attempts '{trial.only}'")
    collects = trial.configured("COVERAGE")
    return Prediction(len(trial.lines), {
        member.name: make_plan([one for one in attempts if one.subject == member.name], collects)
        for member in members if member.runs()})


def script(member: Member, plan: Plan, pause: float) -> str:
    """`pause`: ms for an audit record, so that none is dropped. It waits until all others have had their turn."""
    lines = ["nonce"]
    boots = "boot" in member.roles
    if not boots:
        lines.append("sleep 100")  # whoever is started before the launch is finalised waits for that
    for attempt, command in zip(plan.attempts, plan.commands, strict=True):
        lines.append(command)
        wait = round(pause * len(attempt.records))
        if wait:
            lines.append(f"sleep {wait}")
    if boots and not any(attempt.operation == "launch_finalise" for attempt in plan.attempts):
        lines.append("launch_finalise")
    if not boots:
        lines.append(f"sleep_until {LATEST}")
    return "\n".join([*lines, ""])


def build(trial: Trial, blob: Path) -> Path:
    built = tool("build", "--root", ROOT, blob, "--hypervisor", trial.hypervisor, "--no-iso",
                 "--output", trial.into / "boot", quiet=True)
    if built.returncode != 0:
        raise Problem(f"it can't be built with probes:\n{built.stdout}")
    return trial.into / "boot"


def start(trial: Trial, folder: Path, on_line: Callable[[str], None] | None = None) -> Console:
    """Time is counted in instructions: what sleeps costs nothing, and no other work makes anybody late."""
    machine = Machine(modules=folder, cpus=1, icount=True, hypervisor=trial.hypervisor)
    return Console(machine, trial.into / "serial.log", on_line)


@dataclass
class Outcome:
    """What was attempted and found."""

    prediction: Prediction
    console: Console
    running: list[str]

    def words(self) -> str:
        attempts = self.prediction.attempted()
        denied = sum(not one.allowed for one in attempts)
        tried = sum(count > 0 for count in self.prediction.tries().values())
        return (f"{len(self.running)} domains answered; {denied} attempts were denied and {len(attempts) - denied} "
                f"allowed, each as the policy says; they try {tried} of {self.prediction.nr_lines} expectations")


def boot(trial: Trial) -> Outcome:
    """Boot it. Problem: something wasn't as it should be."""
    blob = make_blob(trial)
    members = read_members(blob)
    prediction = predict(trial, blob, members)
    for member in members:
        if member.runs():
            text = script(member, prediction.plans[member.name], trial.pause())
            (trial.into / f"{member.name}.probe").write_text(text)
    folder = build(trial, blob)
    running = [member.name for member in members if member.runs() and "boot" not in member.roles]
    with start(trial, folder) as console:
        wait_for_end(console, running)
        outcome = Outcome(prediction, console, running)
        judge(trial, outcome, read_nonces(folder))
    return outcome


def wait_for_end(console: Console, running: list[str]) -> None:
    def refused() -> str | None:
        return first_with(console.said_by("bailiwick"), "launch refused:")

    console.wait_end(PATIENCE)
    log = f"the serial console's log is {console.log}"
    if refused():
        raise Problem(f"{refused()}; {log}")
    missing = [name for name in running if not first_with(console.said_by(name), END)]
    if missing:
        raise Problem(f"no answer from {', '.join(missing)}; {log}")


def judge(trial: Trial, outcome: Outcome, nonces: dict[str, str]) -> None:
    console, plans = outcome.console, outcome.prediction.plans
    differences = [f"{name} didn't answer with its nonce" for name in outcome.running
                   if f"answer: {nonces[name]}" not in console.said_by(name)]
    for name, plan in plans.items():
        differences += results_that_differ(trial, name, plan, console)
        differences += records_that_differ(trial, plan, console)
    for line in console.said_by("bailiwick"):
        if line.startswith("audit: ") and line.endswith(" were dropped"):
            differences.append(f"not all audit records could be compared: {line}")
    if not differences:
        return
    shown = differences[:MOST_DIFFERENCES]
    if len(differences) > len(shown):
        shown.append(f"and {len(differences) - len(shown)} more")
    raise Problem("\n".join(["not as the policy says:", *shown, f"the serial console's log is {console.log}"]))


def results_that_differ(trial: Trial, name: str, plan: Plan, console: Console) -> list[str]:
    results = [line for line in console.said_by(name) if RESULT.match(line)]
    expected = [one for one in plan.attempts if not (one.allowed and one.operation in SHOWN)]
    differences = [explain(trial, attempt, f"it got: {line.partition(' ')[2]}")
                   for attempt, line in zip(expected, results) if not line.startswith("ok ")]
    if len(results) != len(expected):
        differences.append(f"{name} has {len(results)} results of {len(expected)} attempts")
    return differences


def records_that_differ(trial: Trial, plan: Plan, console: Console) -> list[str]:
    """The first one: those after it are shifted."""
    if not plan.attempts:
        return []
    domid = plan.attempts[0].domid
    found = [line for line in console.said_by("bailiwick")
             if (match := AUDIT.match(line)) and int(match[1]) == domid]
    wanted = [(attempt, record) for attempt in plan.attempts for record in attempt.records]
    for at, (attempt, record) in enumerate(wanted):
        if at == len(found) or found[at] != record:
            line = found[at] if at < len(found) else "nothing"
            return [explain(trial, attempt, f"audit record: {line}\nexpected:     {record}")]
    return [f"{plan.attempts[0].subject}: one more audit record than expected: {found[len(wanted)]}"
            ] if len(found) > len(wanted) else []


def explain(trial: Trial, attempt: Attempt, found: str) -> str:
    """What was predicted and why, by rule and line, and how to attempt it alone."""
    verdict = "allowed" if attempt.allowed else f"denied (key={','.join(attempt.keys)})"
    text = [f"{attempt}: predicted to be {verdict}", *found.splitlines()]
    text += [f"expected by {trial.lines[line]['at']}: {trial.lines[line]['text']}" for line in attempt.lines]
    text += why(trial, attempt)
    text.append(f"repeat: build/bailiwick test {trial.subject.name} --only '{attempt}'")
    return "\n      ".join(text)


def why(trial: Trial, attempt: Attempt) -> list[str]:
    """What `bailiwick try` says of it: labels, permissions, and the lines of rules."""
    if attempt.target != attempt.number and attempt.target != -1:  # it gives a label, too, which `try` can't
        return [f"asked of {check['source']} to {check['target']}, {check['class']}:{check['permission']}: "
                f"{'allowed' if check['allowed'] else 'denied'}" for check in attempt.checks]
    early = ["--before-finalise"] if attempt.when == "before" else []
    question = f"{attempt.subject} {attempt.operation} {attempt.item}"
    done = subprocess.run([TOOL, "try", trial.subject.name, question, *trial.subject.root, *early], check=False,
                          text=True, capture_output=True)
    return done.stdout.splitlines()[1:]
