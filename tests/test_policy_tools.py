# SPDX-License-Identifier: BSD-2-Clause
"""`bailiwick query`, `why`, `table` and `dump`, as their users see them."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from machine import ROOT

sys.path.insert(0, str(ROOT / "tests/oracle"))

from forge import forge_bounds  # noqa: E402

COMMAND = ROOT / "build/tests/bailiwick"  # with the sanitizers
TIMEOUT = 60
SYSTEMS = sorted(path.name for path in (ROOT / "policy/systems").iterdir())

# What the shipped policies have none of; two-guests with all of it.
EVERYTHING = """bool open false;
bool wide true;
type child_t, domain_type;
type parent_t, domain_type;
type lone_t;
role vm_r types { lone_t };
# forged bounds: parent_t child_t
allow child_t xen_t:version xen_pagesize;
allow child_t xen_t:version xen_changeset;
allow parent_t xen_t:version xen_changeset;
allow child_t lone_t:domain { pause transition };
allow parent_t lone_t:domain pause;
allow guest_type lone_t:domain2 gettsc;
if (open && !wide) {
    allow child_t lone_t:grant query;
} else {
    allow parent_t lone_t:grant query;
}
if (wide) {
    allow parent_t lone_t:grant setup;
}
if (!open) {
    allow guest_b_t lone_t:hvm getparam;
} else {
    allow guest_b_t lone_t:hvm getparam; # the other branch
}
typealias lone_t alias alone_t;
allow guest_b_t alone_t:domain2 settsc;
allow guest_type -guest_a_t lone_t:grant setup;
allow parent_t self:domain { pause unpause transition };
allow parent_t xen_t:domain transition;
"""

CONSTRAINTS = """constrain domain pause (u1 == u2 and t1 != child_t);
constrain domain pause (t2 != xen_t);
constrain domain { pause unpause } (r1 == r2 or t1 == { child_t parent_t });
"""


def run(*arguments: object, expect: int = 0) -> str:
    done = subprocess.run([COMMAND, *map(str, arguments)], cwd=ROOT, timeout=TIMEOUT, text=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT)
    assert done.returncode == expect, done.stdout
    return done.stdout


def compile_policy(system: str, output: Path, local: str | None = None,
                   policy: Path = ROOT / "policy", **environment: str) -> Path:
    arguments = [policy / "build", system, output]
    if local is not None:
        source = output.parent / "local.te"
        source.write_text(local)
        arguments.append(source)
    done = subprocess.run([str(argument) for argument in arguments], cwd=ROOT, timeout=TIMEOUT,
                          env={**os.environ, **environment}, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert done.returncode == 0, done.stdout
    return output


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("everything")
    shutil.copytree(ROOT / "policy", folder / "policy")
    system = folder / "policy/systems/two-guests"
    (system / "local.te").write_text(EVERYTHING)
    (system / "constraints").write_text(CONSTRAINTS)
    compiled = compile_policy("two-guests", folder / "everything.30", policy=folder / "policy")
    # No compiler lets bounds pass that withhold anything.
    compiled.write_bytes(forge_bounds(compiled.read_bytes(), EVERYTHING))
    lines = subprocess.run([ROOT / "policy/lines", folder / "everything.conf", "--about", compiled],
                           timeout=TIMEOUT, check=True, stdout=subprocess.PIPE, text=True).stdout
    (folder / "everything.lines").write_text(lines)
    return compiled


def place_of(text: str) -> str:
    name, lines = ("constraints", CONSTRAINTS) if "constrain" in text else ("local.te", EVERYTHING)
    return f"{name}:{lines.splitlines().index(text) + 1}"


def reasons(*arguments: object, expect: int) -> list[tuple[str, str, str | None]]:
    """Of why, for programs: kind, text, FILE:LINE without the folder."""
    said = json.loads(run("why", *arguments, "--json", expect=expect))
    assert said["allowed"] == (expect == 0)
    return [(reason["kind"], reason["text"],
             reason["place"] and reason["place"].rpartition("/")[2]) for reason in said["reasons"]]


def test_why_names_rule_and_line() -> None:
    said = run("why", "two-guests", "guest-a", "xen", "xen", "writeconsole")
    system = (ROOT / "policy/systems/two-guests/system.te").read_text().splitlines()
    line = system.index("guest_console(guest_a)") + 1
    assert said.splitlines() == [
        "allowed: guest_a_t to xen_t, xen:writeconsole",
        "  rule               allow guest_a_t xen_t:xen writeconsole;",
        f"                     at policy/systems/two-guests/system.te:{line}"]


def test_why_names_the_attribute_of_a_rule(everything: Path) -> None:
    said = reasons(everything, "guest_b_t", "lone_t", "domain2:gettsc", expect=0)
    assert said[0] == ("rule", "allow guest_type lone_t:domain2 gettsc; guest_b_t has guest_type",
                       place_of("allow guest_type lone_t:domain2 gettsc;"))


@pytest.mark.parametrize("source, what, rule, written", [
    ("guest_b_t", "hvm:getparam", "lone_t:hvm getparam; if (open) is false",
     "    allow guest_b_t lone_t:hvm getparam;"),
    ("guest_b_t", "domain2:settsc", "lone_t:domain2 settsc;",
     "allow guest_b_t alone_t:domain2 settsc;"),
    ("guest_b_t", "grant:setup", "lone_t:grant setup;",
     "allow guest_type -guest_a_t lone_t:grant setup;")])
def test_why_finds_what_is_written_otherwise(everything: Path, source: str, what: str, rule: str,
                                             written: str) -> None:
    said = reasons(everything, source, "lone_t", what, expect=0)
    assert ("rule", f"allow {source} {rule}", place_of(written)) in said


def test_why_tells_the_branches_of_a_condition_apart(everything: Path) -> None:
    said = reasons(everything, "guest_b_t", "lone_t", "hvm:getparam", "--booleans", "open=1", expect=0)
    assert ("rule", "allow guest_b_t lone_t:hvm getparam; if (open)",
            place_of("    allow guest_b_t lone_t:hvm getparam; # the other branch")) in said


@pytest.mark.parametrize("source, target, what, rule", [
    ("guest-a", "guest-b", "domain:pause", "allow guest_a_t guest_b_t:domain pause;"),
    ("guest_a_t", "self", "domain:pause", "allow guest_a_t self:domain pause;"),
    ("system_u:vm_r:guest_a_t", "security", "security:setbool",
     "allow guest_a_t security_t:security setbool;")])
def test_why_names_the_missing_rule(source: str, target: str, what: str, rule: str) -> None:
    said = reasons("two-guests", source, target, what, expect=1)
    assert ("missing_rule", rule, None) in said


def test_the_missing_rule_would_do(tmp_path: Path) -> None:
    """What why proposes is what it takes."""
    asked = ("guest_a_channel_t", "guest_b_t", "event", "bind")
    policy = compile_policy("two-guests", tmp_path / "a.30", "")
    [(_, rule, _)] = [r for r in reasons(policy, *asked, expect=1) if r[0] == "missing_rule"]
    policy = compile_policy("two-guests", tmp_path / "b.30", rule + "\n")
    assert ("rule", rule, "local.te:1") in reasons(policy, *asked, expect=0)


def test_why_names_conditions(everything: Path) -> None:
    asked = (everything, "child_t", "lone_t", "grant:query")
    rule = ("allow child_t lone_t:grant query; if (open && !wide)",
            place_of("    allow child_t lone_t:grant query;"))
    said = reasons(*asked, expect=1)
    assert ("condition", *rule) in said
    # It is bounded by parent_t, which has it only under else.
    said = reasons(*asked, "--booleans", "open=on,wide=off", expect=1)
    assert ("rule", *rule) in said
    assert [kind for kind, _, _ in said if kind == "bound"]
    said = reasons(everything, "parent_t", "lone_t", "grant:query", expect=0)
    assert [text for kind, text, _ in said if kind == "rule"] == [
        "allow parent_t lone_t:grant query; if (open && !wide) is false"]


def test_why_names_bounds(everything: Path) -> None:
    said = reasons(everything, "child_t", "xen_t", "version:xen_pagesize", expect=1)
    assert ("bound", "child_t is bounded by parent_t, which is not allowed it: "
                     "allow parent_t xen_t:version xen_pagesize;", None) in said
    reasons(everything, "child_t", "xen_t", "version:xen_changeset", expect=0)


def test_why_names_the_failing_part_of_a_constraint(everything: Path) -> None:
    said = reasons(everything, "child_t", "lone_t", "domain:pause", expect=1)
    failing = [(text, place) for kind, text, place in said if kind == "constraint"]
    [(text, place)] = failing
    assert text.startswith("constrain domain pause (u1 == u2 and t1 != child_t); "
                           "fails: t1 != child_t, from ")
    assert place == place_of("constrain domain pause (u1 == u2 and t1 != child_t);")


@pytest.mark.parametrize("source, target, rule, fails", [
    ("system_u:vm_r:parent_t", "system_u:system_r:xen_t",
     "constrain domain pause (t2 != xen_t);", "t2 != xen_t"),
    ("system_u:vm_r:guest_a_t", "system_u:system_r:xen_t",
     "constrain domain { pause unpause } (r1 == r2 or t1 == { child_t parent_t });",
     "(r1 == r2 or t1 == { child_t parent_t })")])
def test_constraints_are_told_apart(everything: Path, source: str, target: str, rule: str,
                                    fails: str) -> None:
    said = reasons(everything, source, target, "domain:pause", expect=1)
    assert [place for kind, text, place in said
            if kind == "constraint" and f"fails: {fails}, from {source} to {target}" in text] == [
                place_of(rule)]


def test_why_takes_labels_literally() -> None:
    """What `query` says of a label on itself is what `why` says of it; `self` is another label."""
    for label in ("domU_t", "system_u:system_r:domU_t"):
        run("query", "xen-style", label, label, "grant:map_read")
        reasons("xen-style", label, label, "grant:map_read", expect=0)
    said = reasons("xen-style", "domu", "self", "grant:map_read", expect=1)
    assert ("missing_rule", "allow domU_t domU_t_self:grant map_read;", None) in said


def test_why_names_a_missing_role_rule(everything: Path) -> None:
    said = reasons(everything, "parent_t", "xen", "domain:transition", expect=1)
    assert ("role_rule", "allow vm_r system_r;", None) in said


def test_why_says_what_takes_the_place_of_a_missing_class() -> None:
    said = reasons("xen-style", "domu", "self", "bw_virq:bind", expect=1)
    assert ("vocabulary", "the policy has no class bw_virq", None) in said
    assert ("note", "evtchn_bind_virq is allowed to each domain about itself", None) in said
    said = reasons("xen-style", "xenboot", "domU_t", "bw_role:control", expect=1)
    assert ("note", "role_control asks for domain:create in its place", None) in said
    said = reasons("xen-style", "dom0", "xen", "bw_audit:read", expect=1)
    assert ("note", "audit_read is denied to all", None) in said
    said = reasons("xen-style", "dom0", "xen", "xen:reboot", expect=1)
    assert ("vocabulary", "the policy's class xen has no permission reboot", None) in said


def test_why_names_the_role_key(tmp_path: Path) -> None:
    """A rule alone isn't enough: the domain lacks the role control."""
    allowing = "policy_writer(other_t)\n"
    copy = tmp_path / "flask-tools.30"
    compile_policy("flask-tools", copy, allowing)
    source = (ROOT / "lcm/systems/flask-tools.dts").read_text()
    lcm = tmp_path / "flask-tools.dts"
    lcm.write_text(source.replace("build/policy/flask-tools.30", str(copy)))
    said = reasons(lcm, "other", "security", "security:setenforce", expect=1)
    assert [kind for kind, _, _ in said if kind == "rule"]
    assert ("role_key", "flask_setenforce needs the role control, which other doesn't hold",
            None) in said
    reasons(lcm, "tools", "security", "security:setenforce", expect=0)


def test_a_channel_s_end_is_pointed_out() -> None:
    said = run("why", "two-guests", "guest-a", "guest-b", "event:create", expect=1)
    assert "that of guest_a_t towards guest_b_t is guest_a_channel_t" in said


def test_lines_of_another_policy_are_not_believed(tmp_path: Path) -> None:
    policy = compile_policy("two-guests", tmp_path / "a.30")
    asked = ("guest_a_t", "xen", "xen", "writeconsole")
    assert " at " in run("why", policy, *asked)
    other = compile_policy("two-guests", tmp_path / "b.30", "# The same rules.\nbool b true;\n")
    shutil.copy(other, policy)
    assert " at " not in run("why", policy, *asked)
    (tmp_path / "a.lines").unlink()
    assert " at " not in run("why", policy, *asked)


def decisions_in(dump: str) -> set[tuple[str, str, str, str]]:
    return {(source, target, name, permission)
            for source, target, name, permissions in re.findall(
                r"^allow (\w+) (\w+):(\w+) (.*)$", dump, re.MULTILINE)
            for permission in permissions.split()}


@pytest.mark.parametrize("system", SYSTEMS)
def test_query_says_what_dump_says(system: str) -> None:
    found = json.loads(run("query", f"build/policy/{system}.30", "--json"))
    queried = {(one["source"], one["target"], one["class"], permission)
               for one in found for permission in one["permissions"]}
    assert queried == decisions_in(run("dump", f"build/policy/{system}.30"))


def spread(said: str, types: set[str], attributes: dict[str, set[str]]) \
        -> set[tuple[str, str, str, str]]:
    """Rules, with sets and attributes written out."""
    found = set()
    for line in said.splitlines():
        words = re.fullmatch(r"allow (\{.*?\}|\S+) (\{.*?\}|[\w-]+):(\w+) (\{.*?\}|\w+);.*", line)
        assert words, line
        sources, targets, permissions = (set(words[i].strip("{} ").split()) for i in (1, 2, 4))
        sources = set().union(*(attributes.get(name, {name}) for name in sources))
        for source in sources:
            ends = {source} if targets == {"self"} else set().union(
                *(attributes.get(name, {name}) for name in targets))
            found |= {(source, end, words[3], permission)
                      for end in ends for permission in permissions}
        assert sources <= types
    return found


@pytest.mark.parametrize("system", SYSTEMS)
def test_rules_of_query_allow_the_same(system: str) -> None:
    """Putting labels together under attributes loses nothing, and adds nothing."""
    policy = f"build/policy/{system}.30"
    dump = run("dump", policy)
    types = set(re.findall(r"^type (\w+)$", dump, re.MULTILINE))
    rules = run("query", policy)
    names = set(re.findall(r"\w+", rules)) - types
    attributes = {}
    for name in names:
        done = subprocess.run([COMMAND, "query", policy, name, "any", "--json"], cwd=ROOT,
                              timeout=TIMEOUT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        if done.returncode != 2:
            attributes[name] = members_of(system, name)
    assert spread(rules, types, attributes) == decisions_in(dump)


def members_of(system: str, attribute: str) -> set[str]:
    """As the source that was compiled says."""
    conf = (ROOT / f"build/policy/{system}.conf").read_text()
    found = set(re.findall(rf"^type (\w+)[^;]*\b{attribute}\b", conf, re.MULTILINE))
    return found | set(re.findall(rf"^typeattribute (\w+)[^;]*\b{attribute}\b", conf, re.MULTILINE))


@pytest.mark.parametrize("arguments, expected", [
    (("guest-a", "xen", "xen"), ["allow guest_a_t xen_t:xen writeconsole;"]),
    (("guest_type", "self", "mmu:physmap"), ["allow guest_type self:mmu physmap;"]),
    (("any", "xen_t", "xen:writeconsole"), ["allow guest_type xen_t:xen writeconsole;"]),
    (("any", "guest-b", "event"), ["allow guest_b_channel_t guest_b_t:event bind;"])])
def test_query_of_a_system(arguments: tuple[str, ...], expected: list[str]) -> None:
    assert run("query", "two-guests", *arguments).splitlines() == expected


def test_query_of_what_nobody_may() -> None:
    said = run("query", "two-guests", "guest-a", "guest-b", "domain", expect=1)
    assert said == "bailiwick: nothing of this is allowed\n"
    assert json.loads(run("query", "two-guests", "guest-a", "guest-b", "--json", expect=1)) == []


def test_query_in_all_states(everything: Path) -> None:
    asked = ("query", everything, "parent_t", "lone_t", "grant")
    assert run(*asked) == "allow parent_t lone_t:grant { setup query };\n"
    said = run(*asked, "--all-states")
    assert "allow parent_t lone_t:grant setup;  # with wide=on\n" in said
    assert "allow parent_t lone_t:grant query;  # with in 3 of 4 states\n" in said
    said = json.loads(run(*asked, "--all-states", "--json"))
    states = {tuple(one["permissions"]): one["states"] for one in said}
    assert states["setup",] == [{"open": False, "wide": True}, {"open": True, "wide": True}]
    assert len(states["query",]) == 3
    assert "setup" not in run(*asked, "--booleans", "wide=off")


def test_query_shows_what_a_constraint_withholds(everything: Path) -> None:
    said = run("query", everything, "child_t", "lone_t", "domain:pause", expect=1)
    assert "# allow child_t lone_t:domain pause;  # withheld by a constraint" in said
    said = run("query", everything, "parent_t", "self", "domain:pause,unpause")
    assert "  # from system_u:vm_r:parent_t to system_u:vm_r:parent_t" in said


def test_query_has_no_permission_without_a_name(tmp_path: Path) -> None:
    """Compilers set bits beyond a class's permissions, which no constraint withholds."""
    shutil.copytree(ROOT / "policy", tmp_path / "policy")
    system = tmp_path / "policy/systems/two-guests"
    rule = "allow guest_a_t lone_t:grant ~{ unmap transfer setup copy query };\n"
    (system / "local.te").write_text("type lone_t;\n" + rule)
    (system / "constraints").write_text("constrain grant { map_read map_write } (t2 != lone_t);\n")
    policy = compile_policy("two-guests", tmp_path / "a.30", policy=tmp_path / "policy")
    asked = ("query", policy, "guest_a_t", "lone_t", "grant")
    said = run(*asked, expect=1)
    assert "# allow guest_a_t lone_t:grant { map_read map_write };  # withheld" in said
    assert "{ }" not in said
    assert [one["allowed"] for one in json.loads(run(*asked, "--json", expect=1))] == [False]


def test_what_the_hypervisor_takes_can_be_asked() -> None:
    """Tables take the memory that they need, and not what policies of that size usually do."""
    policy = "build/tests/policy/large-500-20000.30"
    assert "500 types" in run("table", policy).splitlines()[0]
    assert "allow x0_t" in run("query", policy, "x0_t")


def test_matrix() -> None:
    said = run("query", "two-guests", "--matrix")
    rows = [line.split() for line in said.splitlines() if re.match(r" +\d guest-", line)]
    # A to A as B to B; nothing from A to B; B may point its end of a channel at A.
    assert rows == [["1", "guest-a", "a", ".", "b", "."], ["2", "guest-b", "c", "a", "b", "."]]
    assert "\nc   event bind, by its end of a channel\n" in said
    cells = {(cell["source"], cell["target"]): cell
             for cell in json.loads(run("query", "two-guests", "--matrix", "--json"))}
    assert cells["guest-b", "guest-a"]["channel"] == ["bind"]
    assert cells["guest-a", "guest-b"] == {"source": "guest-a", "target": "guest-b",
                                           "permissions": {}, "channel": []}
    assert cells["guest-a", "xen"]["permissions"]["xen"] == ["writeconsole"]
    said = run("query", "build/policy/two-guests.30", "--matrix", expect=2)
    assert "is a policy alone: --matrix needs a system" in said


@pytest.mark.parametrize("arguments, said", [
    (("query", "nowhere"), "lcm/systems/nowhere.dts: No such file"),
    (("query", "./nowhere.30"), "./nowhere.30: No such file"),
    (("query", "README.md"), "README.md: is neither a compiled policy nor a system"),
    (("query", "two-guests", "guest_a"), "guest_a is no domain of the system, nor a type, attribute "
     "or initial SID of build/policy/two-guests.30: did you mean guest-a"),
    (("query", "two-guests", "any", "a:b:c"), "a:b:c: the policy has no type c; types of role vm_r: "),
    (("query", "two-guests", "any", "any", "evnt"), "has no class evnt; it has xen"),
    (("query", "two-guests", "any", "any", "event:bnd"),
     "class event of build/policy/two-guests.30 has no permission bnd; it has bind"),
    (("query", "two-guests", "any", "any", "event:"), "has no permission ; it has bind"),
    (("query", "two-guests", "--booleans", "x=on"), "has no boolean x, nor any other"),
    (("query", "xen-style", "--booleans", "x=on"), "no boolean x; it has guest_writeconsole"),
    (("query", "xen-style", "--booleans", "x"), "--booleans takes NAME=on or NAME=off"),
    (("query", "two-guests", "--colour"), "unrecognized option"),
    (("query", "two-guests", "a", "--matrix"), "--matrix is about all domains"),
    (("table", "two-guests", "--all-states"), "table has no such option"),
    (("why", "two-guests", "any", "xen", "xen:debug"), "any is more than one label"),
    (("why", "two-guests", "guest_type", "xen", "xen:debug"), "guest_type is more than one label"),
    (("why", "two-guests", "guest-a", "xen", "xen"), "why takes one permission"),
    (("why", "two-guests", "guest-a", "xen", "xen:debug", "x"), "why takes one permission"),
    (("why", "two-guests", "guest-a"), "why takes 4 to 5 arguments, not 2"),
    (("dump",), "dump takes 1 argument, not 0")])
def test_wrong_use_is_explained(arguments: tuple[str, ...], said: str) -> None:
    assert said in run(*arguments, expect=2)


def test_a_damaged_policy_is_refused(tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.30"
    damaged.write_bytes((ROOT / "build/policy/two-guests.30").read_bytes()[:-20])
    assert "damaged.30: attribute map, byte " in run("dump", damaged, expect=2)


def test_a_policy_that_is_not_built_yet(tmp_path: Path) -> None:
    source = (ROOT / "lcm/systems/two-guests.dts").read_text()
    lcm = tmp_path / "mine.dts"
    lcm.write_text(source.replace("build/policy/two-guests.30", "build/policy/mine.30"))
    said = run("query", lcm, expect=2)
    assert "build/policy/mine.30 can't be used: No such file" in said
    assert "`make policy SYSTEM=NAME`" in said


@pytest.mark.parametrize("system", SYSTEMS)
def test_both_compilers_and_versions_decide_the_same(tmp_path: Path, system: str) -> None:
    dumps = {run("dump", compile_policy(system, tmp_path / f"{compiler}.{version}",
                                        POLICY_COMPILER=compiler, POLICY_VERSION=version),
                 "--all-states")
             for compiler in ("checkpolicy", "secilc") for version in ("30", "24")}
    assert len(dumps) == 1


def test_dump_shows_each_kind_of_rule(everything: Path) -> None:
    """And what is changed shows."""
    lines = run("dump", everything, "--all-states").splitlines()
    for line in ("bool open off", "typebounds parent_t child_t",
                 "constrain domain unpause (r1 == r2 or t1 == { child_t parent_t })",
                 "allow parent_t parent_t:domain pause transition unpause",
                 "type_transition guest_a_t guest_b_t:event guest_a_channel_t",
                 "with open=on, wide=off:", "sid 02 system_u:system_r:xen_t"):
        assert line in lines, line
    whole = run("dump", "build/policy/two-guests.30").splitlines()
    assert not {line for line in whole if "parent_t" in line}
    assert len([line for line in lines if line.startswith("with ")]) == 4


def test_dump_shows_which_role_dominates(tmp_path: Path) -> None:
    """Constraints compare them."""
    local = "role low_r; role high_r;\n"
    below = compile_policy("two-guests", tmp_path / "a.30", local)
    above = compile_policy("two-guests", tmp_path / "b.30",
                           local + "dominance { role high_r { role low_r; } }\n")
    more = set(run("dump", above).splitlines()) - set(run("dump", below).splitlines())
    assert more == {"role high_r dominates low_r"}


def test_dump_shows_levels(tmp_path: Path) -> None:
    conf = (ROOT / "build/tests/policy/levels.30.conf").read_text()
    policies = []
    for name, text in (("a", conf), ("b", conf.replace("level s0:c0.c2;", "level s0:c0.c3;"))):
        source = tmp_path / f"{name}.conf"
        source.write_text(text)
        policies.append(tmp_path / f"{name}.30")
        subprocess.run(["checkpolicy", "-M", "-t", "xen", "-c", "30", "-o", policies[-1], source],
                       check=True, timeout=TIMEOUT, stdout=subprocess.DEVNULL)
    first, second = (set(run("dump", policy).splitlines()) for policy in policies)
    assert second - first == {"sensitivity s0 category c3"}
    assert not first - second
    assert "sensitivity 001 s0" in first & second


def test_answers_that_cannot_be_written() -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run([COMMAND, "dump", "two-guests"], cwd=ROOT, timeout=TIMEOUT,
                              stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 2 and "standard output: No space left" in done.stderr


def test_a_printed_rule_is_an_answer_to_its_own_question() -> None:
    """`self` is the type itself; a domain is asked about itself by the label that it has for that."""
    said = run("query", "xen-style", "domU_t", "domU_t", "grant")
    assert said == run("query", "xen-style", "domU_t", "self", "grant")
    assert "allow domU_t self:grant " in said
    assert "domU_t_self" in run("query", "xen-style", "domu", "self", "grant")
    run("why", "xen-style", "domU_t", "self", "grant:map_read")
    run("why", "xen-style", "domu", "self", "grant:map_read", expect=1)


def test_dump_for_programs(everything: Path) -> None:
    said = json.loads(run("dump", everything, "--all-states", "--json"))
    assert [state["booleans"] for state in said["states"]] == [
        "open=off, wide=off", "open=on, wide=off", "open=off, wide=on", "open=on, wide=on"]
    setup = "allow parent_t lone_t:grant query setup"
    assert [setup in state["decisions"] for state in said["states"]] == [False, False, True, True]


def test_too_many_booleans(tmp_path: Path) -> None:
    local = "".join(f"bool b{i} true;\nif (b{i}) {{ allow guest_a_t guest_b_t:grant map_read; }}\n"
                    for i in range(7))
    policy = compile_policy("two-guests", tmp_path / "many.30", local)
    assert "takes at most 6 booleans" in run("dump", policy, "--all-states", expect=2)
    said = run("dump", policy, "--all-states", "--booleans", "b3=off")
    assert said.count("\nwith ") == 64


@pytest.mark.parametrize("system", SYSTEMS)
def test_table(system: str) -> None:
    policy = f"build/policy/{system}.30"
    table = json.loads(run("table", policy, "--json"))
    assert table["allowed_bytes"] < 16384
    assert table["decision_bytes"] <= table["table_bytes"]
    text = run("table", policy)
    assert table["description"] in text
    for note in table["notes"]:
        assert note in text
    for one in table["classes"]:
        assert re.search(rf"^{one['class']} +{len(one['permissions'])} ", text, re.MULTILINE)


def test_table_names_vocabulary_differences() -> None:
    table = json.loads(run("table", "xen-style", "--json"))
    assert "no class bw_virq:bind: evtchn_bind_virq is allowed on the domain itself only" in \
        table["notes"]
    [event] = [one for one in table["classes"] if one["class"] == "event"]
    assert event["not_asked_for"] == ["reset"]
    assert json.loads(run("table", "two-guests", "--json"))["notes"] == []
