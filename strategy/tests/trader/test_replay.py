"""A recording through the trader: what the journal holds, and that it holds the same the next time."""

from pathlib import Path

from quantumflow.journal.reader import JournalReader
from trader.market import MarketSocket, recording
from trader.risk import RiskBooks, RiskSocket
from trader.stage import trader


def replayed(directory: Path, seconds: int, chunk: int = 16, fresh: bool = False) -> tuple[dict, RiskBooks]:
    directory.mkdir()
    books = RiskBooks()
    with (
        MarketSocket(directory / "market.sock", recording(seconds), chunk=chunk),
        RiskSocket(directory / "risk.sock", books),
        trader(directory, fresh=fresh) as running,
    ):
        assert running.wait() == 0, running.log
        return running.status, books


def test_a_replay_gives_the_same_journal_however_it_is_cut(tmp_path: Path) -> None:
    once, books = replayed(tmp_path / "a", 120, fresh=True)
    again, _ = replayed(tmp_path / "b", 120, chunk=7)
    assert once["final"]
    assert once["why_not_trading"] == "session_ended"
    assert once["reconcile"] == "agree"
    assert once["fills"] > 3
    assert once["journal_digest"] == again["journal_digest"]
    assert books.problems == []
    assert len(books.fills) == once["fills"]
    with JournalReader(tmp_path / "a/journal.db") as journal:
        (session,) = journal.sessions().items
        assert session["digest"] == once["journal_digest"]
