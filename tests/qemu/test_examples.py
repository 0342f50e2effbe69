# SPDX-License-Identifier: BSD-2-Clause
"""LCMs by others: the design document's example, old ones, and ones from the future."""

from __future__ import annotations

import subprocess
from pathlib import Path

from bench import (HYPERVISOR_NODE, PROBE_PATIENCE, Bench, compile_tree, must_see, probe,
                   set_property, guest_a, guest_b)
from machine import BUILD, EXIT_REFUSED, ROOT
from test_microcode import EPYC, container

SEED = ROOT / "tests/unit/lcm/seed_x86.dts"
ALL_ROLES = "control, hardware, crash, console, xenstore"


def put_seed(bench: Bench) -> Path:
    """What the document says is loaded, in its order; its boot domain is optional here."""
    script = b"say begins\narguments\n"
    modules = {"lcm.dtb": compile_tree(SEED.read_text()),
               "microcode": container(EPYC, 0x08001137),
               "policy": (BUILD / "policy/xen-style.30").read_bytes(),
               "boot-kernel": probe(), "boot-ramdisk": script, "boot-config": b"its own affair",
               "dom0-kernel": probe(), "dom0-ramdisk": script}
    bench.folder.mkdir(parents=True)
    for name, data in modules.items():
        (bench.folder / name).write_bytes(data)
    (bench.folder / "modules").write_text("".join(f"{name}\n" for name in modules))
    set_property(bench.folder, "/domain@1", "required", 0)
    return bench.folder


def test_pv_dom0_of_the_document_is_refused(bench: Bench) -> None:
    console = bench.boot(put_seed(bench))
    must_see(console, "bailiwick",
             f"launch refused: domain domain@2 is required, and failed: {HYPERVISOR_NODE}/domain@2: "
             "domain@2 asks for a PV guest (mode bit 0), which this hypervisor doesn't run: use mode "
             "= <4>, 64-bit PVH, and a kernel that has a PVH entry")
    assert console.wait_end(PROBE_PATIENCE) == EXIT_REFUSED


def test_dom0_of_the_document_as_pvh(bench: Bench) -> None:
    folder = put_seed(bench)
    set_property(folder, "/domain@2", "mode", 4)
    console = bench.boot(folder)
    must_see(console, "bailiwick", " 2. the first module `lcm.dtb` is an LCM: 2 domains, 7 modules")
    must_see(console, "bailiwick", " 3. microcode `microcode`: revision 0x08001137 was offered")
    must_see(console, "bailiwick", " 3. policy `policy`: ")
    must_see(console, "bailiwick", "domain@2: built as domid 0, 128 MiB, 1 vCPU, label "
                                   f"system_u:system_r:dom0_t, roles: {ALL_ROLES}")
    must_see(console, "bailiwick", "input to domain@2 (it has the function console)")
    must_see(console, "domain@2", "begins")
    must_see(console, "domain@2", "arguments: console=hvc0")


def put(folder: Path, node: str, name: str, *values: str) -> None:
    subprocess.run(["fdtput", "-p", "-t", "s", folder / "lcm.dtb", node, name, *values], check=True)


def test_unknown_nodes_and_properties_everywhere(bench: Bench) -> None:
    """As a later version's LCM may have them: each is named once, and the system runs."""
    folder = bench.build(guest_a("say begins"), guest_b("say begins"))
    nodes = [HYPERVISOR_NODE, *(HYPERVISOR_NODE + node for node in
                                ("/config", "/config/policy", "/guest-a", "/guest-a/kernel"))]
    for node in ("/", "/chosen", *nodes):
        put(folder, node, "later", "of a later version")
        if not node.endswith(("/policy", "/kernel")):
            put(folder, f"{node.rstrip('/')}/later-node", "compatible", "xen,later")
            put(folder, f"{node.rstrip('/')}/later-module", "compatible", "module,later")
    console = bench.boot(folder)
    must_see(console, "bailiwick", "all domains have stopped")
    said = console.said_by("bailiwick")
    for node in nodes:
        assert said.count(f"    LCM: notice: {node}: property later is not known to this version: "
                          "ignored") == 1
    notices = {line for line in said if "later-" in line}
    assert len(notices) == 6 and all(": ignored" in line for line in notices), notices
    assert console.said_by("guest-a") and console.said_by("guest-b")


MINIMAL = """/dts-v1/;
/ {
    chosen {
        hypervisor {
            compatible = "hypervisor,xen";
            guest {
                compatible = "xen,domain";
                memory = <0 16384>;
                kernel {
                    compatible = "module,kernel";
                    mb-index = <1>;
                };
            };
        };
    };
};
"""


def test_nothing_that_is_optional(bench: Bench) -> None:
    """As an early version's LCM may be; without a ramdisk the probe says that it has no script."""
    console = bench.boot_modules({"lcm.dtb": compile_tree(MINIMAL), "kernel": probe()})
    must_see(console, "bailiwick", f"LCM: notice: {HYPERVISOR_NODE}/guest: no mode: taken as <4>")
    must_see(console, "bailiwick", "guest: built as domid 1, 16 MiB, 1 vCPU, label none, roles: none")
    must_see(console, "bailiwick", "input to guest (none with the function console or a permission "
                                   "starts: the first of all)")
    must_see(console, "bailiwick", "all domains have stopped")
    assert console.said_by("guest")
