"""`up` and supervisord killed too, files damaged between lives, copies killed: a short run of `make crash`."""

import random
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from crash.lives import live
from crash.upright import Upright
from reliability.tally import tallied

LIVES = 3
"""`up` killed, supervisord killed, and both in the same moment."""


def test_life_after_life_nothing_is_lost_or_differs_in_silence() -> None:
    seed = random.randrange(2**32)
    sys.stdout.write(f"seed {seed}\n")
    with (
        tallied("kills", "`up` and supervisord, short", f"seed {seed}", "told is there, damage is met") as figures,
        ExitStack() as exits,
    ):
        folder = Path(exits.enter_context(tempfile.TemporaryDirectory(prefix="qf-")))
        it = live(Upright(folder / "account", exits), LIVES, seed, lambda _: None)
        figures.update(it.figures())
        sys.stdout.write(f"{dict(it.deaths)} {dict(it.damage)}\n")
        assert it.found == []
