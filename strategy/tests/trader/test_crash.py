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
from trader.market import MarketSocket, goodbye, hello, market
from trader.risk import RiskBooks, RiskSocket
from trader.stage import eventually, trader
from trader.test_commands import listens, say

RESTART_SECONDS_MAX = 60.0
"""Only against hanging: a restart takes about a second, and `make crash` says how long it took."""
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


COMMON = tuple(
    f"trader.{place}"
    for place in (
        "before_begin",
        "after_insert",
        "before_commit",
        "after_commit",
        "after_anchor_write",
        "after_anchor",
        "after_verdict",
        "after_deliver",
    )
)
"""Places that every trader passes many times."""
RARE = {
    "trader.during_checkpoint": "a session's end",
    "trader.after_fill_again": "a start after a fill that was committed and not told",
    "trader.after_orders_ended": "a start after a session with an open order",
    "trader.after_command": "an operator's command",
    "trader.in_migration": "a start with a journal of an older layout: journal/test_migration.py",
}
COMMITS_TRIED = range(3, 40)


def killed_at(place: str, times: int, directory: Path, frames: list[bytes], name: str) -> bool:
    """Runs a trader to its end; True if it was killed at the place."""
    path = directory / f"{name}.sock"
    with (
        MarketSocket(path, frames),
        trader(directory, f"{place}:{times}", venue="sim", market_socket=str(path)) as running,
    ):
        code = running.wait()
    assert code in (0, KILLED), running.log
    return code == KILLED


def settled(directory: Path, books: RiskBooks) -> None:
    """A start after the kill finds everything that was told."""
    witnessed(directory, books)
    recovered = recover(directory / "journal.db", directory / "journal.anchor", recorded_ns=1)
    recovered.writer.close()
    assert recovered.opening.fills >= len(books.fills)
    witnessed(directory, books)


def test_every_place_of_the_trader_is_tried() -> None:
    assert {*COMMON, *RARE} == {place for place in CRASH_POINTS if place.startswith("trader.")}


@pytest.mark.parametrize("place", COMMON)
def test_nothing_acknowledged_is_lost_by_a_kill_at(place: str, tmp_path: Path) -> None:
    books = RiskBooks()
    with RiskSocket(tmp_path / "risk.sock", books):
        for times in (2, 30) if place != "trader.after_verdict" else (1, 4):
            assert killed_at(place, times, tmp_path, life(), f"market{times}")
            witnessed(tmp_path, books)
        settled(tmp_path, books)


def test_nothing_is_lost_by_a_kill_while_a_checkpoint_is_stored(tmp_path: Path) -> None:
    books = RiskBooks()
    frames = list(market(20))
    ending = [hello(clock="wall"), *frames, goodbye(len(frames), 20)]
    with RiskSocket(tmp_path / "risk.sock", books):
        for run in range(2):
            assert killed_at("trader.during_checkpoint", 1, tmp_path, ending, f"market{run}")
            settled(tmp_path, books)


@pytest.mark.parametrize("place", ["trader.after_fill_again", "trader.after_orders_ended"])
def test_nothing_is_lost_by_a_kill_of_the_start_after(place: str, tmp_path: Path) -> None:
    """The start after a kill that left what makes it pass the place: the commit before is looked for."""
    books = RiskBooks()
    with RiskSocket(tmp_path / "risk.sock", books):
        for commit in COMMITS_TRIED:
            assert killed_at("trader.after_commit", commit, tmp_path, life(), f"before{commit}")
            with JournalReader(tmp_path / "journal.db") as journal:
                untold = journal.account()["fills"] > len(books.fills)
            if place == "trader.after_fill_again" and not untold:
                continue
            if killed_at(place, 1, tmp_path, ending_at_once(), f"at{commit}"):
                settled(tmp_path, books)
                return
    raise AssertionError(f"{place} was never passed: {RARE[place]}")


def test_a_command_that_was_journaled_holds_after_a_kill_before_it_was_answered(tmp_path: Path) -> None:
    books, sent = RiskBooks(), ("kill", "k-1")
    with (
        RiskSocket(tmp_path / "risk.sock", books),
        MarketSocket(tmp_path / "market.sock", life(), pace=0.03),
    ):
        with trader(tmp_path, "trader.after_command:1", venue="sim") as running:
            eventually(lambda: listens(running), 60, "it listens")
            assert say(tmp_path, *sent)["because"] == "no_answer"
            assert running.wait() == KILLED
        (tmp_path / "kill").unlink()
        with trader(tmp_path, venue="sim") as running:
            eventually(lambda: running.status.get("why_not_trading") == "killed", 60, "it holds")
            eventually(lambda: listens(running), 60, "it listens again")
            assert say(tmp_path, *sent)["duplicate"]
            eventually(lambda: books.halted == "a test", 60, "core_risk knows")
    settled(tmp_path, books)


def ending_at_once() -> list[bytes]:
    frames = list(market(1))
    return [hello(clock="wall"), *frames, goodbye(len(frames), 1)]


def test_a_place_that_the_trader_does_not_have_is_refused(tmp_path: Path) -> None:
    with trader(tmp_path, "trader.nowhere:1", venue="sim") as running:
        assert running.wait() == 2
        assert "trader.after_commit" in running.log


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
