# SPDX-License-Identifier: BSD-2-Clause
"""What the documents say about the project exists."""

from __future__ import annotations

import re
import subprocess

import pytest

import budget
from machine import BUILD, ROOT

DOCUMENTS = ["docs/threat-model.md", "docs/caveats.md", "SECURITY.md", "CHANGELOG.md",
             "docs/dom0less.md", "lcm/binding.md"]
THREATS = (ROOT / "docs/threat-model.md").read_text()


def test_hooks_are_documented_as_they_are() -> None:
    """`make docs` writes it."""
    done = subprocess.run([BUILD / "bailiwick", "explain", "--markdown"], check=True, text=True,
                          stdout=subprocess.PIPE)
    assert done.stdout == (ROOT / "docs/hooks.md").read_text()


def functions() -> set[str]:
    text = "".join(path.read_text() for path in (ROOT / "tests").rglob("test_*.py"))
    return set(re.findall(r"^def (test_\w+)\(", text, re.MULTILINE))


def test_threats_name_tests_that_exist() -> None:
    named = set(re.findall(r"`(test_\w+)`", THREATS))
    assert len(named) > 30
    assert named <= functions()


def test_threats_are_numbered_and_complete() -> None:
    threats = re.split(r"^\*\*(?=T\d+\.)", THREATS, flags=re.MULTILINE)[1:]
    assert [threat.split(".")[0] for threat in threats] == \
        [f"T{number}" for number in range(1, len(threats) + 1)]
    for threat in threats:
        for part in ("Path:", "Stopped by:", "Shown by:"):
            assert part in threat, threat


@pytest.mark.parametrize("document", DOCUMENTS)
def test_files_that_are_named_exist(document: str) -> None:
    text = (ROOT / document).read_text()
    for name in re.findall(r"`((?:hv|xsm|lcm|roles|tests|tools|docs)/[\w./-]+)`", text):
        if name != "tests/run":
            assert (ROOT / name).exists(), name
    for name in re.findall(r"\]\(([\w./-]+)\)", text):
        assert ((ROOT / document).parent / name).exists(), name


def test_budget_is_documented_as_it_is() -> None:
    text = (ROOT / "tests/README.md").read_text()
    shares = {area: int(seconds) for area, seconds in
              re.findall(r"^\| (\w+) \|.*\| (\d+) \|$", text, re.MULTILINE)}
    assert shares == budget.BUDGET
    assert f"which is {sum(shares.values())} seconds of one core" in text
