"""The whole house under load, killed at random places and moments: nothing told is lost, and it is ready again."""

import random
import sys

from crash.house import House
from crash.storm import rage
from reliability.tally import tallied

KILLS = 8


def test_nothing_that_was_told_is_lost(house: House) -> None:
    seed = random.randrange(2**32)
    sys.stdout.write(f"seed {seed}\n")
    with tallied(
        "kills", "the whole house, short", f"seed {seed}", "told is there, books agree, ready again"
    ) as figures:
        storm = rage(house, KILLS, seed, lambda _: None)
        figures.update(storm.figures())
        assert storm.found == []
