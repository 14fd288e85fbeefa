"""The engine: events in, orders and fills out, deterministic; live, in a replay and in research the very same code.

    state = new_state(instruments, bots, broker, engine, opening)
    next, request = advance(state, events, start, end)

`advance` consumes `events[start:end]` in order and changes `state` in place. It stops early when it needs something:

| request | what the shell does |
|---|---|
| NONE | `next == end`: give it more events |
| VERDICT | reads `pending(state)`, asks core_risk, gives the answer alone: `advance(state, verdict_event(...), 0, 1)` |
| MARK | drains, posts the fills, sends the figures of `pending(state)`, gives `mark_answer_event(...)` alone |
| CALENDAR | gives `calendar_events(...)` that cover `calendar_asked_ns(state)` and more |
| DRAIN | reads the outbox with `drain(state)` |
| INTENT | asks the strategy that a user wrote what it wants of `asked_of(state)`, gives `intent_event(...)` alone |

and then goes on at `next`. The event there may be half done; the state remembers where it stopped, so the same event
must be given again. How events are cut into arrays never changes a result. The shell may drain at any time. Time is
`recv_ns` of events only.

`python -m quantumflow.warm` compiles every kernel into the cache, so that the first start is not slow.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from quantumflow.answers import (
    MarkRequest,
    PositionFigures,
    VerdictRequest,
    calendar_asked_ns,
    calendar_events,
    command_event,
    feed_lost_event,
    mark_answer_event,
    pending,
    verdict_event,
)
from quantumflow.asked import asked_of, intent_event
from quantumflow.broker.account import drawdown_ppm, mark
from quantumflow.broker.liquidity import tradable
from quantumflow.broker.matching import cancel_orders, expire_orders, match_book, match_trade
from quantumflow.broker.pauses import enter_phase, take_pause
from quantumflow.condition import OpenOrder, drain, open_orders, why_not_trading
from quantumflow.decision import decide_bot, judge, take_intent
from quantumflow.events import Events
from quantumflow.features.bars import take_candle
from quantumflow.intake import on_book, on_command, on_feed_lost, on_status
from quantumflow.kernel import inlined, kernel
from quantumflow.opening import new_state
from quantumflow.outbox import has_room, write_equity, write_trading
from quantumflow.state import State, state_bytes, state_digest
from quantumflow.strategies.scalper import see_bar
from quantumflow.strategies.view import Intent
from quantumflow.vocabulary import EventKind, OrderState, Refusal, Request, VerdictKind

__all__ = [
    "MarkRequest",
    "OpenOrder",
    "PositionFigures",
    "State",
    "VerdictRequest",
    "advance",
    "advance_kernel",
    "asked_of",
    "calendar_asked_ns",
    "calendar_events",
    "command_event",
    "drain",
    "feed_lost_event",
    "finish",
    "intent_event",
    "mark_answer_event",
    "new_state",
    "open_orders",
    "pending",
    "state_bytes",
    "state_digest",
    "verdict_event",
    "why_not_trading",
]


Record = Any
Table = npt.NDArray[np.void]

_BOOK, _TRADE, _STATUS = int(EventKind.BOOK), int(EventKind.TRADE), int(EventKind.STATUS)
_CANDLE = int(EventKind.CANDLE)
_VERDICT, _MARK_ANSWER = int(EventKind.VERDICT), int(EventKind.MARK_ANSWER)
_COMMAND, _FEED_LOST = int(EventKind.COMMAND), int(EventKind.FEED_LOST)
_CALENDAR, _WANT_CALENDAR = int(EventKind.CALENDAR), int(Request.CALENDAR)
_NONE, _WANT_VERDICT = int(Request.NONE), int(Request.VERDICT)
_WANT_MARK, _WANT_DRAIN = int(Request.MARK), int(Request.DRAIN)
_INTENT, _WANT_INTENT = int(EventKind.INTENT), int(Request.INTENT)
_INTENDED, _REFUSE = int(OrderState.INTENDED), int(VerdictKind.REFUSE)
_SESSION_ENDED = int(Refusal.SESSION_ENDED)

# How far the event at work has come.
_FRESH, _MATCHED, _MARKED = range(3)


def advance(state: State, events: Events, start: int, end: int) -> tuple[int, Request]:
    """Consume `events[start:end]`; where it stopped, and what it needs before it goes on (see above).

    Raises ValueError for an answer nobody waits for, a command in the middle of an event, another event than the
    half-done one, or any event after the end: each a fault of the shell.
    """
    position, request = advance_kernel(state, events.heads, events.levels, start, end)
    return int(position), Request(request)


@kernel
def advance_kernel(state: State, heads: Table, levels: npt.NDArray[np.int64], start: int, end: int) -> tuple[int, int]:
    """`advance` for other kernels: bare arrays in, numbers out."""
    core = state.core[0]
    at = start
    while at < end:
        head = heads[at]
        answers = _VERDICT <= head["kind"] <= _COMMAND or head["kind"] >= _CALENDAR
        if core["stage"] == _FRESH or answers:
            if core["ended"] == 1:
                raise ValueError("an event after the end of the session")
            if not has_room(core):
                return at, _WANT_DRAIN
        if answers:
            _answer(state, head)
            at += 1
            continue
        if core["pending"] != _NONE:
            return at, core["pending"]
        if core["stage"] == _FRESH:
            if head["recv_ns"] >= core["calendar_extend_ns"]:
                core["calendar_asked_ns"] = max(core["now_ns"], head["recv_ns"])
                core["pending"] = _WANT_CALENDAR
                return at, _WANT_CALENDAR
            _begin(state, head, levels)
        elif core["seq"] != head["seq"]:
            raise ValueError("another event than the one that is half done")
        request = _go_on(state, head)
        if request != _NONE:
            core["pending"] = request
            return at, request
        at += 1
    return at, _NONE


@kernel
def _answer(state: State, head: Record) -> None:
    """A verdict, the answer to a mark, pauses, an intent or a command: none of them moves the engine's time."""
    core = state.core[0]
    kind = head["kind"]
    if kind == _CALENDAR:
        if core["pending"] != _WANT_CALENDAR:
            raise ValueError("pauses that nobody asked for")
        take_pause(core, state.calendar, head)
        if head["closed"] == 1:
            core["pending"] = _NONE
        return
    if kind == _INTENT:
        _take_intent(state, head)
        return
    if kind == _COMMAND:
        if core["stage"] != _FRESH:
            raise ValueError("a command in the middle of an event")
        on_command(core, state.bots, state.orders, state.outbox, head)
        return
    if kind == _VERDICT:
        if core["pending"] != _WANT_VERDICT or core["pending_order"] != head["id"]:
            raise ValueError("a verdict that nobody waits for")
        judge(
            core,
            state.bots,
            state.orders,
            state.outbox,
            head["id"],
            head["state"],
            head["qty"],
            head["code"],
            head["recv_ns"],
        )
        core["pending_order"] = -1
    else:
        if core["pending"] != _WANT_MARK:
            raise ValueError("the answer to a mark that nobody waits for")
        if core["trading"] != head["state"] or core["reason"] != head["code"]:
            core["trading"] = head["state"]
            core["reason"] = head["code"]
            write_trading(core, state.outbox)
    core["pending"] = _NONE


@kernel
def _take_intent(state: State, head: Record) -> None:
    """What the user's strategy wants that the shell was asked about. Its order, if it makes one, is next."""
    core = state.core[0]
    bot = core["pending_bot"]
    if core["pending"] != _WANT_INTENT or bot != head["id"]:
        raise ValueError("an intent that nobody waits for")
    intent = Intent(
        head["state"],
        head["code"],
        head["side"],
        head["qty"],
        head["imbalance_best"],
        head["window_bid"],
        head["window_ask"],
        head["low"],
        head["close"],
        head["price"],
    )
    core["pending"] = take_intent(
        core,
        state.instruments,
        state.bots,
        state.slots,
        state.orders,
        state.outbox,
        bot,
        head["instrument"],
        intent,
        head["epoch"],
    )
    if core["pending"] == _WANT_VERDICT:
        core["pending_order"] = core["order_count"]


@inlined
def _begin(state: State, head: Record, levels: npt.NDArray[np.int64]) -> None:
    """Take the event in and let it meet the orders. Time never goes back, even if frames repeat the past."""
    core = state.core[0]
    core["now_ns"] = max(core["now_ns"], head["recv_ns"])
    core["seq"] = head["seq"]
    core["events"] += 1
    core["bot"] = 0
    core["stage"] = _MATCHED
    if core["now_ns"] >= core["phase_until_ns"]:
        enter_phase(core, state.calendar, state.orders, state.outbox)
    expire_orders(core, state.instruments, state.orders, state.outbox)
    kind, k = head["kind"], head["instrument"]
    core["feed_lost"] = 1 if kind == _FEED_LOST else 0
    if kind == _BOOK:
        on_book(core, state.instruments[k], state.outbox, k, head, levels)
        match_book(core, state.instruments, state.slots, state.orders, state.outbox, k)
    elif kind == _TRADE:
        match_trade(core, state.instruments, state.slots, state.orders, state.outbox, k, head)
    elif kind == _STATUS:
        on_status(core, state.instruments, state.outbox, head)
    elif kind == _CANDLE:
        if take_candle(state.instruments[k], head):
            see_bar(core, state.instruments, state.bots, state.slots, state.parameters, state.outbox, k)
    elif kind == _FEED_LOST:
        on_feed_lost(core, state.instruments, state.outbox)


@inlined
def _go_on(state: State, head: Record) -> int:
    """The rest of an event from where it stopped: the mark if it is due, each bot in turn, the equity if it is due."""
    core = state.core[0]
    if core["stage"] == _MATCHED:
        core["stage"] = _MARKED
        if core["now_ns"] >= core["next_mark_ns"]:
            core["next_mark_ns"] = _next_boundary(core["now_ns"], core["mark_interval_ns"])
            mark(core, state.instruments, state.slots)
            return _WANT_MARK
    if head["kind"] == _BOOK:
        k = head["instrument"]
        if tradable(core, state.instruments[k]):
            request = _ask_bots(state, k)
            if request != _NONE:
                return request
    if core["now_ns"] >= core["next_equity_ns"]:
        mark(core, state.instruments, state.slots)
        if core["marked"] == 1:
            core["next_equity_ns"] = _next_boundary(core["now_ns"], core["equity_interval_ns"])
            write_equity(core, state.slots, state.outbox, drawdown_ppm(core))
    core["stage"] = _FRESH
    return _NONE


@kernel
def _next_boundary(now_ns: int, interval_ns: int) -> int:
    return (now_ns // interval_ns + 1) * interval_ns


@inlined
def _ask_bots(state: State, k: int) -> int:
    """Ask each bot that has not had its turn; the request that one of them waits on now."""
    core = state.core[0]
    while core["bot"] < state.bots.shape[0]:
        bot = core["bot"]
        core["bot"] = bot + 1
        if state.slots[bot, k]["trades"] == 0:
            continue
        request = decide_bot(
            core, state.instruments, state.bots, state.slots, state.parameters, state.orders, state.outbox, bot, k
        )
        if request == _WANT_VERDICT:
            core["pending_order"] = core["order_count"]
        elif request == _WANT_INTENT:
            core["pending_bot"] = bot
            core["pending_instrument"] = k
        if request != _NONE:
            return request
    return _NONE


def finish(state: State, recv_ns: int) -> None:
    """End the session: open orders are done with SESSION_ENDED (one that waits for its verdict is refused with it),
    a last EQUITY is written, and no event is taken any more. Drain before and after it. Calling it twice does nothing.
    """
    _finish(state, recv_ns)


@kernel
def _finish(state: State, recv_ns: int) -> None:
    core = state.core[0]
    if core["ended"] == 1:
        return
    if not has_room(core):
        raise ValueError("drain the outbox before the end")
    core["now_ns"] = max(core["now_ns"], recv_ns)
    if core["pending_order"] >= 0:
        number, at_ns = core["pending_order"], core["now_ns"]
        judge(core, state.bots, state.orders, state.outbox, number, _REFUSE, 0, _SESSION_ENDED, at_ns)
        core["pending_order"] = -1
    core["pending"] = _NONE
    core["stage"] = _FRESH
    cancel_orders(core, state.orders, state.outbox, -1, _SESSION_ENDED)
    mark(core, state.instruments, state.slots)
    if core["marked"] == 1:
        write_equity(core, state.slots, state.outbox, drawdown_ppm(core))
    core["ended"] = 1
