# SPDX-License-Identifier: BSD-2-Clause
"""How much time shared domains get, by what they get done in it. Time is counted in instructions."""

from __future__ import annotations

import re

import pytest

from bench import Bench, Domain

# Milliseconds of the hypervisor's clock: all have started, and all stop.
FROM, TO = 500, 1700
TOLERANCE = 0.1

SCRIPT = "sleep_until {from_}\n{others}work_until {to} {work}\n{done}"


def worker(number: int, properties: str = "", work: str = "spin", vcpus: int = 1) -> Domain:
    """A domain whose vCPUs all work from FROM to TO."""
    others = range(1, vcpus)
    script = ("".join(f"expect 0 vcpu_boot {vcpu}\n" for vcpu in others) +
              f"sleep_until {FROM}\n" +
              "".join(f"vcpu_work {vcpu} {work}\n" for vcpu in others) +
              f"work_until {TO} {work}\n" +
              "".join(f"vcpu_done {vcpu}\n" for vcpu in others))
    return Domain(f"worker-{number}", script, "guest_a_t", cpus=vcpus, properties=properties)


def work_done(bench: Bench, cpus: int, *workers: Domain) -> list[int]:
    """What each domain has done, all of its vCPUs together."""
    console = bench.run(*workers, cpus=cpus, icount=True)
    found = []
    for domain in workers:
        said = "\n".join(console.said_by(domain.name))
        done = re.findall(r"^(?:work_until|vcpu_done) .*= (\d+)", said, re.MULTILINE)
        assert len(done) == domain.cpus, said
        found.append(sum(map(int, done)))
    return found


def weight(value: int) -> str:
    return f"weight = <{value}>;"


def cap(value: int) -> str:
    return f"cap = <{value}>;"


@pytest.mark.parametrize("vcpus", [1, 2])
def test_progress_is_in_proportion_to_weights(bench: Bench, vcpus: int) -> None:
    weights = [128, 256, 384, 512]
    done = work_done(bench, 2, *(worker(i, weight(w), vcpus=vcpus) for i, w in enumerate(weights)))
    for part, its_weight in zip(done, weights):
        expected = sum(done) * its_weight / sum(weights)
        assert abs(part - expected) < TOLERANCE * expected, done


def test_caps_hold(bench: Bench) -> None:
    """Of two CPUs, that are always busy: 10 and 30 percent of one, and the rest in halves."""
    done = work_done(bench, 2, worker(0, cap(10)), worker(1, cap(30), vcpus=2),
                     worker(2), worker(3))
    for part, percent in zip(done, [10, 30, 80, 80]):
        expected = sum(done) * percent / 200
        assert abs(part - expected) < TOLERANCE * expected, done


def test_who_yields_has_its_turn_again(bench: Bench) -> None:
    yields, _ = work_done(bench, 1, worker(0, work="yield"), worker(1))
    assert yields > (TO - FROM) / 5 / 2, "once for each slice of the other, or nearly"


@pytest.mark.parametrize("flood", ["call", "ask 2", "print", "timer 100", "yield", "storm 2"])
def test_share_holds_beside_a_flood(bench: Bench, flood: str) -> None:
    """What the hypervisor does for a domain is that domain's time."""
    _, done = work_done(bench, 1, worker(0, work=flood, vcpus=2), worker(1))
    _, expected = work_done(bench, 1, worker(0, vcpus=2), worker(1))
    assert done > (1 - TOLERANCE) * expected, (done, expected)
