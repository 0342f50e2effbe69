# SPDX-License-Identifier: BSD-2-Clause
"""The fixture `bench`, and what a failed QEMU test says about where to look."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from bench import Bench
from machine import ROOT

LAST_LINES = 15


@pytest.fixture
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    name = re.sub(r"[^A-Za-z0-9_-]+", "-", request.node.name).strip("-")
    fresh = Bench(name)
    fresh.clean()
    yield fresh
    fresh.close()


def where_to_look(bench: Bench, item: pytest.Item) -> str:
    lines = []
    for console in bench.consoles:
        lines.append(f"serial log: {console.log.relative_to(ROOT)}, which ends with:")
        lines += [f"    {line}" for line in console.lines[-LAST_LINES:]]
    long = "--all " if item.get_closest_marker("long") else ""
    lines.append(f"repeat: tests/run {long}'tests/{item.nodeid}'")
    return "\n".join(lines)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    outcome = yield
    report = outcome.get_result()
    bench = getattr(item, "funcargs", {}).get("bench")
    if report.failed and bench:
        report.sections.append(("where to look", where_to_look(bench, item)))
