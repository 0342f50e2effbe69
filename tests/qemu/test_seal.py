# SPDX-License-Identifier: BSD-2-Clause
"""The launch seals the policy when the LCM asks for it: from then on nobody changes it, whoever may."""

from __future__ import annotations

from pathlib import Path

from bench import PROBE_PATIENCE, Bench, Domain, must_see, run_tool, set_property
from machine import EXIT_REFUSED
from test_boot_domain import MAY_ALL, boot_domain, build, order

CONTROL = "permissions = <1>;"
# Both may change the policy: one before the launch is finalised, the other afterwards.
WRITERS = MAY_ALL + """any_domain(writer)
guest_console(writer)
policy_writer(writer_t)
policy_writer(boot_t)
allow xenboot_t { writer_t boot_t }:bw_role control;
"""
CHANGES = "flask_setenforce 1\nflask_load\npolicy_seal\nflask_getenforce\n"


def sealed(bench: Bench, *domains: Domain, local: str = WRITERS) -> Path:
    folder = build(bench, *domains, local=local)
    set_property(folder, "/config/policy", "seal", 1)
    return folder


def writer() -> Domain:
    return Domain("writer", CHANGES, "writer_t", properties=CONTROL)


def test_without_it(bench: Bench) -> None:
    console = bench.boot(build(bench, writer(), local=WRITERS))
    must_see(console, "writer", "flask_setenforce 1 = 0")
    must_see(console, "writer", "flask_load = -22")
    must_see(console, "writer", "policy_seal = 0")


def test_nobody_changes_it_from_then_on(bench: Bench) -> None:
    """Reading is as before, and the boot domain, which comes before that, has changed it."""
    console = bench.boot(sealed(bench, writer(), boot_domain("flask_setenforce 1\nlaunch_finalise\n", CONTROL)))
    must_see(console, "bailiwick", "all domains have stopped")
    order(console, "[prepare] flask_setenforce 1 = 0",
          "10. launch finalised: nothing is built or given a role from here on; the policy is sealed",
          "phase:  denied  { flask_setenforce } for domid=1 ", "[writer] flask_setenforce 1 = -1",
          "[writer] flask_load = -1", "[writer] policy_seal = -17", "[writer] flask_getenforce = 1")


def test_the_boot_domain_has_sealed_it_before(bench: Bench) -> None:
    console = bench.boot(sealed(bench, writer(), boot_domain("policy_seal\nlaunch_finalise\n", CONTROL)))
    must_see(console, "writer", "flask_setenforce 1 = -1")
    must_see(console, "bailiwick", "; the policy is sealed")


def test_permissive_types(bench: Bench) -> None:
    """They can't be sealed: that is said before the launch, and refuses it."""
    folder = sealed(bench, writer(), local=WRITERS + "permissive writer_t;\n")
    why = "config/policy: a policy with permissive types can't be sealed: leave out seal, or those types"
    done = run_tool("check", folder / "lcm.dtb")
    assert done.returncode == 1 and why in done.stdout, done.stdout
    console = bench.boot(folder)
    assert why in must_see(console, "bailiwick", "launch refused: ")
    assert console.wait_end(PROBE_PATIENCE) == EXIT_REFUSED
    assert not console.said_by("writer")


def test_a_boot_domain_that_leaves_it_permissive(bench: Bench) -> None:
    console = bench.boot(sealed(bench, writer(), boot_domain("flask_setenforce 0\nlaunch_finalise\n", CONTROL)))
    must_see(console, "bailiwick", "launch refused: /chosen/hypervisor/config/policy: the policy can't be sealed: "
                                   "it isn't enforced, or has permissive types")
    assert console.wait_end(PROBE_PATIENCE) == EXIT_REFUSED
    assert not console.said_by("writer")
