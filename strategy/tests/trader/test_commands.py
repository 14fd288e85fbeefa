"""What an operator says: journaled before it is answered, once, applied between two frames, and kept over restarts."""

import json
import socket
import stat
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from journal.recompute import complaints

from quantumflow.commands.client import send_command
from quantumflow.commands.kill_file import kill_request, write_kill_file
from quantumflow.commands.request import CommandRequest
from quantumflow.errors import CommandRefused
from quantumflow.exits import ExitCode
from quantumflow.journal.reader import JournalReader
from quantumflow.trader.control_socket import CONNECTIONS_MAX, LINE_BYTES_MAX
from trader.market import MarketSocket, hello, market, recording
from trader.risk import RiskBooks, RiskSocket
from trader.stage import Trader, eventually, trader

LIVE = [hello(clock="wall"), *market(600)]


@pytest.fixture
def books(tmp_path: Path) -> Iterator[RiskBooks]:
    books = RiskBooks()
    with RiskSocket(tmp_path / "risk.sock", books):
        yield books


def say(directory: Path, command: str, key: str = "k-1", **changes: Any) -> dict[str, Any]:
    request = {"command": command, "bot": None, "reason": "a test", "who": "cli:ana", "key": key, **changes}
    return send_command(CommandRequest(**request), directory / "control.sock", directory / "kill")


def refusal(directory: Path, command: str, key: str = "k-1", **changes: Any) -> str:
    with pytest.raises(CommandRefused) as refused:
        say(directory, command, key, **changes)
    return refused.value.name


def commands(directory: Path) -> list[Any]:
    with JournalReader(directory / "journal.db") as journal:
        return list(reversed(journal.commands(limit=100).items))


def events_of(directory: Path, kind: str) -> list[Any]:
    with JournalReader(directory / "journal.db") as journal:
        return list(journal.events(limit=500, kinds=(kind,)))


def listens(running: Trader) -> bool:
    return (running.directory / "control.token").exists() and running.status.get("session") is not None


def why(running: Trader) -> Any:
    return running.status.get("why_not_trading")


def test_a_command_is_in_the_journal_when_it_is_answered_and_once_however_often_it_is_sent(
    tmp_path: Path, books: RiskBooks
) -> None:
    with MarketSocket(tmp_path / "market.sock", LIVE, pace=0.03), trader(tmp_path, venue="sim") as running:
        eventually(lambda: listens(running), 30, "it listens")
        first = say(tmp_path, "pause", bot="imbalance")
        (row,) = commands(tmp_path)
        assert (row["event_seq"], row["command"], row["bot"], row["who"]) == (
            first["event_seq"],
            "pause",
            "imbalance",
            "cli:ana",
        )
        assert not first["duplicate"]
        assert say(tmp_path, "pause", bot="imbalance") == {**first, "duplicate": True}
        assert refusal(tmp_path, "resume", bot="imbalance") == "key_reused"
        assert refusal(tmp_path, "pause", bot="imbalance", reason="another") == "key_reused"
        assert len(commands(tmp_path)) == 1
        eventually(lambda: why(running) == "paused", 10, "the reason")
        assert "cli:ana: a test" in running.status["detail"]
        assert running.status["bots"]["imbalance"]["paused"]["seq"] == first["event_seq"]


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"command": "explode"}, "unknown_command"),
        ({"bot": "nobody"}, "unknown_bot"),
        ({"reason": ""}, "reason_needed"),
        ({"reason": "  "}, "reason_needed"),
        ({"reason": "x" * 201}, "reason_needed"),
        ({"reason": "two\nlines"}, "reason_unprintable"),
        ({"key": ""}, "key_refused"),
        ({"key": "x" * 65}, "key_refused"),
        ({"key": "no blanks"}, "key_refused"),
        ({"who": "Somebody"}, "who_refused"),
        ({"command": "kill", "bot": "imbalance"}, "not_for_one_bot"),
    ],
)
def test_what_is_no_command_is_refused_by_name(tmp_path: Path, books: RiskBooks, changes: Any, name: str) -> None:
    with trader(tmp_path) as running:
        eventually(lambda: (tmp_path / "control.token").exists(), 30, "it listens")
        assert refusal(tmp_path, **{"command": "pause", **changes}) == name
        assert commands(tmp_path) == []
        running.stop()


def test_a_pause_a_kill_and_their_reasons_are_the_same_after_a_restart(tmp_path: Path, books: RiskBooks) -> None:
    with MarketSocket(tmp_path / "market.sock", LIVE, pace=0.03):
        with trader(tmp_path, venue="sim") as running:
            eventually(lambda: listens(running), 30, "it listens")
            say(tmp_path, "pause", "k-1", reason="too wild")
            say(tmp_path, "kill", "k-2", reason="enough")
            assert books.halted == "enough"
            running.stop()
        with trader(tmp_path, venue="sim") as running:
            eventually(lambda: listens(running), 30, "it listens again")
            assert (why(running), running.status["killed"]["reason"]) == ("killed", "enough")
            assert say(tmp_path, "kill", "k-2", reason="enough")["duplicate"]
            say(tmp_path, "reset_breaker", "k-3")
            assert books.halted is None
            eventually(lambda: why(running) == "paused", 10, "the pause holds")
            assert "too wild" in running.status["detail"]
            orders = running.status["orders"]
            say(tmp_path, "resume", "k-4")
            eventually(lambda: running.status["orders"] > orders, 30, "it trades again")
            running.process.terminate()
            assert running.wait() == ExitCode.OK
    assert complaints(tmp_path / "journal.db") == []
    assert books.problems == []


def test_core_risk_hears_of_a_kill_and_of_its_reset_once_it_is_back_whoever_restarts(tmp_path: Path) -> None:
    books, risk = RiskBooks(), tmp_path / "risk.sock"
    with MarketSocket(tmp_path / "market.sock", LIVE, pace=0.03):
        with RiskSocket(risk, books), trader(tmp_path, venue="sim") as running:
            eventually(lambda: (running.status.get("fills") or 0) > 0, 30, "a fill")
            running.stop()
        with trader(tmp_path, venue="sim") as running:
            eventually(lambda: listens(running), 30, "it listens")
            killed = say(tmp_path, "kill", "k-1", reason="core_risk is away")
            running.stop()
        with RiskSocket(risk, books), trader(tmp_path, venue="sim") as running:
            eventually(lambda: books.commands == killed["event_seq"], 30, "core_risk knows")
            assert books.halted == "core_risk is away"
            running.stop()
        told = len([path for path, _ in books.requests if path == "/v1/halt"])
        with RiskSocket(risk, books), trader(tmp_path, venue="sim") as running:
            eventually(lambda: listens(running), 30, "it listens")
            say(tmp_path, "reset_breaker", "k-2")
            running.stop()
        assert len([path for path, _ in books.requests if path == "/v1/halt"]) == told
        assert books.halted is None
        with RiskSocket(risk, books), trader(tmp_path, venue="sim") as running:
            eventually(lambda: (running.status.get("risk") or {}).get("trading") == "active", 30, "it trades")
            running.stop()
        assert len([path for path, _ in books.requests if path == "/v1/resume"]) == 1


def test_no_order_is_made_after_a_kill_and_a_kill_flatten_leaves_what_is_held_first(tmp_path: Path) -> None:
    books = RiskBooks()
    with (
        RiskSocket(tmp_path / "risk.sock", books),
        MarketSocket(tmp_path / "market.sock", LIVE, pace=0.02),
        trader(tmp_path, venue="sim") as running,
    ):
        eventually(lambda: holds(running), 60, "a position")
        taken = say(tmp_path, "kill_flatten", "k-1")
        eventually(lambda: books.halted is not None, 60, "core_risk is halted once it is flat")
        running.process.terminate()
        assert running.wait() == ExitCode.OK
    with JournalReader(tmp_path / "journal.db") as journal:
        assert all(row["qty"] == 0 for row in journal.positions())
    after = [e for e in events_of(tmp_path, "order") if e["seq"] > taken["event_seq"]]
    assert all(e["payload"]["reduce_only"] for e in after)


def holds(running: Trader) -> bool:
    bots = running.status.get("bots") or {}
    return any(qty for bot in bots.values() for qty in bot["positions"].values())


@pytest.mark.parametrize("when", ["before its start", "while it runs"])
def test_the_kill_file_kills_and_must_be_gone_before_a_reset(tmp_path: Path, books: RiskBooks, when: str) -> None:
    with MarketSocket(tmp_path / "market.sock", LIVE, pace=0.03):
        if when == "before its start":
            (tmp_path / "kill").write_text("seen smoke\nmore of it")
        with trader(tmp_path, venue="sim") as running:
            eventually(lambda: listens(running), 30, "it listens")
            write_kill_file(tmp_path / "kill", "seen smoke")
            eventually(lambda: why(running) == "killed", 10, "the reason")
            assert "by file: seen smoke" in running.status["detail"]
            assert refusal(tmp_path, "reset_breaker") == "kill_file_present"
            (row,) = commands(tmp_path)
            assert (row["who"], row["reason"]) == ("file", "seen smoke")
            if when == "before its start":
                assert running.status["orders"] == 0
            (tmp_path / "kill").unlink()
            say(tmp_path, "reset_breaker")
            eventually(lambda: why(running) != "killed", 10, "it is over")
            running.stop()
    assert [row["command"] for row in commands(tmp_path)] == ["kill", "reset_breaker"]


def test_without_a_trader_a_kill_makes_the_file_and_everything_else_says_so(tmp_path: Path) -> None:
    assert refusal(tmp_path, "pause") == "not_running"
    answer = say(tmp_path, "kill", reason="now")
    assert (answer["kill_file"], answer["because"]) == (str(tmp_path / "kill"), "not_running")
    request = kill_request(tmp_path / "kill")
    assert request is not None
    assert request.reason == "now (by cli:ana)"
    say(tmp_path, "kill", reason="again")
    assert kill_request(tmp_path / "kill") == request


def test_the_socket_is_this_users_and_asks_for_this_starts_token(tmp_path: Path, books: RiskBooks) -> None:
    with trader(tmp_path) as running:
        eventually(lambda: (tmp_path / "control.token").exists(), 30, "it listens")
        for name in ("control.sock", "control.token"):
            assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600
        (tmp_path / "control.token").write_text("guessed")
        assert refusal(tmp_path, "pause") == "unauthorised"
        running.process.terminate()
        assert running.wait() == ExitCode.OK
    assert not (tmp_path / "control.sock").exists()


def test_senders_that_say_nothing_or_too_much_take_the_door_from_nobody(tmp_path: Path, books: RiskBooks) -> None:
    with trader(tmp_path) as running:
        eventually(lambda: (tmp_path / "control.token").exists(), 30, "it listens")
        silent = [socket.socket(socket.AF_UNIX) for _ in range(2 * CONNECTIONS_MAX)]
        for channel in silent[:CONNECTIONS_MAX]:
            channel.connect(str(tmp_path / "control.sock"))
        began = time.monotonic()
        say(tmp_path, "pause")
        assert time.monotonic() - began < 9
        with socket.socket(socket.AF_UNIX) as channel:
            channel.connect(str(tmp_path / "control.sock"))
            channel.sendall(b"x" * (LINE_BYTES_MAX + 1))
            assert channel.recv(1) == b""
        with socket.socket(socket.AF_UNIX) as channel:
            channel.connect(str(tmp_path / "control.sock"))
            channel.sendall(b'{"token":[[[[\n')
            assert json.loads(channel.recv(4096))["error"] == "malformed"
        for channel in silent:
            channel.close()
        running.stop()


def test_a_command_given_again_at_its_frame_gives_the_same_digest(tmp_path: Path) -> None:
    """What a replay has to do: give each command of the journal when its frame was the last one."""
    first = tmp_path / "first"
    first.mkdir()
    books = RiskBooks()
    with (
        RiskSocket(first / "risk.sock", books),
        MarketSocket(first / "market.sock", recording(60), pace=0.15),
        trader(first) as running,
    ):
        eventually(lambda: listens(running), 30, "it listens")
        for number, command in enumerate(("pause", "resume", "flatten", "resume", "cancel_orders")):
            say(first, command, f"k-{number}")
            time.sleep(0.2)
        assert running.wait() == ExitCode.OK
    replayed = replayed_digest(tmp_path / "second", commands(first))
    assert replayed == digest_of(first)
    assert len(commands(first)) == 5


def digest_of(directory: Path) -> Any:
    with JournalReader(directory / "journal.db") as journal:
        return journal.sessions(limit=1).items[0]["digest"]


def replayed_digest(directory: Path, given: list[Any]) -> Any:
    from trader.replayed import replay

    directory.mkdir()
    replay(directory, recording(60), given)
    return digest_of(directory)
