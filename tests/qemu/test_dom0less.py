# SPDX-License-Identifier: BSD-2-Clause
"""Xen's dom0less binding on x86: domains directly under /chosen, modules by number or name."""

from __future__ import annotations

from bench import POLICY, PROBE_PATIENCE, Bench, compile_tree, must_see, probe
from machine import EXIT_REFUSED, ROOT, Console

# As Xen's documentation writes it, but for the modules' place and the labels.
TREE = """/dts-v1/;
/ {{
    chosen {{
        bootargs = "for somebody else";
        xen,xen-bootargs = "for Xen";
        policy {{
            compatible = "xen,xsm-policy", "multiboot,module";
            module-name = "policy";
        }};
        domU1 {{
            compatible = "xen,domain";
            #address-cells = <0x2>;
            #size-cells = <0x1>;
            memory = <0 16384>;
            cpus = <2>;
            vpl011;
            xen,enhanced = "no-xenstore";
            security-id = "guest_a_t";
            module@1 {{
                compatible = "multiboot,kernel", "multiboot,module";
                mb-index = <2>;
                bootargs = "the first";
            }};
            module@2 {{
                compatible = "multiboot,ramdisk", "multiboot,module";
                mb-index = <3>;
                module-name = "script-1";
            }};
        }};
        domU2 {{
            compatible = "xen,domain";
            memory = <0 16384>;
            cpus = <1>;
            seclabel = "system_u:vm_r:guest_b_t";
            {more}
            module@1 {{
                compatible = "multiboot,kernel", "multiboot,module";
                module-name = "kernel";
            }};
            module@2 {{
                compatible = "multiboot,ramdisk", "multiboot,module";
                module-name = "script-2";
            }};
        }};
    }};
}};
"""
SCRIPT = b"say begins\narguments\n"


def modules(more: str = "") -> dict[str, bytes]:
    return {"lcm.dtb": compile_tree(TREE.format(more=more)),
            "policy": (ROOT / POLICY).read_bytes(),
            "kernel of the menu": probe(), "script-1": SCRIPT, "script-2": SCRIPT}


def expect_first(console: Console) -> None:
    must_see(console, "bailiwick", "domU1: built as domid 1, 16 MiB, 2 vCPUs, label "
                                   "system_u:vm_r:guest_a_t, roles: none")
    must_see(console, "domU1", "arguments: the first")


def test_two_domains(bench: Bench) -> None:
    console = bench.boot_modules(modules("xen,enhanced;"), cpus=2)
    must_see(console, "bailiwick", " 2. the first module `lcm.dtb` is an LCM by Xen's dom0less "
                                   "binding: 2 domains, 5 modules")
    must_see(console, "bailiwick", "LCM: notice: /chosen/domU1: vpl011 is not used: the domain's "
                                   "console is Xen's (Linux: console=hvc0)")
    must_see(console, "bailiwick", "LCM: notice: /chosen: property xen,xen-bootargs is for Xen")
    expect_first(console)
    must_see(console, "bailiwick", "domU2: built as domid 2, 16 MiB, 1 vCPU, label "
                                   "system_u:vm_r:guest_b_t, roles: none")
    must_see(console, "domU2", "arguments: of the menu")
    must_see(console, "bailiwick", "all domains have stopped")


def test_what_is_asked_for_and_not_given(bench: Bench) -> None:
    """The domain would be another one without it: it fails, and with it the launch."""
    console = bench.boot_modules(modules("direct-map;"))
    must_see(console, "bailiwick", "launch refused: domain domU2 is required, and failed: "
                                   "/chosen/domU2: direct-map asks for memory that has the machine's"
                                   " own addresses, which this version doesn't give")
    assert console.wait_end(PROBE_PATIENCE) == EXIT_REFUSED
    assert not console.said_by("domU1")


def test_it_fails_alone_if_it_is_optional(bench: Bench) -> None:
    console = bench.boot_modules(modules('passthrough = "enabled"; required = <0>;'), cpus=2)
    must_see(console, "bailiwick", "domain domU2 failed: /chosen/domU2: passthrough asks for devices")
    expect_first(console)
    must_see(console, "bailiwick", "all domains have stopped")
    assert not console.said_by("domU2")
