"""kill -9 at named places and at any time: what was acknowledged is in the journal, once, and a restart is quick.

core_risk's fake is the witness: what it was told (fills, ended orders) left the trader, so it must have been committed.
"""

import random
import sys
import time
from pathlib import Path

import pytest
from journal.recompute import complaints

from quantumflow.crash_points import CRASH_POINTS
from quantumflow.journal.reader import JournalReader
from quantumflow.journal.recovery import recover
from trader.market import MarketSocket, hello, market
from trader.risk import RiskBooks, RiskSocket
from trader.stage import eventually, trader

RESTART_SECONDS_MAX = 5.0
SECONDS = 90
KILLED = -9
TOLD = ("client_id", "side", "price", "qty", "notional_e8", "fee_e8")
"""What core_risk is told of a fill."""


def life(seconds: int = SECONDS) -> list[bytes]:
    """A live market that goes on: no Goodbye."""
    return [hello(clock="wall"), *market(seconds)]


def witnessed(directory: Path, books: RiskBooks) -> int:
    """Holds the journal to what the witness knows; returns how many fills it has."""
    assert complaints(directory / "journal.db") == []
    assert books.problems == []
    with JournalReader(directory / "journal.db") as journal:
        fills = {row["fill"]: row for row in journal.fills_after(0, limit=500)}
        for number, told in books.fills.items():
            kept = fills[number]
            assert all(kept[name] == told[name] for name in TOLD)
        for order in books.verdicts:
            assert journal.order(order) is not None, f"{order} was asked about before it was committed"
        return len(fills)


@pytest.mark.parametrize("place", CRASH_POINTS)
def test_nothing_acknowledged_is_lost_by_a_kill_at(place: str, tmp_path: Path) -> None:
    books = RiskBooks()
    with RiskSocket(tmp_path / "risk.sock", books):
        for times in (2, 30):
            path = tmp_path / f"market{times}.sock"
            with (
                MarketSocket(path, life()),
                trader(tmp_path, f"{place}:{times}", venue="sim", market_socket=str(path)) as running,
            ):
                assert running.wait() == KILLED, running.log
            witnessed(tmp_path, books)
        recovered = recover(tmp_path / "journal.db", tmp_path / "journal.anchor", recorded_ns=1)
        recovered.writer.close()
        assert recovered.opening.fills >= len(books.fills)
        witnessed(tmp_path, books)


def test_kills_at_any_time_lose_nothing_and_double_nothing(tmp_path: Path) -> None:
    seed = random.randrange(2**32)
    sys.stdout.write(f"seed {seed}\n")
    rng = random.Random(seed)
    books = RiskBooks()
    fills = 0
    with RiskSocket(tmp_path / "risk.sock", books):
        for run in range(5):
            path = tmp_path / f"market{run}.sock"
            with (
                MarketSocket(path, life(), pace=0.002),
                trader(tmp_path, venue="sim", market_socket=str(path)) as running,
            ):
                eventually(lambda: running.status.get("session") is not None, 20, "a session")
                time.sleep(rng.random() / 2)
                running.process.kill()
                assert running.wait() == KILLED
            now = witnessed(tmp_path, books)
            assert now >= fills
            fills = now
        last_socket = tmp_path / "last.sock"
        with (
            MarketSocket(last_socket, life(30)),
            trader(tmp_path, fresh=True, venue="sim", market_socket=str(last_socket)) as last,
        ):
            within = RESTART_SECONDS_MAX
            eventually(lambda: last.status.get("reconcile") == "agree", within, "the two sets of books agree")
            last.process.terminate()
            assert last.wait() == 0, last.log
    assert witnessed(tmp_path, books) == len(books.fills) > 0
    assert books.open == set()
