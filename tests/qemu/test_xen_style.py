# SPDX-License-Identifier: BSD-2-Clause
"""A policy with Xen's classes and no other: it launches Linux, and decides by its own labels."""

from __future__ import annotations

import re

from bench import LINUX, LINUX_PATIENCE, Bench, Domain, denials, must_see
from machine import read_nonces, unanswered

POLICY = "build/policy/xen-style.30"
USER_AND_ROLE = "system_u:system_r:"

# What the notices must say of a policy without these classes.
INSTEAD = {
    "bw_module:execute": "kernel_execute asks domain:create instead",
    "bw_role:control": "role_control asks domain:create instead",
    "bw_virq:bind": "evtchn_bind_virq is allowed on the domain itself only",
    "bw_vcpu:register": "vcpu_register_area is allowed on the domain itself only",
    "bw_policy:getenforce": "flask_getenforce asks security:check_context instead",
    "bw_policy:seal": "policy_seal is denied",
}

# Domains 1, 2 and 3 of the small system. dom0_t and domU_t may have channels to each other, domU_t
# and nomigrate_t not; all may read the version's suffix, and dom0_t alone the command line.
DOM0 = """
expect ok version_extraversion
expect ok version_commandline
expect ok evtchn_alloc_unbound self 2
expect ok evtchn_bind_virq 0 0
"""
DOMU = """
expect ok version_extraversion
expect EPERM version_commandline
expect ok evtchn_alloc_unbound self 1
expect EPERM evtchn_alloc_unbound self 3
expect EPERM hvm_get_param 1 17
"""


def test_two_linuxes(bench: Bench) -> None:
    folder = bench.build_file("xen-style")
    console = bench.boot(folder)
    nonces = read_nonces(folder)
    assert list(nonces) == ["dom0", "domu"]
    console.wait_until(lambda: not unanswered(console, nonces), LINUX_PATIENCE)
    assert not unanswered(console, nonces), console.complaints()
    said = "\n".join(console.said_by("bailiwick"))
    assert "launch finalised" in said
    assert "avc:" not in said, "Linux needs nothing that the policy doesn't allow"
    for name in ("dom0", "domu"):
        assert console.wait_for(rf"^\[{name}\] This is domain {name}: Linux", LINUX_PATIENCE)


def test_notices_name_each_missing_class(bench: Bench) -> None:
    console = bench.boot(bench.build_file("xen-style"))
    must_see(console, "bailiwick", "launch finalised")
    said = console.said_by("bailiwick")
    for permission, instead in INSTEAD.items():
        assert f"    policy: notice: no class {permission}: {instead}" in said
    assert not any(re.search(r"notice: no class (?!bw_)", line) for line in said)


def test_denied_by_its_own_labels(bench: Bench) -> None:
    console = bench.run(
        Domain("dom0", DOM0, f"{USER_AND_ROLE}dom0_t"),
        Domain("domu", DOMU, f"{USER_AND_ROLE}domU_t"),
        Domain("kept", "say idle", f"{USER_AND_ROLE}nomigrate_t"), policy=POLICY)
    assert "probe: end of script: 4 ok, 0 failed" in console.said_by("dom0")
    assert "probe: end of script: 5 ok, 0 failed" in console.said_by("domu")

    [record] = denials(console, "version_commandline")
    assert re.fullmatch(
        r"avc:  denied  \{ xen_commandline \} for domid=2 target=2 hook=version_commandline "
        r"key=flask scontext=system_u:system_r:domU_t tcontext=system_u:system_r:xen_t tclass=version "
        r"permissive=0", record)
    [record] = denials(console, "evtchn_alloc_unbound")
    assert re.fullmatch(
        r"avc:  denied  \{ bind \} for domid=2 target=3 hook=evtchn_alloc_unbound key=flask "
        r"scontext=system_u:object_r:domU_t_channel tcontext=system_u:system_r:nomigrate_t "
        r"tclass=event permissive=0", record)
    [record] = denials(console, "hvm_get_param")
    assert "{ getparam }" in record and "tcontext=system_u:system_r:dom0_t" in record


def with_tools(name: str, label: str, properties: str = "") -> Domain:
    arguments = f'{LINUX["bootargs"]} run=\\"flask-getenforce\\"'
    return Domain(name, label=f"{USER_AND_ROLE}{label}", properties=properties,
                  **{**LINUX, "ramdisk": "build/guests/initrd-xen", "bootargs": arguments})


def test_xens_tools_ask_for_what_takes_the_place_of_bw_policy(bench: Bench) -> None:
    folder = bench.build(with_tools("dom0", "dom0_t", "permissions = <0x3>;"),
                         with_tools("domu", "domU_t"), policy=POLICY)
    console = bench.boot(folder)
    for name in ("dom0", "domu"):
        must_see(console, name, "answer: ", LINUX_PATIENCE)
    assert "Enforcing" in console.said_by("dom0")
    assert "Unable to get enforcing mode: Operation not permitted" in console.said_by("domu")
    [record] = denials(console, "flask_getenforce")
    assert record.endswith("denied  { check_context } for domid=2 target=2 hook=flask_getenforce "
                           "key=flask scontext=system_u:system_r:domU_t "
                           "tcontext=system_u:system_r:security_t tclass=security permissive=0")
