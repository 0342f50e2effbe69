# SPDX-License-Identifier: BSD-2-Clause
"""The policy author's round: denied, audit2allow, one rule, allowed."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from bench import Bench, build_policy, denials, guest_a, guest_b
from machine import BUILD

RULE = "allow guest_a_channel_t guest_b_t:event bind;"

ATTEMPT = "expect EPERM evtchn_alloc_unbound self 2\n"

LISTEN = """
port = expect ok evtchn_alloc_unbound self 2
expect 0 wait_event port 10000
expect 0 evtchn_send port
"""

CONNECT = """
port = expect ok retry 200 20 bind_any 1 1 15
quiet wait_event port 0 # binding raises one by itself
expect 0 evtchn_send port
expect 0 wait_event port 10000
expect ETIMEDOUT wait_event port 50
"""


def audit2allow(log: Path) -> list[str]:
    """The rules that it proposes."""
    done = subprocess.run(
        ["audit2allow", "-p", BUILD / "policy" / "two-guests.30", "-i", log],
        check=True, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return [line for line in done.stdout.splitlines() if line and not line.startswith("#")]


def test_denied_then_allowed(bench: Bench) -> None:
    denied = bench.run(guest_a(ATTEMPT), guest_b("say idle"))
    assert "ok evtchn_alloc_unbound self 2 = -1 EPERM" in denied.said_by("guest-a")
    [record] = denials(denied, "evtchn_alloc_unbound")
    assert re.fullmatch(
        r"avc:  denied  \{ bind \} for domid=1 target=2 hook=evtchn_alloc_unbound key=flask "
        r"scontext=\S+:guest_a_channel_t tcontext=\S+:guest_b_t tclass=event permissive=0", record)

    rules = audit2allow(denied.log)
    assert rules == [RULE]

    local = bench.folder / "local.te"
    local.write_text("\n".join(rules) + "\n")
    policy = build_policy(bench.folder / "with-rule.30", local)
    allowed = bench.run(guest_a(LISTEN), guest_b(CONNECT), policy=policy)
    assert "probe: end of script: 3 ok, 0 failed" in allowed.said_by("guest-a")
    assert "probe: end of script: 4 ok, 0 failed" in allowed.said_by("guest-b")
    assert not denials(allowed, "evtchn_alloc_unbound")


def test_denied_channel_leaves_no_port(bench: Bench) -> None:
    """What was refused has changed nothing: the next port is the one that was free before."""
    script = """
    before = evtchn_bind_ipi 0
    expect 0 evtchn_close before
    expect EPERM evtchn_alloc_unbound self 2
    expect before evtchn_bind_ipi 0
    """
    console = bench.run(guest_a(script), guest_b("say idle"))
    assert "probe: end of script: 3 ok, 0 failed" in console.said_by("guest-a")
