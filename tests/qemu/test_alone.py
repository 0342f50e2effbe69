# SPDX-License-Identifier: BSD-2-Clause
"""The guests on a machine without Bailiwick: what fails here is not the hypervisor's fault."""

from __future__ import annotations

import subprocess
from pathlib import Path

from machine import ROOT

SCRIPT = r"""
# Nothing of this line.
say hello \x41\\B
nonce
x = value 0x29
x = value x+1
value x
value x+1 # not this
expect UD ud2
expect PF read 8 0x200000000
expect GP read 8 0x8000000000000000
expect EPERM value -1
expect 42 value x
expect 43 value x
expect ok retry 3 1 value -22
quiet expect ok value 0
buffer u32 6 u16 self 2
read 8 buffer
checksum buffer 0
counter 1 2
   bogus 1
cpuid
value nobody
x =
evtchn_send 1
int3
print no end
say  of line
shutdown
say never
"""

OUTPUT = r"""hello A\B
answer: 0123abcd
value 0x29 = 41
value x+1 = 42
value 42 = 42
value x+1 = 43
ok ud2 = fault UD
ok read 8 0x200000000 = fault PF
ok read 8 0x8000000000000000 = fault GP
ok value -1 = -1 EPERM
ok value 42 = 42
FAIL value 42 = 42, expected 43
FAIL value -22 = -22 EINVAL, expected ok
buffer u32 6 u16 self 2 = 8
read 8 buffer = 0x27ff000000006
checksum buffer 0 = 0xcbf29ce484222325
heartbeat 1
heartbeat 2
FAIL line 21: no such command: bogus
FAIL line 22: usage: cpuid LEAF [SUBLEAF]
FAIL line 23: neither number nor variable: nobody
FAIL line 24: not understood: x =
evtchn_send 1 = fault UD
int3 = fault BP
no end of line
shutdown
"""


def run(tmp_path: Path, script: str, *options: str) -> str:
    file = tmp_path / "script"
    file.write_text(script)
    done = subprocess.run(
        ["qemu-system-x86_64", "-display", "none", "-net", "none", "-no-reboot", "-debugcon",
         "stdio", "-kernel", ROOT / "build/probe/probe.elf", "-initrd", file, *options],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, timeout=60, check=True)
    return done.stdout.decode()


def test_probe_speaks_its_language(tmp_path: Path) -> None:
    output = run(tmp_path, SCRIPT, "-append", "a=b nonce=0123abcd")
    assert output.splitlines() == OUTPUT.splitlines()


def test_probe_counts_expectations(tmp_path: Path) -> None:
    output = run(tmp_path, "expect 1 value 1\nexpect 1 value 2\nbogus\n")
    assert output.splitlines()[-1] == "probe: end of script: 1 ok, 2 failed"


def test_probe_ends_by_triple_fault(tmp_path: Path) -> None:
    assert run(tmp_path, "triple_fault\nsay never\n") == "triple_fault\n"


def test_linux_answers(tmp_path: Path) -> None:
    done = subprocess.run(
        ["qemu-system-x86_64", "-cpu", "max", "-m", "256", "-display", "none", "-net", "none",
         "-no-reboot", "-serial", "stdio", "-monitor", "none",
         "-kernel", ROOT / "build/guests/vmlinuz", "-initrd", ROOT / "build/guests/initrd",
         "-append", "console=ttyS0 quiet nonce=0123abcd domain=guest-x"],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, timeout=240, check=True)
    lines = done.stdout.decode().splitlines()
    assert "answer: 0123abcd" in lines
    assert any(line.startswith("This is domain guest-x: Linux ") for line in lines)
