# SPDX-License-Identifier: BSD-2-Clause
"""In each system every domain attempts every operation towards everybody, and gets what the policy predicts."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from bench import Bench
from hook_mutants import Builder, all_mutants
from machine import BUILD, ROOT

TIMEOUT = 300
SYSTEMS = sorted(path.name for path in (ROOT / "policy/systems").iterdir())
BOOTED = re.compile(r"^boot: +(\d+) domains answered; (\d+) attempts were denied and (\d+) allowed, each as the policy "
                    r"says; they try (\d+) of (\d+) expectations$", re.MULTILINE)


def bailiwick_test(*arguments: object, expect: int = 0, cwd: Path = ROOT) -> str:
    done = subprocess.run([BUILD / "bailiwick", "test", *map(str, arguments)], cwd=cwd, timeout=TIMEOUT, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert done.returncode == expect, done.stdout
    return done.stdout


@pytest.mark.parametrize("system", SYSTEMS)
def test_everything_is_attempted(system: str) -> None:
    said = bailiwick_test(system)
    domains, denied, allowed, tried, _ = map(int, BOOTED.search(said).groups())
    assert domains >= 1 and denied >= 50 * domains and allowed >= 30 * domains and tried >= 5
    assert said.endswith(f"passed: {system}\n")


def test_one_line() -> None:
    """Offline, and what tries it."""
    source = (ROOT / "policy/systems/boot-domain/system.exp").read_text().splitlines()
    [line] = [number for number, text in enumerate(source, 1) if text.startswith("deny  boot -> module(guest-a/kernel)")]
    said = bailiwick_test("boot-domain", "--line", line)
    assert "expected: 1 lines, 3 checks, 0 failed\n" in said
    denied = int(BOOTED.search(said)[2])
    assert denied >= 3 and said.count("; they try 1 of 1 expectations\n") == 1


def test_try_of_a_system() -> None:
    said = subprocess.run([BUILD / "bailiwick", "try", "two-guests", "guest-a hvm_get_param guest-b", "--live"], cwd=ROOT,
                          timeout=TIMEOUT, text=True, stdout=subprocess.PIPE)
    assert said.returncode == 1 and said.stdout.endswith("tried in QEMU      guest-a hvm_get_param to guest-b: EPERM\n")


def test_a_difference_is_explained(bench: Bench) -> None:
    """A hypervisor whose table lacks a check: who could do what, which line says otherwise, and why it should be denied."""
    [mutant] = [one for one in all_mutants() if str(one) == "hvm_get_param: check 0 dropped"]
    hypervisor = Builder().build(mutant, bench.folder / "mutant")
    subprocess.run([BUILD / "bailiwick", "new", bench.folder / "mine", "--from", "two-guests"], check=True,
                   stdout=subprocess.DEVNULL)
    done = subprocess.run([BUILD / "bailiwick", "test", "mine"], cwd=bench.folder, timeout=TIMEOUT, text=True,
                          env=os.environ | {"BAILIWICK_HYPERVISOR": str(hypervisor.resolve())}, stdout=subprocess.PIPE)
    assert done.returncode == 1
    for text in ("guest-a hvm_get_param to guest-b: predicted to be denied (key=flask)\n",
                 "it got: hvm_get_param 2 17 = ", "expected by policy/separation.exp:", "missing rule       allow guest_a_t "
                 "guest_b_t:hvm getparam;", "repeat: build/bailiwick test mine --only 'guest-a hvm_get_param to guest-b'",
                 "audit record: ", "the serial console's log is "):
        assert text in done.stdout, text


@pytest.mark.parametrize("attempt, status, said", [
    ("guest-b evtchn_send by its channel to guest-b", 0, "0 attempts were denied and 1 allowed"),
    ("tools flask_setbool when the policy is sealed", 0, "1 attempts were denied and 0 allowed"),
    ("tools evtchn_close", 0, "0 attempts were denied and 1 allowed"),
    ("tools vcpu_stop to other", 1, "can't be attempted: no call can name another domain"),
    ("nobody flask_mls", 1, "none of its domains attempts 'nobody flask_mls'")])
def test_one_attempt(attempt: str, status: int, said: str) -> None:
    """With what has to be done before it; and one that can't be is no success."""
    system = "two-guests" if attempt.startswith("guest") else "flask-tools"
    assert said in bailiwick_test(system, "--only", attempt, expect=status)


def of_ones_own(bench: Bench, origin: str, local: str = "", **changes: str) -> Path:
    """A folder made from a shipped system: more rules, and text of its device tree replaced after a node's name."""
    folder = bench.folder / "mine"
    subprocess.run([BUILD / "bailiwick", "new", folder, "--from", origin], check=True, stdout=subprocess.DEVNULL)
    (folder / "local.te").write_text(local)
    text = (folder / "system.dts").read_text()
    for node, properties in changes.items():
        assert f"{node} {{" in text
        text = text.replace(f"{node} {{", f"{node} {{ {properties}", 1)
    (folder / "system.dts").write_text(text)
    (folder / "system.exp").write_text("deny any -> unlabeled : domain:create\n")
    return folder


SECOND = """
policy_writer(other_t)
typeattribute other_t control_domain_type;
allow xenboot_t other_t:bw_role control;
"""


def test_two_that_may_seal(bench: Bench) -> None:
    """One of them does; for the other one nothing has changed before."""
    folder = of_ones_own(bench, "flask-tools", SECOND, other="permissions = <1>;")
    assert BOOTED.search(bailiwick_test(folder))[1] == "2"


def test_a_launch_that_seals(bench: Bench) -> None:
    """What is predicted offline and what is attempted both know that nobody changes the policy any more."""
    folder = of_ones_own(bench, "flask-tools", policy="seal = <1>;")
    (folder / "system.exp").write_text("deny tools -> security : flask_load flask_setbool policy_seal key=phase\n")
    assert "tools (tools_t) may do policy_seal" in bailiwick_test(folder, "--offline", expect=1)
    (folder / "system.exp").write_text("deny tools -> security : flask_load flask_setbool key=phase\n"
                                       "deny tools -> security : security:load_policy key=phase\n"
                                       "allow tools -> security : flask_getbool policy_seal\n")
    said = bailiwick_test(folder)
    assert BOOTED.search(said)[1] == "2" and "0 failed" in said


# It has no page for its shared page: its probe is denied that before its script begins.
WITHOUT = """
type bare_t, domain_type;
allow xenboot_t bare_t:domain create;
allow bare_t kernel_t:bw_module execute;
allow bare_t self:bw_vcpu register;
allow bare_t xen_t:xen writeconsole;
"""


def test_what_a_probe_is_denied_at_its_start(bench: Bench) -> None:
    folder = of_ones_own(bench, "two-guests", WITHOUT)
    source = folder / "system.dts"
    source.write_text(source.read_text().replace('"guest_b_t"', '"bare_t"'))
    assert BOOTED.search(bailiwick_test(folder))[1] == "2"


def test_a_permissive_type(bench: Bench) -> None:
    folder = of_ones_own(bench, "two-guests", "permissive guest_b_t;\n")
    assert "its policy has a permissive type" in bailiwick_test(folder, "--only", "guest-a flask_mls", expect=1)


def test_a_folder_with_a_system_s_name(bench: Bench) -> None:
    """In a tree the system's name comes first, as everywhere; elsewhere the folder's."""
    subprocess.run([BUILD / "bailiwick", "new", "two-guests", "--from", "static-basic"], cwd=bench.folder.parent,
                   check=False, stdout=subprocess.DEVNULL)
    said = bailiwick_test("two-guests", cwd=bench.folder.parent)
    assert BOOTED.search(said)[1] == "3", "static-basic's"
    assert BOOTED.search(bailiwick_test("two-guests"))[1] == "2"


@pytest.mark.long
def test_coverage() -> None:
    """Every check both ways, every rule that could be used; what isn't is waived with the reason."""
    done = subprocess.run([ROOT / "tests/coverage"], cwd=ROOT, timeout=1800, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT)
    assert done.returncode == 0, done.stdout


@pytest.mark.long
def test_a_sample_of_wrong_rows() -> None:
    """`make mutate-hooks` tries them all."""
    done = subprocess.run([ROOT / "tests/mutate_hooks", "--sample", "40"], cwd=ROOT, timeout=3600, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert done.returncode == 0, done.stdout
