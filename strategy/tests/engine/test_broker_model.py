"""The broker against the naive model of paper_model.py on random streams, and the invariants of its fills."""

import random
from collections import defaultdict
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.paper_model import PaperModel, Resting
from engine.world import (
    DEPOSIT,
    MS,
    SECOND,
    START,
    answer,
    book,
    bot,
    broker,
    event,
    instrument,
    opening,
    stream,
    timing,
    world,
)
from quantumflow.decision import judge, place
from quantumflow.engine import State, advance, drain, open_orders
from quantumflow.journal.records import word
from quantumflow.outputs import Output
from quantumflow.strategies.view import Intent
from quantumflow.vocabulary import (
    EventKind,
    FeedState,
    FillModel,
    Liquidity,
    OrderKind,
    OrderState,
    OutputKind,
    Refusal,
    Request,
    TimeInForce,
    VerdictKind,
)

LATENCY_US = (0, 10_000, 20_000, 40_000, 60_000, 100_000, 150_000)
Levels = tuple[list[tuple[int, int]], list[tuple[int, int]]]

SPEC = instrument(tick_e8=3, lot_e8=10**7)


def script(seed: int, length: int) -> list[dict[str, Any]]:
    """A random stream that hits every rule often: thin books that mostly stay as they are, trades at and through."""
    draw = random.Random(seed)
    return [draw.choices([book_step, trade_step, order_step], weights=[5, 4, 3])[0](draw) for _ in range(length)]


def book_step(draw: random.Random) -> dict[str, Any]:
    return {
        "step": "book",
        "after": draw.choices([0, 20, 50, 100, 200, 3000, 6000], weights=[2, 6, 6, 6, 4, 1, 1])[0],
        "levels": draw_levels(draw),
        "show": draw.choices(["new", "same", "before", "worse cut off"], weights=[5, 4, 1, 2])[0],
        "epoch": int(draw.random() < 0.08),
        "state": draw.choices([FeedState.LIVE, FeedState.STALE, FeedState.RESYNCING], weights=[12, 1, 1])[0],
    }


def draw_levels(draw: random.Random) -> Levels:
    """Levels of both sides, best first; now and then crossed, thin or empty."""
    low, high = draw.choice([(100, 101), (100, 101), (99, 102), (98, 99), (102, 103), (101, 100)])
    least = 0 if draw.random() < 0.05 else 1
    bids = draw.sample(range(low - 5, low + 1), draw.randint(least, 5))
    asks = draw.sample(range(high, high + 6), draw.randint(least, 5))
    return (
        [(price, draw.randint(1, 20)) for price in sorted(bids, reverse=True)],
        [(price, draw.randint(1, 20)) for price in sorted(asks)],
    )


def trade_step(draw: random.Random) -> dict[str, Any]:
    return {
        "step": "trade",
        "after": draw.choices([0, 1, 50, 2500], weights=[6, 6, 6, 1])[0],
        "price": draw.randint(96, 105),
        "qty": draw.randint(1, 25),
        "side": draw.randint(0, 1),
        "late": draw.random() < 0.2,
    }


def order_step(draw: random.Random) -> dict[str, Any]:
    return {
        "step": "order",
        "bot": draw.randint(0, 1),
        "side": draw.choice([0, 0, 1]),
        "kind": draw.choice(["market", "limit", "limit", "limit", "stop"]),
        "tif": draw.choice(["gtc", "gtc", "gtc", "ioc", "fok"]),
        "post_only": draw.random() < 0.25,
        "reduce_only": draw.random() < 0.15,
        "qty": draw.randint(1, 30),
        "limit": draw.randint(96, 105),
        "granted": draw.choice(["all", "all", "all", "half", "none"]),
    }


class Pair:
    """The kernels and the model, given the same things."""

    def __init__(self, allow_short: bool, cash: int, fill_model: FillModel = FillModel.MODEL) -> None:
        bots = [bot("one", ("OTHER",)), bot("two", ("OTHER",))]
        kind = int(fill_model)
        model = broker(latency_us=LATENCY_US, allow_short=allow_short, maker_fee_ppm=750, fill_model=kind)
        clock = timing(mark_interval_ns=10**6 * SECOND)
        self.state: State = world([SPEC, instrument(1, "OTHER")], bots, model, clock, opening(cash))
        knots = [knot * 1000 for knot in LATENCY_US]
        num, den = SPEC.value
        times = 5 * SECOND, 2 * SECOND, 2 * SECOND
        name = word(fill_model)
        self.model = PaperModel(Fraction(num, den), cash, 750, 1000, 1, knots, *times, allow_short, name)
        self.now, self.epoch, self.seq, self.event_ns = START, 1, 0, START
        self.levels: Levels = ([], [])
        self.earlier: Levels = ([], [])
        self.outputs: list[Output] = []

    def feed(self, row: Any) -> None:
        self.seq += 1
        events = stream([row], self.seq)
        at = 0
        while at < 1:
            at, request = advance(self.state, events, at, 1)
            if request is Request.MARK:
                answer(self.state)
        self.outputs += drain(self.state)

    def step(self, step: dict[str, Any]) -> None:
        self.now += step.get("after", 0) * MS
        if step["step"] == "book":
            self.levels, self.earlier = self.shown(step), self.levels
            self.epoch += step["epoch"]
            self.event_ns = self.now
            bids, asks = self.levels
            self.feed(book(self.now, bids, asks, epoch=self.epoch, state=step["state"], id=self.seq))
            self.model.book(self.now, self.event_ns, self.epoch, step["state"], bids, asks)
        elif step["step"] == "trade":
            made = self.event_ns if step["late"] else self.now + 1
            fields = {"price": step["price"], "qty": step["qty"], "side": step["side"], "id": self.seq}
            self.feed(_trade(self.now, made, fields))
            self.model.trade(self.now, made, step["price"], step["qty"], step["side"])
        else:
            self.order(step)

    def shown(self, step: dict[str, Any]) -> Levels:
        """The levels of a new book: others, the same, those before, or the same without the worst of each side."""
        bids, asks = self.levels
        choices = {"new": step["levels"], "same": self.levels, "before": self.earlier}
        return choices.get(step["show"], (bids[: max(1, len(bids) - 1)], asks[: max(1, len(asks) - 1)]))

    def order(self, step: dict[str, Any]) -> None:
        if len(open_orders(self.state)) == 32 or not self.model.sides[0] or not self.model.sides[1]:
            return
        core, book_row = self.state.core[0], self.state.instruments[0]
        limit = 0 if step["kind"] == "market" else step["limit"]
        tif = {"gtc": TimeInForce.GTC, "ioc": TimeInForce.IOC, "fok": TimeInForce.FOK}[step["tif"]]
        kind = {"market": OrderKind.MARKET, "limit": OrderKind.LIMIT, "stop": OrderKind.STOP}[step["kind"]]
        flags = int(step["post_only"]), int(step["reduce_only"])
        intent = Intent(0, 0, step["side"], step["qty"], 0.0, int(kind), int(tif), *flags, limit)
        place(core, book_row, self.state.orders, self.state.outbox, step["bot"], 0, 1, intent)
        number = int(core["order_count"])
        granted = {"all": step["qty"], "half": (step["qty"] + 1) // 2, "none": None}[step["granted"]]
        verdict = VerdictKind.REFUSE if granted is None else VerdictKind.APPROVE
        refusal = Refusal.ORDER_SIZE if granted is None else Refusal.NONE
        judge(
            core,
            self.state.bots,
            self.state.orders,
            self.state.outbox,
            number,
            int(verdict),
            granted or 0,
            int(refusal),
            self.now,
        )
        reference = self.model.sides[1 - step["side"]][0][0]
        names = ("bot", "side", "kind", "tif", "post_only", "reduce_only", "qty")
        self.model.place(Resting(number, *(step[name] for name in names), limit, reference, self.now), granted)

    def compare(self) -> None:
        """Everything both know is the same."""
        self.outputs += drain(self.state)
        fills = [o.values for o in self.outputs if o.kind is OutputKind.FILL]
        told = [
            (f["order"], f["price"], f["qty"], Liquidity(f["liquidity"]).name.lower(), f["notional_e8"], f["fee_e8"])
            for f in fills
        ]
        assert told == self.model.fills
        ends = {o.values["order"]: o.values for o in self.outputs if o.kind is OutputKind.ORDER_STATE}
        for order in self.model.orders:
            state = OrderState(ends[order.number]["state"]).name.lower()
            assert (state, Refusal(ends[order.number]["reason"]).name) == (order.state, order.reason), order
        queues = {o.order: o.queue_ahead for o in open_orders(self.state)}
        for side in (0, 1):
            for order in self.model.queue_order(side):
                assert queues[order.number] == (-1 if order.ahead is None else order.ahead)
        assert self.state.core[0]["cash_e8"] == self.model.cash
        for number, held in self.model.holdings.items():
            slot = self.state.slots[number, 0]
            assert (slot["qty"], slot["cost_e8"], slot["realised_e8"]) == (held.qty, held.cost, held.realised)


def _trade(now: int, made: int, fields: dict[str, int]) -> Any:
    row, bids, asks = event(EventKind.TRADE, now, instrument=0, **fields)
    return row | {"event_ns": made}, bids, asks


@settings(deadline=None, max_examples=150)
@given(st.integers(0, 2**32), st.integers(1, 120), st.booleans(), st.sampled_from([DEPOSIT, 1_000]))
def test_the_broker_and_the_naive_model_tell_the_same(seed: int, length: int, short: bool, cash: int) -> None:
    pair = Pair(short, cash)
    for step in script(seed, length):
        pair.step(step)
        pair.compare()
    check_invariants(pair, short, cash)


@settings(deadline=None, max_examples=100)
@given(
    st.integers(0, 2**32),
    st.integers(1, 120),
    st.booleans(),
    st.sampled_from([DEPOSIT, 1_000]),
    st.sampled_from([FillModel.NAIVE, FillModel.TOUCH]),
)
def test_a_kind_model_and_its_plain_one_tell_the_same(
    seed: int, length: int, short: bool, cash: int, kind: FillModel
) -> None:
    pair = Pair(short, cash, kind)
    for step in script(seed, length):
        pair.step(step)
        pair.compare()
    assert all(values["fill_model"] == kind for values in fills_of(pair))
    check_the_account(pair, short, cash)


@pytest.mark.parametrize("kind", [FillModel.NAIVE, FillModel.TOUCH])
def test_the_random_streams_fill_by_a_kind_model_in_every_way(kind: FillModel) -> None:
    pairs = [Pair(seed % 2 == 0, 1_000 if seed % 3 else DEPOSIT, kind) for seed in range(40)]
    for seed, pair in enumerate(pairs):
        for step in script(seed, 120):
            pair.step(step)
    fills = [values for pair in pairs for values in fills_of(pair)]
    assert sum(values["trades"] > 0 for values in fills) > 15, "by a trade"
    takers = [values for values in fills if values["liquidity"] == Liquidity.TAKER]
    assert sum(values["trades"] == 0 for values in fills) - len(takers) > 20, "resting, by a book"
    assert sum(values["qty"] > values["displayed"] for values in takers) > 20, "more than was shown"
    odd = [values for values in takers if (values["best_bid"] + values["best_ask"]) % 2]
    assert len(odd) > 20, "half a tick has to go somewhere"
    for values in takers:
        bid, ask = values["best_bid"], values["best_ask"]
        touch = bid if values["side"] else ask
        assert values["price"] == (round(Fraction(bid + ask, 2)) if kind is FillModel.NAIVE else touch)
    ends = {order.reason for pair in pairs for order in pair.model.orders}
    assert ends >= {"FOK_NOT_FILLED", "POST_ONLY_WOULD_CROSS", "IOC_REMAINDER", "REDUCE_ONLY_REMAINDER"}
    assert not ends & {"NO_LIQUIDITY", "BEYOND_KNOWN_BOOK", "LIQUIDITY_MEMORY_FULL"}


def test_the_random_streams_reach_every_rule() -> None:
    pairs = [Pair(seed % 2 == 0, 1_000 if seed % 3 else DEPOSIT) for seed in range(60)]
    for seed, pair in enumerate(pairs):
        for step in script(seed, 120):
            pair.step(step)
    reasons = {order.reason for pair in pairs for order in pair.model.orders}
    assert reasons >= {
        "ORDER_SIZE",
        "BOOK_NOT_TRADABLE",
        "ORDER_DEADLINE",
        "VERDICT_EXPIRED",
        "NO_LIQUIDITY",
        "BEYOND_KNOWN_BOOK",
        "FOK_NOT_FILLED",
        "POST_ONLY_WOULD_CROSS",
        "IOC_REMAINDER",
        "REDUCE_ONLY_REMAINDER",
        "SHORT_DISABLED",
        "INSUFFICIENT_CASH",
    }
    fills = [o.values for pair in pairs for o in pair.outputs if o.kind is OutputKind.FILL]
    assert sum(values["trades"] > 0 for values in fills) > 100
    assert sum(values["liquidity"] == Liquidity.MAKER and values["trades"] == 0 for values in fills) > 20
    assert sum(values["consumed_before"] > 0 for values in fills) > 20
    assert sum(values["queue_consumed"] > 0 for values in fills) > 20


def check_invariants(pair: Pair, short: bool, cash: int) -> None:
    """What must hold of every fill, from what the engine told alone."""
    for values in fills_of(pair):
        assert values["consumed_before"] + values["qty"] <= values["displayed"] or values["trades"] > 0
        if values["liquidity"] == Liquidity.TAKER:
            buys = values["side"] == 0
            assert values["price"] >= values["best_ask"] if buys else values["price"] <= values["best_bid"]
    check_the_account(pair, short, cash)


def fills_of(pair: Pair) -> list[dict[str, Any]]:
    return [told.values for told in pair.outputs if told.kind is OutputKind.FILL]


def check_the_account(pair: Pair, short: bool, cash: int) -> None:
    """What must hold of every fill, whatever model made it."""
    fills = fills_of(pair)
    assert [values["fill"] for values in fills] == list(range(1, len(fills) + 1))
    filled: dict[int, int] = defaultdict(int)
    for values in fills:
        buys = values["side"] == 0
        cash += (-values["notional_e8"] if buys else values["notional_e8"]) - values["fee_e8"]
        assert values["cash_e8"] == cash
        assert 0 < values["best_bid"] < values["best_ask"]
        assert 0 <= values["book_age_ns"] <= 2 * SECOND
        assert values["epoch"] > 0
        filled[values["order"]] += values["qty"]
        if not short:
            assert values["position_qty"] >= 0
            assert values["cash_e8"] >= 0
    assert pair.state.core[0]["cash_e8"] == cash
    assert pair.state.core[0]["fees_e8"] == sum(values["fee_e8"] for values in fills)
    for order in pair.model.orders:
        assert filled[order.number] <= order.qty
