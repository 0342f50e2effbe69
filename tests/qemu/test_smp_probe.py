# SPDX-License-Identifier: BSD-2-Clause
"""Several vCPUs in one domain: how they start, stop, and reach each other."""

from __future__ import annotations

import re

import pytest

from bench import Bench, Domain, guest_b

# (cpus, more of the domain, options of the machine)
PLACES = {
    "shared": (4, "", {}),
    "shared-one": (1, "", {}),
    "shared-threads": (4, "", {"one_thread": False}),
    # In turns, one that spins on its own CPU would leave the others little time.
    "dedicated": (5, 'scheduling = "dedicated";', {"one_thread": False}),
}
# QEMU loses a CPU at times when each has a thread of its own (docs/caveats.md).
ANYWHERE = [pytest.param(place, marks=[pytest.mark.long] if place == "shared-threads" else [])
            for place in PLACES]

START = """
expect EINVAL vcpu_boot 0
expect EINVAL vcpu_up 1
expect 0 vcpu_boot 1
expect 0 vcpu_boot 2
expect 0 vcpu_boot 3
expect 1 vcpu_is_up 3
vcpu_work 1 spin
vcpu_work 2 call
vcpu_work 3 timer 200
sleep 1500
working1 = expect ok vcpu_done 1
working2 = expect ok vcpu_done 2
working3 = expect ok vcpu_done 3
"""

IPIS = """
vcpu_boot 1
vcpu_boot 2
vcpu_work 1 halt
vcpu_work 2 ipi 1
sleep 100
vcpu_done 1
vcpu_done 2
vcpu_work 2 nothing
"""

DOWN_AND_UP = """
vcpu_boot 1
vcpu_work 1 down
expect 0 retry 1000 1 vcpu_is_up 1
expect 0 vcpu_up 1
expect 0 retry 1000 1 vcpu_is_up 1
vcpu_work 1 spin
expect 0 vcpu_done 1
expect 0 vcpu_up 1
expect 1 vcpu_is_up 1
sleep 50
vcpu_done 1
expect 0 vcpu_down 1
expect 0 vcpu_is_up 1
before = vcpu_done 1
sleep 50
expect before vcpu_done 1
expect 0 vcpu_up 1
"""

OFF_AND_ON = """
vcpu_boot 1
vcpu_work 1 off
expect 0 retry 1000 1 vcpu_is_up 1
vcpu_work 1 spin
expect 0 vcpu_boot 1
expect 1 vcpu_is_up 1
vcpu_reset 1
expect 0 vcpu_is_up 1
expect EINVAL vcpu_up 1
expect 0 vcpu_boot 1
"""


def run(bench: Bench, place: str, script: str) -> list[str]:
    cpus, properties, options = PLACES[place]
    guest = Domain("guest-a", script, "guest_a_t", cpus=4, properties=properties)
    said = bench.run(guest, guest_b("say idle"), cpus=cpus, **options).said_by("guest-a")
    assert said[-1].endswith(" 0 failed"), said
    return said


def results(said: list[str], command: str) -> list[int]:
    found = (re.search(rf"^(?:ok )?{command} = (-?\d+)", line) for line in said)
    return [int(match[1]) for match in found if match]


@pytest.mark.parametrize("place", ANYWHERE)
def test_all_start_and_work(bench: Bench, place: str) -> None:
    said = run(bench, place, START)
    for vcpu in (1, 2, 3):
        assert results(said, f"vcpu_done {vcpu}")[0] > 0


@pytest.mark.parametrize("place", ANYWHERE)
def test_interrupts_between_them(bench: Bench, place: str) -> None:
    said = run(bench, place, IPIS)
    [woken], [sent] = results(said, "vcpu_done 1"), results(said, "vcpu_done 2")
    assert 5 < woken and 5 < sent


@pytest.mark.parametrize("place", ANYWHERE)
def test_down_and_up(bench: Bench, place: str) -> None:
    """By vcpu_op it goes on where it was; what it does while it is down is nothing."""
    assert results(run(bench, place, DOWN_AND_UP), "vcpu_done 1")[1] > 5


@pytest.mark.parametrize("place", ANYWHERE)
def test_off_and_on(bench: Bench, place: str) -> None:
    run(bench, place, OFF_AND_ON)
