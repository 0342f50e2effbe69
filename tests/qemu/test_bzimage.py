# SPDX-License-Identifier: BSD-2-Clause
"""Kernels that are bzImages: a loader unpacks them inside their domain."""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path

import pytest

from bench import (LINUX, LINUX_PATIENCE, PROBE_PATIENCE, Bench, guest_a, guest_b, must_see, probe,
                   remove_node, remove_property, set_property)
from machine import BUILD, EXIT_REFUSED, ROOT, read_nonces, unanswered
from shells import Shells
from test_boot_domain import boot_domain, build, find_in_lcm
from test_classic import SCRIPT

PACKER = BUILD / "tests" / "pack_bzimage"
NONE = BUILD / "no-bzimage" / "bailiwick.elf"
FORMATS = ["gzip", "xz", "lz4", "zstd"]
PAYLOAD = 0x700  # where a bzImage of ours has it
LENGTH = 0x24c  # the setup header's field


def packed(bench: Bench, kind: str, kernel: bytes | None = None) -> bytes:
    """The probe, or another ELF file, as a bzImage."""
    bench.folder.mkdir(parents=True, exist_ok=True)
    elf, bzimage = bench.folder / "elf", bench.folder / "bzimage"
    elf.write_bytes(probe() if kernel is None else kernel)
    subprocess.run([PACKER, kind, elf, bzimage], check=True)
    return bzimage.read_bytes()


@pytest.mark.parametrize("kind", FORMATS)
def test_each_format(bench: Bench, kind: str) -> None:
    """With the command line and the ramdisk that the kernel in it is to have."""
    console = bench.boot_modules({"vmlinuz root=none": packed(bench, kind),
                                  "ramdisk": SCRIPT.encode()},
                                 hypervisor_arguments="dom0_mem=64M")
    must_see(console, "bailiwick", "the first module `vmlinuz root=none` is a kernel, no LCM")
    must_see(console, "bailiwick", "`vmlinuz root=none` is a bzImage: the domain is started with a "
                                   "loader, which unpacks it")
    must_see(console, "dom0", "begins")
    must_see(console, "dom0", "arguments: root=none")
    must_see(console, "bailiwick", "all domains have stopped")
    assert not any("can't be started" in line for line in console.lines)


def put_kernel(folder: Path, guest: str, kernel: bytes, digest: bytes | None) -> None:
    """In the place of the kernel in a built system, which `bailiwick build` would have unpacked."""
    (folder / f"{guest}-vmlinuz").write_bytes(kernel)
    set_property(folder, f"/{guest}/kernel", "module-name", f"{guest}-vmlinuz", kind="s")
    remove_property(folder, f"/{guest}/kernel", "digest")
    if digest:
        set_property(folder, f"/{guest}/kernel", "digest", *(f"{byte:x}" for byte in digest),
                     kind="bx")
    lines = (folder / "modules").read_text().splitlines()
    set_property(folder, f"/{guest}/kernel", "mb-index", len(lines))
    (folder / "modules").write_text("".join(f"{line}\n" for line in
                                            [*lines, f"{guest}-vmlinuz"]))


def test_domains_of_an_lcm(bench: Bench) -> None:
    """Beside one whose kernel is none; its digest is the bzImage's."""
    folder = bench.build(guest_a("say packed"), guest_b("say plain"))
    image = packed(bench, "xz")
    put_kernel(folder, "guest-a", image, hashlib.sha256(image).digest())
    console = bench.boot(folder)
    must_see(console, "guest-a", "packed")
    must_see(console, "guest-b", "plain")
    must_see(console, "bailiwick", "all domains have stopped")


def test_the_digest_is_the_bzimages(bench: Bench) -> None:
    folder = bench.build(guest_a("say packed"), guest_b("say plain"))
    put_kernel(folder, "guest-a", packed(bench, "xz"), hashlib.sha256(probe()).digest())
    console = bench.boot(folder)
    assert "digest" in must_see(console, "bailiwick", "launch refused: ")
    assert console.wait_end(PROBE_PATIENCE) == EXIT_REFUSED


def test_a_boot_domain(bench: Bench) -> None:
    """It finds the LCM where others do: behind the ramdisk."""
    folder = build(bench, guest_a("say plain"),
                   boot_domain(find_in_lcm("hypervisor,xen") + "launch_finalise\n"))
    put_kernel(folder, "prepare", packed(bench, "lz4"), None)
    console = bench.boot(folder)
    must_see(console, "bailiwick", "all domains have stopped")
    [found] = [line for line in console.said_by("prepare") if line.startswith("find ")]
    assert "ENOENT" not in found
    must_see(console, "guest-a", "plain")


def test_a_boot_domain_without_a_ramdisk(bench: Bench) -> None:
    """Which doesn't take the LCM for one: the probe finds an empty script."""
    folder = build(bench, guest_a("say plain"), boot_domain(""))
    remove_node(folder, "/prepare/ramdisk")
    put_kernel(folder, "prepare", packed(bench, "lz4"), None)
    console = bench.boot(folder)
    must_see(console, "prepare", "end of script: 0 ok, 0 failed")


@pytest.mark.parametrize(("kernel", "input_by"), [
    ("vmlinuz", "-event"), pytest.param("vmlinuz-amd64", "-virq", marks=pytest.mark.long)])
def test_debians_kernel(bench: Bench, kernel: str, input_by: str) -> None:
    """
    Unmodified, from a boot entry as Debian's for Xen, with little more memory than it needs; and it
    has a shell on the machine's console. The cloud's kernel knows nothing of a dom0 and has its
    input from a ring; the other takes it from the hypervisor's console.
    """
    vmlinuz, initrd = ((BUILD / "guests" / name).read_bytes() for name in (kernel, "initrd"))
    console = bench.boot_modules({"vmlinuz console=hvc0 quiet nonce=1234": vmlinuz, "initrd": initrd},
                                 hypervisor_arguments="dom0_mem=96M" if kernel == "vmlinuz" else "")
    must_see(console, "dom0", "answer: 1234", LINUX_PATIENCE)
    must_see(console, "dom0", "powers the domain off", LINUX_PATIENCE)
    shell = Shells(console, ["dom0"])
    assert shell.ask("dom0", "tty") == "/dev/hvc0"
    assert f"{input_by} hvc_console" in " ".join(shell.ask("dom0", "grep hvc /proc/interrupts").split())
    console.send("poweroff -f\n")
    must_see(console, "bailiwick", "all domains have stopped", LINUX_PATIENCE)


def test_debians_kernel_in_an_lcm(bench: Bench) -> None:
    folder = bench.build(guest_a("", **LINUX), guest_b("say plain"))
    put_kernel(folder, "guest-a", (ROOT / LINUX["kernel"]).read_bytes(), None)
    console = bench.boot(folder)
    must_see(console, "guest-b", "plain")
    nonces = {"guest-a": read_nonces(folder)["guest-a"]}
    assert console.wait_until(lambda: not unanswered(console, nonces), LINUX_PATIENCE)


def damaged(image: bytes) -> bytes:
    middle = (PAYLOAD + len(image)) // 2
    return image[:middle] + bytes([image[middle] ^ 0x10]) + image[middle + 1:]


def test_what_is_damaged(bench: Bench) -> None:
    """The domain says what is wrong on its console, and ends as one that has crashed."""
    console = bench.boot_modules({"vmlinuz": damaged(packed(bench, "zstd")), "ramdisk": b""})
    must_see(console, "dom0", "the bzImage can't be started: it is damaged")
    must_see(console, "bailiwick", "domain dom0: shutdown: crash")
    must_see(console, "bailiwick", "all domains have stopped")


def test_only_its_own_domain_fails(bench: Bench) -> None:
    """And needs nothing of the policy to say why."""
    folder = bench.build(guest_a("say plain"), guest_b("say packed"))
    put_kernel(folder, "guest-b", damaged(packed(bench, "xz")), None)
    console = bench.boot(folder)
    must_see(console, "guest-b", "the bzImage can't be started: it is damaged")
    must_see(console, "bailiwick", "domain guest-b: shutdown: crash")
    must_see(console, "guest-a", "plain")
    must_see(console, "bailiwick", "all domains have stopped")


@pytest.mark.parametrize(("image", "why"), [
    (lambda good: good[:-1], "it is cut short"),
    (lambda good: good[:LENGTH], "it is cut short"),
    (lambda good: good[:PAYLOAD] + b"BZh9" + good[PAYLOAD + 4:],
     "its compression is not gzip, xz, lz4 or zstd"),
    (lambda good: good[:-4] + (1 << 30).to_bytes(4, "little"),
     "there is no room to unpack it: give the domain more memory"),
], ids=["short", "header", "bzip2", "large"])
def test_what_is_wrong_is_said(bench: Bench, image, why: str) -> None:
    console = bench.boot_modules({"vmlinuz": image(packed(bench, "lz4")), "ramdisk": b""},
                                 hypervisor_arguments="dom0_mem=64M")
    must_see(console, "dom0", f"the bzImage can't be started: {why}")
    must_see(console, "bailiwick", "all domains have stopped")


def test_no_kernel_in_it(bench: Bench) -> None:
    kernel = probe().replace(b"\x04\0\0\0\x08\0\0\0\x12\0\0\0Xen\0",
                             b"\x04\0\0\0\x08\0\0\0\x11\0\0\0Xen\0")
    assert kernel != probe()
    console = bench.boot_modules({"vmlinuz": packed(bench, "gzip", kernel), "ramdisk": b""})
    must_see(console, "dom0", "the bzImage can't be started: the kernel in it has no PVH entry")


def test_a_domain_too_small(bench: Bench) -> None:
    """Too small for Debian's kernel: for the bzImage itself, and for what is in it."""
    vmlinuz = (ROOT / LINUX["kernel"]).read_bytes()
    console = bench.boot_modules({"vmlinuz": vmlinuz, "ramdisk": b""}, hypervisor_arguments="dom0_mem=8M")
    must_see(console, "bailiwick", "kernel and ramdisk don't fit into the domain's memory")
    assert console.wait_end(PROBE_PATIENCE) == EXIT_REFUSED
    console = bench.boot_modules({"vmlinuz": vmlinuz, "ramdisk": b""}, hypervisor_arguments="dom0_mem=48M")
    said = must_see(console, "dom0", "the bzImage can't be started: ")
    assert "give the domain more memory" in said
    must_see(console, "bailiwick", "all domains have stopped")


def test_a_build_without_it(bench: Bench) -> None:
    """LAUNCH_BZIMAGE=n says so, and starts what is no bzImage."""
    console = bench.boot_modules({"vmlinuz": packed(bench, "gzip"), "ramdisk": b""}, hypervisor=NONE)
    assert "is a Linux bzImage, which this build doesn't unpack (LAUNCH_BZIMAGE)" in must_see(
        console, "bailiwick", "launch refused: ")
    assert console.wait_end(PROBE_PATIENCE) == EXIT_REFUSED
    console = bench.boot_modules({"kernel": probe(), "ramdisk": SCRIPT.encode()}, hypervisor=NONE)
    must_see(console, "dom0", "begins")


def test_it_is_built_out() -> None:
    symbols = subprocess.run(["nm", NONE], check=True, text=True, stdout=subprocess.PIPE).stdout
    at = {line.split()[2]: line.split()[0] for line in symbols.splitlines() if len(line.split()) == 3}
    assert at["unpacker_start"] == at["unpacker_end"]
