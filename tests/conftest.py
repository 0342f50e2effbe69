# SPDX-License-Identifier: BSD-2-Clause
"""Runs the unit test programs before pytest looks for tests, and prints the last line."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

import budget
import unit_results


def is_controller(config: pytest.Config) -> bool:
    """The process that counts; the others are xdist's workers."""
    return not hasattr(config, "workerinput")


class Count:
    """How the tests ended; an error around a test counts as a failure."""

    def __init__(self) -> None:
        self.passed: set[str] = set()
        self.failed: set[str] = set()
        self.skipped: set[str] = set()
        # `make test` says how long the build took before.
        self.seconds: dict[str, float] = {"build": float(os.environ.get("BUILD_SECONDS", "0"))}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        area = budget.area_of(report.nodeid)
        self.seconds[area] = self.seconds.get(area, 0) + report.duration
        if report.failed:
            self.failed.add(report.nodeid)
        elif report.skipped:
            self.skipped.add(report.nodeid)
        elif report.when == "call":
            self.passed.add(report.nodeid)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.failed.add(report.nodeid)

    def pytest_unconfigure(self) -> None:
        for program, seconds in unit_results.seconds.items():
            area = budget.area_of(program)
            self.seconds[area] = self.seconds.get(area, 0) + seconds
        print(budget.table(self.seconds), end="")
        line = f"{len(self.passed - self.failed)} passed, {len(self.failed)} failed"
        print(line + (f", {len(self.skipped)} skipped" if self.skipped else ""), flush=True)


def asks_for_unit_tests(config: pytest.Config) -> bool:
    """Nobody waits for the unit tests who asked for other files."""
    paths = [path for path in config.args if "qemu" not in path]
    return bool(paths)


def pytest_configure(config: pytest.Config) -> None:
    if not is_controller(config):
        return
    config.pluginmanager.register(Count(), "count")
    if asks_for_unit_tests(config) and not config.option.collectonly:
        unit_results.run_all()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """A failure says how to repeat it, unless the test itself has said so."""
    outcome = yield
    report = outcome.get_result()
    told = any("repeat: " in text for _, text in report.sections)
    if report.failed and not told and "repeat: " not in str(report.longrepr):
        report.sections.append(("where to look", f"repeat: tests/run 'tests/{item.nodeid}'"))
