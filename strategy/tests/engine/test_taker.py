"""What an order takes on arrival: levels that the book vouches for, while it is young by our clock, paid with a fee."""

from typing import Any

import pytest

from engine.test_broker_model import SPEC, Pair
from engine.world import DEPOSIT, MS, SECOND, START, book
from quantumflow.broker.liquidity import OUT_OF_SIGHT_MAX, remember, taken_at
from quantumflow.broker.money import fee_of, notional_of
from quantumflow.vocabulary import FeedState, OutputKind, Refusal, Side

BIDS = [(100, 10), (99, 10), (98, 10)]
ASKS = [(101, 10), (102, 10), (103, 10)]
ARRIVED = START + 200 * MS
"""Behind the longest way of an order."""
HOUR = 3600 * SECOND
MARKET = {"kind": "market", "tif": "gtc", "qty": 30, "limit": 0}


def met(
    side: Side, order: dict[str, Any], margin: bool = True, cash: int = DEPOSIT, **fields: float
) -> tuple[list[tuple[int, int]], list[str]]:
    """What an order gets from a book of these fields, (price, lots) each, and why it ended."""
    pair = Pair(margin, cash)
    pair.model.sides = [BIDS, ASKS]
    pair.feed(book(START, BIDS, ASKS))
    pair.order({"side": int(side), "bot": 0, "post_only": False, "reduce_only": False, "granted": "all", **order})
    pair.feed(book(ARRIVED, BIDS, ASKS, **fields))
    fills = [told.values for told in pair.outputs if told.kind is OutputKind.FILL]
    ends = [told.values for told in pair.outputs if told.kind is OutputKind.ORDER_STATE]
    return [(fill["price"], fill["qty"]) for fill in fills], [Refusal(end["reason"]).name for end in ends]


@pytest.mark.parametrize(
    ("side", "window", "prices"),
    [
        (Side.BUY, {"window_ask": 0}, [101, 102, 103]),
        (Side.BUY, {"window_ask": 103}, [101, 102, 103]),
        (Side.BUY, {"window_ask": 102}, [101, 102]),
        (Side.BUY, {"window_ask": 101, "window_bid": 100}, [101]),
        (Side.SELL, {"window_bid": 0}, [100, 99, 98]),
        (Side.SELL, {"window_bid": 98}, [100, 99, 98]),
        (Side.SELL, {"window_bid": 99}, [100, 99]),
        (Side.SELL, {"window_bid": 100, "window_ask": 101}, [100]),
    ],
)
def test_no_level_beyond_the_known_window_is_taken(side: Side, window: dict[str, float], prices: list[int]) -> None:
    assert met(side, MARKET, **window)[0] == [(price, 10) for price in prices]


@pytest.mark.parametrize(
    ("side", "limit", "window"), [(Side.BUY, 103, {"window_ask": 102}), (Side.SELL, 98, {"window_bid": 99})]
)
def test_fill_or_kill_does_not_count_on_what_lies_beyond_the_window(
    side: Side, limit: int, window: dict[str, float]
) -> None:
    whole = {**MARKET, "kind": "limit", "tif": "fok", "limit": limit}
    assert sum(lots for _, lots in met(side, whole)[0]) == 30
    fills, ends = met(side, whole, **window)
    assert (fills, ends[-1]) == ([], "FOK_NOT_FILLED")


@pytest.mark.parametrize("behind_ns", [-HOUR, 0, HOUR])
def test_a_book_is_as_old_as_our_clock_says_whatever_the_exchanges_says(behind_ns: int) -> None:
    assert [price for price, _ in met(Side.BUY, MARKET, event_ns=ARRIVED - behind_ns)[0]] == [101, 102, 103]


@pytest.mark.parametrize(("left", "lots"), [(0, 10), (-1, 0)])
def test_a_buy_is_paid_with_its_fee_to_the_last_unit(left: int, lots: int) -> None:
    cost = notional_of(101, 10, *SPEC.value, True)
    fills, ends = met(Side.BUY, {**MARKET, "qty": 10}, margin=False, cash=cost + fee_of(cost, 1000) + left)
    assert sum(filled for _, filled in fills) == lots
    assert (ends[-1] == "INSUFFICIENT_CASH") == (lots == 0)


def test_a_market_that_moves_on_does_not_fill_the_memory() -> None:
    """It falls: each order takes a level whole, and none of them is seen again."""
    pair = Pair(allow_short=True, cash=DEPOSIT)
    buy = {"step": "order", "after": 0, "side": int(Side.BUY), "bot": 0, "post_only": False, "reduce_only": False}
    for move in range(100):
        bids, asks = ([(price + 2_000 - 10 * move, lots) for price, lots in side] for side in (BIDS, ASKS))
        for after in (0, 500):
            shown = {"epoch": 0, "state": FeedState.LIVE, "show": "new", "levels": (bids, asks)}
            pair.step({"step": "book", "after": after, **shown})
            if after == 0:
                pair.step({**buy, **MARKET, "qty": 10, "granted": "all"})
    pair.compare()
    assert len(pair.model.fills) == 100
    assert pair.state.instruments[0]["memory_count"] == OUT_OF_SIGHT_MAX + 1


def test_of_levels_out_of_sight_the_nearest_are_remembered() -> None:
    pair = Pair(allow_short=True, cash=DEPOSIT)
    pair.feed(book(START, BIDS, ASKS))
    instrument = pair.state.instruments[0]
    remember(instrument, 1, 102, 10, 4)  # in sight: it stays, however many there are
    for step in range(30):
        remember(instrument, 1, 104 + step, 10, 1)
        remember(instrument, 0, 97 - step, 10, 1)
    pair.feed(book(START + MS, BIDS, ASKS))
    assert taken_at(instrument, 1, 102) == 4
    for side, first, towards in ((1, 104, 1), (0, 97, -1)):
        assert [taken_at(instrument, side, first + towards * step) for step in range(30)] == [1] * 16 + [0] * 14
    assert instrument["memory_count"] == OUT_OF_SIGHT_MAX + 1
