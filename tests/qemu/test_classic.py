# SPDX-License-Identifier: BSD-2-Clause
"""Launches without an LCM: Dom0's kernel and ramdisk, as a boot entry for Xen gives them."""

from __future__ import annotations

import subprocess
from pathlib import Path

from bench import LINUX_PATIENCE, PROBE_PATIENCE, Bench, must_see, probe
from machine import BUILD, EXIT_REFUSED, Machine

ROLES = "roles: control, hardware, crash, console, xenstore"
SCRIPT = "say begins\narguments\n"


def test_dom0_alone(bench: Bench) -> None:
    console = bench.boot_modules({"kernel root=none": probe(), "ramdisk": SCRIPT.encode()}, cpus=2)
    must_see(console, "bailiwick", "the first module `kernel root=none` is a kernel, no LCM")
    must_see(console, "bailiwick", "no policy and no labels: the role engine decides alone")
    must_see(console, "bailiwick", "dom0: built as domid 0, ")
    assert any(f"2 vCPUs, label none, {ROLES}" in line for line in console.said_by("bailiwick"))
    must_see(console, "dom0", "arguments: root=none")
    must_see(console, "bailiwick", "all domains have stopped")


def test_dom0_under_a_policy_for_xen(bench: Bench) -> None:
    policy = (BUILD / "policy/xen-style.30").read_bytes()
    console = bench.boot_modules({"kernel": probe(), "ramdisk": SCRIPT.encode(), "policy": policy},
                                 hypervisor_arguments="dom0_mem=32M")
    must_see(console, "bailiwick", " 3. policy `policy`: ")
    must_see(console, "bailiwick", f"dom0: built as domid 0, 32 MiB, 1 vCPU, label "
                                   f"system_u:system_r:dom0_t, {ROLES}")
    must_see(console, "dom0", "begins")


def test_more_memory_than_there_is(bench: Bench) -> None:
    console = bench.boot_modules({"kernel": probe(), "ramdisk": b""}, hypervisor_arguments="dom0_mem=9G")
    must_see(console, "bailiwick", "launch refused: boot entry: dom0_mem= asks for 9437184 KiB")
    assert console.wait_end(PROBE_PATIENCE) == EXIT_REFUSED


# As Debian's grub.d/20_linux_xen writes it, which has a word for the file's name that Xen drops.
ENTRY = """
set timeout=0
menuentry "Debian" {
    multiboot2 /boot/bailiwick.elf placeholder dom0_mem=64M,max:64M
    module2 /boot/kernel placeholder root=/dev/sda1 ro quiet
    module2 --nounzip /boot/ramdisk
    module2 /boot/policy policy
}
"""


def make_iso(folder: Path, entry: str, files: dict[str, bytes]) -> Path:
    boot = folder / "iso" / "boot"
    (boot / "grub").mkdir(parents=True)
    (boot / "grub" / "grub.cfg").write_text(entry)
    for name, data in files.items():
        (boot / name).write_bytes(data)
    subprocess.run(["grub-mkrescue", "-o", folder / "boot.iso", folder / "iso"], check=True, capture_output=True)
    return folder / "boot.iso"


def test_debians_boot_entry_for_xen(bench: Bench) -> None:
    iso = make_iso(bench.folder, ENTRY, {
        "bailiwick.elf": (BUILD / "bailiwick.elf").read_bytes(), "kernel": probe(), "ramdisk": SCRIPT.encode(),
        "policy": (BUILD / "policy/xen-style.30").read_bytes()})
    console = bench.start(Machine(iso=iso))
    must_see(console, "bailiwick", "3 modules by GRUB", LINUX_PATIENCE)
    must_see(console, "bailiwick", "dom0: built as domid 0, 64 MiB, 2 vCPUs, label system_u:system_r:dom0_t, ")
    must_see(console, "dom0", "arguments: root=/dev/sda1 ro quiet")
    must_see(console, "bailiwick", "all domains have stopped")
