"""`make crash`: many kills under load, then lives of `up` with damage between; exit status 1 if anything was lost."""

import argparse
import json
import random
import shutil
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from crash.house import House
from crash.lives import live
from crash.storm import rage
from crash.upright import Upright
from reliability.tally import FOLDER, Outcome, tally

SLOWEST = 5
EXPECTED = "what was told is there, once; books agree; halts stay; ready again"


LIVES_EXPECTED = (
    "nothing is left running; what was told is there; damage refused, named or healed; copies whole or none"
)


class Progress:
    """One line on standard error, and how long it will yet take."""

    def __init__(self, wanted: int, unit: str) -> None:
        self._wanted, self._unit, self._began = wanted, unit, time.monotonic()

    def __call__(self, done: int, figures: dict[str, int]) -> None:
        left = (time.monotonic() - self._began) / max(1, done) * max(0, self._wanted - done)
        told = ", ".join(f"{name} {value}" for name, value in figures.items())
        sys.stderr.write(f"\r{done}/{self._wanted} {self._unit}: {told}; {left / 60:.1f} min left  ")
        sys.stderr.flush()


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="make crash", description=__doc__, epilog='example: make crash ARGS="--kills 1000 --lives 50 --seed 7"'
    )
    parser.add_argument(
        "--kills", type=int, default=200, help="of the programs, under a supervisor of our own; 0: none"
    )
    parser.add_argument("--lives", type=int, default=10, help="of `quantumflow up`, a file damaged after each; 0: none")
    parser.add_argument("--seed", type=int, default=None, help="by default drawn and printed")
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    options = parser.parse_args()
    seed = random.randrange(2**32) if options.seed is None else options.seed
    sys.stderr.write(f"seed {seed}\n")
    found: list[str] = []
    if options.kills > 0:
        found += _storm(options.kills, seed, options.json)
    if options.lives > 0 and not found:
        found += _lives(options.lives, seed, options.json)
    return 1 if found else 0


def _storm(kills: int, seed: int, as_json: bool) -> list[str]:
    root, progress = Path(tempfile.mkdtemp(prefix="qf-")), Progress(kills, "kills")
    with ExitStack() as exits:
        storm = rage(House(root, exits), kills, seed, lambda it: progress(it.kills, it.figures()))
    _told("the whole house under load", seed, EXPECTED, storm.figures(), storm.found)
    slow = [f"{seconds:.1f} s ready after {name}" for seconds, name in sorted(storm.ready, reverse=True)[:SLOWEST]]
    _say(as_json, seed, storm.figures(), {"by_place": storm.by_place, "slowest": slow}, storm.found, root)
    return storm.found


def _lives(lives: int, seed: int, as_json: bool) -> list[str]:
    folder, progress = Path(tempfile.mkdtemp(prefix="qf-")), Progress(lives, "lives")
    with ExitStack() as exits:
        it = live(Upright(folder / "account", exits), lives, seed, lambda it: progress(len(it.ready), it.figures()))
    _told("`up` and supervisord, life after life", seed, LIVES_EXPECTED, it.figures(), it.found)
    _say(as_json, seed, it.figures(), {"deaths": it.deaths, "damage": it.damage}, it.found, folder)
    return it.found


def _told(case: str, seed: int, expect: str, figures: dict[str, int], found: list[str]) -> None:
    outcome: Outcome = "failed" if found else "held"
    tally("kills", case, f"seed {seed}", expect, outcome, FOLDER, **figures)


def _say(
    as_json: bool, seed: int, figures: dict[str, int], lists: dict[str, Any], found: list[str], folder: Path
) -> None:
    """What it came to; the directory is kept if anything was found."""
    sys.stderr.write("\n")
    if as_json:
        sys.stdout.write(json.dumps({"seed": seed, **figures, **lists, "found": found}) + "\n")
    else:
        for entries in lists.values():
            rows = sorted(entries.items()) if isinstance(entries, dict) else ((line, "") for line in entries)
            sys.stdout.writelines(f"{times!s:>4}  {what}\n" for what, times in rows)
        sys.stdout.write("\n".join([*found, f"{figures}"]) + "\n")
    if found:
        sys.stdout.write(f"what it left is kept: {folder}\n")
    else:
        shutil.rmtree(folder)


if __name__ == "__main__":
    sys.exit(main())
