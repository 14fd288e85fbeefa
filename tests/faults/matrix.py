"""Runs the whole matrix and prints it as a table: `make faults`, ARGS="--case 'F1*' --seeds 3 --scripts 50 --json".

Each row is an exchange, a fault, and what was seen; the property under all of them is in truth.py. Ctrl-C ends it
without loss: each row is recorded when it is done.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from fnmatch import fnmatch
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from faults.lanes import LANES, run_all
from faults.record import record
from faults.row import Outcome, Row
from faults.script_rows import script_row
from faults.table import NOT_HERE, ROWS

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """0: every row held; 1: one did not; 2: the command line is wrong."""
    parser = argparse.ArgumentParser(prog="make faults", description=__doc__)
    parser.add_argument("--case", action="append", help="only cases of this pattern, e.g. 'F1*'; may be repeated")
    parser.add_argument("--seeds", type=int, default=1, help="how often, each time with another market")
    parser.add_argument("--scripts", type=int, default=0, help="so many drawn fault scripts more, of fresh seeds")
    parser.add_argument("--lanes", type=int, default=LANES, help="rows beside each other")
    parser.add_argument("--json", action="store_true", help="one JSON object a row")
    chosen = parser.parse_args(arguments)
    fresh = range(int(time.time()), int(time.time()) + chosen.scripts)
    every = (*ROWS, *(script_row(seed) for seed in fresh))
    rows = [row for row in every if not chosen.case or any(fnmatch(row.case, pattern) for pattern in chosen.case)]
    if not rows:
        parser.error(f"no case is named {' or '.join(chosen.case)}")
    began, done = time.monotonic(), 0

    def told(outcome: Outcome) -> None:
        nonlocal done
        done += 1
        record(outcome)
        _progress(began, done, len(rows) * chosen.seeds)

    outcomes: list[Outcome] = []
    try:
        for number in range(chosen.seeds):
            outcomes += run_all(rows, seed=7 + number, lanes=chosen.lanes, done=told)
    except KeyboardInterrupt:
        sys.stderr.write("\nstopped; what was done is recorded\n")
        return 1
    _print(outcomes, rows, json_wanted=chosen.json)
    return 0 if all(outcome.held for outcome in outcomes) else 1


def _progress(began: float, done: int, total: int) -> None:
    elapsed = time.monotonic() - began
    left = elapsed / done * (total - done)
    sys.stderr.write(f"\r{done} of {total} rows, {elapsed:.0f} s, about {left:.0f} s left ")
    sys.stderr.flush()


def _print(outcomes: Sequence[Outcome], rows: Sequence[Row], json_wanted: bool) -> None:
    write: Callable[[str], int] = sys.stdout.write
    if json_wanted:
        for outcome in outcomes:
            write(json.dumps({**asdict(outcome), "held": outcome.held}, ensure_ascii=False) + "\n")
        return
    write("\n| case | inject | expect | observed | |\n|---|---|---|---|---|\n")
    for outcome in outcomes:
        seen = outcome.observed if outcome.held else outcome.problem.splitlines()[0]
        mark = "held" if outcome.held else "FAILED"
        write(f"| {outcome.case} | {outcome.inject} | {outcome.expect} | {seen} | {mark} |\n")
    for outcome in outcomes:
        if not outcome.held:
            write(f"\n{outcome.case}: {outcome.problem}\n")
    if len(rows) >= len(ROWS):
        write("\n" + "".join(f"not here: {case}: {why}\n" for case, why in NOT_HERE.items()))
    books = sum(outcome.books for outcome in outcomes)
    held = sum(outcome.held for outcome in outcomes)
    write(f"\n{held} of {len(outcomes)} rows held; {books} live books were compared with the truth\n")


if __name__ == "__main__":
    sys.exit(main())
