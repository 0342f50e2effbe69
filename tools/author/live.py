# SPDX-License-Identifier: BSD-2-Clause
"""A system booted with probes (tools/probe/) in the place of its kernels, and what they find compared with what the
policy predicts."""

from __future__ import annotations

import json
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from system import ROOT, TOOL, Problem, tool

from machine import Console, Machine, first_with, read_nonces, unanswered

PROBE = ROOT / "build/probe/probe.elf"
NODE = "/chosen/hypervisor"
MEMORY_KIB = 16 << 10  # a probe needs no more, and clearing it takes the most time
PATIENCE = 60  # seconds; far more than is needed, since other work may share the machine
OWN = re.compile(r'(\bsource\s*=\s*")\./')  # a source that is in the folder
MEMBER = re.compile(r"^  domid (\d+) +(\S+) .* roles: (.*)$", re.MULTILINE)
# What each domain tries with each other one: the beginning of a channel between them.
OPERATION = "evtchn_alloc_unbound"
END = "probe: end of script: "


@dataclass
class Member:
    """A domain, as `bailiwick check` lists it."""

    name: str
    domid: int
    roles: set[str]

    def stays(self) -> bool:
        """It runs when the launch is over: it isn't only there for that, or for its failure."""
        return self.roles not in ({"boot"}, {"crash"})


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


def make_blob(folder: Path, into: Path) -> Path:
    """The folder's device tree, but each domain is a probe whose script is in a file of its name."""
    into.mkdir(parents=True, exist_ok=True)
    blob, source = into / "probes.dtb", into / "probes.dts"
    source.write_text(OWN.sub(rf"\g<1>{folder.resolve()}/", (folder / "system.dts").read_text()))
    fdt("dtc", "-q", "-I", "dts", "-O", "dtb", "-i", folder, "-o", blob, source)
    for domain in children(blob, NODE, "xen,domain"):
        script = (into / f"{domain.rpartition('/')[2]}.probe").resolve()
        script.write_text("")
        put_probe(blob, domain, script)
    return blob


def read_members(blob: Path) -> list[Member]:
    done = tool("check", "--root", ROOT, blob, quiet=True)
    if done.returncode != 0:
        raise Problem(f"it can't be booted with probes:\n{done.stdout}")
    return [Member(name, int(domid), set() if roles == "none" else set(roles.split(", ")))
            for domid, name, roles in MEMBER.findall(done.stdout)]


def predict(folder: Path, into: Path, members: list[Member]) -> dict[tuple[str, str], str]:
    """What (source, target) should get; those are left out for whom it depends on when the launch is over."""
    pairs = [(one.name, other.name) for one in members for other in members
             if one.name != other.name and one.stays() and other.stays()]
    if not pairs:
        return {}
    asked = into / "predictions.exp"
    asked.write_text("".join(f"{when} finalise allow {source} -> {target} : {OPERATION}\n"
                             for source, target in pairs for when in ("before", "after")))
    done = subprocess.run([TOOL, "expect", folder, asked, "--json"], check=False, text=True, capture_output=True)
    if done.returncode not in (0, 1):
        raise Problem(f"what its domains may do can't be predicted:\n{done.stderr}")
    results = [one["failed"] == 0 for one in json.loads(done.stdout)["results"] if one["file"] == str(asked)]
    return {pair: "ok" if after else "EPERM"
            for pair, before, after in zip(pairs, results[::2], results[1::2], strict=True) if before == after}


def script(me: Member, members: list[Member], predicted: dict[tuple[str, str], str]) -> str:
    if me.roles == {"boot"}:
        starts = [f"staged_unpause {one.domid}\n" for one in members if one.name != me.name and one.roles != {"crash"}]
        return "nonce\n" + "".join(starts) + "launch_finalise\n"
    return "stay\nnonce\n" + "".join(
        f"expect {predicted[me.name, other.name]} {OPERATION} self {other.domid}\n"
        for other in members if (me.name, other.name) in predicted)


def boot(folder: Path, into: Path) -> str:
    """Boot it; what was found, in words. Problem: something wasn't as it should be."""
    blob = make_blob(folder, into)
    members = read_members(blob)
    predicted = predict(folder, into, members)
    for member in members:
        (into / f"{member.name}.probe").write_text(script(member, members, predicted))
    built = tool("build", "--root", ROOT, blob, "--hypervisor", ROOT / "build/bailiwick.elf", "--no-iso",
                 "--output", into / "boot", quiet=True)
    if built.returncode != 0:
        raise Problem(f"it can't be built with probes:\n{built.stdout}")
    running = [member.name for member in members if member.stays()]
    with Console(Machine(modules=into / "boot", cpus=1), into / "serial.log") as console:
        judge(console, running, read_nonces(into / "boot"))
    return f"{len(running)} of {len(running)} domains answered, {len(predicted)} attempts came out as the policy says"


def judge(console: Console, running: list[str], nonces: dict[str, str]) -> None:
    def ended(name: str) -> str | None:
        return first_with(console.said_by(name), END)

    def refused() -> str | None:
        return first_with(console.said_by("bailiwick"), "launch refused:")

    console.wait_until(lambda: all(map(ended, running)) or refused() is not None, PATIENCE)
    log = f"the serial console's log is {console.log}"
    if refused():
        raise Problem(f"{refused()}; {log}")
    missing = [name for name in running if not ended(name)]
    missing += unanswered(console, {name: nonces[name] for name in running})
    if missing:
        raise Problem(f"no answer from {', '.join(dict.fromkeys(missing))}; {log}")
    wrong = [f"  {name}: {line}" for name in running for line in console.said_by(name) if line.startswith("FAIL")]
    if wrong:
        raise Problem("\n".join(["not as the policy says:", *wrong, log]))
