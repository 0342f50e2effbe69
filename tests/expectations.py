# SPDX-License-Identifier: BSD-2-Clause
"""What tests of expectations have in common: policies and systems of their own, and the command."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

from machine import ROOT

COMMAND = ROOT / "build/tests/bailiwick"  # with the sanitizers
TIMEOUT = 120

DOMAIN = """
            {name} {{
                compatible = "xen,domain";
                security-id = "{label}_t";
                permissions = <{permissions}>;
                functions = <{functions}>;
                memory = <0x0 0x4000>;
                mode = <4>;
                kernel {{ compatible = "module,kernel"; source = "build/probe/probe.elf"; }};
                ramdisk {{ compatible = "module,ramdisk"; source = "README.md"; }};
            }};"""

SYSTEM = """/dts-v1/;
/ {{
    chosen {{
        hypervisor {{
            compatible = "hypervisor,xen";
            config {{
                compatible = "xen,config";
                policy {{ compatible = "module,xsm-policy"; source = "{policy}"; }};
            }};{domains}
        }};
    }};
}};
"""

ROLES = {"control": (1, 0), "hardware": (2, 0), "boot": (0, 1), "crash": (0, 2), "console": (0, 4),
         "xenstore": (0, 0x40000000)}


def run(*arguments: object, expect: int = 0, cwd: Path = ROOT) -> str:
    done = subprocess.run([COMMAND, *map(str, arguments)], cwd=cwd, timeout=TIMEOUT,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT)
    said = done.stdout.decode(errors="replace")
    assert done.returncode == expect, said
    return said


def copy_policy(folder: Path) -> None:
    """policy/ without what checkpolicy itself refuses: expectations are to find it."""
    shutil.copytree(ROOT / "policy", folder / "policy")
    for name in ("modules/separation.te", "modules/guest.if"):
        path = folder / "policy" / name
        path.write_text(re.sub(r"(?ms)^neverallow .*?;$", "", path.read_text()))


def make_system(folder: Path, source: str, domains: dict[str, str]) -> Path:
    """A system of domains {name: role or none}, each labelled NAME_t, under a policy."""
    if not (folder / "policy").exists():
        copy_policy(folder)
    system = folder / "policy/systems/made"
    system.mkdir(exist_ok=True)
    (system / "system.te").write_text(source)
    done = subprocess.run([folder / "policy/build", "made", folder / "made.30"], cwd=folder,
                          timeout=TIMEOUT, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT)
    assert done.returncode == 0, done.stdout
    nodes = "".join(
        DOMAIN.format(name=name, label=name, permissions=ROLES.get(role, (0, 0))[0],
                      functions=ROLES.get(role, (0, 0))[1]) for name, role in domains.items())
    lcm = folder / "made.dts"
    lcm.write_text(SYSTEM.format(policy=folder / "made.30", domains=nodes))
    return lcm


def expectation(folder: Path, text: str) -> Path:
    path = folder / "lines.exp"
    path.write_text(text + "\n")
    return path
