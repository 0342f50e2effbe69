# SPDX-License-Identifier: BSD-2-Clause
"""`bailiwick new`, and systems in folders of their authors: what is wrong is said, and nothing is overwritten."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from expectations import COMMAND, ROOT, TIMEOUT, run
from machine import BUILD

SYSTEMS = sorted(path.stem for path in (ROOT / "lcm/systems").glob("*.dts")
                 if (ROOT / f"policy/systems/{path.stem}").is_dir())
FILES = ["README.md", "local.te", "system.dts", "system.exp", "system.te"]


def with_small_kernels(folder: Path) -> None:
    """Linux takes the most time to read, and isn't what this is about."""
    source = folder / "system.dts"
    text = re.sub(r'"build/guests/initrd[a-z-]*"', '"README.md"', source.read_text())
    source.write_text(text.replace('"build/guests/vmlinuz"', '"build/probe/probe.elf"'))


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    run("new", "mine", "--from", "two-guests", cwd=tmp_path)
    with_small_kernels(tmp_path / "mine")
    return tmp_path / "mine"


def quickly(*arguments: object, cwd: Path = ROOT) -> str:
    """Without the sanitizers, for what is done for each system."""
    return subprocess.run([BUILD / "bailiwick", *map(str, arguments)], cwd=cwd, timeout=TIMEOUT, check=True,
                          text=True, stdout=subprocess.PIPE).stdout


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("system", SYSTEMS)
def test_new_of_each_system_decides_the_same(tmp_path: Path, system: str) -> None:
    """And is as expected, wherever one stands and whatever the folder is called."""
    said = quickly("new", "my.folder", "--from", system, cwd=tmp_path)
    for name in contents(tmp_path / "my.folder"):
        assert f"  my.folder/{name}\n" in said
    assert said.splitlines()[-1].endswith("bailiwick test my.folder")
    with_small_kernels(tmp_path / "my.folder")
    assert "0 failed" in quickly("expect", "my.folder", cwd=tmp_path)
    assert quickly("dump", tmp_path / "my.folder/") == quickly("dump", f"build/policy/{system}.30")
    quickly("check", ".", cwd=tmp_path / "my.folder")


def test_new_takes_an_empty_folder_and_those_above_it(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    run("new", ".", "--from=two-guests", cwd=tmp_path / "empty")
    run("new", "a/b/c", "--from", "two-guests", cwd=tmp_path)
    assert sorted(contents(tmp_path / "empty")) == sorted(contents(tmp_path / "a/b/c")) == FILES


@pytest.mark.parametrize("arguments, said", [
    (("mine", "--from", "two-guests"), "mine isn't empty, and nothing of it was changed"),
    (("mine/system.te", "--from", "two-guests"), "mine/system.te is there and no folder, and wasn't changed"),
    (("mine/system.te/x", "--from", "two-guests"), "Not a directory"),
    (("other", "--from", "nowhere"), "there is no system nowhere; there are: boot-domain, "),
    (("other", "--from", "../systems/two-guests"), "there is no system ../systems/two-guests"),
    (("other", "--from", "two-probes"), "there is no system two-probes"),
    (("other", "--from"), "no option --from, or it lacks its value"),
    (("other", "--form", "two-guests"), "no option --form"),
    (("other",), "takes one folder, and the system"),
    (("", "--from", "two-guests"), "takes one folder"),
    (("other", "more", "--from", "two-guests"), "takes one folder")])
def test_new_refuses(mine: Path, arguments: tuple[str, ...], said: str) -> None:
    before = contents(mine.parent)
    assert said in run("new", *arguments, expect=2, cwd=mine.parent)
    assert contents(mine.parent) == before and not (mine.parent / "other").exists()


def test_questions_about_a_folder(mine: Path) -> None:
    asked = ("mine", "guest-a", "guest-b", "event", "bind")
    assert "missing rule" in run("why", *asked, expect=1, cwd=mine.parent)
    said = run("try", "mine", "guest-a event:bind guest-b", expect=1, cwd=mine.parent)
    assert "tried in QEMU      guest-a evtchn_alloc_unbound to guest-b: EPERM\n" in said
    said = run("try", "mine", "guest-a domain:pause guest-b", "--offline", expect=1, cwd=mine.parent)
    assert "QEMU" not in said
    assert "allow guest_b_channel_t guest_b_t:event bind;" in run("query", "mine", "any", "guest-b", cwd=mine.parent)
    assert run("table", "mine/", cwd=mine.parent)
    assert run("expect", "mine", "--line", "7", cwd=mine.parent).startswith("mine: 1 lines, ")


def test_the_policy_is_compiled_when_its_sources_change(mine: Path) -> None:
    question = ("try", ".", "guest-a event:bind guest-b", "--offline")
    run(*question, expect=1, cwd=mine)
    policy = mine / "build/policy.30"
    before = policy.stat().st_mtime_ns
    run(*question, expect=1, cwd=mine)
    assert policy.stat().st_mtime_ns == before, "nothing has changed"
    (mine / "local.te").write_text("channel_end(guest_a, guest_b)\n")
    run(*question, cwd=mine)
    said = run("why", ".", "guest_a_channel_t", "guest_b_t", "event", "bind", cwd=mine)
    assert "at local.te:1" in said
    time.sleep(0.01)
    (mine / "local.te").unlink()
    run(*question, expect=1, cwd=mine)


def test_a_policy_that_does_not_compile(mine: Path) -> None:
    """Also if an older one was there."""
    run("expect", "mine", cwd=mine.parent)
    (mine / "local.te").write_text("allow guest_a_t nobody_t:event bind;\n")
    said = run("expect", "mine", expect=2, cwd=mine.parent)
    assert "local.te:1:ERROR 'unknown type nobody_t'" in said
    assert "bailiwick: mine: its policy can't be compiled, for the reason above" in said
    assert "its policy can't be compiled" in run("check", "mine", expect=1, cwd=mine.parent)
    said = run("test", "mine", "--offline", expect=1, cwd=mine.parent)
    assert "check:    failed\n" in said and "FAILED: mine" in said


@pytest.mark.parametrize("name", ["system.te", "system.dts"])
def test_a_folder_that_lacks_a_file(mine: Path, name: str) -> None:
    (mine / name).unlink()
    for command in (("expect", "mine"), ("try", "mine", "any event:bind any"), ("query", "mine")):
        assert f"mine/{name}: No such file or directory" in run(*command, expect=2, cwd=mine.parent)
    assert f"mine/{name}: No such file or directory" in run("check", "mine", expect=1, cwd=mine.parent)
    run("test", "mine", "--offline", expect=1 if name == "system.te" else 2, cwd=mine.parent)


def test_a_file_that_cannot_be_read(mine: Path) -> None:
    """A folder in its place; root may read everything else."""
    (mine / "system.te").unlink()
    (mine / "system.te").mkdir()
    said = run("expect", "mine", expect=2, cwd=mine.parent)
    assert "system.te is missing" in said and "its policy can't be compiled" in said


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read(mine: Path) -> None:
    (mine / "system.te").chmod(0)
    assert "mine/system.te: Permission denied" in run("expect", "mine", expect=2, cwd=mine.parent)


def test_folders_that_are_no_systems(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert "empty/system.dts: No such file" in run("expect", "empty", expect=2, cwd=tmp_path)
    assert "nowhere: no such folder" in run("test", "nowhere", expect=2, cwd=tmp_path)
    assert "empty: is no system's folder: system.dts is missing" in run("test", "empty", expect=2, cwd=tmp_path)
    assert "required: DIR|SYSTEM" in run("test", expect=2, cwd=tmp_path)
    assert "`make run SYSTEM=two-guests` is for" in run("run", "two-guests", expect=2, cwd=tmp_path)


def test_a_system_s_name_comes_before_a_folder_s(mine: Path) -> None:
    """As it always was; ./NAME is the folder."""
    (mine.parent / "lcm/systems").mkdir(parents=True)
    shutil.copy(ROOT / "lcm/systems/two-guests.dts", mine.parent / "lcm/systems/mine.dts")
    assert "build/policy/two-guests.30 can't be used" in run("query", "mine", expect=2, cwd=mine.parent)
    run("query", "./mine", cwd=mine.parent)


def test_a_command_outside_of_a_tree(tmp_path: Path, mine: Path) -> None:
    lonely = shutil.copy(COMMAND, tmp_path / "lonely")
    done = subprocess.run([lonely, "expect", mine], text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert done.returncode == 2 and "this command isn't in a Bailiwick tree" in done.stdout


def test_what_is_not_expected_fails_the_test(mine: Path) -> None:
    (mine / "local.te").write_text("allow guest_a_t guest_b_t:grant map_read;\n")
    said = run("test", "mine", "--offline", expect=1, cwd=mine.parent)
    assert "expected: failed\nmine/system.exp:" in said and said.endswith("FAILED: mine\n")
