# SPDX-License-Identifier: BSD-2-Clause
"""The hypervisor as Kconfig's RELEASE and COVERAGE make it, and with one style of launch alone."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from bench import (PROBE_PATIENCE, Bench, Domain, build_policy, compile_tree, denials, guest_a,
                   guest_b, must_see, probe, remove_property)
from machine import BUILD, EXIT_REFUSED, HYPERVISOR, ROOT
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
                f"xenboot_t tcontext=system_u:vm_r:{name}_t tclass=domain check=0") in out.splitlines()
    assert shells.output("tools", "bw coverage --reset") == ("", "", 0)
    assert "hook=domain_create" not in shells.output("tools", "bw coverage")[0]


def tree(domain: str, around: str = "%s") -> bytes:
    return compile_tree("/dts-v1/; / { chosen { %s }; };" % around % domain)


def style_modules(style: str) -> dict[str, bytes]:
    """One probe, as each style of launch has it."""
    domain = """guest { compatible = "xen,domain"; memory = <0 16384>;
        kernel { compatible = "module,kernel"; mb-index = <1>; };
        ramdisk { compatible = "module,ramdisk"; mb-index = <2>; }; };"""
    around = {"hyperlaunch": 'hypervisor { compatible = "hypervisor,xen"; %s };', "dom0less": "%s"}
    rest = {"kernel": probe(), "ramdisk": b"say begins\n"}
    return rest if style == "classic" else {"lcm.dtb": tree(domain, around[style]), **rest}


# What the launch says to a style that was built out, and the function that is missing then.
STYLES = {
    "hyperlaunch": ("launch refused: /chosen/hypervisor: describes a launch by Hyperlaunch's binding, "
                    "and this hypervisor was built without: build it with LAUNCH_HYPERLAUNCH",
                    "lcm_parse_hyperlaunch"),
    "dom0less": ("launch refused: /chosen: describes a launch by Xen's dom0less binding, and this "
                 "hypervisor was built without: build it with LAUNCH_DOM0LESS", "lcm_parse_dom0less"),
    "classic": ("launch refused: the first boot module `kernel` is a kernel, and this hypervisor was "
                "built without launching Dom0 alone: build it with LAUNCH_CLASSIC", "lcm_classic"),
}


def style_name(style: str) -> str:
    return "dom0" if style == "classic" else "guest"


@pytest.mark.parametrize("only", STYLES)
def test_one_style_alone(bench: Bench, only: str) -> None:
    """It launches, and the two others are refused by name."""
    hypervisor = BUILD / f"{only}-only" / "bailiwick.elf"
    for style, (refusal, _) in STYLES.items():
        console = bench.boot_modules(style_modules(style), hypervisor=hypervisor)
        if style == only:
            must_see(console, style_name(style), "begins")
            must_see(console, "bailiwick", "all domains have stopped")
        else:
            must_see(console, "bailiwick", refusal)
            assert console.wait_end(PROBE_PATIENCE) == EXIT_REFUSED
        bench.stop(console)


@pytest.mark.parametrize("style", STYLES)
def test_every_style_is_there_by_default(bench: Bench, style: str) -> None:
    must_see(bench.boot_modules(style_modules(style)), style_name(style), "begins")


def functions(hypervisor: Path) -> set[str]:
    done = subprocess.run(["nm", hypervisor], check=True, text=True, stdout=subprocess.PIPE)
    return {line.split()[2].partition(".")[0] for line in done.stdout.splitlines()}


def test_what_is_built_out_is_not_there() -> None:
    there = functions(HYPERVISOR)
    for only in STYLES:
        missing = functions(BUILD / f"{only}-only" / "bailiwick.elf")
        for style, (_, function) in STYLES.items():
            assert function in there
            assert (function in missing) == (style == only), (only, function)


def test_one_style_must_be_left() -> None:
    done = subprocess.run(["gcc", "-fsyntax-only", "-x", "c", ROOT / "lcm/styles.h"], text=True,
                          stderr=subprocess.PIPE)
    assert done.returncode != 0
    assert "nothing could be launched: choose LAUNCH_HYPERLAUNCH" in done.stderr
    done = subprocess.run(["gcc", "-fsyntax-only", "-x", "c", "-DCONFIG_LAUNCH_DOM0LESS",
                           ROOT / "lcm/styles.h"])
    assert done.returncode == 0
