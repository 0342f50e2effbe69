# SPDX-License-Identifier: BSD-2-Clause
"""The unit tests written in C; conftest.py has run their programs."""

import pytest

import unit_results

CASES = unit_results.all_cases()


@pytest.mark.parametrize("name, case", CASES, ids=[name for name, _ in CASES])
def test_unit(name: str, case: unit_results.Case) -> None:
    if case.outcome == "skip":
        pytest.skip()
    if case.outcome != "ok":
        program = name.split(":")[0]
        pytest.fail("\n".join(case.details + [f"repeat: build/tests/{program}",
                                              f"log: build/tests/unit/{program}.tap"]),
                    pytrace=False)


def test_reader_sees_failures_and_crashes() -> None:
    """The reader itself: what it must not take for a success."""
    def outcomes(text: str) -> list[str]:
        return [case.outcome for case in unit_results.read_cases(text)]

    good = "1..2\nok 1 - a\nok 2 - b\n# ok - group\n"
    assert outcomes(good + "status 0") == ["ok", "ok"]
    assert outcomes(good + "status -11") == ["ok", "ok", "not ok"]
    assert outcomes(good + "status 1") == ["ok", "ok", "not ok"]
    assert outcomes("1..2\nok 1 - a\nstatus 0") == ["ok", "not ok"]
    assert outcomes("status 0") == ["not ok"]
    assert outcomes("1..2\nnot ok 1 - a\n# why\nnot ok 2 # SKIP b\nstatus 1") == ["not ok", "skip"]
    assert outcomes("1..1\nnot ok 1 - a\nstatus -6") == ["not ok", "not ok"]
