# SPDX-License-Identifier: BSD-2-Clause
"""
What a role opens needs both: the LCM's bit, and a label that the policy allows it. And who gets the
console when nobody, or somebody who isn't there, is named for it.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from bench import Bench, Domain, build_policy, must_see, set_property
from machine import Console

CONTROL = "permissions = <1>;"
CRASH = "functions = <2>;"
OPTIONAL = "required = <0>;"

# Both labels may hold control, crash and console, and write to the console; only one may use them.
LABELS = """
any_domain(may)
any_domain(may_not)
guest_console(may)
guest_console(may_not)
policy_writer(may_t)
crash_domain(may)
console_domain(may)
allow xenboot_t { may_t may_not_t }:bw_role { control crash console };
"""
# Where the probe has nothing of its own.
FAILURE = 0x800000
USES = {
    "flask_setenforce": "flask_setenforce 1\n",
    "flask_load": "flask_load\n",
    "failure_read": f"buffer u64 {FAILURE:#x} u32 200 u32 0\nhypercall 55 4 buffer\n",
}


def build(bench: Bench, *domains: Domain) -> Path:
    bench.folder.mkdir(parents=True, exist_ok=True)
    local = bench.folder / "local.te"
    local.write_text(LABELS)
    return bench.build(*domains, policy=build_policy(bench.folder / "local.30", local))


def refusals(console: Console, domid: int, hook: str) -> list[str]:
    """Which keys refused a domain's call: "role", "avc"; in the order of their names."""
    return sorted({line.partition(":")[0] for line in console.said_by("bailiwick")
                   if f" for domid={domid} " in line and f" hook={hook} " in line
                   and ":  denied" in line})


def result(console: Console, name: str, call: str) -> str:
    said = must_see(console, name, f"{call} = ")
    return said.partition(" = ")[2].split()[0]


@pytest.mark.parametrize("hook, given", [("flask_setenforce", "0"), ("flask_load", "-22")])
def test_control(bench: Bench, hook: str, given: str) -> None:
    """Two control domains can, and are told if what they load is no policy; nobody else can."""
    script = USES[hook]
    console = bench.boot(build(
        bench, Domain("first", script, "may_t", properties=CONTROL),
        Domain("second", script, "may_t", properties=CONTROL), Domain("no-bit", script, "may_t"),
        Domain("no-label", script, "may_not_t", properties=CONTROL),
        Domain("neither", script, "may_not_t")))
    must_see(console, "bailiwick", "all domains have stopped")
    expected = {"first": (given, []), "second": (given, []), "no-bit": ("-1", ["role"]),
                "no-label": ("-1", ["avc"]), "neither": ("-1", ["avc", "role"])}
    for domid, (name, (value, keys)) in enumerate(expected.items(), 1):
        assert result(console, name, script.strip()) == value, name
        assert refusals(console, domid, hook) == keys, name


def test_crash_without_a_failure(bench: Bench) -> None:
    """
    The one with both is only told that there was none; the others aren't told even that. There can't
    be a second one with the bit.
    """
    script = USES["failure_read"]
    both = "functions = <2>; permissions = <1>;"  # or it would wait for a failure
    console = bench.boot(build(bench, Domain("right", script, "may_t", properties=both),
                               Domain("no-bit", script, "may_t"),
                               Domain("neither", script, "may_not_t")))
    must_see(console, "bailiwick", "all domains have stopped")
    expected = {"right": ("-2", []), "no-bit": ("-1", ["role"]), "neither": ("-1", ["avc", "role"])}
    for domid, (name, (value, keys)) in enumerate(expected.items(), 1):
        assert result(console, name, "hypercall 55 4 buffer") == value, name
        assert refusals(console, domid, "failure_read") == keys, name


@pytest.mark.parametrize("label, value, keys", [("may_t", "0", []), ("may_not_t", "-1", ["avc"])])
def test_crash_after_a_failure(bench: Bench, label: str, value: str, keys: list[str]) -> None:
    """Nobody else is there then: with the bit, the label decides."""
    folder = build(bench, Domain("rescue", USES["failure_read"], label, properties=CRASH),
                   Domain("other", "", "may_t"))
    set_property(folder, "/other", "mode", 1)
    console = bench.boot(folder)
    must_see(console, "bailiwick", "crash domain rescue starts, alone")
    assert result(console, "rescue", "hypercall 55 4 buffer") == value
    assert refusals(console, 1, "failure_read") == keys


TYPED = """input = evtchn_bind_virq 2 0
wait_event input 30000
sleep 500
console_read
"""


def test_console(bench: Bench) -> None:
    """
    The one with both reads what is typed for it. The others, who don't have the input, are refused
    whether there is some. There can't be a second one with the bit.
    """
    console = bench.boot(build(bench, Domain("right", TYPED, "may_t", properties=ROLES["console"]),
                               Domain("no-bit", "console_read\n", "may_t"),
                               Domain("neither", "console_read\n", "may_not_t")))
    must_see(console, "bailiwick", "11. console: kept by the hypervisor, input to right")
    must_see(console, "right", "evtchn_bind_virq 2 0 = ")
    console.send("typed")
    must_see(console, "bailiwick", "all domains have stopped")
    must_see(console, "right", " 30000 = 0")
    must_see(console, "right", 'console_read = 5 "typed"')
    for domid, (name, keys) in enumerate({"no-bit": ["role"], "neither": ["avc", "role"]}.items(), 2):
        assert result(console, name, "console_read") == "-1", name
        assert refusals(console, domid, "console_read") == keys, name


def test_console_without_the_right(bench: Bench) -> None:
    """With the bit, the label decides; it is told that there is something, and that is all."""
    console = bench.boot(build(bench, Domain("wrong", TYPED, "may_not_t", properties=ROLES["console"])))
    must_see(console, "wrong", "evtchn_bind_virq 2 0 = ")
    console.send("typed")
    assert result(console, "wrong", "console_read") == "-1"
    assert refusals(console, 1, "console_read") == ["avc"]


ROLES = {"control": "permissions = <1>;", "hardware": "permissions = <2>;",
         "crash": "functions = <2>;", "console": "functions = <4>;",
         "xenstore": "functions = <0x40000000>;"}


def test_roles_that_the_policy_refuses(bench: Bench) -> None:
    """Each is asked for by one domain, which then isn't built, and the log says why."""
    names = list(ROLES)
    folder = bench.build(Domain("plain", "say begins", "guest_a_t"),
                         *(Domain(name, "say begins", "guest_b_t", properties=OPTIONAL)
                           for name in names))
    for name, bits in ROLES.items():
        key, _, value = bits.rstrip(";").partition(" = ")
        set_property(folder, f"/{name}", key, int(value.strip("<>"), 0))
    console = bench.boot(folder)
    must_see(console, "plain", "begins")
    must_see(console, "bailiwick", "all domains have stopped")
    for name in names:
        must_see(console, "bailiwick",
                 f"domain {name} failed: /chosen/hypervisor/{name}: the policy does not let xenboot "
                 f"give the label system_u:vm_r:guest_b_t the role {name} (bw_role:{name})")
        must_see(console, "bailiwick", f"avc:  denied  {{ {name} }} for ")
        assert not console.said_by(name)


def roles(name: str, bits: str = "") -> Domain:
    return Domain(name, "sleep 5000\n", properties=bits)


NONE, HARDWARE, CONTROL_TOO, CONSOLE = (
    roles("none"), roles("hardware", ROLES["hardware"]), roles("control", ROLES["control"]),
    roles("console", ROLES["console"]))


@pytest.mark.parametrize("domains, focus, following, why", [
    ([NONE, CONTROL_TOO, CONSOLE, HARDWARE], "console", "hardware", "it has the function console"),
    ([NONE, HARDWARE, CONTROL_TOO], "control", "none",
     "none with the function console starts: the first with the permission control"),
    ([NONE, HARDWARE, roles("last")], "hardware", "last",
     "none with the function console or the permission control starts: the first with the "
     "permission hardware"),
    ([roles("waits", CRASH), NONE, roles("last")], "none", "last",
     "none with the function console or a permission starts: the first of all")],
    ids=["console", "control", "hardware", "first"])
def test_who_has_the_console(bench: Bench, domains: list[Domain], focus: str, following: str,
                             why: str) -> None:
    """Without a policy, so that the LCM's bits count alone; the key then moves on from there."""
    console = bench.boot(bench.build(*domains, policy=None))
    said = must_see(console, "bailiwick", "11. console: kept by the hypervisor, input to ")
    assert f"input to {focus} ({why}); Ctrl-]" in said
    must_see(console, "bailiwick", "13. unpaused: ")
    console.send("\x1d")
    must_see(console, "bailiwick", f"input goes to {following}")


def test_the_one_that_is_named_for_the_console_fails(bench: Bench) -> None:
    folder = bench.build(NONE, roles("console", f"{ROLES['console']} {OPTIONAL}"), CONTROL_TOO,
                         policy=None)
    set_property(folder, "/console", "mode", 1)
    console = bench.boot(folder)
    must_see(console, "bailiwick", "domain console failed: ")
    must_see(console, "bailiwick", "input to control (none with the function console starts: ")
