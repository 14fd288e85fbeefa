"""What `advance` promises its shell: cuts do not matter, requests come and are answered, wrong answers are refused."""

from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.world import (
    DEPOSIT,
    MS,
    SECOND,
    START,
    answer,
    book,
    bot,
    event,
    generated_market,
    instrument,
    opening,
    play,
    stream,
    world,
)
from quantumflow.engine import (
    MarkRequest,
    State,
    VerdictRequest,
    advance,
    command_event,
    drain,
    feed_lost_event,
    finish,
    mark_answer_event,
    open_orders,
    pending,
    state_digest,
    verdict_event,
    why_not_trading,
)
from quantumflow.events import Events
from quantumflow.outputs import Output
from quantumflow.specs import OpenPosition
from quantumflow.state import EVENT_OUTPUTS_MAX, OUTBOX_MAX
from quantumflow.vocabulary import (
    BotState,
    Command,
    EventKind,
    FeedState,
    OrderState,
    OutputKind,
    Refusal,
    Request,
    SignalKind,
    SignalOutcome,
    Trading,
    VerdictKind,
    WhyNotTrading,
)

EAGER = {"imbalance_min": 0.05, "imbalance_weighted_min": 0.05, "confidence_min": 0.0, "momentum_min_ppm": -100_000}
MARKET = generated_market(3, 6_000, instruments=2, faults=True)


def pair_world() -> State:
    """Two bots that both trade both instruments."""
    symbols = ("BTCUSDT", "ETHUSDT")
    bots = [bot("eager", symbols, **EAGER), bot("plain", symbols)]
    return world([instrument(), instrument(1, "ETHUSDT")], bots)


def until(state: State, events: Events, wanted: Request) -> tuple[int, list[Output]]:
    """Play until the wanted request; where it stands, and what was told."""
    at, told = 0, []
    while at < len(events.heads):
        at, request = advance(state, events, at, len(events.heads))
        if request is wanted:
            return at, told
        told += drain(state)
        answer(state)
    raise AssertionError(f"{wanted.name} was never asked")


@cache
def in_one_go() -> tuple[list[Output], str]:
    """What the whole market makes two bots tell, and the state's digest after it."""
    state = pair_world()
    return play(state, MARKET), state_digest(state)


def test_the_generated_market_trades_on_both_bots_and_instruments() -> None:
    fills = [told for told in in_one_go()[0] if told.kind is OutputKind.FILL]
    assert {(fill.bot, fill.instrument) for fill in fills} == {(0, 0), (0, 1), (1, 0), (1, 1)}


@settings(deadline=None, max_examples=15)
@given(st.lists(st.integers(0, len(MARKET.heads)), max_size=40))
def test_how_events_are_cut_into_batches_changes_nothing(cuts: list[int]) -> None:
    state = pair_world()
    assert (play(state, MARKET, cuts=cuts), state_digest(state)) == in_one_go()


def test_one_event_at_a_time_changes_nothing_either() -> None:
    state = pair_world()
    assert (play(state, MARKET, cuts=range(len(MARKET.heads))), state_digest(state)) == in_one_go()


def test_every_order_has_one_verdict_and_one_end_and_every_signal_an_outcome() -> None:
    orders = [told.values["order"] for told in in_one_go()[0] if told.kind is OutputKind.ORDER]
    verdicts = [told.values["order"] for told in in_one_go()[0] if told.kind is OutputKind.VERDICT]
    assert orders == verdicts == list(range(1, len(orders) + 1))
    signals = [told.values for told in in_one_go()[0] if told.kind is OutputKind.SIGNAL]
    assert [signal["signal"] for signal in signals] == list(range(1, len(signals) + 1))
    ordered = [signal["order"] for signal in signals if signal["outcome"] == SignalOutcome.ORDERED]
    assert ordered == orders


def test_a_full_outbox_asks_to_be_drained_before_the_next_event() -> None:
    state = pair_world()
    state.core[0]["outputs"] = OUTBOX_MAX - EVENT_OUTPUTS_MAX + 1
    assert advance(state, MARKET, 0, 1) == (0, Request.DRAIN)
    state.core[0]["outputs"] = 0
    assert advance(state, MARKET, 0, 1) == (0, Request.MARK)


def test_what_waits_is_asked_again_until_it_is_answered() -> None:
    state = pair_world()
    at, _ = until(state, MARKET, Request.VERDICT)
    digest = state_digest(state)
    assert advance(state, MARKET, at, len(MARKET.heads)) == (at, Request.VERDICT)
    assert state_digest(state) == digest


def test_the_first_event_is_marked_and_then_one_in_every_interval() -> None:
    state, marks, at = pair_world(), [], 0
    while at < len(MARKET.heads):
        at, request = advance(state, MARKET, at, len(MARKET.heads))
        waiting = pending(state)
        if isinstance(waiting, MarkRequest):
            assert request is Request.MARK
            marks.append(waiting.event_ns)
        drain(state)
        answer(state)
    assert marks[0] == MARKET.heads["recv_ns"][0]
    assert len({mark // SECOND for mark in marks}) == len(marks)
    assert len(marks) == len({int(ns) // SECOND for ns in MARKET.heads["recv_ns"]})


def test_a_refused_order_ends_with_the_name_of_its_refusal() -> None:
    state = pair_world()
    until(state, MARKET, Request.VERDICT)
    drain(state)
    answer(state, lambda request: (VerdictKind.REFUSE, 0, Refusal.RISK_TIMEOUT))
    verdict, end = drain(state)
    assert verdict.values["refusal"] == Refusal.RISK_TIMEOUT
    assert (end.values["state"], end.values["reason"]) == (OrderState.REFUSED, Refusal.RISK_TIMEOUT)
    assert open_orders(state) == []


def test_a_reduced_order_goes_on_with_what_was_granted() -> None:
    state = pair_world()
    until(state, MARKET, Request.VERDICT)
    answer(state, lambda request: (VerdictKind.REDUCE, 1, Refusal.NONE))
    (order,) = open_orders(state)
    assert (order.state, order.qty) == (OrderState.APPROVED, 1)
    assert order.arrive_ns > order.decided_ns


def test_an_approval_later_than_its_validity_refuses() -> None:
    state = pair_world()
    until(state, MARKET, Request.VERDICT)
    request = pending(state)
    assert isinstance(request, VerdictRequest)
    late = verdict_event(state, VerdictKind.APPROVE, request.qty, recv_ns=request.event_ns + 2 * SECOND + 1)
    advance(state, late, 0, 1)
    end = drain(state)[-1]
    assert (end.values["state"], end.values["reason"]) == (OrderState.REFUSED, Refusal.VERDICT_EXPIRED)


def test_no_entry_is_ordered_while_core_risk_does_not_trade_but_exits_are_asked_for() -> None:
    held = opening(positions=(OpenPosition("imbalance", "BTCUSDT", 1000, 10**11, 0),))
    state = world(bots=[bot(**EAGER)], account=held)
    told = play(state, generated_market(5, 1500), trading=Trading.HALTED)
    kinds = {SignalKind(t.values["signal_kind"]) for t in told if t.kind is OutputKind.SIGNAL and t.values["order"]}
    assert kinds
    assert SignalKind.ENTRY not in kinds
    outcomes = {t.values["outcome"] for t in told if t.kind is OutputKind.SIGNAL}
    assert SignalOutcome.NOT_TRADING in outcomes


@pytest.mark.parametrize("answered", [Request.VERDICT, Request.MARK])
def test_an_answer_that_nobody_waits_for_is_refused(answered: Request) -> None:
    state = pair_world()
    until(state, MARKET, answered)
    request = pending(state)
    event_of = (
        verdict_event(state, VerdictKind.APPROVE, request.qty)
        if isinstance(request, VerdictRequest)
        else mark_answer_event(state, Trading.ACTIVE)
    )
    advance(state, event_of, 0, 1)
    drain(state)
    with pytest.raises(ValueError, match="nobody waits for"):
        advance(state, event_of, 0, 1)


def test_another_event_than_the_half_done_one_is_refused() -> None:
    state = pair_world()
    at, _ = until(state, MARKET, Request.VERDICT)
    drain(state)
    answer(state)
    with pytest.raises(ValueError, match="half done"):
        advance(state, MARKET, at + 1, at + 2)


def test_a_command_in_the_middle_of_an_event_is_refused() -> None:
    state = pair_world()
    until(state, MARKET, Request.VERDICT)
    with pytest.raises(ValueError, match="middle of an event"):
        advance(state, command_event(state, Command.PAUSE, 1), 0, 1)


@pytest.mark.parametrize(
    ("verdict", "qty", "refusal"),
    [
        (VerdictKind.APPROVE, 0, Refusal.NONE),
        (VerdictKind.APPROVE, 10**12, Refusal.NONE),
        (VerdictKind.REFUSE, 1, Refusal.ORDER_SIZE),
        (VerdictKind.REFUSE, 0, Refusal.NONE),
        (VerdictKind.REDUCE, 1, Refusal.ORDER_SIZE),
    ],
)
def test_a_verdict_that_contradicts_itself_cannot_be_made(verdict: VerdictKind, qty: int, refusal: Refusal) -> None:
    state = pair_world()
    until(state, MARKET, Request.VERDICT)
    with pytest.raises(ValueError, match="a verdict"):
        verdict_event(state, verdict, qty, refusal)


def told_of_an_order_that_meets(first_ns: int, *books_ns: int) -> list[Output]:
    """A first order is approved and travels 50 ms; then come a heartbeat and books, so long after the decision."""
    state = pair_world()
    at, _ = until(state, MARKET, Request.VERDICT)
    drain(state)
    answer(state)
    order = open_orders(state)[0]
    state.orders[0]["arrive_ns"] = order.decided_ns + 50 * MS
    advance(state, MARKET, at, at + 1)
    drain(state)
    levels = state.instruments[order.instrument]["levels"]
    bids, asks = ([(int(side[0, 0]), 10**9)] for side in levels)
    epoch = int(state.instruments[order.instrument]["epoch"])
    rows = [event(EventKind.HEARTBEAT, order.decided_ns + first_ns)]
    rows += [book(order.decided_ns + ns, bids, asks, epoch=epoch, instrument=order.instrument) for ns in books_ns]
    told = play(state, stream(rows, int(state.core[0]["seq"]) + 1))
    return [each for each in told if each.values.get("order") == order.order]


def test_an_order_that_meets_the_market_after_its_approval_expired_is_not_filled() -> None:
    (end,) = told_of_an_order_that_meets(SECOND, 2 * SECOND + 1)
    assert (end.values["state"], end.values["reason"]) == (OrderState.EXPIRED, Refusal.VERDICT_EXPIRED)
    assert OutputKind.FILL in [each.kind for each in told_of_an_order_that_meets(SECOND, 2 * SECOND)]


def test_a_book_that_is_sent_again_and_is_older_than_the_arrival_fills_nothing() -> None:
    assert told_of_an_order_that_meets(60 * MS, 50 * MS - 1) == []
    assert OutputKind.FILL in [each.kind for each in told_of_an_order_that_meets(60 * MS, 50 * MS)]


def test_the_end_cancels_what_is_open_and_nothing_comes_after_it() -> None:
    state = pair_world()
    at, _ = until(state, MARKET, Request.VERDICT)
    drain(state)
    finish(state, START)
    verdict, end, equity = drain(state)
    assert (verdict.kind, verdict.values["refusal"]) == (OutputKind.VERDICT, Refusal.SESSION_ENDED)
    assert (end.values["state"], end.values["reason"]) == (OrderState.REFUSED, Refusal.SESSION_ENDED)
    assert equity.kind is OutputKind.EQUITY
    assert why_not_trading(state)[0] is WhyNotTrading.SESSION_ENDED
    finish(state, START)
    assert drain(state) == []
    with pytest.raises(ValueError, match="after the end"):
        advance(state, MARKET, at, at + 1)


def test_the_end_cancels_an_approved_order() -> None:
    state = pair_world()
    until(state, MARKET, Request.VERDICT)
    answer(state)
    drain(state)
    finish(state, START)
    end = drain(state)[0]
    assert (end.values["state"], end.values["reason"]) == (OrderState.CANCELLED, Refusal.SESSION_ENDED)


def test_a_paused_bot_enters_no_more_and_goes_on_when_resumed() -> None:
    state = pair_world()
    advance(state, command_event(state, Command.PAUSE, 1, bot=0), 0, 1)
    assert [row["state"] for row in state.bots] == [BotState.PAUSED, BotState.RUNNING]
    told = play(state, MARKET)
    assert {t.bot for t in told if t.kind is OutputKind.ORDER} == {1}
    advance(state, command_event(state, Command.RESUME, 2), 0, 1)
    assert [row["state"] for row in state.bots] == [BotState.RUNNING, BotState.RUNNING]


def test_flatten_leaves_every_position_and_stays_flat_until_it_is_resumed() -> None:
    state = world(account=opening(positions=(OpenPosition("imbalance", "BTCUSDT", 1000, 10**11, 0),)))
    advance(state, command_event(state, Command.FLATTEN, 1), 0, 1)
    told = play(state, generated_market(5, 100))
    exits = [t.values["signal_kind"] for t in told if t.kind is OutputKind.SIGNAL and t.values["order"]]
    assert exits[0] == SignalKind.EXIT_COMMAND
    assert state.slots[0, 0]["qty"] == 0
    assert (state.bots[0]["flatten"], state.bots[0]["state"]) == (0, BotState.PAUSED)
    assert SignalKind.ENTRY not in exits


def test_cancel_orders_cancels_one_bots_orders() -> None:
    state = pair_world()
    at, _ = until(state, MARKET, Request.VERDICT)
    answer(state)
    owner = open_orders(state)[0].bot
    while state.core[0]["stage"] != 0:
        at, _ = advance(state, MARKET, at, at + 1)
        answer(state)
    drain(state)
    advance(state, command_event(state, Command.CANCEL_ORDERS, 1, bot=owner), 0, 1)
    assert drain(state)[0].values["reason"] == Refusal.CANCELLED_BY_COMMAND
    assert [order for order in open_orders(state) if order.bot == owner] == []


def test_time_never_goes_back_when_frames_repeat_the_past() -> None:
    state = world()
    rows = [
        event(EventKind.STATUS, START + SECOND, instrument=0, state=FeedState.LIVE, epoch=1),
        book(START, [(100, 5)], [(101, 5)]),
    ]
    play(state, stream(rows))
    assert state.core[0]["now_ns"] == START + SECOND
    assert state.instruments[0]["recv_ns"] == START


def test_a_lost_feed_makes_every_book_unknown() -> None:
    state = world()
    play(state, stream([book(START, [(100, 5)], [(101, 5)])]))
    told = play(state, feed_lost_event(state))
    assert [t.values["state"] for t in told if t.kind is OutputKind.FEED] == [FeedState.DISCONNECTED]
    assert why_not_trading(state)[0] is WhyNotTrading.NO_MARKET_DATA


def test_the_equity_is_the_deposit_before_anything_happened() -> None:
    told = play(world(), stream([event(EventKind.HEARTBEAT, START)]))
    (equity,) = (t.values for t in told if t.kind is OutputKind.EQUITY)
    assert (equity["cash_e8"], equity["equity_e8"], equity["drawdown_ppm"]) == (DEPOSIT, DEPOSIT, 0)


@pytest.mark.parametrize(
    ("trading", "reason", "expected"),
    [
        (Trading.HALTED, Refusal.DRAWDOWN_BREAKER, WhyNotTrading.RISK_HALTED),
        (Trading.UNKNOWN, Refusal.RISK_TIMEOUT, WhyNotTrading.RISK_UNREACHABLE),
        (Trading.UNKNOWN, Refusal.RISK_VERSION_MISMATCH, WhyNotTrading.RISK_VERSION_MISMATCH),
        (Trading.ACTIVE, Refusal.NONE, WhyNotTrading.WARMING_UP),
    ],
)
def test_why_nothing_trades_has_one_answer(trading: Trading, reason: Refusal, expected: WhyNotTrading) -> None:
    state = world()
    assert why_not_trading(state)[0] is WhyNotTrading.NO_MARKET_DATA
    events = stream([book(START, [(100, 5)], [(101, 5)])])
    assert advance(state, events, 0, 1) == (0, Request.MARK)
    advance(state, mark_answer_event(state, trading, reason), 0, 1)
    advance(state, events, 0, 1)
    assert why_not_trading(state)[0] is expected
