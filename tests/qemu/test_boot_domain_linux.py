# SPDX-License-Identifier: BSD-2-Clause
"""A boot domain that runs Linux and bw-boot: the shipped system, and what goes wrong in it."""

from __future__ import annotations

from pathlib import Path

from bench import LINUX, LINUX_PATIENCE, Bench, Domain, build_policy, must_see
from machine import Console

BOOT = 0x7FF5
POLICY = "build/policy/boot-domain.30"


def order(console: Console, *texts: str) -> None:
    """These stand in the log one after the other."""
    lines = iter(console.lines)
    for text in texts:
        assert any(text in line for line in lines), f"{text!r} isn't there, or too early"


def launch(bench: Bench, config: str, *domains: Domain, policy: str | Path = POLICY, words: str = "") -> Console:
    bench.folder.mkdir(parents=True, exist_ok=True)
    text = bench.folder / "boot.conf"
    text.write_text(config)
    boot = Domain("boot", label="boot_t", **{
        **LINUX, "ramdisk": "build/guests/initrd-boot", "memory_mib": 128, "bootargs": f"console=hvc0 quiet {words}",
        "properties": f"functions = <1>; domid = <{BOOT:#x}>; finalise-within = <300>; config {{ "
                      f'compatible = "module,config"; module-name = "boot.conf"; source = "{text}"; }};'})
    return bench.boot(bench.build(boot, *domains, policy=policy))


def probe(name: str, label: str, script: str) -> Domain:
    return Domain(name, script, label)


def test_shipped_system(bench: Bench) -> None:
    """guest-a reports by `bw ready`, and guest-b begins only then."""
    console = bench.boot(bench.build_file("boot-domain"))
    for name in ("guest-a", "guest-b"):
        assert console.wait_for(rf"^\[{name}\] answer: ", LINUX_PATIENCE), console.complaints()
    order(console, "5. boot domain boot starts, alone", "6. boot has come up", "[boot] 3 domains",
          "[boot] step  1 offer an event channel to guest-a", "7. boot unpauses guest-a", "[boot] waiting for guest-a",
          "[guest-a] run: bw ready", "7. boot unpauses guest-b", "[boot] finalising", "boot domain boot has finalised",
          "10. launch finalised")
    order(console, "7. boot unpauses guest-b", "[guest-b] ")
    assert "run: bw ready: exit code 0" in console.said_by("guest-a")
    assert not [line for line in console.said_by("bailiwick") if "denied" in line]
    modules = [line for line in console.said_by("boot") if line.startswith("module ")]
    assert len([line for line in modules if line.endswith("as the LCM says")]) == len(modules) - 1, "all but the LCM"


def test_what_is_refused_fails_the_launch(bench: Bench) -> None:
    """The policy lacks the rule to start guest-a: which is said, and is the reason."""
    local = bench.folder / "system.te"
    local.parent.mkdir(parents=True, exist_ok=True)
    local.write_text("boot_domain(boot)\nboot_reads(boot, config_t)\nboot_sees(boot, guest_a_t)\n")
    policy = build_policy(bench.folder / "policy.30", local)
    console = launch(bench, "start guest-a\n", probe("guest-a", "guest_a_t", "say begins\n"), policy=policy)
    reason = "line 1: starting guest-a: the policy doesn't allow it"
    must_see(console, "bailiwick", f"launch refused: boot domain boot gave up: {reason}", LINUX_PATIENCE)
    must_see(console, "boot", f"giving the launch up: {reason}")
    assert not console.said_by("guest-a")


def test_an_event_wakes_it_and_a_limit_ends_its_patience(bench: Bench) -> None:
    """guest-a reports, guest-b doesn't: the launch fails of guest-b."""
    config = ("ready guest-a param store-evtchn\nready guest-b param store-evtchn\nstart guest-a\nstart guest-b\n"
              "finalise after guest-a ready within 60s after guest-b ready within 1s\n")
    local = bench.folder / "local.te"
    local.parent.mkdir(parents=True, exist_ok=True)
    local.write_text("channel_between(boot, guest_b)\n")
    policy = build_policy(bench.folder / "policy.30", local, "boot-domain")
    report = f"port = evtchn_bind_interdomain {BOOT} store_port\nevtchn_send port\nsleep 100000\n"
    console = launch(bench, config, probe("guest-a", "guest_a_t", "sleep 300\n" + report),
                     probe("guest-b", "guest_b_t", "sleep 100000\n"), policy=policy)
    reason = "line 5: guest-b wasn't ready within 1000 ms"
    must_see(console, "bailiwick", f"launch refused: boot domain boot gave up: {reason}", LINUX_PATIENCE)
    order(console, "[boot] waiting for guest-a", "[boot] waiting for guest-b")


def test_a_shell_comes_first_if_it_is_asked_for(bench: Bench) -> None:
    """`bw-boot --plan` changes nothing; `exit` lets bw-boot finalise."""
    console = launch(bench, "start guest-a\n", probe("guest-a", "guest_a_t", "say begins\n"), words="look")
    assert console.wait_for(r"^\[boot\] bw-boot --plan says what would be done", LINUX_PATIENCE), console.complaints()
    console.send("bw-boot --plan\n")
    must_see(console, "boot", "step  2 finalise: everything else starts", LINUX_PATIENCE)
    assert not [line for line in console.said_by("bailiwick") if "unpauses" in line]
    console.send("exit\n")
    must_see(console, "guest-a", "begins", LINUX_PATIENCE)
    must_see(console, "bailiwick", "launch finalised")
    order(console, "7. boot unpauses guest-a", "10. launch finalised")
