# SPDX-License-Identifier: BSD-2-Clause
"""Launches without an LCM: Dom0's kernel and ramdisk, as a boot entry for Xen gives them."""

from __future__ import annotations

from pathlib import Path

from bench import PROBE, PROBE_PATIENCE, Bench, must_see
from machine import BUILD, EXIT_REFUSED, ROOT, Console

ROLES = "roles: control, hardware, crash, console, xenstore"
LCM_ONLY = BUILD / "lcm-only/bailiwick.elf"
SCRIPT = "say begins\narguments\n"


def launch(bench: Bench, modules: dict[str, bytes], **options: object) -> Console:
    """Modules by their lines in the boot menu."""
    bench.folder.mkdir(parents=True, exist_ok=True)
    for line, data in modules.items():
        (bench.folder / line.split()[0]).write_bytes(data)
    (bench.folder / "modules").write_text("".join(f"{line}\n" for line in modules))
    return bench.boot(bench.folder, **options)


def probe() -> bytes:
    return (ROOT / PROBE).read_bytes()


def test_dom0_alone(bench: Bench) -> None:
    console = launch(bench, {"kernel root=none": probe(), "ramdisk": SCRIPT.encode()}, cpus=2)
    must_see(console, "bailiwick", "the first module `kernel root=none` is a kernel, no LCM")
    must_see(console, "bailiwick", "no policy and no labels: the role engine decides alone")
    must_see(console, "bailiwick", "dom0: built as domid 0, ")
    assert any(f"2 vCPUs, label none, {ROLES}" in line for line in console.said_by("bailiwick"))
    must_see(console, "dom0", "arguments: root=none")
    must_see(console, "bailiwick", "all domains have stopped")


def test_dom0_under_a_policy_for_xen(bench: Bench) -> None:
    policy = (BUILD / "policy/xen-style.30").read_bytes()
    console = launch(bench, {"kernel": probe(), "ramdisk": SCRIPT.encode(), "policy": policy},
                     hypervisor_arguments="dom0_mem=32M")
    must_see(console, "bailiwick", " 3. policy `policy`: ")
    must_see(console, "bailiwick", f"dom0: built as domid 0, 32 MiB, 1 vCPU, label "
                                   f"system_u:system_r:dom0_t, {ROLES}")
    must_see(console, "dom0", "begins")


def test_a_build_without_it(bench: Bench) -> None:
    """LAUNCH_CLASSIC=n refuses it, and launches what has an LCM."""
    console = launch(bench, {"kernel": probe(), "ramdisk": b""}, hypervisor=LCM_ONLY)
    must_see(console, "bailiwick", "launch refused: the first boot module `kernel` ")
    assert console.wait_end(PROBE_PATIENCE) == EXIT_REFUSED
    console = bench.boot(bench.build_file("two-probes"), hypervisor=LCM_ONLY)
    must_see(console, "bailiwick", "all domains have stopped")


def test_more_memory_than_there_is(bench: Bench) -> None:
    console = launch(bench, {"kernel": probe(), "ramdisk": b""}, hypervisor_arguments="dom0_mem=9G")
    must_see(console, "bailiwick", "launch refused: boot entry: dom0_mem= asks for 9437184 KiB")
    assert console.wait_end(PROBE_PATIENCE) == EXIT_REFUSED
