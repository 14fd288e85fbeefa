"""A data directory in which an account has lived: made once by the real programs, then copied for each test."""

import shutil
from contextlib import ExitStack
from pathlib import Path

from crash.house import House, within

__all__ = ["LIFE_SECONDS_MAX", "live_a_while"]

LIFE_SECONDS_MAX = 240.0
FILLS = 6


def live_a_while(root: Path, target: Path) -> None:
    """Trades until there are some fills, and leaves the directory as `target`.

    The trader is killed, so that there is a write-ahead log; the others end cleanly, so that there is a checkpoint.
    """
    with ExitStack() as exits:
        house = House(root, exits)
        house.start_all()
        within(LIFE_SECONDS_MAX, f"{FILLS} fills", lambda: (house.status().get("fills") or 0) >= FILLS)
        house.kill("trader")
    shutil.copytree(root, target, symlinks=True, ignore=shutil.ignore_patterns("*.sock"))
