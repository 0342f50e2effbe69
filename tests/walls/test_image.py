# SPDX-License-Identifier: BSD-2-Clause
"""What build/bailiwick.elf contains, as objdump and readelf see it."""

from __future__ import annotations

import re
import struct
import subprocess
from functools import cache

import pytest

from machine import HYPERVISOR, ROOT

PAGE_SIZE = 4096


@cache
def output(*command: str) -> str:
    return subprocess.run([*command, str(HYPERVISOR)], check=True, text=True,
                          stdout=subprocess.PIPE).stdout


@cache
def functions() -> dict[str, list[str]]:
    """The instructions of each symbol of the text section."""
    found: dict[str, list[str]] = {}
    name = ""
    for line in output("objdump", "-d", "--no-show-raw-insn").splitlines():
        if header := re.match(r"[0-9a-f]+ <(.+)>:$", line):
            name = header[1]
            found[name] = []
        elif instruction := re.match(r"\s*[0-9a-f]+:\s+(\S.*)$", line):
            found[name].append(instruction[1])
    assert len(found) > 200
    return found


@cache
def c_functions() -> set[str]:
    """The project's own functions written in C: libfdt's are Debian's."""
    lines = output("readelf", "-sW").splitlines()
    names = {line.split()[7] for line in lines if " FUNC " in line}
    return {name for name in names if not name.startswith("fdt_")}


# SSE, AVX, MMX and x87 registers; of their instructions only those that switch guests' state.
VECTOR_REGISTER = re.compile(r"%(?:[xyz]?mm[0-9]+|st\b|k[0-7]\b)")
VECTOR_INSTRUCTION = re.compile(r"(?:f(?!s:)[a-z]\w*|emms|femms|ldmxcsr|stmxcsr|vzero\w+|"
                                r"xsave\w*|xrstor\w*)\b")
# Save, restore, and the three that leave nothing in the x87 error pointers.
SWITCHING = {"fxsave64", "fxrstor64", "xsave64", "xrstor64", "fnclex", "emms", "fildl"}
# What is run so that the former guest's x87 pointers don't stay.
SWITCHING |= {"fnclex", "emms", "fildl"}
MAY_SWITCH = {"arch_vcpu_load", "arch_vcpu_save"}


def test_no_vector_or_floating_point_instruction() -> None:
    """The hypervisor runs with a guest's vector registers loaded."""
    switching = set()
    for name, instructions in functions().items():
        for instruction in instructions:
            assert not VECTOR_REGISTER.search(instruction), f"{name}: {instruction}"
            mnemonic = instruction.split()[0]
            if VECTOR_INSTRUCTION.match(mnemonic):
                assert mnemonic in SWITCHING, f"{name}: {instruction}"
                assert name in MAY_SWITCH, f"{name}: {instruction}"
                switching.add(mnemonic)
    assert switching == SWITCHING


def test_every_c_function_has_a_canary() -> None:
    """-fstack-protector-all: the canary is read at %fs:0x28 and compared before the return."""
    # A part that the compiler split off has no frame of its own.
    whole = {name for name in c_functions() if ".cold" not in name}
    assert len(whole) > 200
    assert [name for name in sorted(whole)
            if not any("%fs:0x28" in instruction for instruction in functions()[name])] == []


def test_no_frame_is_large() -> None:
    """The stack has a few pages; one frame takes 2 KiB at most, as the compiler is told."""
    # 128 bytes are written as minus 128 given back, which is a byte shorter.
    sizes = {128 if match[1] == "0xffffffffffffff80" else int(match[1], 16): name
             for name, instructions in functions().items() for instruction in instructions
             if (match := re.match(r"sub\s+\$(0x[0-9a-f]+),%rsp", instruction))}
    assert max(sizes) <= 2048 + 64, sizes[max(sizes)]


def test_nothing_is_left_to_relocate() -> None:
    assert "There are no relocations" in output("readelf", "-rW")
    sections = output("readelf", "-SW")
    assert not re.search(r"\.(?:got|plt|dynamic|rela?)\b", sections)
    assert "There is no dynamic section" in output("readelf", "-dW")
    undefined = [line for line in output("readelf", "-sW").splitlines()
                 if " UND " in line and len(line.split()) > 7]
    assert not undefined


def segments() -> list[tuple[int, int, int, int, str]]:
    """offset, virtual and physical address, size in memory, and flags of each loaded segment."""
    found = re.findall(r"LOAD +(0x\w+) (0x\w+) (0x\w+) 0x\w+ (0x\w+) ([RWE ]{3})",
                       output("readelf", "-lW"))
    return [(*(int(number, 16) for number in row[:4]), row[4].replace(" ", "")) for row in found]


def test_segments_are_writable_or_executable() -> None:
    assert [flags for *_, flags in segments()] == ["RE", "R", "RW"]
    for offset, address, physical, size, _ in segments():
        assert address % PAGE_SIZE == offset % PAGE_SIZE == 0
        assert address - physical == 0xffffffff80000000
        assert size > 0
    assert "GNU_STACK" not in output("readelf", "-lW")
    for flags in re.findall(r"\] \.\S+ +\w+ +\w+ \w+ \w+ \w+ +([A-Z]+) ", output("readelf", "-SW")):
        assert not ("W" in flags and "X" in flags)


def test_boundaries_of_protection_are_page_boundaries() -> None:
    symbols = dict(reversed(line.split()[0::2]) for line in output("nm").splitlines()
                   if len(line.split()) == 3)
    for name in ("image_start", "text_end", "rodata_end", "data_end", "stacks_start", "stacks_end",
                 "image_end", "boot_stack_top", "double_fault_stack_top", "nmi_stack_top",
                 "machine_check_stack_top"):
        assert int(symbols[name], 16) % PAGE_SIZE == 0, name


@pytest.mark.parametrize("loader", ["--is-x86-multiboot", "--is-x86-multiboot2"])
def test_grub_takes_it(loader: str) -> None:
    subprocess.run(["grub-file", loader, HYPERVISOR], check=True)


MULTIBOOT1_MAGIC = 0x1badb002
MULTIBOOT2_MAGIC = 0xe85250d6


def test_multiboot1_header_says_where_everything_is() -> None:
    """Without ELF: QEMU's -kernel loads the file from its header's addresses."""
    image = HYPERVISOR.read_bytes()
    at = image.index(struct.pack("<I", MULTIBOOT1_MAGIC))
    assert at % 4 == 0 and at < 8192 - 32
    magic, flags, checksum, header, load, load_end, bss_end, entry = \
        struct.unpack_from("<8I", image, at)
    assert (magic + flags + checksum) % 2**32 == 0
    assert flags & 0x10003 == 0x10003
    (text, *_), *_, (data_offset, _, data_physical, data_size, _) = segments()
    assert header - load == at - text, "QEMU computes the file's part from these"
    assert load == segments()[0][2]
    assert load_end <= bss_end == data_physical + data_size
    assert load_end - load <= len(image) - text
    assert load_end - data_physical == (load_end - load + text) - data_offset, "contiguous in the file"
    assert load <= entry < segments()[1][2]


def test_multiboot2_header_is_complete() -> None:
    image = HYPERVISOR.read_bytes()
    at = image.index(struct.pack("<I", MULTIBOOT2_MAGIC))
    assert at % 8 == 0 and at < 32768
    magic, architecture, length, checksum = struct.unpack_from("<4I", image, at)
    assert architecture == 0 and (magic + architecture + length + checksum) % 2**32 == 0
    tags = []
    tag = at + 16
    while tag < at + length:
        kind, _, size = struct.unpack_from("<HHI", image, tag)
        tags.append(kind)
        tag += (size + 7) // 8 * 8
    assert tags[-1] == 0 and 6 in tags and tag == at + length


def test_it_names_no_path_of_the_machine_that_built_it() -> None:
    loaded = subprocess.run(["objcopy", "-O", "binary", HYPERVISOR, "/dev/stdout"], check=True,
                            stdout=subprocess.PIPE).stdout
    assert str(ROOT).encode() not in loaded and b"/usr/" not in loaded
