"""What an operator's kill lets through: nothing; and what a KILL_FLATTEN does, for a minute: what leaves a position."""

from dataclasses import replace

from engine.test_advance import MARKET, pair_world, until
from engine.world import START, answer, generated_market, opening, play, world
from quantumflow.engine import State, advance, command_event, drain, open_orders, why_not_trading
from quantumflow.outputs import Output
from quantumflow.specs import OpenPosition
from quantumflow.state import KILL_FLATTEN_NS_MAX
from quantumflow.vocabulary import (
    BotState,
    Command,
    OrderState,
    OutputKind,
    Refusal,
    Request,
    SignalOutcome,
    WhyNotTrading,
)


def held(*commands: Command) -> tuple[State, list[Output]]:
    """A bot that holds a position is told `commands`, and then lives through 100 books a second for 70 seconds."""
    state = world(account=opening(positions=(OpenPosition("imbalance", "BTCUSDT", 1000, 10**11, 0),)))
    for number, command in enumerate(commands):
        advance(state, command_event(state, command, number + 1, recv_ns=START), 0, 1)
    return state, play(state, generated_market(5, 7_000))


def orders_of(told: list[Output]) -> list[Output]:
    return [t for t in told if t.kind is OutputKind.ORDER]


def test_after_a_kill_no_order_of_any_kind_is_made_until_it_is_taken_back() -> None:
    state, told = held(Command.KILL)
    assert orders_of(told) == []
    assert SignalOutcome.KILLED in {t.values["outcome"] for t in told if t.kind is OutputKind.SIGNAL}
    assert why_not_trading(state)[0] is WhyNotTrading.KILLED
    assert orders_of(held(Command.KILL, Command.RESET_BREAKER)[1]) != []


def test_a_kill_flatten_makes_orders_that_leave_and_no_others() -> None:
    state, told = held(Command.KILL_FLATTEN)
    made = orders_of(told)
    assert made
    assert all(t.values["reduce_only"] for t in made)
    assert state.slots[0, 0]["qty"] == 0


def test_a_kill_flatten_that_has_had_its_time_is_a_kill() -> None:
    account = opening(positions=(OpenPosition("imbalance", "BTCUSDT", 1000, 10**11, 0),))
    account = replace(account, killed=Command.KILL_FLATTEN, killed_ns=START - KILL_FLATTEN_NS_MAX - 1)
    assert orders_of(play(world(account=account), generated_market(5, 300))) == []
    account = replace(account, killed_ns=START)
    assert orders_of(play(world(account=account), generated_market(5, 300))) != []


def test_an_order_that_was_approved_before_a_kill_meets_no_market_after_it() -> None:
    state = pair_world()
    at, _ = until(state, MARKET, Request.VERDICT)
    answer(state)
    while state.core[0]["stage"] != 0:
        at, _ = advance(state, MARKET, at, at + 1)
        answer(state)
    assert open_orders(state)
    drain(state)
    advance(state, command_event(state, Command.KILL, 1), 0, 1)
    ends = [t for t in drain(state) if t.kind is OutputKind.ORDER_STATE]
    assert {(t.values["state"], t.values["reason"]) for t in ends} == {(OrderState.CANCELLED, Refusal.KILLED)}
    assert open_orders(state) == []


def test_a_session_begins_under_the_commands_that_stand() -> None:
    state = world(account=replace(opening(), paused=frozenset({"imbalance"}), flatten=frozenset({"imbalance"})))
    assert (state.bots[0]["state"], state.bots[0]["flatten"]) == (BotState.PAUSED, 1)
