# SPDX-License-Identifier: BSD-2-Clause
"""How much time shared domains get, by what they get done in it. Time is counted in instructions."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest

from bench import Bench, Domain

# Milliseconds of the hypervisor's clock: all have started, and all stop.
FROM, TO, SOON = 500, 1700, 1000
SLICE = 5  # ms
TOLERANCE = 0.1
# An instruction takes 1 ns, and a step of spinning 20,000.
STEPS_PER_MS = 50


def worker(number: int, properties: str = "", work: str = "spin", vcpus: int = 1,
           until: int = TO) -> Domain:
    """A domain whose vCPUs all work from FROM on."""
    others = range(1, vcpus)
    times = "".join(f"vcpu_get_runstate_info {vcpu}\n" for vcpu in range(vcpus))
    script = ("".join(f"expect 0 vcpu_boot {vcpu}\n" for vcpu in others) +
              f"sleep_until {FROM}\n" + times +
              "".join(f"vcpu_work {vcpu} {work}\n" for vcpu in others) +
              f"work_until {until} {work}\n" +
              "".join(f"vcpu_done {vcpu}\n" for vcpu in others) + times)
    return Domain(f"worker-{number}", script, "guest_a_t", cpus=vcpus, properties=properties)


@dataclass
class Got:
    """What a domain has done, and how long it ran for it: all of its vCPUs together."""

    steps: int
    ms: float
    elapsed: float  # ms between the two times that it looked: without a budget it looks late


def results(said: list[str], command: str) -> list[int]:
    found = (re.match(rf"{command}\b.* = (\d+)", line) for line in said)
    return [int(match[1]) for match in found if match]


def clocks(said: list[str]) -> list[int]:
    """What all states of a vCPU add up to, ns, each time that vCPU 0 looked."""
    found = (re.match(r"vcpu_get_runstate_info 0 = (\d+)(.*)", line) for line in said)
    return [int(match[1]) + sum(int(part, 16) for part in re.findall(r"=(0x[0-9a-f]+)", match[2]))
            for match in found if match]


def run(bench: Bench, cpus: int, *workers: Domain) -> list[Got]:
    console = bench.run(*workers, cpus=cpus, icount=True)
    found = []
    for domain in workers:
        said = console.said_by(domain.name)
        steps = results(said, "work_until") + results(said, "vcpu_done")
        times = results(said, "vcpu_get_runstate_info")
        assert len(steps) == domain.cpus and len(times) == 2 * domain.cpus, said
        first, last = clocks(said)
        found.append(Got(sum(steps), (sum(times[domain.cpus:]) - sum(times[:domain.cpus])) / 1e6,
                         (last - first) / 1e6))
    return found


def weight(value: int) -> str:
    return f"weight = <{value}>;"


def cap(value: int) -> str:
    return f"cap = <{value}>;"


def must_have_got(got: list[Got], expected: list[float]) -> None:
    """In these proportions."""
    for part, its_part in zip([each.ms for each in got], expected):
        fair = sum(each.ms for each in got) * its_part / sum(expected)
        assert abs(part - fair) < TOLERANCE * fair, got


def must_be_percent(got: list[Got], percents: list[float]) -> None:
    """Of one CPU, over the time that each has counted."""
    for each, percent in zip(got, percents):
        most = each.elapsed * percent / 100
        assert 0.85 * most < each.ms < 1.05 * most, got


def must_tell_the_truth(got: list[Got]) -> None:
    """
    Who ran for so long has done so much. (Not with several CPUs: then QEMU gives some of them more
    instructions in the same time than others.)
    """
    for each in got:
        assert abs(each.steps / each.ms - STEPS_PER_MS) < STEPS_PER_MS / 20, got


WEIGHTS = [128, 256, 384, 512]


@pytest.mark.parametrize("vcpus", [1, 2])
@pytest.mark.parametrize("cpus", [1, 2])
def test_progress_is_in_proportion_to_weights(bench: Bench, cpus: int, vcpus: int) -> None:
    workers = [worker(i, weight(w), vcpus=vcpus) for i, w in enumerate(WEIGHTS)]
    got = run(bench, cpus, *workers)
    must_have_got(got, WEIGHTS)
    if cpus == 1:
        must_tell_the_truth(got)


def test_caps_hold(bench: Bench) -> None:
    got = run(bench, 1, worker(0, cap(10)), worker(1, cap(30), vcpus=2), worker(2))
    must_be_percent(got, [10, 30, 60])
    must_tell_the_truth(got)


def test_caps_hold_on_two_cpus(bench: Bench) -> None:
    got = run(bench, 2, worker(0, cap(10)), worker(1, cap(30), vcpus=2), worker(2), worker(3))
    must_be_percent(got, [10, 30, 80, 80])


def test_cap_holds_on_a_cpu_that_has_nothing_else_to_do(bench: Bench) -> None:
    [got] = run(bench, 1, worker(0, cap(30), vcpus=2))
    must_be_percent([got], [30])
    must_tell_the_truth([got])


def test_who_yields_has_its_turn_again(bench: Bench) -> None:
    yields, _ = run(bench, 1, worker(0, work="yield"), worker(1))
    assert yields.steps > (TO - FROM) / SLICE * 0.9, "once for each slice of the other, or nearly"


FLOODS = ["call", "ask 2", "print", "timer 100", "yield", "ipi 0", "storm 2"]


@pytest.mark.parametrize("flood", FLOODS)
def test_share_holds_beside_a_flood(bench: Bench, flood: str) -> None:
    """What the hypervisor does for a domain is that domain's time."""
    _, got = run(bench, 1, worker(0, work=flood, vcpus=2, until=SOON), worker(1, until=SOON))
    fair = (SOON - FROM) / 2
    assert got.ms > (1 - TOLERANCE) * fair, got
    assert got.steps > (1 - TOLERANCE) * fair * STEPS_PER_MS, got
