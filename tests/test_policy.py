# SPDX-License-Identifier: BSD-2-Clause
"""`make policy`: what is in the image is what is in policy/, also after a file is gone."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from machine import ROOT

RULE = "permissive guest_a_t;\n"
TIMEOUT = 60


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of what makes policies, to take files away from."""
    copy = tmp_path / "tree"
    shutil.copytree(ROOT / "policy", copy / "policy")
    for path in [ROOT / "Makefile", *ROOT.glob("**/*.mk"), *ROOT.glob("tools/build/*")]:
        target = copy / path.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)
    return copy


def make_policy(tree: Path) -> bytes:
    environment = {name: value for name, value in os.environ.items()
                   if name not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")}
    done = subprocess.run(["make", "--no-print-directory", "policy", "DEPS=Makefile"], cwd=tree,
                          env=environment, timeout=TIMEOUT, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert done.returncode == 0, done.stdout
    return (tree / "build/policy/two-guests.30").read_bytes()


@pytest.mark.parametrize("name", ["systems/two-guests/local.te", "modules/extra.te"])
def test_rules_go_with_their_file(tree: Path, name: str) -> None:
    added = tree / "policy" / name
    added.unlink(missing_ok=True)
    before = make_policy(tree)
    added.write_text(RULE)
    assert make_policy(tree) != before
    added.unlink()
    assert make_policy(tree) == before


def test_a_module_or_vocabulary_file_that_is_gone(tree: Path) -> None:
    """The list of files is what counts, not their dates."""
    policy = tree / "build/policy/two-guests.30"
    make_policy(tree)
    for name in ("modules/extra.if", "vocabulary/extra"):
        added = tree / "policy" / name
        for change in (lambda: added.write_text("dnl nothing\n"), added.unlink):
            change()
            seen = policy.stat().st_mtime_ns
            make_policy(tree)
            assert policy.stat().st_mtime_ns != seen, name


def test_nothing_is_made_again_without_need(tree: Path) -> None:
    make_policy(tree)
    seen = (tree / "build/policy/two-guests.30").stat().st_mtime_ns
    make_policy(tree)
    assert (tree / "build/policy/two-guests.30").stat().st_mtime_ns == seen
