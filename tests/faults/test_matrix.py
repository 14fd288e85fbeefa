"""Every quick row of the fault matrix holds, and a book with one wrong level is found; `make faults` runs all rows."""

import time

import pytest

from faults.lanes import run_all
from faults.record import record
from faults.row import Expect, Outcome, Row, run_row
from faults.script_rows import script_row
from faults.table import ROWS

FRESH = int(time.time())
"""The seed of one more fault script; its case is named after it, so that it can be run again."""
QUICK = (*(row for row in ROWS if row.quick), script_row(FRESH))

PLANTED = Row(
    "planted",
    "a quantity deep in the book is told wrongly, with ids in order",
    "nothing can show it at once: the harness must",
    ({"rewrite": {"stream": "depth", "field": "/b/3/1", "value": "0.00777000", "messages": 3}},),
    Expect(live_again=False),
    changes={"rest_check_seconds": 0},
    settle=2.0,
)


@pytest.fixture(scope="session")
def outcomes() -> dict[str, Outcome]:
    return {outcome.case: outcome for outcome in run_all(QUICK, done=record)}


@pytest.mark.parametrize("case", [row.case for row in QUICK])
def test_the_row_holds(outcomes: dict[str, Outcome], case: str) -> None:
    outcome = outcomes[case]
    assert outcome.held, f"{outcome.inject} ⇒ {outcome.expect}\n{outcome.problem}"


def test_a_wrong_level_is_found() -> None:
    outcome = run_row(PLANTED)
    assert not outcome.held
    assert "the truth" in outcome.problem


def test_no_case_stands_twice() -> None:
    cases = [row.case for row in ROWS]
    assert len(set(cases)) == len(cases)
