# SPDX-License-Identifier: BSD-2-Clause
"""bw in a Linux guest: audit records, changes, coverage and the seal."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

from bench import Bench, build_policy, denials
from machine import ROOT, configured
from shells import Shells
from test_flask_tools import BOOLEAN, POLICY, ramdisk_with, start

OTHER = "system_u:vm_r:other_t"
SECURITY = "system_u:system_r:security_t"
DENIED = (f"avc:  denied  {{ getenforce }} for domid=2 target=2 hook=flask_getenforce key=flask "
          f"scontext={OTHER} tcontext={SECURITY} tclass=bw_policy permissive=0")
COVERED = (f"covered:  denied  {{ getenforce }} for hook=flask_getenforce scontext={OTHER} "
           f"tcontext={SECURITY} tclass=bw_policy check=0")
RULE = "allow other_t security_t:bw_policy getenforce;"
NO_RING = "bw: the policy doesn't let this domain read the audit ring (bw_audit read)\n"


def lines(shells: Shells, name: str, command: str) -> list[str]:
    """What it prints when nothing is wrong."""
    out, err, code = shells.output(name, command)
    assert (err, code) == ("", 0), f"{name}: {command}"
    return out.splitlines()


def policy_with(bench: Bench, name: str, rules: str) -> Path:
    local = bench.folder / f"{name}.te"
    local.parent.mkdir(parents=True, exist_ok=True)
    local.write_text(rules)
    return build_policy(bench.folder / f"{name}.30", local, "flask-tools")


def try_what_is_denied(shells: Shells, times: int = 1) -> None:
    command = f"for i in $(seq {times}); do flask-getenforce; done"
    assert "Operation not permitted" in shells.output("other", command)[1]


def rules_for(records: list[str]) -> str:
    done = subprocess.run(["audit2allow", "-p", ROOT / POLICY], input="\n".join(records), text=True,
                          stdout=subprocess.PIPE, check=True)
    return done.stdout


def test_from_a_record_to_the_rule(bench: Bench) -> None:
    """A record as the console has it, and what audit2allow makes of it is a rule that compiles."""
    shells = start(bench)
    assert lines(shells, "tools", "bw audit") == []
    try_what_is_denied(shells)
    records = lines(shells, "tools", "bw audit")
    assert records == denials(shells.console, "flask_getenforce") == [DENIED]
    assert RULE in rules_for(records).splitlines()
    assert policy_with(bench, "local", RULE + "\n").exists()
    [record] = map(json.loads, lines(shells, "tools", "bw audit --json"))
    assert record.pop("time") > 0
    assert record == {"sequence": 1, "kind": "flask", "denied": True, "permissive": False,
                      "domid": 2, "target": 2, "permission": "getenforce", "text": DENIED,
                      "hook": "flask_getenforce", "scontext": OTHER, "tcontext": SECURITY,
                      "tclass": "bw_policy"}
    # And more, while somebody waits for them: of one attempt that both keys denied.
    shells.send("tools", "bw audit --follow >/followed &")
    shells.output("tools", "until grep -q getenforce /followed; do sleep 1; done")
    shells.output("other", "flask-setenforce 0")
    followed = lines(shells, "tools", "until grep -q tclass=security /followed; do sleep 1; done; "
                                      "kill $!; cat /followed")
    assert followed == [line for line in shells.console.said_by("bailiwick")
                        if " denied " in line and " domid=2 " in line]
    assert [line.partition(":")[0] for line in followed] == ["avc", "role", "avc"]


def test_who_may_not(bench: Bench) -> None:
    """Nothing is shown, it is said why, and the attempts are records themselves."""
    shells = start(bench)
    try_what_is_denied(shells)
    for command in ("bw audit", "bw audit --json", "bw audit --follow", "bw changes"):
        assert shells.output("other", command) == ("", NO_RING, 1), command
    out, err, code = shells.output("other", "bw coverage")
    assert (out, code) == ("", 1) and "(bw_coverage read)" in err
    out, err, code = shells.output("other", "bw coverage --reset")
    assert (out, code) == ("", 1) and "(bw_coverage reset)" in err
    for wrong in ("bw", "bw seal --json", "bw audit --reset", "bw nonsense"):
        assert shells.output("other", wrong)[2] == 2, wrong
    assert [re.search(r"\{ (\w+) \}.*tclass=(\w+)", record).groups()
            for record in lines(shells, "tools", "bw audit")] == [
        ("getenforce", "bw_policy"), *[("read", "bw_audit")] * 4,
        ("read", "bw_coverage"), ("reset", "bw_coverage")]
    # Of a flood the last ones are kept, and the others counted.
    kept = configured("AUDIT_KEPT")
    try_what_is_denied(shells, kept + 3)
    out, err, code = shells.output("tools", "bw audit")
    assert (out.splitlines(), code) == ([DENIED] * kept, 0)
    assert err == "bw: up to 10 records of domain 2 were overwritten before they could be read\n"


def test_who_sees_whom(bench: Bench) -> None:
    """A reader sees the records of those subjects that its policy names, and no others."""
    first = policy_with(bench, "first", "audit_reader(other_t, tools_t)\n")
    second = policy_with(bench, "second", "audit_reader(other_t, other_t)\n").read_bytes()
    shells = start(bench, ramdisk_with(bench, {"second.30": second}), first)
    try_what_is_denied(shells)
    assert shells.output("tools", f"flask-set-bool {BOOLEAN} 0")[2] == 0
    assert lines(shells, "tools", "bw audit") == [DENIED]
    assert lines(shells, "other", "bw audit") == [], "not even its own"
    [change] = lines(shells, "other", "bw changes")
    assert "booleans changed by domid=1" in change
    assert shells.output("tools", "flask-loadpolicy /second.30")[2] == 0
    assert lines(shells, "other", "bw audit") == [DENIED]
    assert lines(shells, "other", "bw changes") == [], "those of the other domain"
    assert len(lines(shells, "tools", "bw changes")) == 2


def test_coverage(bench: Bench) -> None:
    shells = start(bench)
    assert shells.output("tools", "bw coverage") == (
        "", "bw: nothing is collected; `bw coverage --reset` begins\n", 1)
    assert lines(shells, "tools", "bw coverage --reset") == []
    try_what_is_denied(shells, 2)
    covered = lines(shells, "tools", "bw coverage")
    assert covered == sorted(set(covered)) and COVERED in covered, "each once"
    assert any(line.startswith("covered:  granted  { read }") for line in covered)
    decisions = map(json.loads, lines(shells, "tools", "bw coverage --json"))
    assert {"verdict": "denied", "permission": "getenforce", "hook": "flask_getenforce",
            "scontext": OTHER, "tcontext": SECURITY, "tclass": "bw_policy",
            "text": COVERED} in decisions
    assert lines(shells, "tools", "bw coverage --reset") == []
    assert COVERED not in lines(shells, "tools", "bw coverage")


def test_seal_and_changes(bench: Bench) -> None:
    """Until the seal all of it can be changed, then nothing; and all of it can be read later."""
    policy = (ROOT / POLICY).read_bytes()
    shells = start(bench, ramdisk_with(bench, {"policy.30": policy}))
    out, err, code = shells.output("other", "bw seal")
    assert (out, code) == ("", 1) and "this domain may not seal the policy" in err
    load, enforce = "flask-loadpolicy /policy.30", "flask-setenforce 1"
    assert shells.output("tools", load)[0] == "Successfully loaded policy.\n"
    assert shells.output("tools", f"flask-set-bool {BOOLEAN} 1")[2] == 0
    assert shells.output("tools", "flask-setenforce 0")[2] == 0
    assert shells.output("tools", "bw seal") == (
        "", "bw: the policy isn't enforced, or has permissive types\n", 1)
    assert shells.output("tools", enforce) == ("", "", 0)
    assert shells.output("tools", "bw seal") == ("", "", 0)
    for command in (load, enforce, "flask-setenforce 0", f"flask-set-bool {BOOLEAN} 0"):
        out, err, _ = shells.output("tools", command)
        assert "Operation not permitted" in out + err, command
    assert shells.output("tools", "flask-getenforce")[0] == "Enforcing\n"
    assert shells.output("tools", f"flask-get-bool {BOOLEAN}")[0] == f"{BOOLEAN}: 1\n"
    assert shells.output("tools", "bw seal") == ("", "bw: the policy is sealed already\n", 1)
    changes = [re.fullmatch(r" *(\d+\.\d{6}) s  policy: (.*) by domid=1 "
                            r"scontext=system_u:vm_r:tools_t", line).groups()
               for line in lines(shells, "tools", "bw changes")]
    assert [what for _, what in changes] == [
        "replaced", "booleans changed", "no longer enforced", "enforced", "sealed"]
    times = [float(time) for time, _ in changes]
    assert times == sorted(times)
    assert [json.loads(line)["kind"] for line in lines(shells, "tools", "bw changes --json")] == [
        "replaced", "booleans", "unenforced", "enforced", "sealed"]
    assert all(record.startswith("phase:  denied  { flask_")
               for record in lines(shells, "tools", "bw audit | grep domid=1"))
