# SPDX-License-Identifier: BSD-2-Clause
"""The QEMU machine that `make run`, `make boot` and the tests start, and its serial console."""

from __future__ import annotations

import os
import re
import selectors
import subprocess
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build"
HYPERVISOR = Path(os.environ.get("BAILIWICK_HYPERVISOR", BUILD / "bailiwick.elf"))  # or a variant, for tests/coverage

# What the hypervisor's exit device makes of the values 0 and 1.
EXIT_STOPPED = 1
EXIT_REFUSED = 3

# QEMU's emulation lacks a few features of every CPU model that has SVM, and says so each time.
NOISE = re.compile(r"warning: TCG doesn't support requested feature")

# What a boot loader puts in front of a line to move the cursor.
CURSOR = re.compile(rb"^(?:\x1b\[[0-9;]*[A-Za-z]|\r)+")


def configured(name: str) -> int:
    """A number of Kconfig, as the build has it."""
    text = (BUILD / "config.h").read_text()
    return int(re.search(rf"^#define CONFIG_{name} (\d+)$", text, re.MULTILINE)[1])


@dataclass
class Machine:
    """What the machine has, and what it boots: an ISO, or a folder of modules without GRUB."""

    iso: Path | None = None
    modules: Path | None = None
    hypervisor: Path = HYPERVISOR
    hypervisor_arguments: str = ""
    cpu: str = "EPYC"
    cpus: int = field(default_factory=lambda: configured("MACHINE_CPUS"))
    memory: int = field(default_factory=lambda: configured("MACHINE_MEMORY"))  # MiB
    icount: bool = False  # time is counted in instructions: slow, but the same each time
    # QEMU runs its CPUs in turns. With a thread for each it is faster, and at times loses a CPU's
    # state when it enters or leaves a guest (docs/caveats.md).
    one_thread: bool = True
    debugger: Path | None = None  # a socket for gdb
    stopped: bool = False  # it waits for gdb before its first instruction
    plugin: str = ""  # of QEMU: its path and arguments

    def command(self, serial: str = "stdio") -> list[str]:
        """The command line; to be run in folder()."""
        line = ["qemu-system-x86_64", "-M", "pc", "-cpu", self.cpu, "-smp", str(self.cpus)]
        line += ["-m", str(self.memory), "-display", "none", "-net", "none", "-no-reboot"]
        line += ["-serial", serial]
        if serial == "stdio":
            line += ["-monitor", "none"]
        line += ["-device", "isa-debug-exit,iobase=0xf4,iosize=0x04"]
        if self.debugger:
            line += ["-gdb", f"unix:{self.debugger},server=on,wait=off"]
        if self.stopped:
            line += ["-S"]
        if self.plugin:
            line += ["-plugin", self.plugin]
        if self.icount:
            line += ["-icount", "shift=0,sleep=off"]
        if self.one_thread:
            line += ["-accel", "tcg,thread=single"]
        if self.iso:
            return line + ["-cdrom", str(self.iso.resolve()), "-boot", "d"]
        line += ["-kernel", str(self.hypervisor.resolve())]
        if self.hypervisor_arguments:
            line += ["-append", self.hypervisor_arguments]
        modules = module_lines(self.modules) if self.modules else []
        if modules:
            line += ["-initrd", ",".join(module.replace(",", ",,") for module in modules)]
        return line

    def folder(self) -> Path:
        return self.modules or Path.cwd()


def module_lines(folder: Path) -> list[str]:
    """The boot modules of a folder that `bailiwick build` wrote, in boot order."""
    return (folder / "modules").read_text().split("\n")[:-1]


def read_nonces(folder: Path) -> dict[str, str]:
    """Domain name -> what it must answer."""
    lines = (folder / "nonces").read_text().splitlines()
    return dict(line.split() for line in lines if line.strip())


def text_of_line(raw: bytes) -> str:
    """What is left of a line when it is complete: a carriage return begins it anew."""
    return CURSOR.sub(b"", raw).rstrip(b"\r").rpartition(b"\r")[2].decode(errors="replace")


def cpu_seconds(pid: int) -> float:
    """CPU time of a process and its threads; 0 if it has ended (proc(5), stat, fields 14 and 15)."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Patience:
    """
    How long to wait for a process: so many seconds, and if other work keeps the CPU from it longer, until
    it has had that much CPU time; but not for ever, since one that waits uses none.
    """

    MOST = 5

    def __init__(self, pid: int, seconds: float) -> None:
        self._pid, self._seconds = pid, seconds
        self._began, self._used = time.monotonic(), cpu_seconds(pid)

    def left(self) -> float:
        """At least; 0 or less: none."""
        waited = time.monotonic() - self._began
        if waited < self._seconds:
            return self._seconds - waited
        return min(self._seconds - (cpu_seconds(self._pid) - self._used), self.MOST * self._seconds - waited)


class Console:
    """A running machine and the lines of its serial console."""

    def __init__(self, machine: Machine, log: Path,
                 on_line: Callable[[str], None] | None = None) -> None:
        log.parent.mkdir(parents=True, exist_ok=True)
        self.log = log
        self.lines: list[str] = []
        self.times: list[float] = []  # when each line came
        self._on_line = on_line
        self._partial = b""
        self._log = log.open("wb")
        self._complaints = log.with_suffix(".qemu").open("w+")
        self._process = subprocess.Popen(
            machine.command(), cwd=machine.folder(), stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=self._complaints)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._process.stdout, selectors.EVENT_READ)

    def __enter__(self) -> Console:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        self._selector.close()
        self._process.stdin.close()
        self._process.stdout.close()
        self._log.close()
        if not self.complaints():
            Path(self._complaints.name).unlink()
        self._complaints.close()

    def send(self, text: str) -> None:
        self._process.stdin.write(text.encode())
        self._process.stdin.flush()

    def complaints(self) -> str:
        """What QEMU itself had to say."""
        text = Path(self._complaints.name).read_text()
        return "\n".join(line for line in text.splitlines() if not NOISE.search(line))

    def read(self, timeout: float) -> bool:
        """Take what the console has, waiting at most `timeout` seconds. False: QEMU has ended."""
        if not self._selector.select(max(timeout, 0)):
            return True
        data = os.read(self._process.stdout.fileno(), 65536)
        self._log.write(data)
        self._log.flush()
        *complete, self._partial = (self._partial + data).split(b"\n")
        if not data and self._partial:
            complete, self._partial = [self._partial], b""
        for raw in complete:
            line = text_of_line(raw)
            self.lines.append(line)
            self.times.append(time.monotonic())
            if self._on_line:
                self._on_line(line)
        return bool(data)

    def wait_until(self, condition: Callable[[], bool], timeout: float) -> bool:
        """Read until the condition holds; False: it didn't in time, or QEMU ended before."""
        patience = Patience(self._process.pid, timeout)
        while not condition():
            left = patience.left()
            if left <= 0 or not self.read(left):
                return condition()
        return True

    def wait_for(self, pattern: str, timeout: float) -> re.Match[str] | None:
        """The first line, old or new, that the regular expression is found in."""
        found: list[re.Match[str]] = []
        seen = 0

        def look() -> bool:
            nonlocal seen
            matches = (re.search(pattern, line) for line in self.lines[seen:])
            found.extend(match for match in matches if match)
            seen = len(self.lines)
            return bool(found)

        self.wait_until(look, timeout)
        return found[0] if found else None

    def wait_end(self, timeout: float) -> int | None:
        """QEMU's exit status; None: it still runs."""
        if not self.wait_until(lambda: False, timeout) and self._process.poll() is None:
            try:
                self._process.wait(1)
            except subprocess.TimeoutExpired:
                return None
        return self._process.returncode

    def said_by(self, speaker: str) -> list[str]:
        """
        The lines of a domain or of the hypervisor, without the speaker's name. The console leaves an
        unfinished line for other speakers' lines and shows it again later: it is one line.
        """
        return said(self.lines, f"[{speaker}] ")


def said(lines: list[str], prefix: str) -> list[str]:
    whole: list[str] = []
    left: list[bool] = []  # of each: did another speaker's line come right after it?
    for line, after in zip(lines, [*lines[1:], ""]):
        if not line.startswith(prefix):
            continue
        text = line[len(prefix):]
        while whole and left[-1] and len(whole[-1]) < len(text) and text.startswith(whole[-1]):
            whole.pop()
            left.pop()
        whole.append(text)
        left.append(not after.startswith(prefix))
    return whole


def unanswered(console: Console, nonces: dict[str, str]) -> list[str]:
    """The domains that haven't answered with their nonce."""
    return [name for name, nonce in nonces.items()
            if f"answer: {nonce}" not in console.said_by(name)]


def first_with(lines: Iterable[str], text: str) -> str | None:
    return next((line for line in lines if text in line), None)
