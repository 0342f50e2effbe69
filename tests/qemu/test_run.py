# SPDX-License-Identifier: BSD-2-Clause
"""`make run` as a user meets it: in a terminal, with keys."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pexpect
import pytest

from bench import LINUX_PATIENCE
from machine import BUILD, ROOT, read_nonces

CTRL_A, CTRL_BRACKET = "\x01", "\x1d"


@pytest.mark.long
def test_make_run() -> None:
    subprocess.run(["make", "iso", "SYSTEM=two-guests"], cwd=ROOT, check=True,
                   stdout=subprocess.DEVNULL)
    nonces = read_nonces(BUILD / "systems" / "two-guests")
    terminal = pexpect.spawn("tools/guests/run two-guests", cwd=str(ROOT), encoding="utf-8",
                             codec_errors="replace", timeout=LINUX_PATIENCE)
    terminal.expect_exact("Ctrl-]")
    terminal.expect_exact("Ctrl-A X")
    answers = [f"answer: {nonce}" for nonce in nonces.values()]
    first = terminal.expect_exact(answers)
    terminal.expect_exact(answers[1 - first])
    terminal.send("echo typed-$((6 * 7))\r")
    terminal.expect(r"\[guest-a\] typed-42")
    terminal.send(CTRL_BRACKET)
    terminal.expect_exact("input goes to guest-b")
    terminal.send("echo typed-$((6 * 8))\r")
    terminal.expect(r"\[guest-b\] typed-48")
    terminal.send(CTRL_A + "x")
    terminal.expect(pexpect.EOF)
    terminal.close()
    assert terminal.exitstatus == 0


def test_run_of_a_folder(tmp_path: Path) -> None:
    """`bailiwick run DIR`: from GRUB, with the domains that it has made of its kernels."""
    tool = BUILD / "bailiwick"
    subprocess.run([tool, "new", "mine", "--from", "two-guests"], cwd=tmp_path, check=True, stdout=subprocess.DEVNULL)
    source = tmp_path / "mine/system.dts"
    text = source.read_text().replace('"build/guests/vmlinuz"', '"build/probe/probe.elf"')
    source.write_text(text.replace('"build/guests/initrd"', '"./script"'))
    (tmp_path / "mine/script").write_text("nonce\n")
    done = subprocess.run([tool, "run", "mine"], cwd=tmp_path, timeout=LINUX_PATIENCE, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    said = done.stdout.decode(errors="replace")
    assert done.returncode == 0 and "domains guest-a, guest-b, in QEMU" in said, said
    for name, nonce in read_nonces(tmp_path / "mine/build/boot").items():
        assert f"[{name}] answer: {nonce}" in said


FAKE_MENU = r"""serial --unit=0 --speed=115200
terminal_output serial
{lines}
sleep 20
halt
"""


@pytest.mark.parametrize("line, reason", [
    ("[bailiwick] launch refused: because", "FAILED: launch refused: because"),
    ("[bailiwick] domain guest-a failed: because", "FAILED: domain guest-a failed: because"),
    ("[bailiwick] domain guest-a: shutdown: crash", "FAILED: domain guest-a: shutdown: crash"),
    ("[guest-b] answer: 0123", "FAILED: no answer within 6 s from guest-a"),
    ("[guest-b] answer: 4567", "FAILED: no answer within 6 s from guest-a, guest-b"),
])
def test_boot_says_what_is_wrong(line: str, reason: str, tmp_path: Path) -> None:
    """make boot against a boot loader that only pretends, since the real thing doesn't fail."""
    name = "pretended-" + re.sub(r"[^a-z0-9]+", "-", line.lower()).strip("-")
    folder = BUILD / "systems" / name
    menu = tmp_path / "iso" / "boot" / "grub" / "grub.cfg"
    menu.parent.mkdir(parents=True)
    menu.write_text(FAKE_MENU.format(lines=f'echo "{line}"'))
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "nonces").write_text("guest-a 4567\nguest-b 0123\n")
    subprocess.run(["grub-mkrescue", "-o", folder / "boot.iso", tmp_path / "iso"], check=True,
                   capture_output=True)
    done = subprocess.run(["tools/guests/boot", name], cwd=ROOT, text=True, capture_output=True,
                          env={"PATH": "/usr/bin:/bin", "BOOT_TIMEOUT": "6"})
    assert done.returncode == 1
    assert reason in done.stdout
    assert f"{folder / 'serial.log'}" in done.stdout
    shutil.rmtree(folder)
