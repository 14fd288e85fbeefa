"""Runs rows beside each other: they mostly wait, so several lanes cost little more than one."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed

from faults.row import Outcome, Row, run_row

__all__ = ["LANES", "run_all"]

LANES = 6


def run_all(
    rows: Sequence[Row], seed: int = 7, lanes: int = LANES, done: Callable[[Outcome], None] | None = None
) -> list[Outcome]:
    """The outcomes in the order of the rows."""
    with ThreadPoolExecutor(lanes) as pool:
        waiting = {pool.submit(run_row, row, seed): number for number, row in enumerate(rows)}
        outcomes: dict[int, Outcome] = {}
        for finished in as_completed(waiting):
            outcomes[waiting[finished]] = outcome = finished.result()
            if done is not None:
                done(outcome)
    return [outcomes[number] for number in range(len(rows))]
