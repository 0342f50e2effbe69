# SPDX-License-Identifier: BSD-2-Clause
"""A guest does all it can to the hypervisor, while another watches its own memory and clock."""

from __future__ import annotations

import re
import subprocess

import pytest

from bench import PROBE_PATIENCE, Bench, Domain, guest_a, guest_b, must_see
from machine import HYPERVISOR, Console

WATCH_MS = 100
# A watch that is late by more has been kept from running; less is the noise of a shared machine.
LATEST_MS = 2000
WATCHES_AFTERWARDS = 3

WATCH = re.compile(r"watch (\d+): (\d+) changed, late (\d+) ms")
OVER = r"^\[(?:guest-a\] probe: end of script|bailiwick\] domain guest-a: shutdown)"
PATIENCE = PROBE_PATIENCE * 2


def watches(console: Console) -> list[tuple[int, ...]]:
    """What the watcher has said: number, changed words, milliseconds late."""
    found = (WATCH.fullmatch(line) for line in console.said_by("guest-b"))
    return [tuple(map(int, match.groups())) for match in found if match]


def watcher_is_well(console: Console) -> None:
    """It goes on after what has happened, nothing of it has changed, it was never kept waiting."""
    number = watches(console)[-1][0] + WATCHES_AFTERWARDS
    must_see(console, "guest-b", f"watch {number}:")
    for _, changed, late in watches(console):
        assert changed == 0
        assert late < LATEST_MS
    assert not [line for line in console.said_by("bailiwick") if line.startswith("stopped:")]


def attack(bench: Bench, script: str, **options: object) -> Console:
    """Run a hostile script beside a watcher, and see that the watcher is well."""
    hostile = guest_a(f"sleep 300\n{script}\nsay alive")
    console = bench.boot(bench.build(hostile, guest_b(f"watch {WATCH_MS}")), **options)
    must_see(console, "guest-b", "watch 1:")
    assert console.wait_for(OVER, PATIENCE), console.complaints()
    watcher_is_well(console)
    return console


def notes(console: Console, command: str) -> list[tuple[int, int]]:
    """Each storm's result and how often it has tried."""
    pattern = re.compile(rf"{command}\b.* = (-?\d+)(?: \w+)? tried=(0x[0-9a-f]+)")
    found = (pattern.search(line) for line in console.said_by("guest-a"))
    return [(int(match[1]), int(match[2], 16)) for match in found if match]


# The guest has 16 MiB; what lies behind is nobody's, or somebody else's.
MEMORY = """
storm_memory 0x1000000 0x1000000000 0x2000000
storm_memory 0x1000000 0x1200000 0x1000
storm_memory 0xfed00000 0xff000000 0x1000
storm_memory 0xfffff000 0x100002000 0x1000
storm_memory 0x7000000000 0x8000000000 0x4000000
storm_memory 0xfbffe000 0xfc003000 0x800
storm_memory 0xfeff7000 0xff001000 0x800
"""


def test_memory(bench: Bench) -> None:
    console = attack(bench, MEMORY)
    tried = notes(console, "storm_memory")
    assert len(tried) == 7 and "alive" in console.said_by("guest-a")
    for faulted, number in tried[:2] + tried[3:5]:
        assert faulted == number, "nothing is there"
    for faulted, number in tried[5:]:
        assert 0 < faulted < number, "the guest's own ACPI and special pages are there"


@pytest.mark.parametrize("step", [7, pytest.param(1, marks=pytest.mark.long)])
def test_ports(bench: Bench, step: int) -> None:
    console = attack(bench, f"storm_ports {step}")
    [(faulted, tried)] = notes(console, "storm_ports")
    ports = -(-65536 // step)
    strings = 4 * ports - (0xe9 % step == 0)  # OUTSB to the console's port is the one there is
    assert (faulted, tried) == (strings, 5 * ports)


MSRS = """
storm_msrs 0 0x1fff
storm_msrs 0x40000000 0x400000ff
storm_msrs 0xc0000000 0xc0001fff
storm_msrs 0xc0010000 0xc0011fff
storm_msrs 0x800 0x8ff
storm_msrs 0xffffff00 0xffffffff
"""


def test_model_specific_registers(bench: Bench) -> None:
    console = attack(bench, MSRS)
    assert "alive" in console.said_by("guest-a")
    for faulted, tried in notes(console, "storm_msrs"):
        assert tried / 2 < faulted < tried or tried <= 0x100 * 6


# The headers that the calls point at: all zeros, all ones, all DOMID_SELF.
FILLS = {
    "zeros": "buffer u64 0",
    "ones": "buffer u64 " + "-1 " * 20,
    "self": "buffer u64 " + "0x7ff07ff07ff07ff0 " * 20,
}


@pytest.mark.parametrize("fill", FILLS)
def test_hypercalls(bench: Bench, fill: str) -> None:
    console = attack(bench, f"{FILLS[fill]}\nstorm_hypercalls 0 66")
    assert "alive" in console.said_by("guest-a")
    [(_, tried)] = notes(console, "storm_hypercalls")
    assert tried == 67 * 43 * 11


POINTERS = """
expect 0 hypercall 17 6 buffer
expect EFAULT hypercall 17 6 0x8000000000000000
expect EFAULT hypercall 17 6 0x8000000000100000
expect EFAULT hypercall 17 6 0xffff800000200000
expect EFAULT hypercall 17 6 0xffffffff80200000
expect EFAULT hypercall 17 6 0x7ffffffffffc
expect EFAULT hypercall 17 6 0xfffffffffffffffc
expect EFAULT hypercall 17 6 0xfee00000
expect EFAULT hypercall 17 6 0xfc000ffc
expect EFAULT hypercall 18 0 64 0xfffffffffffffff8
expect E2BIG hypercall 18 0 -1 buffer
expect E2BIG hypercall 20 6 buffer 65
expect EPERM hypercall 20 6 buffer 64
expect E2BIG hypercall 20 6 buffer -1
"""


def test_pointers(bench: Bench) -> None:
    """Not canonical, the hypervisor's, around the end, in holes, half in a hole; and large counts."""
    console = attack(bench, POINTERS)
    assert "probe: end of script: 14 ok, 0 failed" in console.said_by("guest-a")


@pytest.mark.parametrize("count", [4000, pytest.param(200000, marks=pytest.mark.long)])
def test_random_hypercalls(bench: Bench, count: int) -> None:
    attack(bench, f"storm_random 1 {count}\nstorm_random 77777 {count}")


# Frames of RAM, of the special pages, of the ACPI tables, of the holes; far away; everywhere.
PHYSMAP = """
expect 0 storm_physmap 0x800 0xbff 1
storm_physmap 0xfeff0 0xff010 1
storm_physmap 0xfbff0 0xfc010 1
storm_physmap 0 0xff 16
storm_physmap 0x1000000 0x1100000 0x10000
storm_physmap 0xffffffff0 0x1000000010 1
storm_physmap 0x8000000000000000 0x8000000000000010 1
storm_physmap 0xfffffffffffffff0 0xfffffffffffffffe 1
"""


def test_shared_pages_moved_everywhere(bench: Bench) -> None:
    console = attack(bench, PHYSMAP.replace("expect 0 ", ""))
    assert "alive" in console.said_by("guest-a")
    lines = [line for line in console.said_by("guest-a") if line.startswith("storm_physmap")]
    assert len(lines) == 8 and all(line.endswith("back=0x0") for line in lines), lines
    refused, tried = notes(console, "storm_physmap")[0]
    assert tried == 0x400 * 6 and refused < tried / 2, "in plain RAM most of it is possible"


# vcpu_info among what the hypervisor writes itself: shared page, console ring, ACPI, a grant frame.
PLACES = {
    "shared": "memory_add_to_physmap self 0 0 0x900\nvcpu_register_vcpu_info 0 0x900 2048",
    "console": "vcpu_register_vcpu_info 0 console_pfn 2048",
    "console-indices": "vcpu_register_vcpu_info 0 console_pfn 3072",
    "acpi": "vcpu_register_vcpu_info 0 0xfc000 0",
    "grant": "memory_add_to_physmap self 1 0 0x900\nvcpu_register_vcpu_info 0 0x900 0",
    "hypercall-page": "vcpu_register_vcpu_info 0 0x900 64\nwrmsr 0x40000000 0x900000",
}
AFTER_PLACES = r"""
evtchn_alloc_unbound self self
storm_random 5 200
print some words\nsome more\n
vcpu_set_singleshot_timer 0 1 0
"""


@pytest.mark.parametrize("place", PLACES)
def test_vcpu_info_in_odd_places(bench: Bench, place: str) -> None:
    attack(bench, PLACES[place] + AFTER_PLACES)


# What the hypervisor writes to stays where it is, whatever else is mapped over it.
KEPT = """
expect 0 memory_add_to_physmap self 0 0 0x900
expect 0 memory_add_to_physmap self 1 0 0x901
expect 0 vcpu_register_vcpu_info 0 0x902 64
expect EINVAL vcpu_register_vcpu_info 0 0x903 64
expect EBUSY memory_add_to_physmap self 1 1 0x900
expect EBUSY memory_add_to_physmap self 0 0 0x901
expect EBUSY memory_add_to_physmap self 1 1 0x901
expect EBUSY memory_add_to_physmap self 1 1 0x902
expect EBUSY memory_add_to_physmap self 0 0 0x902
expect EBUSY memory_add_to_physmap self 1 1 console_pfn
expect EINVAL memory_add_to_physmap self 1 4 0x903
expect EINVAL memory_add_to_physmap self 0 1 0x903
expect 0 memory_add_to_physmap self 1 1 0xfc000
"""


def test_pages_of_the_hypervisors_use_are_kept(bench: Bench) -> None:
    console = attack(bench, KEPT)
    assert "probe: end of script: 13 ok, 0 failed" in console.said_by("guest-a")


def test_page_tables(bench: Bench) -> None:
    console = attack(bench, "storm_tables")
    assert "alive" in console.said_by("guest-a")
    [(faulted, tried)] = notes(console, "storm_tables")
    assert 100 < faulted < tried


# What a CPU refuses to a guest QEMU may accept: see the reserved bits below.
CONTROL = {
    cpu: f"storm_control cr0 0x5ffffffe\nstorm_control cr3 0xfff\nstorm_control cr4 {cr4}\n" +
    "".join(f"storm_control {name} -1\n" for name in ("cr8", "debug", "efer", "xcr", "xcr0"))
    for cpu, cr4 in {"EPYC": 0x3507df, "max": 0x751fdf}.items()}


@pytest.mark.parametrize("cpu", CONTROL)
def test_control_registers(bench: Bench, cpu: str) -> None:
    """Among them 5-level paging, which no guest may turn on while it runs."""
    console = attack(bench, CONTROL[cpu], cpu=cpu)
    assert "alive" in console.said_by("guest-a")
    assert len(notes(console, "storm_control")) == 8


# No protection, not-write-through alone; no PAE; LA57, VMXE, PKE, CET where the CPU has none; what
# has no meaning.
@pytest.mark.parametrize("control, bits", [
    ("cr0", "1"), ("cr0", "0x20000000"), ("cr0", "0xffffffff00000000"), ("cr3", "-4096"),
    ("cr4", "0x20"), ("cr4", "0x1000"), ("cr4", "0x2000"), ("cr4", "0x400000"),
    ("cr4", "0x800000"), ("cr4", "0xffffffffff000000")])
def test_reserved_bits(bench: Bench, control: str, bits: str) -> None:
    """Where QEMU lets a guest set them, that is its own end."""
    attack(bench, f"storm_control {control} {bits}")


@pytest.mark.parametrize("cpu", ["EPYC", "max"])
def test_instructions(bench: Bench, cpu: str) -> None:
    console = attack(bench, "storm_opcodes", cpu=cpu)
    assert "alive" in console.said_by("guest-a")
    [(faulted, tried)] = notes(console, "storm_opcodes")
    assert 200 < faulted < tried
    assert console.wait_for("storm_opcodes .* svm=0x2$", 0), "of SVM's only VMMCALL is there"


@pytest.mark.parametrize("symbol", ["svm_handle_exit", "gate_hypercall", "boot_cpu",
                                    "boot_stack_top"])
def test_breakpoints_in_the_hypervisor(bench: Bench, symbol: str) -> None:
    """What every exit executes, reads and writes."""
    symbols = subprocess.run(["nm", HYPERVISOR], check=True, text=True, stdout=subprocess.PIPE)
    address = re.search(rf"^(\w+) \w {symbol}$", symbols.stdout, re.MULTILINE)[1]
    attack(bench, f"storm_breakpoints 0x{address}" + ("+-64" if symbol.endswith("_top") else ""))


def test_single_steps(bench: Bench) -> None:
    attack(bench, "storm_steps")


@pytest.mark.parametrize("loss", ["cr3", "idt", "stack"])
def test_guest_that_loses_itself(bench: Bench, loss: str) -> None:
    console = attack(bench, f"lose {loss}")
    must_see(console, "bailiwick", "domain guest-a: shutdown: crash")


def test_timer_as_fast_as_it_goes(bench: Bench) -> None:
    console = attack(bench, "upcalls_on\nstorm_timer 2000")
    came = [line for line in console.said_by("guest-a") if line.startswith("storm_timer")]
    assert 100 < int(came[0].partition(" = ")[2]) < 21000, "not oftener than every 100 us"


FLOODS = {
    "console": "flood 3000",
    "hypervisor-console": "retry 2000 0 console_write " + "x" * 200,
    "audit": "quiet expect 0 retry 20000 0 hvm_get_param 2 17",
    "events": "quiet expect 7 retry 3000 0 evtchn_alloc_unbound self self",
}


@pytest.mark.parametrize("flood", FLOODS)
def test_flood(bench: Bench, flood: str) -> None:
    attack(bench, FLOODS[flood])


def test_cli_hlt_ends_one_domain(bench: Bench) -> None:
    console = attack(bench, "hlt")
    must_see(console, "bailiwick", "domain guest-a: shutdown: poweroff")
    assert "alive" not in console.said_by("guest-a")


# --- What is in a CPU's registers stays its domain's own ---

STATE = "say begins\nkeep_state {pattern} 60 {keys}\nsay ends\n"


def kept_state(console: Console, name: str) -> tuple[int, int]:
    line = must_see(console, name, "keep_state", PATIENCE)
    match = re.search(r" = (-?\d+) waited_ms=(0x[0-9a-f]+)", line)
    assert match, line
    return int(match[1]), int(match[2], 16)


@pytest.mark.parametrize("cpu, keys", [("EPYC", 0), ("max", 0), ("max", 1)])
def test_registers_of_two_domains_stay_apart(bench: Bench, cpu: str, keys: int) -> None:
    """Each fills every register with its own values, is preempted, and finds only those."""
    patterns = (0x5555aaaa3331, 0x2222777ccccc)
    scripts = ["sleep 50\n" + STATE.format(pattern=pattern, keys=keys) for pattern in patterns]
    console = bench.run(guest_a(scripts[0]), guest_b(scripts[1]), cpu=cpu)
    for name in ("guest-a", "guest-b"):
        different, waited_ms = kept_state(console, name)
        assert different == 0
        assert waited_ms > 100, "while it was preempted by the other"


def test_exits_change_no_other_register(bench: Bench) -> None:
    console = bench.run(guest_a("expect 0 keep_registers"), guest_b("say idle"))
    assert "ok keep_registers = 0" in console.said_by("guest-a")


# --- Many at once ---


def test_several_at_once(bench: Bench) -> None:
    scripts = ["storm_random 3 3000", "storm_tables", CONTROL["EPYC"], "storm_timer 1000",
               "storm_physmap 0x800 0x8ff 1"]
    hostile = [Domain(f"hostile-{i}", f"sleep 300\n{script}\nsay alive", "guest_a_t")
               for i, script in enumerate(scripts)]
    console = bench.boot(bench.build(*hostile, guest_b(f"watch {WATCH_MS}")))
    for i in range(len(scripts)):
        must_see(console, "bailiwick", f"domain hostile-{i}: shutdown", PATIENCE)
    watcher_is_well(console)
