# SPDX-License-Identifier: BSD-2-Clause
"""As much of gdb's remote protocol as it takes to stop the hypervisor and look around."""

from __future__ import annotations

import re
import socket
import subprocess
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path

from machine import HYPERVISOR

PATIENCE = 20
# Numbers among gdb's registers of x86-64.
RSP = 7
RIP = 16

PAGE_SIZE = 4096
DIRECT_MAP = 0xffff800000000000
STACKS_BASE = 0xffffff0000000000
IMAGE_BASE = 0xffffffff80000000

# `info tlb`: address, physical address, and a letter for each flag.
MAPPING = re.compile(r"^([0-9a-f]{16}): ([0-9a-f]{16}) ([-X])([-G])([-P])([-D])([-A])([-C])([-T])"
                     r"([-U])([-W])", re.MULTILINE)

# What `readelf --debug-dump=info` says of structures and their members.
DWARF_ENTRY = re.compile(r" *<[0-9a-f]+><[0-9a-f]+>: Abbrev Number: \d+ \(DW_TAG_(\w+)\)")
DWARF_NAME = re.compile(r".* DW_AT_name +: (?:\(.*?\): )?(\S+)")
DWARF_PLACE = re.compile(r".* DW_AT_data_member_location: (\d+)")


@cache
def symbols() -> dict[str, int]:
    """The addresses of the hypervisor's symbols."""
    lines = subprocess.run(["nm", HYPERVISOR], check=True, text=True,
                           stdout=subprocess.PIPE).stdout.splitlines()
    return {line.split()[-1]: int(line.split()[0], 16) for line in lines}


@cache
def offsets() -> dict[str, int]:
    """Where members are in their structures, in bytes: "cpu.kicks"."""
    lines = subprocess.run(["readelf", "--debug-dump=info", HYPERVISOR], check=True, text=True,
                           stdout=subprocess.PIPE).stdout.splitlines()
    found: dict[str, int] = {}
    tag = structure = member = ""
    for line in lines:
        if opened := DWARF_ENTRY.match(line):
            tag = opened[1]
        elif named := DWARF_NAME.match(line):
            if tag == "structure_type":
                structure = named[1]
            member = named[1]
        elif tag == "member" and (placed := DWARF_PLACE.match(line)):
            found.setdefault(f"{structure}.{member}", int(placed[1], 0))
    return found


class Debugger:
    """
    The machine stops when this connects, and runs from continue_to() to what it names. Packets are
    not acknowledged: QEMU takes the next one for that.
    """

    def __init__(self, path: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(PATIENCE)
        self._received = b""
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                self._socket.connect(str(path))
                break
            except (FileNotFoundError, ConnectionRefusedError):
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)
        # QEMU gives single registers only to who has read their description.
        self._ask("qXfer:features:read:target.xml:0,100")

    def __enter__(self) -> Debugger:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def _packet(self) -> str:
        while True:
            found = re.search(rb"\$([^#]*)#..", self._received, re.DOTALL)
            if found:
                self._received = self._received[found.end():]
                return found[1].decode("latin-1")
            data = self._socket.recv(65536)
            assert data, "QEMU has ended"
            self._received += data

    def _send(self, text: str) -> None:
        body = text.encode()
        self._socket.sendall(b"$" + body + b"#%02x" % (sum(body) % 256))

    def _ask(self, text: str) -> str:
        self._send(text)
        answer = self._packet()
        while answer.startswith("T"):  # that it has stopped was known
            answer = self._packet()
        return answer

    def continue_to(self, symbol: str) -> None:
        """Run until the hypervisor comes to a symbol."""
        where = f"1,{symbols()[symbol]:x},1"
        assert self._ask(f"Z{where}") == "OK"
        self._send("c")
        stopped = self._packet()
        assert stopped.startswith("T"), stopped
        assert self._ask(f"z{where}") == "OK"

    def go_on(self) -> None:
        """Let it run, and let go of it."""
        assert self._ask("D") == "OK"

    def register(self, number: int) -> int:
        return int.from_bytes(bytes.fromhex(self._ask(f"p{number:x}")), "little")

    def set_register(self, number: int, value: int) -> None:
        assert self._ask(f"P{number:x}={value.to_bytes(8, 'little').hex()}") == "OK"

    def read(self, address: int, size: int) -> bytes:
        data = b""
        while len(data) < size:
            answer = self._ask(f"m{address + len(data):x},{min(size - len(data), 512):x}")
            assert not answer.startswith("E"), f"{address + len(data):#x} can't be read"
            data += bytes.fromhex(answer)
        return data

    def read_hypervisor(self, address: int, size: int) -> bytes:
        """Of its image or the direct map, even if the CPU is in a guest, where they aren't."""
        base = IMAGE_BASE if address >= IMAGE_BASE else DIRECT_MAP
        assert self._ask("Qqemu.PhyMemMode:1") == "OK"
        data = self.read(address - base, size)
        assert self._ask("Qqemu.PhyMemMode:0") == "OK"
        return data

    def write(self, address: int, data: bytes) -> None:
        assert self._ask(f"M{address:x},{len(data):x}:{data.hex()}") == "OK"

    def monitor(self, command: str) -> str:
        """A command of QEMU's monitor."""
        answer = self._ask(f"qRcmd,{command.encode().hex()}")
        text = b""
        while answer.startswith("O") and answer != "OK":
            text += bytes.fromhex(answer[1:])
            answer = self._packet()
        return text.decode()


def mappings(debugger: Debugger) -> list[tuple[int, int, bool, bool, bool]]:
    """Address, physical address; writable, executable, for users."""
    found = [(int(row[0], 16), int(row[1], 16), row[10] == "W", row[2] != "X", row[9] == "U")
             for row in MAPPING.findall(debugger.monitor("info tlb"))]
    assert len(found) > 50
    return found


def mapping_of(debugger: Debugger) -> Callable[[int], tuple[int, int, bool, bool, bool] | None]:
    """A page's mapping, if it is one of 4 KiB."""
    pages = {row[0]: row for row in mappings(debugger)}
    return pages.get
