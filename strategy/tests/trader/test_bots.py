"""Bots at run time: made, changed and removed by commands that replay; a broken strategy ends its bot alone."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from journal.recompute import complaints

from quantumflow.exits import ExitCode
from trader.market import MarketSocket, hello, market, recording
from trader.replayed import replay
from trader.risk import RiskBooks, RiskSocket
from trader.stage import PARAMETERS, Trader, eventually, trader
from trader.test_commands import digest_of, events_of, listens, refusal, say

LIVE = [hello(clock="wall"), *market(600)]
EAGER = """
'''In when the book leans, out two seconds later.'''
from quantumflow.strategy import BUY, Indicator, Parameter, enter, leave, lots_worth

PARAMETERS = (Parameter("edge", 0.1, 0.0, 1.0, "imbalance to enter at"), Parameter("hold_s", 2, 1, 60, "seconds"))
INDICATORS = (Indicator("seen", "books", "own", "books it saw"),)

def decide(view, parameters, memory):
    memory.seen = getattr(memory, "seen", 0) + 1
    if view.qty == 0:
        memory.since = None
        return enter(BUY, lots_worth(view, 0.1)) if view.imbalance_top > parameters.edge else None
    memory.since = getattr(memory, "since", None) or view.now_ns
    return leave(view) if view.now_ns - memory.since > parameters.hold_s * 1e9 else None
"""
BROKEN = {
    "strategy_raised": "def decide(view, parameters, memory):\n    return 1 // (view.qty * 0)\n",
    "strategy_slow": "def decide(view, parameters, memory):\n    while True:\n        pass\n",
    "strategy_absurd": "def decide(view, parameters, memory):\n    return 'buy everything'\n",
    "strategy_died": "import os\ndef decide(view, parameters, memory):\n    os._exit(3)\n",
}
CREATE = {"bot": "second", "strategy": "eager", "instruments": ("BTCUSDT",), "capital": "1000.00"}


@pytest.fixture
def books(tmp_path: Path) -> Iterator[RiskBooks]:
    books = RiskBooks()
    with RiskSocket(tmp_path / "risk.sock", books):
        yield books


def write_strategy(directory: Path, name: str, text: str) -> None:
    (directory / "strategies").mkdir(exist_ok=True)
    (directory / "strategies" / f"{name}.py").write_text(text)


def bots(running: Trader) -> dict[str, Any]:
    return running.status.get("bots") or {}


def held_by(running: Trader, bot: str) -> bool:
    return any(bots(running).get(bot, {}).get("positions", {}).values())


def plotted(running: Trader, bot: str) -> list[Any]:
    """The points of its indicator `seen`: a bot may trade before it is in the status."""
    points: list[Any] = (
        bots(running).get(bot, {}).get("indicators", {}).get("BTCUSDT", {}).get("seen", {}).get("points", [])
    )
    return points


def fills_of(directory: Path, bot: str) -> int:
    return sum(event["payload"]["bot"] == bot for event in events_of(directory, "fill"))


def replayed(directory: Path, source: Path, seconds: int) -> Any:
    """The digest of the recording again, with the commands of `source` at their frames and the texts it kept."""
    directory.mkdir()
    (directory / "strategies").symlink_to(source / "strategies")
    commands, told = ([event["payload"] for event in events_of(source, kind)] for kind in ("command", "bot"))
    replay(directory, recording(seconds), commands, told)
    return digest_of(directory)


def test_bots_that_come_change_and_go_while_it_trades_are_the_same_in_a_replay(tmp_path: Path) -> None:
    first = tmp_path / "first"
    first.mkdir()
    write_strategy(first, "eager", EAGER)
    risk = RiskBooks()
    with (
        RiskSocket(first / "risk.sock", risk),
        MarketSocket(first / "market.sock", recording(240), pace=0.1),
        trader(first) as running,
    ):
        eventually(lambda: listens(running), 30, "it listens")
        made = say(first, "create_bot", "k-1", **CREATE, parameters={"edge": 0.2})
        assert made["made"]["parameters"]["edge"] == 0.2
        assert risk.bots == {"imbalance": 500_000_000_000, "second": 100_000_000_000}
        say(first, "create_bot", "k-2", **{**CREATE, "bot": "third", "strategy": "imbalance"}, parameters=PARAMETERS)
        say(first, "change_bot", "k-3", bot="imbalance", capital="4000", parameters={"hold_s": 3})
        eventually(lambda: fills_of(first, "second") > 0, 30, "the user's bot trades")
        eventually(lambda: plotted(running, "second"), 30, "what it draws is told")
        say(first, "stop_bot", "k-4", bot="third", flatten=True)
        say(first, "remove_bot", "k-5", bot="second", flatten=True)
        eventually(lambda: "second" not in bots(running), 30, "it has left everything and is gone")
        say(first, "create_bot", "k-6", **CREATE)
        say(first, "start_bot", "k-7", bot="third")
        assert running.wait() == ExitCode.OK
    assert complaints(first / "journal.db") == []
    assert risk.problems == []
    assert replayed(tmp_path / "second", first, 240) == digest_of(first)


@pytest.mark.parametrize("reason", BROKEN)
def test_a_broken_strategy_ends_its_bot_with_a_named_reason_and_a_replay_says_the_same(
    tmp_path: Path, reason: str
) -> None:
    first = tmp_path / "first"
    first.mkdir()
    write_strategy(first, "broken", BROKEN[reason])
    risk = RiskBooks()
    with (
        RiskSocket(first / "risk.sock", risk),
        MarketSocket(first / "market.sock", recording(60), pace=0.1),
        trader(first) as running,
    ):
        eventually(lambda: listens(running), 30, "it listens")
        say(first, "create_bot", "k-1", **{**CREATE, "strategy": "broken"})
        eventually(lambda: bots(running).get("second", {}).get("state") == "failed", 30, "it has failed")
        assert bots(running)["second"]["reason"] == reason
        assert bots(running)["second"]["detail"]
        assert bots(running)["imbalance"]["state"] == "running"
        assert running.wait() == ExitCode.OK
    (told,) = events_of(first, "bot")
    assert (told["payload"]["bot"], told["payload"]["bot_reason"]) == ("second", reason)
    assert fills_of(first, "imbalance") > 0
    assert replayed(tmp_path / "second", first, 60) == digest_of(first)


def test_a_restart_after_a_kill_has_the_bots_that_the_journal_says(tmp_path: Path, books: RiskBooks) -> None:
    write_strategy(tmp_path, "eager", EAGER)
    write_strategy(tmp_path, "broken", BROKEN["strategy_raised"])
    with MarketSocket(tmp_path / "market.sock", LIVE, pace=0.03):
        with trader(tmp_path, venue="sim") as running:
            eventually(lambda: listens(running), 30, "it listens")
            say(tmp_path, "create_bot", "k-1", **CREATE, parameters={"edge": 0.3})
            say(tmp_path, "create_bot", "k-2", **{**CREATE, "bot": "gone"})
            say(tmp_path, "create_bot", "k-3", **{**CREATE, "bot": "failing", "strategy": "broken"})
            say(tmp_path, "change_bot", "k-4", bot="imbalance", capital="4321")
            say(tmp_path, "stop_bot", "k-5", bot="gone", flatten=True)
            eventually(lambda: bots(running)["failing"]["state"] == "failed", 30, "it has failed")
            running.stop()
        write_strategy(tmp_path, "eager", "raise SystemExit('edited since')\n")
        with trader(tmp_path, venue="sim") as running:
            eventually(lambda: listens(running), 30, "it listens again")
            shown = bots(running)
            assert list(shown) == ["imbalance", "second", "gone", "failing"]
            states = [bot["state"] for bot in shown.values()]
            assert states == ["running", "running", "stopped", "failed"], [
                one["payload"] for one in events_of(tmp_path, "bot")
            ]
            assert shown["imbalance"]["capital_e8"] == 432_100_000_000
            assert shown["imbalance"]["origin"]["command"] == "change_bot"
            assert shown["second"]["parameters"]["edge"] == 0.3
            assert books.bots["imbalance"] == 432_100_000_000
            assert say(tmp_path, "create_bot", "k-1", **CREATE, parameters={"edge": 0.3})["duplicate"]
            before = fills_of(tmp_path, "second")
            eventually(lambda: fills_of(tmp_path, "second") > before, 30, "it goes on with the text that it had")
            running.stop()
    assert complaints(tmp_path / "journal.db") == []
    assert books.problems == []


def test_what_cannot_be_done_is_refused_by_name_and_leaves_nothing(tmp_path: Path, books: RiskBooks) -> None:
    write_strategy(tmp_path, "eager", EAGER)
    write_strategy(tmp_path, "unreadable", "def decide(:\n")
    with MarketSocket(tmp_path / "market.sock", LIVE, pace=0.03), trader(tmp_path, venue="sim") as running:
        eventually(lambda: listens(running), 30, "it listens")
        wrong: list[tuple[str, dict[str, Any], str]] = [
            ("create_bot", {"bot": "imbalance"}, "bot_exists"),
            ("create_bot", {"strategy": "nothing"}, "unknown_strategy"),
            ("create_bot", {"strategy": "unreadable"}, "strategy_broken"),
            ("create_bot", {"parameters": {"edge": 7}}, "parameter_refused"),
            ("create_bot", {"parameters": {"egde": 0.1}}, "parameter_refused"),
            ("create_bot", {"capital": "999999"}, "capital_over_account"),
            ("create_bot", {"capital": "-1"}, "capital_refused"),
            ("create_bot", {"instruments": ("DOGEUSDT",)}, "unknown_instrument"),
            ("create_bot", {"bot": "No Name"}, "bot_name_refused"),
            ("create_bot", {"capital": None}, "field_needed"),
            ("create_bot", {"flatten": True}, "field_refused"),
        ]
        for command, changes, name in wrong:
            assert refusal(tmp_path, command, **{**CREATE, **changes}) == name, changes
        assert refusal(tmp_path, "change_bot", bot="imbalance") == "nothing_to_change"
        assert refusal(tmp_path, "remove_bot", bot="second") == "unknown_bot"
        assert refusal(tmp_path, "stop_bot") == "bot_needed"
        assert events_of(tmp_path, "command") == []
        say(tmp_path, "create_bot", "k-0", **{**CREATE, "bot": "keeper"}, parameters={"hold_s": 60})
        eventually(lambda: held_by(running, "keeper"), 60, "a position")
        assert refusal(tmp_path, "remove_bot", bot="keeper") == "bot_holds_position"
        for number in range(6):
            say(tmp_path, "create_bot", f"b-{number}", **{**CREATE, "bot": f"b{number}", "capital": "1"})
        assert refusal(tmp_path, "create_bot", **{**CREATE, "bot": "b6", "capital": "1"}) == "too_many_bots"
        running.stop()


def test_without_a_market_there_is_no_session_to_put_a_bot_into(tmp_path: Path, books: RiskBooks) -> None:
    with trader(tmp_path) as running:
        eventually(lambda: (tmp_path / "control.token").exists(), 30, "it listens")
        time.sleep(0.1)
        assert refusal(tmp_path, "create_bot", **CREATE) == "no_session"
        running.stop()
