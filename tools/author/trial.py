# SPDX-License-Identifier: BSD-2-Clause
"""What is tried of a system, and its device tree with probes (tools/probe/) in the place of all kernels."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from attempts import Plan
from system import ROOT, Problem, Subject, tool

from machine import BUILD, HYPERVISOR

PROBE = BUILD / "probe/probe.elf"
NODE = "/chosen/hypervisor"
MEMORY_KIB = 16 << 10  # a probe needs no more, and clearing it takes the most time
VCPUS = 2  # one does everything; the other one can be stopped, since it isn't up
OWN = re.compile(r'(\bsource\s*=\s*")\./')  # a source that is in the folder
MEMBER = re.compile(r"^  domid (\d+) +(\S+) .* roles: (.*)$", re.MULTILINE)
LATEST = 600_000  # ms, of the machine's clock: longer than any domain takes for what it attempts


@dataclass
class Trial:
    """A system to be tried: how much of it, and by which hypervisor."""

    subject: Subject
    line: str | None = None  # only what tries this one of its expectations
    only: str | None = None  # only this attempt
    expectations: Path | None = None  # a file of them, instead of the system's own
    hypervisor: Path = HYPERVISOR
    work: Path | None = None  # where what is made for it can be
    lines: list[dict[str, str]] = field(default_factory=list)  # of the expectations that are tried

    @property
    def into(self) -> Path:
        return self.work or self.subject.into / "probes"

    def configured(self, name: str) -> int:
        """Of Kconfig, as this hypervisor was built; 0: it isn't."""
        text = (self.hypervisor.parent / "config.h").read_text()
        found = re.search(rf"^#define CONFIG_{name} (\d+)$", text, re.MULTILINE)
        return int(found[1]) if found else 0

    def pause(self) -> float:
        """ms after which a domain may have another audit line printed: the help of CONFIG_AUDIT_BURST."""
        return 4000 / self.configured("AUDIT_BURST")


@dataclass
class Member:
    """A domain, as `bailiwick check` lists it."""

    name: str
    domid: int
    roles: set[str]


def fdt(*arguments: object) -> str:
    done = subprocess.run([*map(str, arguments)], check=False, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE)
    if done.returncode != 0:
        raise Problem(f"{' '.join(map(str, arguments))}: {done.stderr}")
    return done.stdout


def children(blob: Path, node: str, kind: str) -> list[str]:
    """The nodes of a kind below a node, by their paths."""
    paths = [f"{node}/{name}" for name in fdt("fdtget", "-l", blob, node).split()]
    return [path for path in paths if kind in fdt("fdtget", "-d", "", blob, path, "compatible").split()]


def put_probe(blob: Path, domain: str, script: Path) -> None:
    [kernel] = children(blob, domain, "module,kernel")
    ramdisks = children(blob, domain, "module,ramdisk")
    ramdisk = ramdisks[0] if ramdisks else f"{domain}/ramdisk"
    fdt("fdtput", "-t", "u", blob, domain, "memory", 0, MEMORY_KIB)
    fdt("fdtput", "-t", "u", blob, domain, "cpus", VCPUS)
    for node, name, value in ((kernel, "source", PROBE), (kernel, "bootargs", "nonce=@NONCE@"),
                              (ramdisk, "compatible", "module,ramdisk"), (ramdisk, "source", script)):
        fdt("fdtput", "-p", "-t", "s", blob, node, name, value)


def script_of(trial: Trial, name: str) -> Path:
    return (trial.into / f"{name}.probe").resolve()


def make_blob(trial: Trial) -> Path:
    """Its device tree, but each domain is a probe whose script is in a file of its name."""
    trial.into.mkdir(parents=True, exist_ok=True)
    blob, source = trial.into / "probes.dtb", trial.into / "probes.dts"
    text, folder = trial.subject.source.read_text(), trial.subject.folder
    source.write_text(OWN.sub(rf"\g<1>{folder.resolve()}/", text) if folder else text)
    fdt("dtc", "-q", "-I", "dts", "-O", "dtb", "-i", trial.subject.source.parent, "-o", blob, source)
    for domain in children(blob, NODE, "xen,domain"):
        script = script_of(trial, domain.rpartition("/")[2])
        script.write_text("")
        put_probe(blob, domain, script)
    return blob


def read_members(blob: Path) -> list[Member]:
    done = tool("check", "--root", ROOT, blob, quiet=True)
    if done.returncode != 0:
        raise Problem(f"it can't be booted with probes:\n{done.stdout}")
    return [Member(name, int(domid), set() if roles == "none" else set(roles.split(", ")))
            for domid, name, roles in MEMBER.findall(done.stdout)]


def script(plan: Plan, first: list[str], last: list[str], pause: float) -> str:
    """`pause`: ms for an audit record, so that none is dropped."""
    lines = ["nonce", *first]
    for attempt, command in zip(plan.attempts, plan.commands, strict=True):
        lines.append(command)
        wait = round(pause * len(attempt.records))
        if wait:
            lines.append(f"sleep {wait}")
    return "\n".join([*lines, *last, ""])


def build(trial: Trial, blob: Path, folder: Path) -> None:
    built = tool("build", "--root", ROOT, blob, "--hypervisor", trial.hypervisor, "--no-iso", "--output", folder,
                 quiet=True)
    if built.returncode != 0:
        raise Problem(f"it can't be built with probes:\n{built.stdout}")
