# SPDX-License-Identifier: BSD-2-Clause
"""policy/lines: where a policy's rules are written; and what policy/build says of broken ones."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from machine import ROOT

POLICY = """\
#line 1 "first.te"
#line 1
common shared { get put }
class file { open }
class box
class box inherits shared { shut }
class file { open close }
type a_t, kinds, others; type b_t, kinds;
type c_t;
attribute kinds;
typeattribute c_t others;
#line 7 "second.te"
#line 7
allow { a_t kinds } self:box { get shut };
allow ~b_t b_t:file *; # all but b_t
if (never) {
    dontaudit { kinds -b_t } c_t:box ~{ get shut };
}
if (!(x && !y)) {
    allow a_t b_t:box get;
} else {
    allow a_t b_t:box put;
}
if (!y && x) { allow a_t b_t:box shut; }
typealias c_t alias { d_t e_t };
allow a_t -b_t e_t:file open;
allow r1 r2;
type_transition a_t c_t:{ file box } b_t;
constrain file { open close } (t1 == t2);
constrain file open (u1 == u2);
"""

RULES = """\
allow a_t self box get - second.te:7
allow a_t self box shut - second.te:7
allow kinds self box get - second.te:7
allow kinds self box shut - second.te:7
allow a_t b_t file open - second.te:8
allow a_t b_t file close - second.te:8
allow c_t b_t file open - second.te:8
allow c_t b_t file close - second.te:8
dontaudit a_t c_t box put never second.te:10
allow a_t b_t box get !x,y second.te:13
allow a_t b_t box put x,y second.te:15
allow a_t b_t box shut x,y second.te:17
allow a_t c_t file open - second.te:19
type_transition a_t c_t file b_t - second.te:21
type_transition a_t c_t box b_t - second.te:21
constrain - open file 0 - second.te:22
constrain - close file 0 - second.te:22
constrain - open file 1 - second.te:23
"""


def test_each_rule_has_its_place(tmp_path: Path) -> None:
    conf = tmp_path / "policy.conf"
    conf.write_text(POLICY)
    done = subprocess.run([ROOT / "policy/lines", conf], check=True, text=True,
                          stdout=subprocess.PIPE)
    assert done.stdout == RULES


@pytest.mark.parametrize("compiler, source", [("checkpolicy", "guest_b_t"),
                                              ("secilc", "guest_type")])
def test_a_broken_neverallow_is_reported_with_both_places(tmp_path: Path, compiler: str,
                                                          source: str) -> None:
    local = tmp_path / "local.te"
    local.write_text("# mine\n\nallow guest_type unlabeled_t:event { bind send };\n")
    output = tmp_path / "policy.30"
    done = subprocess.run(["policy/build", "two-guests", output, local], cwd=ROOT, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          env={**os.environ, "POLICY_COMPILER": compiler})
    assert done.returncode == 1
    separation = (ROOT / "policy/modules/separation.te").read_text().splitlines()
    [number] = [i for i, line in enumerate(separation, 1) if line.startswith("neverallow * unlab")]
    said = done.stdout.splitlines()
    at = said.index(f"policy/modules/separation.te:{number}: this neverallow rule is broken by")
    assert said[at + 1].startswith(f"{local}:3:     allow guest_")
    assert f"{local}:3:     allow {source} unlabeled_t:event send;" in said
    assert not output.exists()


def test_an_unknown_compiler(tmp_path: Path) -> None:
    done = subprocess.run(["policy/build", "two-guests", tmp_path / "x.30"], cwd=ROOT, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          env={**os.environ, "POLICY_COMPILER": "cc"})
    assert done.returncode == 1
    assert "POLICY_COMPILER is checkpolicy or secilc, not cc" in done.stdout
