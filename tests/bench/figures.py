# SPDX-License-Identifier: BSD-2-Clause
"""Measures what Bailiwick costs: instructions, bytes. README.md says what each figure is."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from bench import Bench, Domain, build_policy, guest_a, guest_b, must_see, remove_property
from debugger import Debugger, symbols
from machine import BUILD, HYPERVISOR

PLUGIN = BUILD / "bench" / "count.so"
PROBE = BUILD / "probe" / "probe.elf"
PAGE_SIZE = 4096
MIB = 1 << 20
MACHINE_MIB = 2048
GUEST_MIB = 8

# To the policy of two-guests, so that A may have a channel to B, and have decisions collected.
TALK = """allow guest_a_channel_t guest_b_t:event bind;
coverage_reader(guest_a_t)
"""

# Hypercall 63 is none; 17 is xen_version (0 version, 7 pagesize), 32 event_channel_op (4 send), 55
# bailiwick_op (3 coverage_reset).
# There is one CPU: B runs only while A sleeps.
MEASURE = """
unknown = measure 20 63
unchecked = measure 20 17 0
checked = measure 20 17 7
port = evtchn_alloc_unbound self 2
sleep 100
buffer u32 port
blocked = measure 1 32 4 buffer
pending = measure 20 32 4 buffer
sleep 20
runnable = measure 1 32 4 buffer
begin = measure 1 55 3
collected = measure 20 17 7
"""

# It takes the event that binding brings, blocks until A sends one, and never blocks again.
LISTEN = """
port = retry 200 1 bind_any 1 1 15
quiet wait_event port 0
quiet wait_event port 10000
spin
"""

# What `measure` is told, in the order of MEASURE.
CALLS = ("hypercall: unknown number", "hypercall: no check", "hypercall: one check",
         "event: to a blocked vCPU", "event: already pending", "event: to a vCPU that waits its turn",
         "coverage: begin to collect",
         "hypercall: one check, collected")

# Functions that wait for hardware; the calls that copy and clear.
WAITS = ("clock_init", "read_wallclock_once", "clock_wait", "serial_flush")
PARTS = (*WAITS, "memcpy", "memset")


def image() -> dict[str, int]:
    """What the bootloader puts into memory, and how much more the image takes there."""
    at = symbols()
    guests = at["unpacker_end"] - at["unpacker_start"]
    return {"image: loaded": at["data_end"] - at["image_start"] - guests,
            "image: loader of bzImages": guests,
            "image: zeroed": at["image_end"] - at["data_end"]}


def calls(bench: Bench) -> dict[str, int]:
    """Instructions from a guest's exit to its entry."""
    local = bench.folder / "local.te"
    local.parent.mkdir(parents=True, exist_ok=True)
    local.write_text(TALK)
    policy = build_policy(bench.folder / "policy.30", local)
    folder = bench.build(guest_a(MEASURE, memory_mib=GUEST_MIB),
                         guest_b(LISTEN, memory_mib=GUEST_MIB), policy=policy)
    console = bench.boot(folder, memory=MACHINE_MIB, icount=True)
    must_see(console, "guest-a", "end of script: 0 ok, 0 failed")
    said = [re.match(r"measure .* = (\d+) first=\S+ result=(\S+)", line)
            for line in console.said_by("guest-a") if line.startswith("measure")]
    bench.stop(console)
    results = [int(match[2], 16) for match in said]
    assert results[0] == 2**64 - 38 and results[3:7] == [0, 0, 0, 0], results
    return dict(zip(CALLS, (int(match[1]) for match in said), strict=True))


@dataclass
class Launch:
    """Up to the first entry of a guest."""

    instructions: int
    part: dict[str, int]  # of these, in one function

    def without(self, *functions: str) -> int:
        return self.instructions - sum(self.part[name] for name in functions)


def function_ranges() -> dict[str, tuple[int, int]]:
    lines = subprocess.run(["nm", "-S", HYPERVISOR], check=True, text=True,
                           stdout=subprocess.PIPE).stdout.splitlines()
    sized = [line.split() for line in lines if len(line.split()) == 4]
    return {name: (int(start, 16), int(start, 16) + int(size, 16))
            for start, size, _, name in sized}


def plugin(output: Path) -> str:
    at = function_ranges()
    parts = [f"part={name}:{at[name][0]:#x}:{at[name][1]:#x}" for name in PARTS]
    marks = [f"mark={name}:{symbols()[name]:#x}" for name in ("start_high", "svm_enter")]
    return ",".join([str(PLUGIN), f"output={output}", *marks, *parts])


def probes(bench: Bench, count: int) -> list[Domain]:
    """Without debugging information, which the launch would only read and clear."""
    kernel = bench.folder / "probe.elf"
    kernel.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(["objcopy", "--strip-all", PROBE, kernel], check=True)
    guests = [guest_a, guest_b][:count]
    return [guest("say alive", kernel=str(kernel), memory_mib=GUEST_MIB) for guest in guests]


def drop_digests(folder: Path, domains: list[Domain]) -> None:
    for node in [f"/{d.name}/{module}" for d in domains for module in ("kernel", "ramdisk")]:
        remove_property(folder, node, "digest")
    remove_property(folder, "/config/policy", "digest")


def count_launch(bench: Bench, count: int, digests: bool = True) -> Launch:
    domains = probes(bench, count)
    folder = bench.build(*domains)
    if not digests:
        drop_digests(folder, domains)
    output = folder / "count"
    console = bench.boot(folder, memory=MACHINE_MIB, icount=True, plugin=plugin(output))
    must_see(console, "guest-a", "alive")
    bench.stop(console)
    start, entry = output.read_text().splitlines()[:2]
    parts = dict(part.split("=") for part in entry.split()[2:])
    return Launch(int(entry.split()[1]) - int(start.split()[1]),
                  {name: int(n) for name, n in parts.items()})


def launch(bench: Bench) -> dict[str, int]:
    plain, whole = count_launch(bench, 1, digests=False), count_launch(bench, 1)
    two = count_launch(bench, 2, digests=False)
    return {"launch: one probe": plain.without(*WAITS),
            "launch: one probe, with digests": whole.without(*WAITS),
            "launch: each further probe": two.without(*WAITS, "memcpy") -
                                          plain.without(*WAITS, "memcpy"),
            "launch: the same without clearing": two.without(*WAITS, "memcpy", "memset") -
                                                 plain.without(*WAITS, "memcpy", "memset")}


def memory(bench: Bench) -> dict[str, int]:
    """What neither is free nor RAM of a domain, when the first guest is entered."""
    socket = bench.folder / "gdb"
    console = bench.boot(bench.build(*probes(bench, 1)), memory=MACHINE_MIB, debugger=socket,
                         stopped=True)
    with Debugger(socket) as debugger:
        debugger.continue_to("svm_enter")
        frames, ram, free = (int.from_bytes(debugger.read(symbols()[name], 8), "little")
                             for name in ("nr_frames", "nr_ram", "nr_free"))
    bench.stop(console)
    used = (ram - free) * PAGE_SIZE - GUEST_MIB * MIB
    return {"memory: hypervisor's": used, "memory: without 8 bytes a frame": used - 8 * frames}


def measure_all(bench: Bench) -> dict[str, int]:
    return {**calls(bench), **launch(bench), **memory(bench), **image()}
