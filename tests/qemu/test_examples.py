# SPDX-License-Identifier: BSD-2-Clause
"""LCMs by others: the design document's example, old ones, and ones from the future."""

from __future__ import annotations

import subprocess
from pathlib import Path

from bench import (HYPERVISOR_NODE, PROBE_PATIENCE, Bench, build_policy, compile_tree, guest_a,
                   guest_b, must_see, probe, set_property)
from machine import EXIT_REFUSED, ROOT
from test_microcode import EPYC, container

SEED = ROOT / "tests/unit/lcm/seed_x86.dts"
ALL_ROLES = "control, hardware, crash, console, xenstore"


# The labels of the document: Dom0's own, and for the boot domain the default.
LABELS = """
allow xenboot_t { dom0_t domu_t }:domain create;
allow { dom0_t domu_t } kernel_t:bw_module execute;
allow dom0_t self:hvm { getparam setparam };
allow domu_t self:hvm { getparam setparam };
allow xenboot_t dom0_t:bw_role { control hardware crash console xenstore };
allow xenboot_t domu_t:bw_role boot;
typeattribute domu_t boot_domain_type;
allow domu_t xen_t:bw_launch finalise;
"""


def put_seed(bench: Bench) -> Path:
    """What the document says is loaded, in its order."""
    bench.folder.mkdir(parents=True)
    local = bench.folder / "local.te"
    local.write_text(LABELS)
    policy = build_policy(bench.folder / "local.30", local)
    script = b"say begins\narguments\n"
    modules = {"lcm.dtb": compile_tree(SEED.read_text()),
               "microcode": container(EPYC, 0x08001137),
               "policy": policy.read_bytes(),
               "boot-kernel": probe(), "boot-ramdisk": script + b"launch_finalise\n",
               "boot-config": b"its own affair",
               "dom0-kernel": probe(), "dom0-ramdisk": script}
    for name, data in modules.items():
        (bench.folder / name).write_bytes(data)
    (bench.folder / "modules").write_text("".join(f"{name}\n" for name in modules))
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
    for said in (" 2. the first module `lcm.dtb` is an LCM: 2 domains, 7 modules",
                 " 3. microcode `microcode`: revision 0x08001137 was offered",
                 " 3. policy `policy`: ",
                 "domain@1: built as domid 32757, 128 MiB, 1 vCPU, label system_u:vm_r:domu_t, "
                 "roles: boot",
                 f"domain@2: built as domid 0, 128 MiB, 1 vCPU, label system_u:vm_r:dom0_t, roles: "
                 f"{ALL_ROLES}",
                 "boot domain domain@1 starts, alone, with the console",
                 "boot domain domain@1 has finalised: ",
                 "input to domain@2 (it has the function console)",
                 "all domains have stopped"):
        must_see(console, "bailiwick", said)
    must_see(console, "domain@1", "begins")
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
