# SPDX-License-Identifier: BSD-2-Clause
"""
The steps of Hyperlaunch's design document (its appendix 1), one test for each step and branch, as the
launch's log shows them. 2b is Arm's. What may fail at each is in test_refused.py, test_crash.py and
test_boot_domain.py.
"""

from __future__ import annotations

import hashlib
import re

from bench import Bench, Domain, guest_a, guest_b, must_see, probe
from machine import Console
from test_boot_domain import MAY_ALL, MAY_CRASH, boot_domain, order, run
from test_microcode import EPYC, container

PREPARE = "launch_finalise\n"


def step(console: Console, number: int, text: str) -> str:
    return must_see(console, "bailiwick", f"{number:2}. {text}")


def rescue(**more: object) -> Domain:
    return Domain("rescue", "say begins\n", **{"label": "guest_b_t", "properties": "functions = <2>;", **more})


def test_step_1_hypervisor_startup(bench: Bench) -> None:
    console = bench.run(guest_a("say begins\n"))
    assert re.search(r"\d+ MiB free; 4 modules by .* \(Multiboot\)", step(console, 1, "start: "))


def test_step_2a_yes_the_first_module_is_an_lcm(bench: Bench) -> None:
    console = bench.run(guest_a("say begins\n"), guest_b("say begins\n"))
    step(console, 2, "the first module `lcm.dtb` is an LCM: 2 domains, ")


def test_step_2a_no_it_is_a_kernel_for_dom0(bench: Bench) -> None:
    console = bench.boot_modules({"kernel": probe(), "ramdisk": b"say begins\n"})
    step(console, 2, "the first module `kernel` is a kernel, no LCM")
    must_see(console, "dom0", "begins")


def test_step_3a_microcode_and_policy_are_loaded(bench: Bench) -> None:
    """Before any domain is built."""
    bench.folder.mkdir(parents=True, exist_ok=True)
    microcode = bench.folder / "ucode"
    microcode.write_bytes(container(EPYC, 0x08001137))
    console = bench.boot(bench.build(guest_a("say begins\n"), microcode=microcode))
    must_see(console, "bailiwick", "all domains have stopped")
    order(console, " 3. microcode `ucode`: ", " 3. policy `policy`: version 30", " 4. guest-a: built")


def test_step_3_no_there_is_none(bench: Bench) -> None:
    console = bench.run(Domain("guest", "say begins\n"), policy=None)
    order(console, " 3. no policy and no labels: the role engine decides alone", " 4. guest: built")


def test_step_4a_every_domain_is_created(bench: Bench) -> None:
    console = bench.run(guest_a("say begins\n"), guest_b("say begins\n"))
    order(console, " 4. guest-a: built as domid 1, 16 MiB, 1 vCPU, label system_u:vm_r:guest_a_t, roles: none",
          " 4. guest-b: built as domid 2, 16 MiB, 1 vCPU, label system_u:vm_r:guest_b_t, roles: none", " 5. ")


def test_step_4b_the_boot_domain_is_recorded(bench: Bench) -> None:
    console = run(bench, guest_a("say begins\n"), boot_domain(PREPARE))
    assert step(console, 4, "prepare: built as domid 32757").partition("roles: ")[2].startswith("boot")
    step(console, 5, "boot domain prepare starts")


def test_step_4c_the_crash_domain_is_recorded(bench: Bench) -> None:
    console = run(bench, guest_a("say begins\n"), rescue(), local=MAY_CRASH)
    assert step(console, 4, "rescue: built as domid").partition("roles: ")[2].startswith("crash")
    assert not console.said_by("rescue")


def test_step_5a_the_boot_domain_has_the_console_and_runs_alone(bench: Bench) -> None:
    """It shows an unfinished line as it comes, which only who has the console does."""
    console = run(bench, guest_a("say begins\n"), boot_domain("print half a line\nsleep 100\n" + PREPARE))
    step(console, 5, "boot domain prepare starts, alone, with the console; it has 120 s to finalise")
    order(console, " 5. boot domain prepare starts", "[prepare] half a line", "10. launch finalised", "[guest-a] begins")


def test_step_5b_without_one_the_launch_goes_on_to_step_10(bench: Bench) -> None:
    console = bench.run(guest_a("say begins\n"))
    order(console, " 5. no boot domain", "10. launch finalised")
    assert not any(line.startswith((" 6.", " 7.", " 9.")) for line in console.said_by("bailiwick"))


def test_step_6_the_boot_domain_comes_online(bench: Bench) -> None:
    console = run(bench, guest_a("say begins\n"), boot_domain("launch_info\n" + PREPARE))
    order(console, " 5. boot domain", " 6. prepare has come up", " 9. boot domain")


def test_step_7a_it_processes_the_lcm(bench: Bench) -> None:
    console = run(bench, guest_a("say begins\n"),
                  boot_domain("module_read 0 0 4096\nfind transfer 0x1000 guest-a\nstaged_stat 0\n" + PREPARE))
    found = must_see(console, "prepare", "find transfer 0x1000 guest-a = ")
    assert "ENOENT" not in found
    assert "name=guest-a label=system_u:vm_r:guest_a_t" in "".join(console.lines)


def test_step_7b_it_validates_the_chain_of_modules(bench: Bench) -> None:
    console = run(bench, guest_a("say begins\n"), boot_domain("module_stat 0\nmodule_stat 1\n" + PREPARE))
    folder = bench.folder / "boot0"
    for name in ("lcm.dtb", "policy"):
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() in "".join(console.lines)


def test_step_7c_it_completes_staged_domains(bench: Bench) -> None:
    console = run(bench, guest_a("read 8 0x900000\n"), boot_domain("staged_write 1 0x900000 0x1234\n" + PREPARE))
    must_see(console, "guest-a", "read 8 0x900000 = 0x1234")


def test_step_7d_it_unpauses_precursors(bench: Bench) -> None:
    console = run(bench, guest_a("say begins\n"), guest_b("say begins\n"),
                  boot_domain("staged_unpause 2\nsleep 100\n" + PREPARE))
    order(console, " 7. prepare unpauses guest-b", "[guest-b] begins", " 9. boot domain", "[guest-a] begins")


def test_step_7e_it_sets_runtime_configurations(bench: Bench) -> None:
    """Here of the policy, with the role control beside its own."""
    local = MAY_ALL + "policy_writer(boot_t)\nallow xenboot_t boot_t:bw_role control;\n"
    console = run(bench, guest_a("say begins\n"),
                  boot_domain("flask_setenforce 0\nflask_setenforce 1\n" + PREPARE, "permissions = <1>;"), local=local)
    order(console, "policy: no longer enforced by domid=32757", "policy: enforced by domid=32757", "10. launch")


def test_step_9_it_is_reclaimed_and_that_is_recorded(bench: Bench) -> None:
    console = run(bench, guest_a("say begins\n"), boot_domain(PREPARE))
    line = step(console, 9, "boot domain prepare has finalised: ")
    assert int(re.search(r"(\d+) KiB cleared and reclaimed", line).group(1)) > 16 * 1024


def test_step_10_launch_finalization(bench: Bench) -> None:
    """What is for the launch is refused from then on, whatever the policy says."""
    local = MAY_ALL.replace("boot_domain(boot)", "boot_domain(boot)\nboot_domain(late)\nguest_console(late)") + \
        "boot_starts(late, guest_a_t)\nboot_sees(boot, late_t)\n"
    console = run(bench, guest_a("say begins\n"), Domain("late", "staged_unpause 1\nlaunch_finalise\n", "late_t"),
                  boot_domain(PREPARE), local=local)
    step(console, 10, "launch finalised")
    must_see(console, "late", "staged_unpause 1 = -1")
    assert any(line.startswith("phase:  denied  { staged_unpause }") for line in console.said_by("bailiwick"))


def test_step_11_the_console_is_assigned(bench: Bench) -> None:
    console = run(bench, guest_a("say begins\n"), guest_b("say begins\n", properties="functions = <4>;"),
                  boot_domain(PREPARE), local=MAY_ALL + "allow xenboot_t guest_b_t:bw_role console;\n")
    assert "input to guest-b (it has the function console)" in step(console, 11, "console: ")


def test_step_12_lcm_and_modules_are_cleared(bench: Bench) -> None:
    console = run(bench, guest_a("say begins\n"), boot_domain(PREPARE))
    kib = sum(4 * -(-path.stat().st_size // 4096) for path in {
        bench.folder / "boot0" / line.split()[0]
        for line in (bench.folder / "boot0" / "modules").read_text().splitlines() if line})
    assert f"{kib} KiB reclaimed" in step(console, 12, "boot modules cleared: ")


def test_step_13_all_but_the_crash_domain_are_unpaused(bench: Bench) -> None:
    console = run(bench, guest_a("say begins\n"), rescue(), boot_domain(PREPARE), guest_b("say begins\n"),
                  local=MAY_ALL + MAY_CRASH)
    assert "unpaused: guest-a, guest-b" in step(console, 13, "unpaused: ")
    order(console, "13. unpaused", "begins")
    assert console.said_by("guest-b") and not console.said_by("rescue")
