"""No order and no fill between the begin of a pause and its end, whatever path leads there; and trading after it."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.test_advance import EAGER
from engine.world import DEPOSIT, MS, SECOND, START, answer, book, bot, generated_market, opening, stream, world
from quantumflow.engine import (
    State,
    advance,
    calendar_asked_ns,
    calendar_events,
    command_event,
    drain,
    open_orders,
    why_not_trading,
)
from quantumflow.events import Events
from quantumflow.outputs import Output
from quantumflow.specs import OpenPosition
from quantumflow.state import NEVER_NS
from quantumflow.vocabulary import (
    CalendarPhase,
    CalendarPolicy,
    Command,
    OrderState,
    OutputKind,
    Refusal,
    Request,
    SignalOutcome,
    WhyNotTrading,
)

Pause = tuple[int, int, int]
EAGER_NOW = {**EAGER, "hold_s": 1, "cooldown_s": 0, "repeat_s": 1}


def calendar_world(policy: CalendarPolicy, held: bool = False) -> State:
    positions = (OpenPosition("imbalance", "BTCUSDT", 1000, 10**11, 0),) if held else ()
    account = replace(opening(DEPOSIT, positions), calendar=True, calendar_policy=policy)
    return world(bots=[bot(**EAGER_NOW)], account=account)


def told(
    state: State, events: Events, pauses: list[Pause], known_ns: int = NEVER_NS, commands: bool = False
) -> list[Output]:
    """The engine lives through `events`; every order is approved, every request answered."""
    outputs: list[Output] = []
    at = 0
    while at < len(events.heads):
        end = at + 1 if commands else len(events.heads)
        at, request = advance(state, events, at, end)
        outputs += drain(state)
        if request is Request.CALENDAR:
            assert calendar_asked_ns(state) >= int(events.heads[at]["recv_ns"])
            rows = calendar_events(pauses, known_ns, NEVER_NS)
            advance(state, rows, 0, len(rows.heads))
        elif request in (Request.VERDICT, Request.MARK):
            answer(state)
        elif commands and state.core[0]["stage"] == 0 and at % 40 == 0:
            given = (Command.FLATTEN, Command.RESUME, Command.CANCEL_ORDERS)[at // 40 % 3]
            advance(state, command_event(state, given, at), 0, 1)
        outputs += drain(state)
    return outputs


def within(outputs: list[Output], begin_ns: int, end_ns: int, *kinds: OutputKind) -> list[Output]:
    return [one for one in outputs if one.kind in kinds and begin_ns <= one.event_ns < end_ns]


@settings(max_examples=15, deadline=None)
@given(
    st.integers(0, 40_000),
    st.integers(1, 20_000),
    st.integers(0, 10_000),
    st.sampled_from(CalendarPolicy),
    st.booleans(),
)
def test_no_order_and_no_fill_lies_inside_a_pause(
    begin_ms: int, length_ms: int, before_ms: int, policy: CalendarPolicy, commands: bool
) -> None:
    begin, end = START + begin_ms * MS, START + (begin_ms + length_ms) * MS
    state = calendar_world(policy, held=True)
    outputs = told(state, generated_market(7, 600), [(begin - before_ms * MS, begin, end)], commands=commands)
    assert within(outputs, begin, end, OutputKind.ORDER, OutputKind.FILL) == []
    verdicts = within(outputs, begin, end, OutputKind.VERDICT)
    assert [one for one in verdicts if one.values["refusal"] == 0] == []


def test_a_market_without_a_pause_has_orders_and_fills_at_those_times() -> None:
    """So the property above speaks of something."""
    outputs = told(calendar_world(CalendarPolicy.CANCEL), generated_market(7, 600), [])
    assert len(within(outputs, START, START + 60 * SECOND, OutputKind.FILL)) > 10


@pytest.mark.parametrize(
    ("at_ns", "phase"),
    [
        (-SECOND, CalendarPhase.BEFORE),
        (-1, CalendarPhase.BEFORE),
        (0, CalendarPhase.CLOSED),
        (1, CalendarPhase.CLOSED),
        (10 * SECOND - 1, CalendarPhase.CLOSED),
        (10 * SECOND, CalendarPhase.OPEN),
        (11 * SECOND, CalendarPhase.OPEN),
        (-5 * SECOND, CalendarPhase.BEFORE),
        (-5 * SECOND - 1, CalendarPhase.OPEN),
    ],
)
def test_a_pause_begins_and_ends_on_its_nanosecond(at_ns: int, phase: CalendarPhase) -> None:
    begin = START + 100 * SECOND
    state = calendar_world(CalendarPolicy.FLATTEN)
    told(
        state, stream([book(begin + at_ns, [(100, 5)], [(101, 5)])]), [(begin - 5 * SECOND, begin, begin + 10 * SECOND)]
    )
    assert state.core[0]["phase"] == phase
    # A restart inside knows the same: a state is built anew, and its first event is this one.
    told_why = why_not_trading(state)[0]
    assert (told_why is WhyNotTrading.CALENDAR_PAUSE) == (phase is not CalendarPhase.OPEN)


def test_what_is_beyond_the_table_is_closed() -> None:
    state = calendar_world(CalendarPolicy.CANCEL)
    outputs = told(state, generated_market(7, 300), [], known_ns=START + 10 * SECOND)
    assert within(outputs, START + 10 * SECOND, NEVER_NS, OutputKind.ORDER, OutputKind.FILL) == []
    assert "not known" in why_not_trading(state)[1]


@pytest.mark.parametrize("policy", list(CalendarPolicy))
def test_what_each_policy_leaves(policy: CalendarPolicy) -> None:
    begin = START + 20 * SECOND
    state = calendar_world(policy, held=True)
    outputs = told(state, generated_market(7, 1_200), [(begin - 15 * SECOND, begin, begin + 10 * SECOND)])
    before = within(outputs, begin - 15 * SECOND, begin, OutputKind.ORDER)
    if policy is CalendarPolicy.FLATTEN:
        assert all(one.values["reduce_only"] for one in before)
        held = sum(
            one.values["qty"] * (1 if one.values["side"] == 0 else -1)
            for one in within(outputs, 0, begin, OutputKind.FILL)
        )
        assert 1000 + held == 0
    signals = within(outputs, begin, begin + 10 * SECOND, OutputKind.SIGNAL)
    assert SignalOutcome.ORDERED not in {one.values["outcome"] for one in signals}
    assert within(outputs, begin + 10 * SECOND, NEVER_NS, OutputKind.ORDER) != []


def test_an_order_on_its_way_ends_by_name_when_the_pause_begins() -> None:
    state = calendar_world(CalendarPolicy.CANCEL)
    market = generated_market(7, 600)
    first = next(one for one in told(calendar_world(CalendarPolicy.CANCEL), market, []) if one.kind is OutputKind.ORDER)
    begin = first.event_ns + 1
    outputs = told(state, market, [(begin, begin, begin + 5 * SECOND)])
    (end,) = [
        one for one in outputs if one.kind is OutputKind.ORDER_STATE and one.values["reason"] == Refusal.CALENDAR_PAUSE
    ]
    assert (end.values["order"], end.values["state"]) == (first.values["order"], OrderState.CANCELLED)
    assert [one for one in open_orders(state) if one.order == first.values["order"]] == []


def test_pauses_that_nobody_asked_for_are_refused() -> None:
    state = world()
    with pytest.raises(ValueError, match="nobody asked"):
        advance(state, calendar_events([], NEVER_NS, NEVER_NS), 0, 1)
    state = calendar_world(CalendarPolicy.CANCEL)
    assert advance(state, generated_market(7, 1), 0, 1)[1] is Request.CALENDAR
    with pytest.raises(ValueError, match="say nothing of the moment"):
        advance(state, calendar_events([], NEVER_NS, calendar_asked_ns(state)), 0, 1)
