# SPDX-License-Identifier: BSD-2-Clause
"""The hypervisor as Kconfig's RELEASE and COVERAGE make it."""

from __future__ import annotations

from pathlib import Path

from bench import (PROBE_PATIENCE, Bench, Domain, build_policy, denials, guest_a, guest_b,
                   must_see, remove_property)
from machine import BUILD, EXIT_REFUSED
from test_flask_tools import ramdisk_with, start

RELEASE = BUILD / "release" / "bailiwick.elf"
COVERAGE = BUILD / "coverage" / "bailiwick.elf"


def policy_with(bench: Bench, rules: str, system: str) -> Path:
    local = bench.folder / "local.te"
    local.parent.mkdir(parents=True, exist_ok=True)
    local.write_text(rules)
    return build_policy(bench.folder / "local.30", local, system)


def refused_by_release_only(bench: Bench, folder: Path, why: str) -> None:
    """Nothing is started; the ordinary build starts it all."""
    release = bench.boot(folder, hypervisor=RELEASE)
    assert why in must_see(release, "bailiwick", "launch refused: ")
    assert release.wait_end(PROBE_PATIENCE) == EXIT_REFUSED
    must_see(bench.boot(folder), "bailiwick", "all domains have stopped")


def test_release_wants_a_policy(bench: Bench) -> None:
    refused_by_release_only(
        bench, bench.build(Domain("one"), policy=None),
        "there is no xsm-policy module in the LCM, and this build (RELEASE) starts nothing")


def test_release_takes_no_permissive_types(bench: Bench) -> None:
    policy = policy_with(bench, "permissive guest_a_t;\n", "two-guests")
    refused_by_release_only(
        bench, bench.build(guest_a(""), guest_b(""), policy=policy),
        "there are some, and this build (RELEASE) enforces every policy")


def test_release_has_no_crash_domain_without_a_policy(bench: Bench) -> None:
    policy = policy_with(bench, "crash_domain(guest_b)\n", "two-guests")
    folder = bench.build(guest_a(""), guest_b("", properties="functions = <2>;"), policy=policy)
    remove_property(folder, "/config/policy", "digest")
    (folder / "policy").write_bytes((folder / "policy").read_bytes()[:-1])
    release = bench.boot(folder, hypervisor=RELEASE)
    assert "this build (RELEASE) starts nothing without one" in must_see(
        release, "bailiwick", "the crash domain guest-b can't be started: ")
    assert release.wait_end(PROBE_PATIENCE) == EXIT_REFUSED
    must_see(bench.boot(folder), "bailiwick", "crash domain guest-b starts, alone")


def test_release_enforces(bench: Bench) -> None:
    """Whatever a domain is allowed to do: there is no way to have denials only recorded."""
    loose = policy_with(bench, "permissive other_t;\n", "flask-tools").read_bytes()
    shells = start(bench, ramdisk_with(bench, {"loose.30": loose}), hypervisor=RELEASE)
    assert shells.output("tools", "flask-setenforce 0")[2] != 0
    assert not denials(shells.console, "flask_setenforce"), "its policy would have let it"
    assert shells.output("tools", "flask-setenforce 1")[2] == 0
    assert "Unable to load new Flask policy" in "".join(
        shells.output("tools", "flask-loadpolicy /loose.30")[:2])
    must_see(shells.console, "bailiwick", "policy: load by domain tools refused: ")
    must_see(shells.console, "bailiwick", "this build (RELEASE) enforces every policy")
    assert shells.output("tools", "flask-getenforce")[0] == "Enforcing\n"
    assert shells.output("other", "flask-getenforce")[2] == 255
    [record] = denials(shells.console, "flask_getenforce")
    assert record.endswith("permissive=0")
    # And who tests a policy has other builds.
    for command in ("bw coverage --reset", "bw coverage"):
        assert shells.output("tools", command)[2] == 1
    assert shells.output("tools", "bw coverage --reset")[1] == \
        "bw: this hypervisor collects no decisions (RELEASE)\n"
    assert shells.output("tools", "bw seal") == ("", "", 0)


def test_coverage_from_the_start(bench: Bench) -> None:
    """The launch's own decisions are there, which nobody could ask for before."""
    shells = start(bench, hypervisor=COVERAGE)
    out, err, code = shells.output("tools", "bw coverage")
    assert (err, code) == ("", 0)
    for name in ("tools", "other"):
        assert (f"covered:  granted  {{ create }} for hook=domain_create scontext=system_u:system_r:"
                f"xenboot_t tcontext=system_u:vm_r:{name}_t tclass=domain") in out.splitlines()
    assert shells.output("tools", "bw coverage --reset") == ("", "", 0)
    assert "hook=domain_create" not in shells.output("tools", "bw coverage")[0]
