# SPDX-License-Identifier: BSD-2-Clause
"""bw-boot without an operating system, as a boot domain of probes: what a configuration makes of them."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from bench import Bench, Domain, build_policy, denials, guest_a, guest_b, must_see
from machine import ROOT, Console

BOOT = 0x7FF5
PROGRAM = "build/guests/bw-boot.elf"
MAY_ALL = """boot_domain(boot)
boot_measures(boot, module_type)
boot_reads(boot, config_t)
boot_completes(boot, { guest_a_t guest_b_t })
boot_starts(boot, { guest_a_t guest_b_t })
channel_between(boot, guest_a)
crash_domain(guest_b)
"""
# In guest-a, where nothing else is.
PLACE = 0x900000
REPORT = "port = evtchn_bind_interdomain {domid} {port}\nevtchn_send port\n"
REPORT_BY_PARAM = REPORT.format(domid=BOOT, port="store_port")
REPORT_BY_MEMORY = f"told = read 4 {PLACE:#x}\nfrom = read 4 {PLACE + 4:#x}\n" + \
    REPORT.format(domid="from", port="told")


def config_node(name: str, source: Path) -> str:
    return f'config {{ compatible = "module,config"; module-name = "{name}"; source = "{source}"; }};'


def boot(bench: Bench, config: str | None, *domains: Domain, local: str = MAY_ALL) -> Console:
    """Launch domains after a boot domain with this configuration."""
    bench.folder.mkdir(parents=True, exist_ok=True)
    rules, text = bench.folder / "local.te", bench.folder / "boot.conf"
    rules.write_text(local)
    text.write_text(config or "")
    node = config_node("boot.conf", text) if config is not None else ""
    program = Domain("boot", "# bw-boot needs no script\n", "boot_t", kernel=PROGRAM,
                     properties=f"functions = <1>; domid = <{BOOT:#x}>;" + node)
    return bench.boot(bench.build(*domains, program, policy=build_policy(bench.folder / "policy.30", rules)))


def run(bench: Bench, config: str | None, *domains: Domain, **more: object) -> Console:
    console = boot(bench, config, *domains, **more)
    must_see(console, "bailiwick", "all domains have stopped")
    return console


def gives_up(bench: Bench, reason: str, config: str, *domains: Domain, **more: object) -> Console:
    """The launch fails of what the boot domain says, and nobody begins but the crash domain."""
    rescue = Domain("rescue", "arguments\n", "guest_b_t", properties="functions = <2>;")
    console = run(bench, config, *(domains or (guest_a("say begins\n"),)), rescue, **more)
    must_see(console, "bailiwick", f"launch refused: boot domain boot gave up: {reason}")
    must_see(console, "rescue", f"boot domain boot gave up: {reason}")
    assert not [line for line in console.said_by("guest-a") if "begins" in line]
    return console


def order(console: Console, *texts: str) -> None:
    """These stand in the log one after the other."""
    lines = iter(console.lines)
    for text in texts:
        assert any(text in line for line in lines), f"{text!r} isn't there, or too early"


def test_without_a_configuration_all_start_at_once(bench: Bench) -> None:
    console = run(bench, None, guest_a("say begins\n"), guest_b("say begins\n"))
    order(console, "[boot] there is no configuration", "[boot] finalising", "boot domain boot has finalised",
          "13. unpaused: guest-a, guest-b", "begins")


def test_it_prints_the_plan(bench: Bench) -> None:
    """Who there is, which modules there are, and that the LCM's digests are theirs."""
    console = run(bench, "start guest-b\n", guest_a("say begins\n"), guest_b("say begins\n"))
    said = console.said_by("boot")
    assert any(line.startswith("3 domains, ") and line.endswith(" s left to finalise") for line in said)
    for start in ("domain    1 guest-a      system_u:vm_r:guest_a_t, no role, 16 MiB, 1 vCPU, staged",
                  "domain 32757 boot         system_u:vm_r:boot_t, boot, 16 MiB, 1 vCPU, running"):
        assert start in said, said
    program = hashlib.sha256((ROOT / PROGRAM).read_bytes()).hexdigest()[:12]
    [line] = [line for line in said if " kernel      bw-boot.elf: " in line]
    assert line.endswith(f"system_u:object_r:kernel_t, {program}, as the LCM says")
    assert len([line for line in said if line.endswith("as the LCM says")]) >= 5
    assert "step  1 start guest-b (line 1)" in said
    order(console, "7. boot unpauses guest-b", "13. unpaused: guest-a")


def test_one_starts_when_another_is_ready(bench: Bench) -> None:
    config = "start guest-b after guest-a ready within 20s\nready guest-a param store-evtchn\nstart guest-a\n"
    console = run(bench, config, guest_b("say begins\n"),
                  guest_a("sleep 300\nsay reports\n" + REPORT_BY_PARAM + "say goes on\n"))
    order(console, "7. boot unpauses guest-a", "[boot] waiting for guest-a", "[guest-a] reports",
          "7. boot unpauses guest-b", "10. launch finalised")
    order(console, "7. boot unpauses guest-b", "[guest-b] begins")
    must_see(console, "guest-a", "goes on")


def test_where_to_report_may_be_in_memory(bench: Bench) -> None:
    config = f"ready guest-a at {PLACE:#x}\nstart guest-a\nfinalise after guest-a ready\n"
    console = run(bench, config, guest_b("say begins\n"), guest_a("sleep 300\nsay reports\n" + REPORT_BY_MEMORY))
    order(console, "[boot] waiting for guest-a", "[guest-a] reports", "[boot] finalising", "13. unpaused: guest-b",
          "[guest-b] begins")


def test_who_is_not_ready_in_time_fails_the_launch(bench: Bench) -> None:
    """guest-b never begins, and guest-a is stopped."""
    config = "ready guest-a param store-evtchn\nstart guest-a\nstart guest-b after guest-a ready within 400ms\n"
    console = gives_up(bench, "line 3: guest-a wasn't ready within 400 ms", config,
                       guest_a("say is late\nsleep 100000\n"), guest_b("say begins\n"))
    must_see(console, "guest-a", "is late")
    assert not console.said_by("guest-b")


def test_domains_begin_with_what_it_wrote(bench: Bench) -> None:
    """Bytes, a boot module of several parts, a parameter."""
    bench.folder.mkdir(parents=True, exist_ok=True)
    data = bench.folder / "data.bin"
    data.write_bytes(bytes(n * n % 251 for n in range(150000)))
    config = (f"write guest-a {PLACE:#x} hex 1122 33445566 7788\nwrite guest-a {PLACE + 0x1000:#x} module data.bin\n"
              "param guest-a store-pfn 77\n")
    console = run(bench, config,
                  guest_a(f"read 8 {PLACE:#x}\nchecksum {PLACE + 0x1000:#x} 150000\nvalue store_pfn\n",
                          properties=config_node("data.bin", data)))
    fnv = 0xCBF29CE484222325
    for byte in data.read_bytes():
        fnv = (fnv ^ byte) * 0x100000001B3 % 2**64
    must_see(console, "guest-a", f"read 8 {PLACE:#x} = 0x8877665544332211")
    must_see(console, "guest-a", f"150000 = {fnv:#x}")
    must_see(console, "guest-a", "value store_pfn = 77")


@pytest.mark.parametrize("value, end", [(3, "poweroff"), (4, "crash")])
def test_domains_begin_where_it_says(bench: Bench, value: int, end: str) -> None:
    """Code of its own, which halts for good if a register has the right value."""
    # cmp ebx, 3; je over; ud2; over: hlt
    config = f"write guest-a 0x9000 hex 83fb03 7402 0f0b f4\nregister guest-a rip 0x9000\nregister guest-a rbx {value}\n"
    console = run(bench, config, guest_a("say begins\n"))
    assert not console.said_by("guest-a")
    must_see(console, "bailiwick", f"domain guest-a: shutdown: {end}")


def test_a_bad_configuration_fails_the_launch(bench: Bench) -> None:
    console = gives_up(bench, "line 2: there is no domain guest-c", "start guest-a\nstart guest-c\nstart guest-d\n")
    must_see(console, "boot", "line 3: there is no domain guest-d")
    assert not [line for line in console.said_by("bailiwick") if "unpauses" in line], "nothing is done by halves"


def test_what_the_policy_refuses_is_named(bench: Bench) -> None:
    """One rule is missing at a time: the launch fails of it, and the record of it says the same."""
    config = ("write guest-a 0x9000 hex 00\nregister guest-a rax 1\nparam guest-a store-pfn 1\n"
              "ready guest-a at 0x9000\nstart guest-a\n")
    for rule, without, reason, hook in (
            ("boot_starts(boot, { guest_a_t guest_b_t })", "", "line 5: starting guest-a", "staged_unpause"),
            ("channel_between(boot, guest_a)", "", "line 4: offering an event channel to guest-a",
             "evtchn_alloc_unbound"),
            ("boot_completes(boot, { guest_a_t guest_b_t })", "boot_sees(boot, guest_a_t)",
             "line 1: writing to the memory of guest-a", "staged_write"),
            ("boot_completes(boot, { guest_a_t guest_b_t })",
             "boot_sees(boot, guest_a_t)\nallow boot_t guest_a_t:mmu map_write;\n",
             "line 2: reading the registers of guest-a", "staged_get_vcpu"),
            ("boot_completes(boot, { guest_a_t guest_b_t })",
             "boot_sees(boot, guest_a_t)\nallow boot_t guest_a_t:mmu map_write;\n"
             "allow boot_t guest_a_t:domain { getvcpucontext setvcpucontext };\n",
             "line 3: setting a parameter of guest-a", "staged_set_param"),
            ("boot_reads(boot, config_t)", "", "reading the configuration, module ", "module_read")):
        assert rule in MAY_ALL
        console = gives_up(bench, reason, config, local=MAY_ALL.replace(rule, without))
        must_see(console, "boot", "the policy doesn't allow it")
        assert denials(console, hook), hook
        bench.stop(console)


def test_what_it_may_not_see_it_does_not_tell(bench: Bench) -> None:
    """guest-b is started by the hypervisor alone: the boot domain doesn't learn its name."""
    local = MAY_ALL.replace("boot_completes(boot, { guest_a_t guest_b_t })", "boot_sees(boot, guest_a_t)") \
        .replace("boot_measures(boot, module_type)\n", "")
    console = run(bench, "start guest-a\n", guest_a("say begins\n"), guest_b("say begins\n"), local=local)
    must_see(console, "boot", "domain    ? (number 1 of the LCM) isn't shown: the policy doesn't allow it")
    must_see(console, "boot", "module  1 isn't shown: the policy doesn't allow it")
    must_see(console, "guest-b", "begins")
    assert not [line for line in console.said_by("boot") if "guest-b" in line]
