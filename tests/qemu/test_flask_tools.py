# SPDX-License-Identifier: BSD-2-Clause
"""Debian's Flask tools, unmodified, in a Linux guest that may use them, and in one that may not."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

from bench import LINUX, LINUX_PATIENCE, Bench, Domain, build_policy, denials, must_see
from machine import ROOT
from shells import Shells

POLICY = "build/policy/flask-tools.30"
RAMDISK = ROOT / "build/guests/initrd-xen"
PROGRAM = ROOT / "build/guests/bw"
NAMES = ("tools", "other")
TOOLS = ("flask-getenforce", "flask-setenforce", "flask-get-bool", "flask-set-bool",
         "flask-loadpolicy", "flask-label-pci")
BOOLEAN = "other_may_ask"

# A device in sysfs, since no guest has one: its memory, its ports and its interrupt.
DEVICE = "0000:00:04.0"
PRETEND_DEVICE = f"""
mount -t tmpfs none /sys/bus/pci/devices
mkdir /sys/bus/pci/devices/{DEVICE}
cd /sys/bus/pci/devices/{DEVICE}
echo 0xfebf1000 0xfebf1fff 0x40200 >resource
echo 0xc000 0xc03f 0x40101 >>resource
echo 11 >irq
cd /
"""


def linux(name: str, ramdisk: Path) -> Domain:
    roles = "permissions = <0x1>;" if name == "tools" else ""
    return Domain(name, label=f"{name}_t", properties=roles, **{**LINUX, "ramdisk": str(ramdisk)})


def start(bench: Bench, ramdisk: Path = RAMDISK, policy: str | Path = POLICY,
          **options: object) -> Shells:
    folder = bench.build(*(linux(name, ramdisk) for name in NAMES), policy=policy)
    console = bench.boot(folder, **options)
    for name in NAMES:
        assert console.wait_for(rf"^\[{name}\] .*powers the domain off", LINUX_PATIENCE)
    return Shells(console, NAMES)


def tool(shells: Shells, name: str, command: str) -> tuple[str, int]:
    """What it prints, and its exit code."""
    said = shells.ask(name, f'{command} 2>&1; echo " $?"')
    text, _, code = said.rpartition(" ")
    return text.strip(), int(code)


def ramdisk_with(bench: Bench, files: dict[str, bytes]) -> Path:
    """The image and, behind it, another one, which Linux unpacks over it."""
    more, root = bench.folder / "more", bench.folder / "root"
    root.mkdir(parents=True)
    for name, data in files.items():
        (root / name).write_bytes(data)
    subprocess.run([ROOT / "tools/guests/pack", root, more], check=True)
    whole = bench.folder / "initrd-with-files"
    whole.write_bytes(RAMDISK.read_bytes() + more.read_bytes())
    return whole


def test_image_is_reproducible(tmp_path: Path) -> None:
    again = tmp_path / "initrd-xen"
    old = os.umask(0o077)
    try:
        subprocess.run([ROOT / "tools/guests/initrd-xen", again, PROGRAM], check=True, cwd=tmp_path,
                       env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "TZ": "Asia/Tokyo"})
    finally:
        os.umask(old)
    assert again.read_bytes() == RAMDISK.read_bytes()


def test_shipped_system(bench: Bench) -> None:
    """Its init runs what the kernel's command line names."""
    console = bench.boot(bench.build_file("flask-tools"))
    for name in NAMES:
        assert console.wait_for(rf"^\[{name}\] answer: ", LINUX_PATIENCE), console.complaints()
    said = console.said_by("tools")
    assert "Enforcing" in said, "and the exit code says so, too"
    assert "run: flask-getenforce: exit code 1" in said
    assert f"{BOOLEAN}: 0" in said
    assert "run: flask-get-bool -a: exit code 0" in said
    other = console.said_by("other")
    assert "Unable to get enforcing mode: Operation not permitted" in other
    assert "run: flask-getenforce: exit code 255" in other


def test_tools_and_devices_are_there(bench: Bench) -> None:
    shells = start(bench)
    assert tool(shells, "tools", "test -c /dev/xen/privcmd -a -c /dev/xen/evtchn") == ("", 0)
    assert tool(shells, "tools", "grep -qw xenfs /proc/filesystems") == ("", 0)
    assert shells.ask("tools", "cat /sys/hypervisor/version/m*or") == "4 17"
    for name in TOOLS:
        if name != "flask-getenforce":
            usage, code = tool(shells, "tools", name)
            assert re.match(rf"Usage: \S*{name} ", usage) and code == 1, name


def test_enforcement(bench: Bench) -> None:
    shells = start(bench)
    assert tool(shells, "tools", "flask-getenforce") == ("Enforcing", 1)
    assert tool(shells, "tools", "flask-setenforce Permissive") == ("", 0)
    assert tool(shells, "tools", "flask-getenforce") == ("Permissive", 0)
    assert tool(shells, "other", "flask-getenforce") == ("Permissive", 0)
    [record] = denials(shells.console, "flask_getenforce")
    assert record.endswith("permissive=1"), "allowed, and written down"
    # The role is needed all the same.
    assert tool(shells, "other", "flask-setenforce 1")[0].endswith("Operation not permitted")
    assert tool(shells, "tools", "flask-setenforce 1") == ("", 0)
    assert tool(shells, "tools", "flask-getenforce") == ("Enforcing", 1)
    assert tool(shells, "other", "flask-getenforce")[1] == 255


def test_booleans(bench: Bench) -> None:
    """What one sets lets the other one do what it could not."""
    shells = start(bench)
    assert tool(shells, "tools", "flask-get-bool -a") == (f"{BOOLEAN}: 0", 0)
    assert tool(shells, "other", "flask-getenforce")[1] == 255
    assert tool(shells, "tools", f"flask-set-bool {BOOLEAN} 1") == ("", 0)
    assert tool(shells, "tools", f"flask-get-bool {BOOLEAN}") == (f"{BOOLEAN}: 1", 0)
    assert tool(shells, "other", "flask-getenforce") == ("Enforcing", 1)
    assert tool(shells, "tools", f"flask-set-bool {BOOLEAN} 0") == ("", 0)
    assert tool(shells, "other", "flask-getenforce")[1] == 255
    text, code = tool(shells, "tools", "flask-set-bool nonsense 1")
    assert "No such file or directory" in text and code == 2


def test_load_policy(bench: Bench) -> None:
    """Another policy takes the place of the first: the other domain may ask."""
    local = bench.folder / "local.te"
    local.parent.mkdir(parents=True)
    local.write_text("policy_reader(other_t)\n")
    second = build_policy(bench.folder / "second.30", local, "flask-tools").read_bytes()
    shells = start(bench, ramdisk_with(bench, {"second.30": second, "torn.30": second[:-100]}))
    assert tool(shells, "other", "flask-getenforce")[1] == 255
    # Whatever is wrong, the tool says this, and gives 0; the reason is on the console.
    text, _ = tool(shells, "tools", "flask-loadpolicy /torn.30")
    assert text == "Unable to load new Flask policy: Operation not permitted"
    must_see(shells.console, "bailiwick", "policy: load by domain tools refused: ")
    assert tool(shells, "other", "flask-getenforce")[1] == 255, "nothing has changed"
    assert tool(shells, "tools", "flask-loadpolicy /second.30")[0] == \
        "Successfully loaded policy."
    assert tool(shells, "other", "flask-getenforce") == ("Enforcing", 1)


def test_label_pci(bench: Bench) -> None:
    shells = start(bench)
    for name in NAMES:
        for line in PRETEND_DEVICE.strip().splitlines():
            shells.send(name, line)
    label = f"flask-label-pci {DEVICE} system_u:object_r:"
    assert tool(shells, "tools", f"{label}nic_t") == ("", 0)
    text, code = tool(shells, "tools", f"{label}nonsense_t")
    assert "Unable to set context of PCI device" in text and code == 2
    text, code = tool(shells, "other", f"{label}nic_t")
    assert "Unable to set context of PCI device" in text and code == 2
    [record] = denials(shells.console, "flask_context_to_sid")
    assert "denied  { check_context } for domid=2 " in record


def test_who_has_no_permission(bench: Bench) -> None:
    """Nothing is done, and each attempt is written down, with both labels."""
    shells = start(bench)
    for command in ("flask-setenforce 0", f"flask-set-bool {BOOLEAN} 1", "flask-get-bool -a",
                    "flask-loadpolicy /init"):
        assert "Operation not permitted" in tool(shells, "other", command)[0]
    for hook, name, permission in (("flask_setenforce", "security", "setenforce"),
                                   ("flask_setbool", "security", "setbool"),
                                   ("flask_getbool", "bw_policy", "getbool"),
                                   ("flask_load", "security", "load_policy")):
        record = denials(shells.console, hook)[0]
        assert f"denied  {{ {permission} }} for domid=2 " in record
        assert record.endswith(f"scontext=system_u:vm_r:other_t tcontext=system_u:system_r:"
                               f"security_t tclass={name} permissive=0")
    assert tool(shells, "tools", "flask-getenforce") == ("Enforcing", 1)
    assert tool(shells, "tools", "flask-get-bool -a") == (f"{BOOLEAN}: 0", 0)
