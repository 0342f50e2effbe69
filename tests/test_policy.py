# SPDX-License-Identifier: BSD-2-Clause
"""`make policy`: what is in the image is what is in policy/, also after a file is gone."""

import os
import re
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


def vocabulary(folder: Path, name: str, word: str) -> dict[str, list[str]]:
    """What a file declares, in its order: each name, and the words in its braces."""
    text = re.sub(r"#.*", "", (folder / name).read_text())
    found = re.findall(rf"^{word} (\w+)(?:\s*\{{([^}}]*)\}})?", text, re.MULTILINE)
    return {name: words.split() for name, words in found}


@pytest.mark.parametrize("name, word", [("security_classes", "class"), ("initial_sids", "sid"),
                                        ("access_vectors", "class")])
def test_xen_style_has_all_of_xens_vocabulary(name: str, word: str) -> None:
    ours = vocabulary(ROOT / "policy/vocabulary", name, word)
    xens = vocabulary(ROOT / "policy/systems/xen-style/vocabulary", name, word)
    assert len(xens) == 13
    assert list(xens.items()) == [item for item in ours.items() if not item[0].startswith("bw_")]


def make_other_policy(tree: Path, system: str) -> bytes:
    output = tree / "output.30"
    subprocess.run([tree / "policy/build", system, output], check=True, timeout=TIMEOUT)
    return output.read_bytes()


def test_a_system_may_have_its_own_parts(tree: Path) -> None:
    """They take the place of everybody's, of which nothing is left in its policy."""
    seen = make_other_policy(tree, "xen-style")
    assert b"bw_" not in seen and b"guest_type" not in seen
    for name in ("vocabulary/access_vectors", "modules/base.te", "users", "initial_sid_contexts"):
        (tree / "policy" / name).write_text("nonsense\n")
    assert make_other_policy(tree, "xen-style") == seen
