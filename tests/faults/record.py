"""What became of a row, for the page of docs/RELIABILITY.md."""

from faults.row import Outcome
from reliability.tally import tally

__all__ = ["record"]

OBSERVED_CHARACTERS_MAX = 300


def record(outcome: Outcome) -> None:
    """One row of the tally's part `faults`."""
    tally(
        "faults",
        outcome.case,
        outcome.inject,
        outcome.expect,
        "held" if outcome.held else "failed",
        observed=(outcome.observed or outcome.problem)[:OBSERVED_CHARACTERS_MAX],
        seconds=round(outcome.seconds, 1),
        live_books=outcome.books,
    )
