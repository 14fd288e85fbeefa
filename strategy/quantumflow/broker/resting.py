"""A limit order that rests: its place in the queue, and what makes it fill.

Real trades at its price consume the queue ahead of it and then the order; a trade through its price, or a book that
crosses it, fills it. One trade's quantity fills at most once across all our orders. (By a kind fill model whatever
reaches its price fills it whole.)
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from quantumflow.broker.fills import fill
from quantumflow.broker.liquidity import UNKNOWN, displayed_at, tradable
from quantumflow.broker.orders import OrderEvent, change
from quantumflow.broker.taker import reached, reaches, take
from quantumflow.kernel import kernel
from quantumflow.vocabulary import Aggressor, FillModel, Liquidity, OrderKind, OrderState, QueueModel, Refusal, Side

__all__ = ["align_queue", "enter_queue", "meet_book", "meet_trade"]

Record = Any
Table = npt.NDArray[np.void]

_BUY, _SELL = int(Side.BUY), int(Side.SELL)
_LIMIT, _WORKING, _MAKER = int(OrderKind.LIMIT), int(OrderState.WORKING), int(Liquidity.MAKER)
_SELLER, _MODEL = int(Aggressor.SELLER), int(FillModel.MODEL)
_PROPORTIONAL, _FRONT = int(QueueModel.PROPORTIONAL), int(QueueModel.FRONT)
_CANCEL, _NONE = int(OrderEvent.CANCEL), int(Refusal.NONE)


@kernel
def enter_queue(core: Record, instrument: Record, order: Record) -> None:
    """Stand behind everything displayed at the order's price; UNKNOWN where the book shows nothing of it.

    With FRONT nobody ever stands ahead.
    """
    book_side = 0 if order["side"] == _BUY else 1
    order["epoch"] = instrument["epoch"]
    front = core["queue_model"] == _FRONT
    order["queue_ahead"] = 0 if front else displayed_at(instrument, book_side, order["limit_price"])
    order["queue_at_entry"] = order["queue_ahead"]
    order["queue_shown"] = max(order["queue_ahead"], 0)
    order["queue_traded"] = 0


@kernel
def align_queue(core: Record, instrument: Record, order: Record) -> None:
    """After a tradable book: less displayed than was ahead means less ahead; a new epoch means the place is lost.

    Cancels are taken to come from behind the order until the display proves otherwise; with PROPORTIONAL, from ahead
    as often as the share of the display that was ahead.
    """
    if order["epoch"] != instrument["epoch"]:
        enter_queue(core, instrument, order)
        return
    if core["queue_model"] == _FRONT:
        return
    displayed = displayed_at(instrument, 0 if order["side"] == _BUY else 1, order["limit_price"])
    if displayed == UNKNOWN:
        return
    if order["queue_ahead"] == UNKNOWN:
        order["queue_ahead"] = displayed
        order["queue_at_entry"] = displayed
    elif core["queue_model"] == _PROPORTIONAL and order["queue_shown"] > 0:
        cancelled = max(order["queue_shown"] - displayed - order["queue_traded"], 0)
        order["queue_ahead"] -= cancelled * order["queue_ahead"] // order["queue_shown"]
    order["queue_ahead"] = min(order["queue_ahead"], displayed)
    order["queue_shown"] = displayed
    order["queue_traded"] = 0


@kernel
def _next_resting(core: Record, orders: Table, k: int, side: int, done: int) -> int:
    """Row of the best-priced, then oldest resting order of one side that `done` does not hold; -1 if there is none."""
    chosen = -1
    for row in range(core["open_orders"]):
        order = orders[row]
        if order["instrument"] != k or order["side"] != side or (done >> row) & 1:
            continue
        if order["kind"] != _LIMIT or order["state"] != _WORKING:
            continue
        if chosen < 0 or _better(side, order["limit_price"], orders[chosen]["limit_price"]):
            chosen = row
    return chosen


@kernel
def _better(side: int, price: int, other: int) -> bool:
    """Whether a resting order's price stands before another's."""
    return price > other if side == _BUY else price < other


@kernel
def meet_book(core: Record, slots: Table, instrument: Record, orders: Table, outbox: Table, k: int) -> None:
    """Every resting order of an instrument meets its new, tradable book."""
    for row in range(core["open_orders"]):
        order = orders[row]
        if order["instrument"] == k and order["kind"] == _LIMIT and order["state"] == _WORKING:
            align_queue(core, instrument, order)
    for side in range(2):
        done = 0
        row = _next_resting(core, orders, k, side, done)
        while row >= 0 and reached(core, instrument, side, orders[row]["limit_price"]):
            order = orders[row]
            done |= 1 << row
            refusal = take(core, slots[order["bot"], k], instrument, order, outbox, order["limit_price"], _MAKER)
            if refusal != _NONE:
                change(core, order, outbox, _CANCEL, refusal)
            row = _next_resting(core, orders, k, side, done)


@kernel
def meet_trade(
    core: Record, slots: Table, instrument: Record, orders: Table, outbox: Table, k: int, trade: Record
) -> None:
    """Every resting order that a real trade reached, best price first; the trade's lots are handed out once."""
    if not tradable(core, instrument):
        return
    side = _BUY if trade["side"] == _SELLER else _SELL
    handed = 0
    done = 0
    row = _next_resting(core, orders, k, side, done)
    while row >= 0 and reaches(side, orders[row]["limit_price"], trade["price"]):
        order = orders[row]
        done |= 1 << row
        if core["fill_model"] != _MODEL:
            _note_trade(order, trade["id"])
            whole = order["qty"] - order["filled"]
            _fill_by_trade(core, slots[order["bot"], k], instrument, order, outbox, whole)
            row = _next_resting(core, orders, k, side, done)
            continue
        if order["limit_price"] != trade["price"]:
            order["queue_consumed"] += max(order["queue_ahead"], 0)
            order["queue_ahead"] = 0
        if order["queue_ahead"] != UNKNOWN:
            ahead = order["queue_ahead"]
            consumed = min(ahead, trade["qty"])
            order["queue_ahead"] = ahead - consumed
            order["queue_consumed"] += consumed
            order["queue_traded"] += min(trade["qty"], order["queue_shown"])
            lots = min(trade["qty"] - ahead - handed, order["qty"] - order["filled"])
            _note_trade(order, trade["id"])
            if lots > 0:
                handed += _fill_by_trade(core, slots[order["bot"], k], instrument, order, outbox, lots)
        row = _next_resting(core, orders, k, side, done)


@kernel
def _note_trade(order: Record, trade_id: int) -> None:
    """Keep which trades moved the order on, as evidence."""
    if order["trades"] == 0:
        order["first_trade_id"] = trade_id
    order["last_trade_id"] = trade_id
    order["trades"] += 1


@kernel
def _fill_by_trade(core: Record, slot: Record, instrument: Record, order: Record, outbox: Table, lots: int) -> int:
    """Fill as maker at the order's own price; the lots filled."""
    book_side = 0 if order["side"] == _BUY else 1
    shown = max(displayed_at(instrument, book_side, order["limit_price"]), 0)
    filled, refusal = fill(core, slot, instrument, order, outbox, _MAKER, order["limit_price"], lots, shown, 0)
    if refusal != _NONE:
        change(core, order, outbox, _CANCEL, refusal)
    return filled
