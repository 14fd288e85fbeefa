"""A strategy that asks for ten thousand orders a second: the rate is capped, and it ends after refusals in a row."""

import numpy as np
import pytest

from engine.world import MS, SECOND, START, approve, book, bot, drain, play, stream, timing, world
from quantumflow.answers import VerdictRequest, command_event
from quantumflow.condition import why_not_trading
from quantumflow.engine import advance
from quantumflow.outputs import Output
from quantumflow.restraint import ORDERS_PER_SECOND_MAX, REFUSALS_IN_ROW_MAX, note_verdict
from quantumflow.state import BOT
from quantumflow.vocabulary import BotState, Command, OutputKind, Refusal, SignalOutcome, VerdictKind, WhyNotTrading

MAD = {
    "volatility_books": 2,
    "volatility_long_books": 10,
    "volatility_ready_books": 2,
    "atr_bar_s": 1,
    "atr_ready_bars": 1,
    "momentum_s": 1,
    "imbalance_min": 0.0,
    "imbalance_weighted_min": 0.0,
    "persistence_books": 1,
    "rearm_s": 0,
    "repeat_s": 0,
    "volatility_z_max": 100.0,
    "momentum_min_ppm": -100_000,
    "confidence_min": 0.0,
    "cooldown_s": 0,
}
WARM_SECONDS = 5


def flood(seconds: int, a_second: int):
    """A market that leans to buy: some seconds to get warm, then so many books a second."""
    times = [START + k * 100 * MS for k in range(10 * WARM_SECONDS)]
    step = SECOND // a_second
    times += [START + WARM_SECONDS * SECOND + k * step for k in range(seconds * a_second)]
    rows = [
        book(at, [(6_000_000 - k % 3 - n, 900_000) for n in range(5)], [(6_000_010 + n, 100_000) for n in range(5)])
        for k, at in enumerate(times)
    ]
    return stream(rows)


def refuse(_request: VerdictRequest) -> tuple[VerdictKind, int, Refusal]:
    return VerdictKind.REFUSE, 0, Refusal.ORDERS_PER_SECOND


def away(_request: VerdictRequest) -> tuple[VerdictKind, int, Refusal]:
    return VerdictKind.REFUSE, 0, Refusal.RISK_UNREACHABLE


def orders(outputs: list[Output]) -> list[Output]:
    return [output for output in outputs if output.kind is OutputKind.ORDER]


def outcomes(outputs: list[Output]) -> set[int]:
    return {output.values["outcome"] for output in outputs if output.kind is OutputKind.SIGNAL}


def test_ten_thousand_orders_a_second_are_twenty_and_then_none() -> None:
    state = world(bots=[bot(**MAD)])
    outputs = play(state, flood(2, 10_000), refuse)
    asked = orders(outputs)
    assert 0 < len(asked) <= REFUSALS_IN_ROW_MAX
    assert SignalOutcome.TOO_MANY_REFUSALS in outcomes(outputs)
    assert state.bots[0]["state"] == BotState.FAILED
    why, detail = why_not_trading(state)
    assert why is WhyNotTrading.PAUSED
    assert "refused" in detail


def test_no_second_has_more_orders_than_the_cap() -> None:
    state = world(bots=[bot(**MAD)])
    seconds: dict[int, int] = {}
    outputs = play(state, flood(3, 1_000), away)
    for order in orders(outputs):
        seconds[order.event_ns // SECOND] = seconds.get(order.event_ns // SECOND, 0) + 1
    assert max(seconds.values()) == ORDERS_PER_SECOND_MAX
    assert SignalOutcome.TOO_MANY_ORDERS in outcomes(outputs)


def test_a_core_risk_that_is_away_fails_no_bot() -> None:
    state = world(bots=[bot(**MAD)])
    play(state, flood(20, 10), away)
    assert state.bots[0]["state"] == BotState.RUNNING


def test_an_operator_resumes_it() -> None:
    state = world(bots=[bot(**MAD)])
    play(state, flood(1, 10_000), refuse)
    advance(state, command_event(state, Command.RESUME, 1), 0, 1)
    assert state.bots[0]["state"] == BotState.RUNNING
    assert state.bots[0]["refusals"] == 0
    drain(state)


@pytest.mark.parametrize("judge", [approve])
def test_a_sane_pace_is_never_restrained(judge) -> None:
    state = world(bots=[bot(**MAD)], timing_spec=timing())
    outputs = play(state, flood(5, 10), judge)
    assert not {SignalOutcome.TOO_MANY_ORDERS, SignalOutcome.TOO_MANY_REFUSALS} & outcomes(outputs)


@pytest.mark.parametrize("refusal", list(Refusal)[1:])
def test_only_refusals_of_the_order_itself_are_counted(refusal: Refusal) -> None:
    record = np.zeros(1, BOT)[0]
    note_verdict(record, int(refusal), START)
    assert record["refusals"] == int(Refusal.LOT_FILTER <= refusal <= Refusal.NOTIONAL_PER_DAY)
    note_verdict(record, int(Refusal.NONE), START)
    assert record["refusals"] == 0, "an approval ends the run"
