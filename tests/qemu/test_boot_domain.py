# SPDX-License-Identifier: BSD-2-Clause
"""The boot domain: it runs first and alone, prepares the launch as the policy allows, and finalises once."""

from __future__ import annotations

import errno
import hashlib
from pathlib import Path

import pytest

from bench import (HYPERVISOR_NODE, PROBE_PATIENCE, Bench, Domain, build_policy, denials, guest_a, guest_b, must_see,
                   set_property)
from machine import EXIT_REFUSED, Console

BOOT = 0x7FF5
MAY_BOOT = """boot_domain(boot)
guest_console(boot)
"""
MAY_ALL = MAY_BOOT + """boot_reads(boot, module_type)
boot_completes(boot, { guest_a_t guest_b_t })
boot_starts(boot, { guest_a_t guest_b_t })
"""
MAY_CRASH = "crash_domain(guest_b)\n"


def boot_domain(script: str, properties: str = "", **more: object) -> Domain:
    return Domain("prepare", script, **{"label": "boot_t", **more,
                                        "properties": f"functions = <1>; domid = <{BOOT:#x}>; " + properties})


def build(bench: Bench, *domains: Domain, local: str = MAY_ALL, **more: object) -> Path:
    bench.folder.mkdir(parents=True, exist_ok=True)
    source = bench.folder / "local.te"
    source.write_text(local)
    return bench.build(*domains, policy=build_policy(bench.folder / "policy.30", source), **more)


def run(bench: Bench, *domains: Domain, local: str = MAY_ALL, **more: object) -> Console:
    """Until every domain has stopped."""
    console = bench.boot(build(bench, *domains, local=local, **more), **more)
    must_see(console, "bailiwick", "all domains have stopped")
    return console


def order(console: Console, *texts: str) -> None:
    """These stand in the log one after the other."""
    lines = iter(console.lines)
    for text in texts:
        assert any(text in line for line in lines), f"{text!r} isn't there, or too early"


def test_it_runs_first_and_alone(bench: Bench) -> None:
    """Steps 5 to 13 of the seed's appendix, and nobody else says anything before the finalise."""
    console = run(bench, guest_a("say begins\n"), boot_domain("launch_info\nsay prepares\nlaunch_finalise\nsay more\n"),
                  guest_b("say begins\n"))
    order(console, "5. boot domain prepare starts, alone, with the console; it has 120 s to finalise",
          "6. prepare has come up", "[prepare] prepares",
          "9. boot domain prepare has finalised: 16", "10. launch finalised",
          "11. console:", "12. boot modules cleared", "13. unpaused: guest-a, guest-b", "begins")
    assert not any("more" in line for line in console.said_by("prepare"))
    assert "input to prepare" not in "".join(console.lines)


def test_it_starts_some_in_its_own_order(bench: Bench) -> None:
    """guest-b runs before the launch is finalised, and is not started twice."""
    console = run(bench, guest_a("say begins\n"), guest_b("say early\nsleep 300\nsay late\n"),
                  boot_domain("staged_unpause 2\nstaged_unpause 2\nsleep 100\nlaunch_finalise\n"))
    must_see(console, "prepare", "staged_unpause 2 = 0")
    must_see(console, "prepare", f"staged_unpause 2 = {-errno.EBUSY}")
    order(console, "7. prepare unpauses guest-b", "[guest-b] early", "10. launch finalised", "13. unpaused: guest-a",
          "[guest-b] late")
    assert len([line for line in console.said_by("guest-b") if line.endswith("early")]) == 1


def test_it_may_start_all_itself(bench: Bench) -> None:
    console = run(bench, guest_a("sleep 200\nsay begins\n"), boot_domain("staged_unpause 1\nlaunch_finalise\n"))
    order(console, "7. prepare unpauses guest-a", "13. unpaused: all are already", "[guest-a] begins")


def test_it_completes_domains(bench: Bench) -> None:
    """Memory, registers and parameters of one that has not started; nothing of one that has."""
    console = run(bench, guest_a("read 8 0x900000\nread 8 0x900ff8\nhvm_get_param 0x7ff0 2\n"), guest_b("sleep 500\n"),
                  boot_domain("staged_write 1 0x900000 0x1122334455667788\nstaged_write 1 0x900ffc 0x99 8\n"
                              "staged_read 1 0x900000 8\n"
                              "staged_set_param 1 2 77\nstaged_set_param 1 17 3\n"
                              "staged_get_vcpu 1 0\nstaged_set_vcpu 1 0 rsi 5\nstaged_set_vcpu 1 0 rflags 0x3002\n"
                              "staged_write 1 0x1000000 1\nstaged_write 9 0 1\n"
                              "staged_unpause 2\nstaged_write 2 0x900000 1\nstaged_set_param 2 2 7\n"
                              "staged_get_vcpu 2 0\nstaged_set_vcpu 2 0\nlaunch_finalise\n"))
    must_see(console, "guest-a", "read 8 0x900000 = 0x1122334455667788")
    must_see(console, "guest-a", "read 8 0x900ff8 = 0x9900000000")
    must_see(console, "guest-a", "hvm_get_param 0x7ff0 2 = 77")
    for text in ("staged_write 1 0x900000 0x1122334455667788 = 0", "staged_set_param 1 2 77 = 0",
                 f"staged_set_param 1 17 3 = {-errno.EINVAL}", "staged_get_vcpu 1 0 = 0",
                 "staged_set_vcpu 1 0 rsi 5 = 0", f"staged_set_vcpu 1 0 rflags 0x3002 = {-errno.EINVAL}",
                 f"staged_write 1 0x1000000 1 = {-errno.EFAULT}",
                 f"staged_write 2 0x900000 1 = {-errno.EBUSY}", f"staged_set_param 2 2 7 = {-errno.EBUSY}",
                 f"staged_get_vcpu 2 0 = {-errno.EBUSY}"):
        must_see(console, "prepare", text)


def test_its_registers_are_what_a_domain_starts_with(bench: Bench) -> None:
    """The boot domain puts code into guest-a and has it start there: it prints what is in a register."""
    # mov eax, ebx; out 0xe9, al; mov al, 10; out 0xe9, al; hlt
    code = bytes.fromhex("89d8" "e6e9" "b00a" "e6e9" "f4")
    words = [int.from_bytes(code[at:at + 8].ljust(8, b"\0"), "little") for at in range(0, len(code), 8)]
    writes = "".join(f"staged_write 1 {0x9000 + 8 * i:#x} {word:#x}\n" for i, word in enumerate(words))
    console = run(bench, guest_a("say begins\n"),
                  boot_domain(writes + "staged_get_vcpu 1 0\nstaged_set_vcpu 1 0 rip 0x9000 rbx 0x52\nlaunch_finalise\n"))
    assert console.said_by("guest-a") == ["R"]


def test_it_measures_and_reads_modules(bench: Bench) -> None:
    folder = build(bench, guest_a("say begins\n"),
                   boot_domain("launch_info\nmodule_stat 0\nmodule_stat 1\nmodule_stat 99\nmodule_read 1 0 16\nmodule_read 1 0x7fffffff 16\n"
                               "module_read 1 0 65537\nlaunch_finalise\n"))
    console = bench.boot(folder)
    must_see(console, "bailiwick", "all domains have stopped")
    said = "\n".join(console.said_by("prepare"))
    for name in ("lcm.dtb", "policy"):
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() in said
    assert "label=system_u:object_r:lcm_t" in said
    assert "label=system_u:object_r:policy_t" in said
    assert f"module_read 1 0 65537 = {-errno.E2BIG}" in said
    assert "module_read 1 0x7fffffff 16 = 0" in said


def test_what_it_may_not_it_does_not(bench: Bench) -> None:
    """One that may read the LCM and finalise: everything else is refused, and audited with both labels."""
    console = run(bench, guest_a("say begins\n"),
                  boot_domain("staged_stat 0\nstaged_read 1 0 8\nstaged_write 1 0 1\nstaged_get_vcpu 1 0\n"
                              "staged_set_vcpu 1 0\nstaged_set_param 1 2 1\nstaged_unpause 1\nmodule_stat 1\n"
                              "module_read 1 0 8\nlaunch_finalise\n"), local=MAY_BOOT)
    must_see(console, "guest-a", "begins")
    for hook in ("staged_stat", "staged_read", "staged_write", "staged_get_vcpu", "staged_set_vcpu",
                 "staged_set_param", "staged_unpause", "module_stat", "module_read"):
        assert denials(console, hook), hook
        assert not [line for line in console.said_by("prepare") if line.startswith(hook) and "= 0" in line]


def test_others_can_do_nothing_of_it(bench: Bench) -> None:
    """A domain without the bit has no say in the launch, though the policy would let it: and after it, nobody has."""
    local = MAY_ALL.replace("boot_domain(boot)", "boot_domain(boot)\nboot_domain(other)\nguest_console(other)") + \
        "boot_completes(other, guest_a_t)\nboot_starts(other, guest_a_t)\nboot_reads(other, module_type)\n"
    script = ("launch_info\nmodule_stat 0\nmodule_read 0 0 8\nstaged_stat 0\nstaged_read 1 0 8\nstaged_write 1 0 1\n"
              "staged_set_param 1 2 1\nstaged_unpause 1\nlaunch_finalise\nlaunch_fail x\n")
    console = run(bench, guest_a("sleep 100\n"), Domain("other", script + "sleep 300\n" + script, "other_t"),
                  boot_domain("staged_unpause 2\nsleep 100\nlaunch_finalise\n",), local=local +
                  "boot_starts(boot, other_t)\nboot_sees(boot, other_t)\n")
    lines = console.said_by("other")
    asked = [line for line in lines if " = " in line and line.split()[0].startswith(("launch", "module", "staged"))]
    assert len(asked) == 20 and all(" = -1" in line for line in asked), asked
    keys = [line.partition(" ")[0] for line in console.said_by("bailiwick") if "hook=staged_unpause" in line and not line.startswith("covered:")]
    assert keys == ["role:", "role:", "phase:"] or set(keys) == {"role:", "phase:"}


def test_the_bit_needs_the_policy_s_word(bench: Bench) -> None:
    folder = build(bench, guest_a("say begins\n"), Domain("prepare", "launch_finalise\n", "guest_b_t"))
    set_property(folder, "/prepare", "functions", 1)
    console = bench.boot(folder)
    must_see(console, "bailiwick", "launch refused: domain prepare is required, and failed: ")
    assert any("bw_role:boot" in line for line in console.said_by("bailiwick"))
    assert console.wait_end(PROBE_PATIENCE) == EXIT_REFUSED


def test_without_a_boot_domain_that_is_said(bench: Bench) -> None:
    console = run(bench, guest_a("say begins\n"))
    order(console, "5. no boot domain", "10. launch finalised", "[guest-a] begins")


def test_an_optional_one_is_refused(bench: Bench) -> None:
    """Without it, what it was to prepare would start all the same."""
    folder = build(bench, guest_a("say begins\n"), boot_domain("launch_finalise\n"))
    set_property(folder, "/prepare", "required", 0)
    console = bench.boot(folder)
    must_see(console, "bailiwick", f"launch refused: {HYPERVISOR_NODE}/prepare: prepare is the boot domain, and not required")
    assert console.wait_end(PROBE_PATIENCE) == EXIT_REFUSED


def find_in_lcm(*words: str) -> str:
    """The LCM is the boot domain's second module; each word is looked for twice, in it and in what is read."""
    script = "lcm = pvh_module 1\n"
    return script + "".join(f"find lcm 0x1000 {word}\n" for word in words)


def test_any_system_finds_the_lcm_as_a_module(bench: Bench) -> None:
    console = run(bench, guest_a("say begins\n"), guest_b("pvh_module 1\n"),
                  boot_domain(find_in_lcm("hypervisor,xen", "guest-a", "guest-b", "module,ramdisk") + "launch_finalise\n"))
    found = [line for line in console.said_by("prepare") if line.startswith("find ")]
    assert len(found) == 4 and not any("ENOENT" in line for line in found), found
    must_see(console, "guest-b", f"pvh_module 1 = {-errno.ENOENT}")


def test_of_the_lcm_it_finds_what_it_may_see(bench: Bench) -> None:
    """guest-b is hidden from it, and so are kernels: their nodes are gone from the module and from what it reads."""
    console = run(bench, guest_a("say begins\n"), guest_b("say begins\n"),
                  boot_domain(find_in_lcm("guest-a", "guest-b", "module,kernel", "module,ramdisk") +
                              "module_read 0 0 4096\nfind transfer 0x1000 guest-a\nfind transfer 0x1000 guest-b\nlaunch_finalise\n"),
                  local=MAY_BOOT + "boot_sees(boot, guest_a_t)\nboot_measures(boot, ramdisk_t)\n")
    found = [line for line in console.said_by("prepare") if line.startswith("find ")]
    assert ["ENOENT" in line for line in found] == [False, True, True, False, False, True], found
    assert not denials(console, "lcm_see_domain"), "what is left out of a list isn't recorded"


def test_an_lcm_that_it_may_not_read_is_kept_from_it(bench: Bench) -> None:
    local = "type prepare_t, domain_type, boot_domain_type;\nallow xenboot_t prepare_t:domain create;\n" \
        "allow prepare_t kernel_t:bw_module execute;\nallow xenboot_t prepare_t:bw_role boot;\n" \
        "allow prepare_t xen_t:bw_launch { info finalise };\nallow prepare_t xen_t:xen writeconsole;\n"
    console = run(bench, guest_a("say begins\n"),
                  boot_domain("pvh_module 1\nmodule_read 0 0 8\nlaunch_fail x\nlaunch_finalise\n", label="prepare_t"),
                  local=local)
    must_see(console, "prepare", f"pvh_module 1 = {-errno.ENOENT}")
    must_see(console, "prepare", "module_read 0 0 8 = -1")
    assert len(denials(console, "module_read")) == 2, "once when it is built, and once when it asks"
    must_see(console, "prepare", "launch_fail x = -1")
    must_see(console, "guest-a", "begins")


# --- the ways in which it ends without having finalised ---

ENDS = [("poweroff", "shutdown 0\n", "", "boot domain prepare has stopped and didn't finalise: shutdown: poweroff"),
        ("crash", "shutdown 3\n", "", "boot domain prepare has stopped and didn't finalise: shutdown: crash"),
        ("ends", "", "", "boot domain prepare has stopped and didn't finalise: shutdown: "),
        ("gives_up", "launch_fail a digest is wrong\n", "", "boot domain prepare gave up: a digest is wrong"),
        ("hangs", "spin\n", "finalise-within = <1>;", "boot domain prepare didn't finalise within 1 s"),
        ("sleeps", "sleep 5000\n", "finalise-within = <1>;", "boot domain prepare didn't finalise within 1 s")]


@pytest.mark.parametrize("script, properties, why", [end[1:] for end in ENDS], ids=[end[0] for end in ENDS])
def test_its_end_takes_the_crash_path(bench: Bench, script: str, properties: str, why: str) -> None:
    """What it has started is stopped, and only the crash domain runs from then on."""
    console = bench.boot(build(
        bench, guest_a("say begins\n"), Domain("early", "say begins\nsleep 100000\n", "guest_a_t"),
        Domain("rescue", "say begins\narguments\n", "guest_b_t", properties="functions = <2>;"),
        boot_domain("staged_unpause 2\nsleep 200\n" + script, properties), local=MAY_ALL + MAY_CRASH))
    must_see(console, "bailiwick", f"launch refused: {why}")
    must_see(console, "bailiwick", "domain early is stopped, and stays as it is")
    must_see(console, "bailiwick", "crash domain rescue starts, alone, with the console")
    must_see(console, "rescue", f"bailiwick.failure=\"{why}")
    must_see(console, "bailiwick", "all domains have stopped")
    assert console.said_by("early")
    assert not console.said_by("guest-a")


@pytest.mark.parametrize("script, properties, why", [end[1:] for end in ENDS], ids=[end[0] for end in ENDS])
def test_its_end_without_a_crash_domain(bench: Bench, script: str, properties: str, why: str) -> None:
    console = bench.boot(build(bench, guest_a("say begins\n"), boot_domain(script, properties)))
    must_see(console, "bailiwick", f"launch refused: {why}")
    must_see(console, "bailiwick", "no domain runs any more. The machine waits to be reset.")
    assert console.wait_end(PROBE_PATIENCE) == EXIT_REFUSED
    assert not console.said_by("guest-a")


def test_it_can_be_the_crash_domain_itself(bench: Bench) -> None:
    console = run(bench, guest_a("say begins\n"),
                  Domain("prepare", "arguments\nlaunch_info\nshutdown 3\n", "boot_t", properties="functions = <3>;"),
                  local=MAY_ALL + "crash_domain(boot)\n")
    must_see(console, "bailiwick", "crash domain prepare starts, alone, with the console")
    must_see(console, "prepare", "arguments: nonce=")
    assert any("bailiwick.failure=" in line for line in console.said_by("prepare"))
    assert any(line.startswith("launch_info = -1") for line in console.said_by("prepare"))
    assert not console.said_by("guest-a")


def test_a_crash_domain_that_runs_already_goes_on(bench: Bench) -> None:
    """It has another role and was started by the boot domain: the reason is there for it."""
    text = 0x800000
    console = run(bench, guest_a("say begins\n"),
                  Domain("rescue", f"say early\nsleep 400\nbuffer u64 {text:#x} u32 200 u32 0\n"
                                   f"hypercall 55 4 buffer\nread 8 {text:#x}\n", "guest_b_t",
                         properties="functions = <2>; permissions = <1>;"),
                  boot_domain("staged_unpause 2\nsleep 100\nlaunch_fail a reason\n"),
                  local=MAY_ALL + MAY_CRASH + "allow xenboot_t guest_b_t:bw_role control;\n")
    must_see(console, "bailiwick", "crash domain rescue, which runs already, has the console and the reason")
    begins = int.from_bytes(b"boot dom", "little")
    must_see(console, "rescue", f"read 8 {text:#x} = {begins:#x}")
    assert not console.said_by("guest-a")


def test_a_crash_domain_that_has_ended_starts_again(bench: Bench) -> None:
    """It was started, and has stopped: it is needed all the same, and has its crash role alone now."""
    console = run(bench, guest_a("say begins\n"),
                  Domain("rescue", "arguments\nflask_setenforce 0\n", "guest_b_t",
                         properties="functions = <2>; permissions = <1>;"),
                  boot_domain("staged_unpause 2\nsleep 300\nlaunch_fail a reason\n"),
                  local=MAY_ALL + MAY_CRASH + "allow xenboot_t guest_b_t:bw_role control;\npolicy_writer(guest_b_t)\n")
    must_see(console, "bailiwick", "crash domain rescue starts, alone, with the console")
    lines = console.said_by("rescue")
    assert any("bailiwick.failure=" in line for line in lines)
    assert [line for line in lines if line.startswith("flask_setenforce")] == ["flask_setenforce 0 = 0", "flask_setenforce 0 = -1 EPERM"]


def test_the_crash_path_seals_whatever_was_switched_off(bench: Bench) -> None:
    """A domain that runs already, with control, has had enforcement off: it is on again, and stays so."""
    console = run(bench, guest_a("say begins\n"),
                  Domain("rescue", "flask_setenforce 0\nsleep 400\nflask_getenforce\nflask_setenforce 0\n", "guest_b_t",
                         properties="functions = <2>; permissions = <1>;"),
                  boot_domain("staged_unpause 2\nsleep 200\nlaunch_fail a reason\n"),
                  local=MAY_ALL + MAY_CRASH + "allow xenboot_t guest_b_t:bw_role control;\npolicy_writer(guest_b_t)\n")
    must_see(console, "rescue", "flask_getenforce = 1")
    must_see(console, "rescue", "flask_setenforce 0 = -1")


def test_one_that_has_stopped_is_not_given_the_console(bench: Bench) -> None:
    console = run(bench, guest_a("say begins\n"), guest_b("say begins\n"),
                  boot_domain("staged_unpause 1\nsleep 300\nlaunch_finalise\n"))
    assert "input to guest-b" in must_see(console, "bailiwick", "11. console: ")


def test_who_was_started_may_all_have_stopped(bench: Bench) -> None:
    console = run(bench, guest_a("say begins\n"), boot_domain("staged_unpause 1\nsleep 300\nlaunch_finalise\n"))
    must_see(console, "bailiwick", "11. console: kept by the hypervisor; who was started has stopped")
    must_see(console, "bailiwick", "13. unpaused: all are already")
