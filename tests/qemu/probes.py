# SPDX-License-Identifier: BSD-2-Clause
"""A shipped system with probes in its domains: the same device tree, with other kernels and ramdisks."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from bench import HYPERVISOR_NODE, PROBE, Bench, run_tool
from machine import ROOT

MEMORY_KIB = 16 << 10  # of each: a probe needs no more, and clearing it takes the most time
CHECKED = re.compile(r"^  domid (\d+) +(\S+) .* roles: (.*)$", re.MULTILINE)


@dataclass
class Member:
    """A domain of a system, as `bailiwick check` lists it."""

    name: str
    domid: int
    roles: list[str]


def fdt(*arguments: object) -> str:
    return subprocess.run([*map(str, arguments)], check=True, text=True, stdout=subprocess.PIPE).stdout


def put(blob: Path, node: str, name: str, *values: object, kind: str = "s") -> None:
    fdt("fdtput", "-t", kind, blob, f"{HYPERVISOR_NODE}/{node}", name, *values)


def script_of(bench: Bench, name: str) -> Path:
    return bench.folder / f"{name}.probe"


def with_probes(bench: Bench, system: str) -> Path:
    """The system's .dts, but each domain is a probe, in memory enough for that. Scripts come later."""
    bench.folder.mkdir(parents=True, exist_ok=True)
    blob = bench.folder / f"{system}.dtb"
    fdt("dtc", "-q", "-I", "dts", "-O", "dtb", "-o", blob, ROOT / f"lcm/systems/{system}.dts")
    for name in fdt("fdtget", "-l", blob, HYPERVISOR_NODE).split():
        if name == "config":
            continue
        script_of(bench, name).write_text("")
        put(blob, name, "memory", 0, MEMORY_KIB, kind="u")
        put(blob, f"{name}/kernel", "source", PROBE)
        put(blob, f"{name}/ramdisk", "source", script_of(bench, name))
    return blob


def members(source: str | Path) -> dict[str, Member]:
    done = run_tool("check", source)
    assert done.returncode == 0, done.stdout
    return {name: Member(name, int(domid), [] if roles == "none" else roles.split(", "))
            for domid, name, roles in CHECKED.findall(done.stdout)}


def set_kernel(blob: Path, name: str, kernel: str) -> None:
    """Another program than the probe, which needs no operating system either."""
    put(blob, f"{name}/kernel", "source", kernel)


def build_probes(bench: Bench, blob: Path, scripts: dict[str, str]) -> Path:
    for name, script in scripts.items():
        assert script_of(bench, name).exists()
        script_of(bench, name).write_text(script)
    return bench.build_file(blob)
