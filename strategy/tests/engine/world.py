"""Small worlds for engine tests: specs, events by hand, a shell that answers, a generated market."""

import random
from collections.abc import Callable, Sequence
from itertools import pairwise

from hypothesis import settings

from quantumflow.engine import (
    MarkRequest,
    State,
    VerdictRequest,
    advance,
    drain,
    mark_answer_event,
    new_state,
    pending,
    verdict_event,
)
from quantumflow.events import DEPTH, Events, empty_events, head_row
from quantumflow.outputs import Output
from quantumflow.specs import BotSpec, BrokerSpec, EngineSpec, InstrumentSpec, Opening, OpenPosition
from quantumflow.vocabulary import EventKind, FeedState, Refusal, Request, Trading, VerdictKind

MS = 1_000_000
SECOND = 1_000 * MS
START = 1_700_000_000 * SECOND
DEPOSIT = 10_000 * 10**8

UNHURRIED = settings(deadline=None)
"""The first example of a property compiles the kernels."""

Levels = Sequence[tuple[int, int]]
Row = tuple[dict[str, float], Levels | None, Levels | None]


def instrument(index: int = 0, symbol: str = "BTCUSDT", **changes: int) -> InstrumentSpec:
    values = {"tick_e8": 10**6, "lot_e8": 1000, "qty_min_lots": 1, "qty_max_lots": 0, "notional_min_e8": 0} | changes
    return InstrumentSpec(index, symbol, symbol[:3], "USDT", filters_from="config", **values)


def broker(**changes: object) -> BrokerSpec:
    values: dict[str, object] = {
        "maker_fee_ppm": 1000,
        "taker_fee_ppm": 1000,
        "latency_seed": 1,
        "latency_us": (8000, 12000, 18000, 28000, 45000, 90000, 150000),
        "order_deadline_ns": 5 * SECOND,
        "allow_short": False,
    }
    return BrokerSpec(**(values | changes))  # type: ignore[arg-type]  # keywords by name


def timing(**changes: int) -> EngineSpec:
    values = {
        "mark_interval_ns": SECOND,
        "equity_interval_ns": 60 * SECOND,
        "max_book_age_ns": 2 * SECOND,
        "approval_valid_ns": 2 * SECOND,
    }
    return EngineSpec(**(values | changes))


def opening(cash_e8: int = DEPOSIT, positions: tuple[OpenPosition, ...] = ()) -> Opening:
    return Opening(cash_e8, cash_e8, 0, 0, 0, 0, positions)


def bot(name: str = "imbalance", symbols: tuple[str, ...] = ("BTCUSDT",), **parameters: float) -> BotSpec:
    return BotSpec(name, "imbalance", symbols, 5_000 * 10**8, parameters)


def world(
    instruments: Sequence[InstrumentSpec] = (),
    bots: Sequence[BotSpec] = (),
    broker_spec: BrokerSpec | None = None,
    timing_spec: EngineSpec | None = None,
    account: Opening | None = None,
) -> State:
    """A new state of one bot on BTCUSDT unless told otherwise."""
    return new_state(
        instruments or [instrument()],
        bots or [bot()],
        broker_spec or broker(),
        timing_spec or timing(),
        account or opening(),
    )


def lean(bids: Levels, asks: Levels) -> float:
    """Imbalance over all levels."""
    bid, ask = sum(qty for _, qty in bids), sum(qty for _, qty in asks)
    return (bid - ask) / (bid + ask) if bids and asks else 0.0


def book(at_ns: int, bids: Levels, asks: Levels, **fields: float) -> Row:
    """One live book; imbalances are those of all its levels unless given."""
    values: dict[str, float] = {
        "kind": EventKind.BOOK,
        "instrument": 0,
        "recv_ns": at_ns,
        "event_ns": at_ns,
        "epoch": 1,
        "state": FeedState.LIVE,
        "bid_count": len(bids),
        "ask_count": len(asks),
        "imbalance_best": lean(bids[:1], asks[:1]),
        "imbalance_top": lean(bids, asks),
        "imbalance_weighted": lean(bids, asks),
    }
    return values | fields, bids, asks


def event(kind: EventKind, at_ns: int, **fields: float) -> Row:
    return {"kind": kind, "recv_ns": at_ns, "event_ns": at_ns} | fields, None, None


def stream(rows: Sequence[Row], first_seq: int = 1) -> Events:
    """The rows as one array, numbered."""
    events = empty_events(len(rows), sum(bids is not None for _, bids, _ in rows))
    at = 0
    for index, (fields, bids, asks) in enumerate(rows):
        values: dict[str, float] = {"seq": first_seq + index} | fields
        if bids is not None and asks is not None:
            for side, levels in enumerate((bids, asks)):
                for level, (price, qty) in enumerate(levels[:DEPTH]):
                    events.levels[at, side, level] = (price, qty)
            values["levels_row"] = at
            at += 1
        events.heads[index] = head_row(**values)
    return events


Judge = Callable[[VerdictRequest], tuple[VerdictKind, int, Refusal]]


def approve(request: VerdictRequest) -> tuple[VerdictKind, int, Refusal]:
    return VerdictKind.APPROVE, request.qty, Refusal.NONE


def answer(state: State, judge: Judge = approve, trading: Trading = Trading.ACTIVE) -> None:
    """Answer whatever waits."""
    request = pending(state)
    if isinstance(request, VerdictRequest):
        verdict, qty, refusal = judge(request)
        assert advance(state, verdict_event(state, verdict, qty, refusal), 0, 1) == (1, Request.NONE)
    elif isinstance(request, MarkRequest):
        assert advance(state, mark_answer_event(state, trading), 0, 1) == (1, Request.NONE)


def play(
    state: State,
    events: Events,
    judge: Judge = approve,
    trading: Trading = Trading.ACTIVE,
    cuts: Sequence[int] = (),
) -> list[Output]:
    """Give the engine all events, cut at the given places, and answer everything; what it told."""
    outputs: list[Output] = []
    edges = sorted({0, len(events.heads), *cuts})
    for start, end in pairwise(edges):
        at = start
        while at < end:
            at, request = advance(state, events, at, end)
            outputs += drain(state)
            if request is not Request.DRAIN:
                answer(state, judge, trading)
    return outputs + drain(state)


def generated_market(seed: int, books: int, instruments: int = 1, faults: bool = False) -> Events:
    """A random walk in which imbalance precedes moves, ten books a second an instrument, with trades."""
    draw = random.Random(seed)
    rows: list[Row] = []
    mids = [60_000_00 // (k + 1) for k in range(instruments)]
    leans = [0.0] * instruments
    epochs = [1] * instruments
    now = START
    for number in range(books):
        k = number % instruments
        now += draw.randrange(1, 2 * 100 * MS // instruments)
        leans[k] = 0.95 * leans[k] + 0.3 * draw.gauss(0, 1)
        mids[k] += round(30 * leans[k] + 20 * draw.gauss(0, 1))
        half = draw.randrange(1, 6)
        heavy = [2.0 ** leans[k], 2.0 ** -leans[k]]
        sides = [
            [
                (mids[k] + sign * (half + 7 * level), draw.randrange(1, 1 + int(50_000 * heavy[side]) + 1))
                for level in range(DEPTH)
            ]
            for side, sign in enumerate((-1, 1))
        ]
        fields: dict[str, float] = {"instrument": k, "epoch": epochs[k], "id": number}
        if faults and draw.random() < 0.01:
            epochs[k] += draw.random() < 0.5
            fields |= {"epoch": epochs[k], "state": draw.choice(list(FeedState))}
        rows.append(book(now, sides[0], sides[1], **fields))
        for _ in range(draw.randrange(3)):
            now += draw.randrange(MS)
            side = int(draw.random() < 0.5)
            price = sides[1 - side][0][0]
            trade = {"instrument": k, "price": price, "qty": draw.randrange(1, 5000), "side": side, "id": number}
            rows.append(event(EventKind.TRADE, now, **trade))
    return stream(rows)
