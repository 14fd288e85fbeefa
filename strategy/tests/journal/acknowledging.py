"""A program for test_power.py: commits round trips for ever and says each committed seq on its standard output.

Its second argument replaces the `synchronous` that the writer chose; empty, the writer's own stays.
"""

import os
import sys
from pathlib import Path

from journal.sample import RECORDED_NS, Life, journal_of
from quantumflow.journal.recovery import recover


def main(directory: Path, synchronous: str) -> None:
    life = Life(recover(*journal_of(directory), RECORDED_NS).writer)
    if synchronous:
        life.writer._connection.execute(f"PRAGMA synchronous = {synchronous}")
    life.begin()
    while True:
        life.round_trip(6_000_000, 1_000)
        os.write(1, b"%d\n" % life.writer.seq)


main(Path(sys.argv[1]), sys.argv[2])
