# SPDX-License-Identifier: BSD-2-Clause
"""The ten systems that people begin with: their domains have the roles that the seed's table gives them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bench import LINUX_PATIENCE, PROBE, Bench, must_see, run_tool
from machine import BUILD, ROOT, Console, Machine, read_nonces, unanswered
from probes import Member, build_probes, members, set_kernel, with_probes

# "Common Boot Configurations" of Xen's Hyperlaunch design: which domain has which role.
TABLE = {
    "classic-dom0": {"dom0": "control, hardware, crash, console, xenstore"},
    "classic-extended": {"boot": "boot", "dom0": "control, hardware, crash, console, xenstore"},
    "classic-basic-cloud": {"dom0": "control, hardware, crash, console, xenstore",
                            "guest-a": "none", "guest-b": "none"},
    "classic-cloud": {"boot": "boot", "dom0": "control, hardware, crash, console, xenstore",
                      "guest-a": "none", "guest-b": "none"},
    "static-basic": {"hardware": "hardware, crash, console, xenstore",
                     "guest-a": "none", "guest-b": "none"},
    "static-standard": {"boot": "boot", "hardware": "hardware, crash, console, xenstore",
                        "guest-a": "none", "guest-b": "none"},
    "static-disaggregated": {"boot": "boot", "xenstore": "xenstore", "hardware": "hardware", "crash": "crash",
                             "console": "console", "guest-a": "none", "guest-b": "none"},
    "dynamic-hardware": {"control": "control, crash, console, xenstore", "hardware": "hardware"},
    "dynamic-flexible": {"boot": "boot", "control": "control, crash, console, xenstore",
                         "hardware": "hardware", "guest-a": "none", "guest-b": "none"},
    "dynamic-full": {"boot": "boot", "xenstore": "xenstore", "control": "control", "hardware": "hardware",
                     "crash": "crash", "console": "console", "guest-a": "none", "guest-b": "none"},
}
# In which order the boot domain starts what it starts; the launch starts the rest.
ORDER = {
    "classic-extended": ["dom0"],
    "classic-cloud": ["dom0", "guest-a", "guest-b"],
    "static-standard": ["hardware", "guest-a", "guest-b"],
    "static-disaggregated": ["xenstore", "console", "hardware"],
    "dynamic-flexible": ["control", "hardware"],
    "dynamic-full": ["xenstore", "console", "hardware", "control"],
}
# Who tells it when to go on.
REPORTS = {"static-standard": "guest-a"}
BOOT = 0x7FF5
BOOT_PROGRAM = "build/guests/bw-boot.elf"
BUILT = re.compile(r" 4\. (\S+): built as domid \d+, .*, roles: (.*) \([0-9.]+ s\)$")
SECONDS_OF_LINUX = 60


def has_roles(console: Console, system: str) -> None:
    built = [BUILT.search(line) for line in console.said_by("bailiwick")]
    assert {line[1]: line[2] for line in built if line} == TABLE[system]


def unpaused(console: Console) -> list[str]:
    """What the boot domain has started."""
    return [line.partition(" unpauses ")[2].split()[0] for line in console.said_by("bailiwick")
            if line.startswith(" 7. boot unpauses ")]


def boot_script(system: str, all_members: dict[str, Member]) -> str:
    """It has a say in the launch and none in the policy, and is gone when it has finalised."""
    lines = ["say begins", "launch_info", "expect EPERM flask_setenforce 0", "expect EPERM flask_load"]
    lines += [f"expect ok staged_unpause {all_members[name].domid}" for name in ORDER[system]]
    return "\n".join([*lines, "expect ok launch_finalise", ""])


def may_talk(one: Member, other: Member) -> bool:
    """To have a channel one of both has to be the console or the xenstore of the other."""
    return bool({"console", "xenstore"} & {*one.roles, *other.roles})


def script(me: Member, all_members: dict[str, Member]) -> str:
    """
    Its channels are those to its servers; of the launch and the policy it is told nothing. It stays,
    or others could not be allowed a channel to it.
    """
    lines = ["stay", "say begins", "nonce"]
    for other in all_members.values():
        if other.name == me.name or {"boot", "crash"} & {*other.roles} and len(other.roles) == 1:
            continue
        result = "ok" if may_talk(me, other) else "EPERM"
        lines.append(f"expect {result} evtchn_alloc_unbound self {other.domid}")
        lines.append(f"expect EPERM staged_unpause {other.domid}")
        lines.append(f"expect EPERM flask_relabel_domain {other.domid} 1")
    lines += ["expect EPERM launch_info", "expect EPERM module_read 0 0 8", "expect EPERM launch_finalise",
              "expect EPERM flask_load", "expect EPERM flask_setenforce 0"]
    return "\n".join([*lines, ""])


def scripts(system: str, blob: Path) -> dict[str, str]:
    there = members(blob)
    return {name: boot_script(system, there) if member.roles == ["boot"] else script(member, there)
            for name, member in there.items()}


def starts(system: str) -> list[str]:
    """Who runs when the launch is over: not who only waits for it to fail."""
    return [name for name, roles in TABLE[system].items() if roles not in ("boot", "crash")]


def test_all_of_the_table_are_there() -> None:
    """With a page each that shows how to run it, and a policy that is short enough to be read."""
    overview = (ROOT / "docs/systems/README.md").read_text()
    for system in TABLE:
        assert f"make run SYSTEM={system}\n" in (ROOT / f"docs/systems/{system}.md").read_text()
        assert f"]({system}.md)" in overview and f"systems/{system}.md)" in (ROOT / "README.md").read_text()
        assert len((ROOT / f"policy/systems/{system}/system.te").read_text().splitlines()) <= 40, system
    assert {page.stem for page in (ROOT / "docs/systems").glob("*.md")} == {*TABLE, "README"}


@pytest.mark.parametrize("system", TABLE)
def test_checks_without_a_word(system: str) -> None:
    """Nothing that somebody who begins with it would have to wonder about."""
    done = run_tool("check", system)
    assert done.returncode == 0, done.stdout
    assert "notice" not in done.stdout and "error" not in done.stdout, done.stdout


@pytest.mark.parametrize("system", TABLE)
def test_with_probes(bench: Bench, system: str) -> None:
    blob = with_probes(bench, system)
    console = bench.boot(build_probes(bench, blob, scripts(system, blob)))
    for name in starts(system):
        end = must_see(console, name, "probe: end of script: ")
        said = console.said_by(name)
        assert end.endswith(" ok, 0 failed"), "\n".join(said)
        assert "begins" in said and any(line.startswith("answer: ") for line in said), name
    has_roles(console, system)
    assert unpaused(console) == ORDER.get(system, [])
    assert not [line for line in console.said_by("boot") if line.startswith("FAIL")]
    assert "begins" not in console.said_by("crash")


@pytest.mark.parametrize("system", ORDER)
def test_with_probes_and_the_boot_domain_s_program(bench: Bench, system: str) -> None:
    """It does what the system's .conf says, in that order, and is refused nothing."""
    blob = with_probes(bench, system)
    given = dict.fromkeys(TABLE[system], "say begins\n")
    if system in REPORTS:
        given[REPORTS[system]] = f"sleep 300\nport = evtchn_bind_interdomain {BOOT} store_port\nevtchn_send port\n"
    set_kernel(blob, "boot", BOOT_PROGRAM)
    console = bench.boot(build_probes(bench, blob, given))
    must_see(console, "bailiwick", "all domains have stopped")
    assert unpaused(console) == ORDER[system]
    assert not [line for line in console.said_by("bailiwick") if "denied" in line]


@pytest.mark.parametrize("system", ORDER)
def test_the_launch_fails(bench: Bench, system: str) -> None:
    """The boot domain gives it up: the one with crash runs alone, with that role only, and is told why."""
    blob = with_probes(bench, system)
    given = scripts(system, blob)
    [rescue] = [name for name, roles in TABLE[system].items() if "crash" in roles]
    given["boot"] = "launch_fail nothing is right\n"
    given[rescue] = "arguments\nexpect EPERM launch_info\nexpect EPERM flask_setenforce 0\n"
    console = bench.boot(build_probes(bench, blob, given))
    must_see(console, "bailiwick", "launch refused: boot domain boot gave up: nothing is right")
    must_see(console, "bailiwick", f"crash domain {rescue} starts, alone, with the console")
    must_see(console, "bailiwick", "all domains have stopped")
    must_see(console, rescue, "bailiwick.failure=\"boot domain boot gave up: nothing is right")
    must_see(console, rescue, "probe: end of script: 2 ok, 0 failed")
    assert not [name for name in starts(system) if name != rescue and console.said_by(name)]


def test_the_policy_of_a_dom0_launches_it_without_an_lcm(bench: Bench) -> None:
    folder = bench.folder / "boot"
    folder.mkdir(parents=True)
    (folder / "kernel").write_bytes((ROOT / PROBE).read_bytes())
    (folder / "ramdisk").write_text("say begins\n")
    (folder / "policy").write_bytes((BUILD / "policy/classic-dom0.30").read_bytes())
    (folder / "modules").write_text("kernel\nramdisk\npolicy\n")
    console = bench.boot(folder, hypervisor_arguments="dom0_mem=32M")
    must_see(console, "dom0", "begins")
    has_roles(console, "classic-dom0")


def with_linux(bench: Bench, system: str) -> None:
    """From a GRUB ISO, each domain's init answers."""
    folder = bench.build_file(system, iso=True)
    nonces = read_nonces(folder)
    assert list(nonces) == starts(system)
    console = bench.start(Machine(iso=folder / "boot.iso"))
    console.wait_until(lambda: not unanswered(console, nonces), LINUX_PATIENCE + SECONDS_OF_LINUX * len(nonces))
    assert not unanswered(console, nonces), console.complaints()
    has_roles(console, system)


@pytest.mark.parametrize("system", ["classic-dom0"])
def test_with_linux(bench: Bench, system: str) -> None:
    with_linux(bench, system)


@pytest.mark.long
@pytest.mark.parametrize("system", [system for system in TABLE if system != "classic-dom0"])
def test_every_other_with_linux(bench: Bench, system: str) -> None:
    with_linux(bench, system)
