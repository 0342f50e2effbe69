# SPDX-License-Identifier: BSD-2-Clause
"""A system booted with probes (tools/probe/) in the place of its kernels, and what they find compared with what the
policy predicts."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from system import ROOT, Problem, tool

from machine import Console, Machine, first_with, read_nonces, unanswered

PROBE = ROOT / "build/probe/probe.elf"
NODE = "/chosen/hypervisor"
MEMORY_KIB = 16 << 10  # a probe needs no more, and clearing it takes the most time
PATIENCE = 60  # seconds; far more than is needed, since other work may share the machine
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


def make_blob(folder: Path, into: Path) -> Path:
    """The folder's device tree, but each domain is a probe whose script is in a file of its name."""
    into.mkdir(parents=True, exist_ok=True)
    blob = into / "probes.dtb"
    fdt("dtc", "-q", "-I", "dts", "-O", "dtb", "-o", blob, folder / "system.dts")
    for path in fdt("fdtget", "-l", blob, NODE).split():
        kinds = fdt("fdtget", "-d", "", blob, f"{NODE}/{path}", "compatible").split()
        if "xen,domain" not in kinds:
            policy = fdt("fdtget", "-l", blob, f"{NODE}/{path}").split() if "xen,config" in kinds else []
            for name in policy:
                source = fdt("fdtget", "-d", "", blob, f"{NODE}/{path}/{name}", "source").strip()
                if source.startswith("./"):
                    fdt("fdtput", "-t", "s", blob, f"{NODE}/{path}/{name}", "source", (folder / source).resolve())
            continue
        script = (into / f"{path}.probe").resolve()
        script.write_text("")
        fdt("fdtput", "-t", "u", blob, f"{NODE}/{path}", "memory", 0, MEMORY_KIB)
        for module, name, value in (("kernel", "source", PROBE), ("kernel", "bootargs", "nonce=@NONCE@"),
                                    ("ramdisk", "compatible", "module,ramdisk"), ("ramdisk", "source", script)):
            fdt("fdtput", "-p", "-t", "s", blob, f"{NODE}/{path}/{module}", name, value)
    return blob


def read_members(blob: Path) -> list[Member]:
    done = tool("check", "--root", ROOT, blob, quiet=True)
    if done.returncode != 0:
        raise Problem(f"it can't be booted with probes:\n{done.stdout}")
    return [Member(name, int(domid), set() if roles == "none" else set(roles.split(", ")))
            for domid, name, roles in MEMBER.findall(done.stdout)]


def predicted(folder: Path, source: str, target: str) -> str | None:
    """What the caller should get; None: it depends on whether the launch is over by then."""
    asked = f"{source} {OPERATION} {target}"
    codes = {tool("try", folder, asked, *more, quiet=True).returncode for more in ([], ["--before-finalise"])}
    if not codes <= {0, 1}:
        raise Problem(f"`bailiwick try {folder} '{asked}'` can't be answered")
    return None if len(codes) > 1 else "ok" if codes == {0} else "EPERM"


def script(folder: Path, me: Member, members: list[Member]) -> tuple[str, int]:
    """And how many predictions there are in it."""
    if me.roles == {"boot"}:
        starts = [f"staged_unpause {one.domid}\n" for one in members if one.name != me.name and one.roles != {"crash"}]
        return "nonce\n" + "".join(starts) + "launch_finalise\n", 0
    lines = ["stay", "nonce"]
    if me.stays():
        for other in members:
            result = predicted(folder, me.name, other.name) if other.stays() and other.name != me.name else None
            if result:
                lines.append(f"expect {result} {OPERATION} self {other.domid}")
    return "\n".join([*lines, ""]), len(lines) - 2


def boot(folder: Path, into: Path) -> str:
    """Boot it; what was found, in words. Problem: something wasn't as it should be."""
    blob = make_blob(folder, into)
    members = read_members(blob)
    count = 0
    for member in members:
        text, tried = script(folder, member, members)
        count += tried
        (into / f"{member.name}.probe").write_text(text)
    built = tool("build", "--root", ROOT, blob, "--hypervisor", ROOT / "build/bailiwick.elf", "--no-iso",
                 "--output", into / "boot", quiet=True)
    if built.returncode != 0:
        raise Problem(f"it can't be built with probes:\n{built.stdout}")
    running = [member.name for member in members if member.stays()]
    with Console(Machine(modules=into / "boot", cpus=1), into / "serial.log") as console:
        judge(console, running, read_nonces(into / "boot"))
    return f"{len(running)} of {len(running)} domains answered, {count} attempts came out as the policy says"


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
