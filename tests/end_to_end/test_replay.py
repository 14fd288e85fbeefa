"""A made capture through the whole appliance: one outcome, whatever the run, and books that add up."""

import gzip
import json
from pathlib import Path

import pytest

from end_to_end.appliance import Stopped, quantumflow, up
from end_to_end.conftest import MADE_SECONDS
from end_to_end.journal import events_of
from end_to_end.recompute import recompute

SECONDS_MAX = 120.0


def replay(data_dir: Path, captures: list[Path], speed: str = "max", **environment: str) -> Stopped:
    """All of `captures` at a speed."""
    venue = "replay:" + ",".join(map(str, captures))
    done = up(data_dir, "--venue", venue, "--speed", speed, seconds_max=SECONDS_MAX, **environment)
    assert done.code == 0, done.log
    return done


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory, made_captures: list[Path]) -> Stopped:
    return replay(tmp_path_factory.mktemp("first"), made_captures)


def test_every_message_is_seen_and_every_best_price_agrees(first: Stopped, made_captures: list[Path]) -> None:
    for path in made_captures:
        text = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        symbol = "BTCUSDT" if "btc" in path.name else "ETHUSDT"
        figures = first.summary["instruments"][symbol]
        assert figures["depth_messages"] == text.count(b'"depthUpdate"')
        assert figures["book_ticker_checks"] == text.count(b"@bookTicker")
        assert figures["book_ticker_mismatches"] == figures["resyncs"] == figures["gaps"] == 0
        assert figures["filters_from"] == "config"


def test_it_trades_and_says_why(first: Stopped) -> None:
    assert first.summary["fills"] > 0, first.summary
    assert first.summary["signals"] >= first.summary["orders"] > 0
    code, answer = quantumflow("why", "--data-dir", str(first.data_dir))
    assert code == 0
    assert answer


def test_orders_and_verdicts_are_one_to_one_and_the_account_adds_up(first: Stopped) -> None:
    books = recompute(first.journal)
    assert books.complaints == []
    assert books.fills == first.summary["fills"]
    assert len(books.orders) == first.summary["orders"]
    assert first.summary["reconcile"] == "agree"


def test_the_same_capture_gives_the_same_digest(first: Stopped, made_captures: list[Path], tmp_path: Path) -> None:
    again = replay(tmp_path, made_captures)
    assert again.summary == first.summary
    assert events_of(again.journal) == events_of(first.journal)


def test_plain_python_gives_the_same_digest(first: Stopped, made_captures: list[Path], tmp_path: Path) -> None:
    plain = replay(tmp_path, made_captures, NUMBA_DISABLE_JIT="1")
    assert plain.summary == first.summary


def test_any_speed_gives_the_same_digest(first: Stopped, made_captures: list[Path], tmp_path: Path) -> None:
    paced = replay(tmp_path, made_captures, speed="40")
    assert paced.seconds >= MADE_SECONDS / 40
    assert paced.summary == first.summary


def test_a_replay_begins_from_an_empty_account(first: Stopped, made_captures: list[Path]) -> None:
    digest = first.summary["journal_digest"]
    again = replay(first.data_dir, made_captures)
    assert again.summary["journal_digest"] == digest
    assert len(list((first.data_dir / "earlier").iterdir())) == 1


def test_the_status_of_a_stopped_appliance_still_shows_its_figures(first: Stopped) -> None:
    code, status = quantumflow("status", "--data-dir", str(first.data_dir))
    assert code == 0
    assert status["fills"] == first.summary["fills"]
    assert status["why_not_trading"] == "not_running"


def test_a_bad_line_is_named_and_ends_the_run(made_captures: list[Path], tmp_path: Path) -> None:
    text = gzip.decompress(made_captures[0].read_bytes()).decode().splitlines(keepends=True)
    broken = tmp_path / "broken.txt"
    broken.write_text("".join([*text[:50], "1700000009000000000 {broken\n", *text[50:60]]), encoding="utf-8")
    done = up(tmp_path / "data", "--venue", f"replay:{broken}", seconds_max=SECONDS_MAX)
    assert done.code != 0
    assert "broken.txt" in done.log + json.dumps(done.lines)
    assert "51" in done.log + json.dumps(done.lines)


def test_a_missing_file_is_refused_before_anything_starts(tmp_path: Path) -> None:
    done = up(tmp_path / "data", "--venue", f"replay:{tmp_path / 'absent.gz'}", seconds_max=20)
    assert done.code == 2
    assert "absent.gz" in done.log + json.dumps(done.lines)
    assert not (tmp_path / "data").exists()
