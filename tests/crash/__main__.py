"""`make crash`: many kills under load, with progress, and the history checked. Exit status 1 if anything was lost."""

import argparse
import json
import random
import shutil
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from crash.house import House
from crash.storm import Storm, rage
from reliability.tally import FOLDER, Outcome, tally

EXPECTED = "what was told is there, once; books agree; halts stay; ready again"


class Progress:
    """One line on standard error, and how long it will yet take."""

    def __init__(self, kills: int) -> None:
        self._kills, self._began = kills, time.monotonic()

    def __call__(self, storm: Storm) -> None:
        spent = time.monotonic() - self._began
        left = spent / max(1, storm.kills) * max(0, self._kills - storm.kills)
        figures = storm.figures()
        sys.stderr.write(
            f"\r{storm.kills}/{self._kills} kills, {figures['acknowledged']} acknowledged, {figures['lost']} lost,"
            f" ready p50 {figures['ready_ms_p50']} ms max {figures['ready_ms_max']} ms, {left / 60:.1f} min left  "
        )
        sys.stderr.flush()


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="make crash", description=__doc__, epilog='example: make crash ARGS="--kills 1000 --seed 7"'
    )
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=None, help="by default drawn and printed")
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    options = parser.parse_args()
    seed = random.randrange(2**32) if options.seed is None else options.seed
    root = Path(tempfile.mkdtemp(prefix="qf-"))
    sys.stderr.write(f"seed {seed}\n")
    with ExitStack() as exits:
        storm = rage(House(root, exits), options.kills, seed, Progress(options.kills))
    sys.stderr.write("\n")
    outcome: Outcome = "failed" if storm.found else "held"
    tally("kills", "the whole house under load", f"seed {seed}", EXPECTED, outcome, FOLDER, **storm.figures())
    if options.json:
        sys.stdout.write(
            json.dumps({"seed": seed, **storm.figures(), "by_place": storm.by_place, "found": storm.found})
        )
    else:
        for place, times in sorted(storm.by_place.items()):
            sys.stdout.write(f"{times:4d}  {place}\n")
        sys.stdout.write("\n".join([*storm.found, f"{storm.figures()}"]) + "\n")
    if storm.found:
        sys.stdout.write(f"the data directory is kept: {root}\n")
        return 1
    shutil.rmtree(root)
    return 0


if __name__ == "__main__":
    sys.exit(main())
