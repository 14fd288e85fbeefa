"""A trader without a market, without core_risk, with another build of either: it says so, and recovers."""

import os
import signal
import socket
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from journal.recompute import complaints

from quantumflow.exits import ExitCode
from quantumflow.journal.reader import JournalReader
from quantumflow.live import SILENT_SECONDS_MAX
from trader.market import INSTRUMENTS, START_NS, MarketSocket, goodbye, hello, market, packed, recording
from trader.risk import RiskBooks, RiskSocket
from trader.stage import TOKEN, Trader, eventually, trader


@pytest.fixture
def books(tmp_path: Path) -> Iterator[RiskBooks]:
    books = RiskBooks()
    with RiskSocket(tmp_path / "risk.sock", books):
        yield books


def refusals(directory: Path) -> set[Any]:
    with JournalReader(directory / "journal.db") as journal:
        return {row["refusal"] for row in journal.verdicts(limit=500).items}


def test_a_market_that_is_not_there_is_waited_for(tmp_path: Path, books: RiskBooks) -> None:
    with trader(tmp_path) as running:
        eventually(lambda: running.status.get("why_not_trading") == "no_market_data", 10, "the reason")
        assert "market.sock" in running.status["detail"]
        with MarketSocket(tmp_path / "market.sock", recording(60)):
            assert running.wait() == ExitCode.OK
        assert running.status["fills"] > 0
        assert books.problems == []


def test_market_data_of_another_build_is_not_listened_to(tmp_path: Path, books: RiskBooks) -> None:
    with (
        MarketSocket(tmp_path / "market.sock", [hello(build="9.9.9"), *market(5)]),
        trader(tmp_path) as running,
    ):
        eventually(lambda: "version_mismatch" in (running.status.get("detail") or ""), 10, "the reason")
        assert running.status["why_not_trading"] == "no_market_data"
        assert running.status["session"] is None
        running.process.terminate()
        assert running.wait() == ExitCode.OK


@pytest.mark.parametrize("before", [False, True], ids=["in one session", "in one journal"])
def test_an_account_counts_in_one_currency(tmp_path: Path, books: RiskBooks, before: bool) -> None:
    in_btc = [1, "LRCBTC", "LRC", "BTC", 1, 10**8, 1, 0, 0, "inferred"]
    if before:
        with MarketSocket(tmp_path / "market.sock", recording(5)), trader(tmp_path) as running:
            assert running.wait() == ExitCode.OK
        (tmp_path / "market.sock").unlink(missing_ok=True)
    frames = [hello(instruments=[[0, *in_btc[1:]]] if before else [*INSTRUMENTS, in_btc])]
    with MarketSocket(tmp_path / "market.sock", frames), trader(tmp_path) as running:
        assert running.wait() == (ExitCode.FAILED if before else ExitCode.USAGE)
        assert ("an account in USDT" if before else "LRCBTC in BTC") in running.status["detail"]


def test_when_core_risk_dies_every_order_is_refused_by_name_until_it_is_back(tmp_path: Path) -> None:
    books, risk = RiskBooks(), tmp_path / "risk.sock"
    frames = [hello(clock="wall"), *market(240)]
    with (
        MarketSocket(tmp_path / "market.sock", frames, pace=0.03),
        trader(tmp_path, venue="sim") as running,
    ):
        with RiskSocket(risk, books):
            eventually(lambda: (running.status.get("fills") or 0) > 0, 20, "a fill")
        eventually(lambda: running.status.get("why_not_trading") == "risk_unreachable", 10, "the reason")
        assert running.status["risk"]["trading"] == "unknown"
        fills = running.status["fills"]
        with RiskSocket(risk, books):
            eventually(lambda: running.status["fills"] > fills + 1, 30, "it trades again")
            running.process.terminate()
            assert running.wait() == ExitCode.OK
    assert refusals(tmp_path) <= {None, "risk_unreachable"}
    assert complaints(tmp_path / "journal.db") == []
    assert books.problems == []


def test_core_risk_of_another_build_is_never_asked(tmp_path: Path, books: RiskBooks) -> None:
    books.build = "9.9.9"
    with MarketSocket(tmp_path / "market.sock", recording(60)), trader(tmp_path) as running:
        eventually(lambda: running.status.get("why_not_trading") == "risk_version_mismatch", 10, "the reason")
        books.build = "0.1.0+test"
        assert running.wait() == ExitCode.OK
        assert running.status["fills"] > 0


def test_a_core_risk_that_hangs_costs_orders_and_comes_back(tmp_path: Path, books: RiskBooks) -> None:
    frames = [hello(clock="wall"), *market(240)]
    with (
        MarketSocket(tmp_path / "market.sock", frames, pace=0.03),
        trader(tmp_path, venue="sim", risk_answer_timeout_ms=100) as running,
    ):
        eventually(lambda: running.status.get("fills", 0) and running.status["fills"] > 0, 20, "a fill")
        books.hang_seconds = 1.0
        eventually(lambda: running.status.get("why_not_trading") == "risk_unreachable", 10, "the reason")
        assert "risk_timeout" in running.status["detail"]
        books.hang_seconds = 0.0
        fills = running.status["fills"]
        eventually(lambda: running.status["fills"] > fills + 1, 30, "it trades again")
        running.process.terminate()
        assert running.wait() == ExitCode.OK
    assert complaints(tmp_path / "journal.db") == []
    with JournalReader(tmp_path / "journal.db") as journal:
        assert len(journal.fills_after(0, limit=500)) == len(books.fills)
    assert books.open == set()


def test_fills_that_core_risk_forgot_are_delivered_again(tmp_path: Path, books: RiskBooks) -> None:
    with MarketSocket(tmp_path / "market.sock", recording(60)), trader(tmp_path) as running:
        assert running.wait() == ExitCode.OK
    before = dict(books.fills)
    books.fills = {number: fill for number, fill in before.items() if number <= 1}
    with (
        MarketSocket(tmp_path / "again.sock", recording(10)),
        trader(tmp_path, market_socket=str(tmp_path / "again.sock")) as running,
    ):
        assert running.wait() == ExitCode.OK
        assert running.status["reconcile"] == "agree"
    assert {number: books.fills[number] for number in before} == before


def test_a_core_risk_that_knows_more_than_the_journal_stops_trading(tmp_path: Path, books: RiskBooks) -> None:
    books.fills = {1: {}}
    with MarketSocket(tmp_path / "market.sock", recording(60)), trader(tmp_path) as running:
        eventually(lambda: running.status.get("why_not_trading") == "risk_halted", 10, "the reason")
        assert "the journal lost some" in running.status["detail"]
        running.process.terminate()
        assert running.wait() == ExitCode.OK


def test_a_signal_ends_the_session_cleanly(tmp_path: Path, books: RiskBooks) -> None:
    frames = [hello(clock="wall"), *market(240)]
    with (
        MarketSocket(tmp_path / "market.sock", frames, pace=0.02),
        trader(tmp_path, venue="sim") as running,
    ):
        eventually(lambda: (running.status.get("fills") or 0) > 0, 20, "a fill")
        running.process.send_signal(signal.SIGTERM)
        assert running.wait(10) == ExitCode.OK
        assert running.status["final"]
    with JournalReader(tmp_path / "journal.db") as journal:
        assert journal.sessions().items[0]["end_reason"] == "stopping"
        assert all(
            row["state"] in ("filled", "refused", "cancelled", "expired") for row in journal.orders(limit=500).items
        )
    assert books.open == set()


def test_a_lost_socket_is_connected_again_within_the_session(tmp_path: Path, books: RiskBooks) -> None:
    frames = list(market(60))
    broken = [hello(), *frames[:100], packed(6, 999, 1)]
    whole = [hello(101), *frames[100:], goodbye(len(frames), 60)]
    path = tmp_path / "market.sock"
    with trader(tmp_path) as running:
        with MarketSocket(path, broken):
            eventually(lambda: "sequence_broken" in running.log, 20, "the hole is found")
        path.unlink()
        with MarketSocket(path, whole):
            assert running.wait() == ExitCode.OK, running.log
    with JournalReader(tmp_path / "journal.db") as journal:
        assert len(journal.sessions().items) == 1
    assert complaints(tmp_path / "journal.db") == []


def test_a_trader_that_comes_late_never_asks_about_the_past(tmp_path: Path, books: RiskBooks) -> None:
    now = START_NS + 30_000_000_000
    past = [packed(5, 3, START_NS, 0, 2, "snapshot_applied", 1), *market(1)][:2]
    late = [hello(301, catch_up=2, clock="wall", recv_ns=now), *past, packed(6, 301, now + 2_000_000_000)]
    with MarketSocket(tmp_path / "market.sock", late), trader(tmp_path, venue="sim") as running:
        eventually(lambda: running.status.get("event_ns") == now + 2_000_000_000, 20, "the newest frame")
    marks = [content for path, content in books.requests if path == "/v1/mark"]
    assert [(mark["as_of_seq"], mark["event_ns"]) for mark in marks[:1]] == [(300, now)]
    assert all(mark["event_ns"] >= now for mark in marks)


def test_another_market_session_asks_for_a_restart(tmp_path: Path, books: RiskBooks) -> None:
    path = tmp_path / "market.sock"
    with trader(tmp_path, venue="sim") as running:
        with MarketSocket(path, [hello(clock="wall"), *market(20)]):
            eventually(lambda: running.status.get("session") == "s-1", 20, "a session")
        path.unlink()
        with MarketSocket(path, [hello(clock="wall", session="s-2"), *market(20)]):
            assert running.wait() == ExitCode.RESTART
    with JournalReader(tmp_path / "journal.db") as journal:
        assert journal.sessions().items[0]["end_reason"] == "market_session_changed"


def refused(running: Trader, name: str) -> None:
    assert running.wait() in (ExitCode.USAGE, ExitCode.FAILED)
    assert running.status["final"]
    assert name in running.status["detail"]


def test_what_cannot_be_used_ends_the_trader_with_its_name(tmp_path: Path, books: RiskBooks) -> None:
    with MarketSocket(tmp_path / "market.sock", recording(1)):
        with trader(tmp_path, venue="binance") as running:
            refused(running, "market_data publishes replay")
        with trader(tmp_path) as running:
            assert running.wait() == ExitCode.OK
    other = [hello(clock="wall"), *market(5)]
    with (
        MarketSocket(tmp_path / "sim.sock", other),
        trader(tmp_path, venue="sim", market_socket=str(tmp_path / "sim.sock")) as running,
    ):
        refused(running, "other_venue")
        assert running.status["why_not_trading"] == "journal_failed"


def test_a_bot_of_an_instrument_that_is_not_published_is_refused(tmp_path: Path, books: RiskBooks) -> None:
    other = [[0, "ETHUSDT", "ETH", "USDT", 1_000_000, 10_000, 1, 0, 0, "config"]]
    assert other != INSTRUMENTS
    with MarketSocket(tmp_path / "market.sock", [hello(instruments=other)]), trader(tmp_path) as running:
        refused(running, "BTCUSDT")


def test_the_token_is_written_nowhere(tmp_path: Path, books: RiskBooks) -> None:
    with MarketSocket(tmp_path / "market.sock", recording(30)), trader(tmp_path, log_level="debug") as running:
        assert running.wait() == ExitCode.OK
    for path in tmp_path.iterdir():
        if path.is_file():
            assert TOKEN.encode() not in path.read_bytes(), path.name


def test_the_status_lives_while_no_frame_comes(tmp_path: Path, books: RiskBooks) -> None:
    with MarketSocket(tmp_path / "market.sock", [hello(clock="wall")]), trader(tmp_path, venue="sim") as running:
        eventually(lambda: running.status.get("session") == "s-1", 20, "a session")
        first = running.status["written_ns"]
        eventually(lambda: running.status["written_ns"] > first + 1_000_000_000, 5, "newer statuses")


def test_a_market_that_falls_silent_is_no_market(tmp_path: Path, books: RiskBooks) -> None:
    with (
        MarketSocket(tmp_path / "market.sock", [hello(clock="wall"), *market(60)]),
        trader(tmp_path, venue="sim") as running,
    ):
        eventually(lambda: (running.status.get("fills") or 0) > 0, 20, "a fill")
        within = SILENT_SECONDS_MAX + 5
        eventually(lambda: running.status["why_not_trading"] == "no_market_data", within, "the reason")
        assert "has said nothing for" in running.status["detail"]


def test_metrics_are_served_on_loopback(tmp_path: Path, books: RiskBooks) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with (
        MarketSocket(tmp_path / "market.sock", [hello(clock="wall"), *market(60)]),
        trader(tmp_path, venue="sim", metrics_listen=f"127.0.0.1:{port}") as running,
    ):
        eventually(lambda: (running.status.get("fills") or 0) > 0, 20, "a fill")
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
            text = answer.read().decode()
        assert "quantumflow_trader_fills_total" in text
        os.kill(running.process.pid, signal.SIGINT)
        assert running.wait() == ExitCode.OK
