# SPDX-License-Identifier: BSD-2-Clause
"""Measures what Bailiwick costs: instructions, bytes. README.md says what each figure is."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from bench import Bench, Domain, build_policy, guest_a, guest_b, must_see
from debugger import Debugger, symbols
from machine import BUILD, HYPERVISOR, Console

PLUGIN = BUILD / "bench" / "count.so"
PAGE_SIZE = 4096
MACHINE_MIB = 2048

TALK = "allow guest_a_channel_t guest_b_t:event bind;\n"

# The second domain isn't there until A sleeps: one CPU. hypercall numbers: 17 xen_version (0
# version, 7 pagesize), 32 event_channel_op (4 send), 63 none.
MEASURE = """
port = evtchn_alloc_unbound self 2
sleep 100
buffer u32 port
unknown = measure 20 63
checked = measure 20 17 0
waking = measure 1 32 4 buffer
pending = measure 20 32 4 buffer
sleep 20
runnable = measure 1 32 4 buffer
"""

# It blocks until the first event comes, and runs on when the second one does.
LISTEN = """
port = retry 200 1 bind_any 1 1 15
quiet wait_event port 0
quiet wait_event port 10000
spin
"""

# The functions that wait for hardware, and those that clear and copy.
WAITS = ("clock_init", "read_wallclock_once", "clock_wait", "serial_flush")
PARTS = (*WAITS, "memset", "memcpy")


def image() -> dict[str, int]:
    """What the bootloader puts into memory, and how much more the image takes there."""
    at = symbols()
    return {"image, loaded": at["data_end"] - at["image_start"],
            "image, zeroed": at["image_end"] - at["data_end"]}


def ranges() -> dict[str, tuple[int, int]]:
    """Where functions begin and end."""
    lines = subprocess.run(["nm", "-S", HYPERVISOR], check=True, text=True,
                           stdout=subprocess.PIPE).stdout.splitlines()
    sized = [line.split() for line in lines if len(line.split()) == 4]
    return {name: (int(start, 16), int(start, 16) + int(size, 16))
            for start, size, _, name in sized}


@dataclass
class Launch:
    """Up to the first instruction of the first guest."""

    instructions: int
    part: dict[str, int]  # of these, in one function
    memory: int           # bytes that neither are free nor a domain's

    def without(self, *functions: str) -> int:
        return self.instructions - sum(self.part[name] for name in functions)


def plugin(output: Path) -> str:
    at = ranges()
    parts = [f"part={name}:{at[name][0]:#x}:{at[name][1]:#x}" for name in PARTS if name in at]
    marks = [f"mark={name}:{symbols()[name]:#x}" for name in ("start_high", "svm_enter")]
    return ",".join([str(PLUGIN), f"output={output}", *marks, *parts])
