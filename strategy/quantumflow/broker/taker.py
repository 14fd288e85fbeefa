"""An order that takes: it walks the displayed levels of the opposite side, best first, and never beyond them.

Or, by a kind fill model, it is filled whole at one price, which research compares with that.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from quantumflow.broker.fills import closable, fill
from quantumflow.broker.liquidity import best, displayed_at, remember, room_for, taken_at
from quantumflow.kernel import kernel
from quantumflow.state import LIQUIDITY_MEMORY_MAX
from quantumflow.vocabulary import FillModel, ImpactModel, Liquidity, Refusal, Side

__all__ = ["ANY_LOTS", "available", "reached", "reaches", "take"]

Record = Any
Table = npt.NDArray[np.void]

ANY_LOTS = 2**62
"""What a kind fill model has to give at its price."""

_BUY = int(Side.BUY)
_MODEL, _NAIVE = int(FillModel.MODEL), int(FillModel.NAIVE)
_REMEMBERED = int(ImpactModel.REMEMBERED)
_MAKER = int(Liquidity.MAKER)
_NONE, _LIQUIDITY_MEMORY_FULL = int(Refusal.NONE), int(Refusal.LIQUIDITY_MEMORY_FULL)


@kernel
def reaches(side: int, limit: int, price: int) -> bool:
    """Whether an order of this side and limit (0: none) accepts a level's price."""
    return limit == 0 or (price <= limit if side == _BUY else price >= limit)


@kernel
def reached(core: Record, instrument: Record, side: int, limit: int) -> bool:
    """Whether this book reaches an order's limit (0: none): its opposite best does; of NAIVE, its mid."""
    if core["fill_model"] == _NAIVE:
        return reaches(side, 2 * limit, best(instrument, 0) + best(instrument, 1))
    return reaches(side, limit, best(instrument, 1 if side == _BUY else 0))


@kernel
def _known(instrument: Record, book_side: int, price: int) -> bool:
    """Whether a level lies inside the window in which the book is known (0: all of it)."""
    if book_side == 0:
        return bool(instrument["window_bid"] == 0 or price >= instrument["window_bid"])
    return bool(instrument["window_ask"] == 0 or price <= instrument["window_ask"])


@kernel
def available(core: Record, instrument: Record, side: int, limit: int) -> int:
    """Lots an order of this side could take now down to its limit, and have remembered."""
    if core["fill_model"] != _MODEL:
        return ANY_LOTS if reached(core, instrument, side, limit) else 0
    book_side = 1 if side == _BUY else 0
    levels = instrument["levels"]
    total, room = 0, LIQUIDITY_MEMORY_MAX - instrument["memory_count"]
    for level in range(instrument["ask_count"] if book_side == 1 else instrument["bid_count"]):
        price = levels[book_side, level, 0]
        if not reaches(side, limit, price) or not _known(instrument, book_side, price):
            break
        taken = taken_at(instrument, book_side, price)
        if taken == 0:
            room -= 1
        if room < 0:
            break
        total += max(levels[book_side, level, 1] - taken, 0)
    return total


@kernel
def take(
    core: Record, slot: Record, instrument: Record, order: Record, outbox: Table, limit: int, liquidity: int
) -> int:
    """Fill against what is displayed and not yet taken by us; NONE, or the refusal that ends the order.

    A taker pays each level's price. A maker, whose price the book has crossed, pays its own; levels bound how much.
    """
    side = order["side"]
    if core["fill_model"] != _MODEL:
        return _take_whole(core, slot, instrument, order, outbox, limit, liquidity)
    book_side = 1 if side == _BUY else 0
    levels = instrument["levels"]
    for level in range(instrument["ask_count"] if book_side == 1 else instrument["bid_count"]):
        remaining = order["qty"] - order["filled"]
        price = levels[book_side, level, 0]
        if remaining == 0 or not reaches(side, limit, price) or not _known(instrument, book_side, price):
            break
        displayed = levels[book_side, level, 1]
        consumed = taken_at(instrument, book_side, price)
        if consumed >= displayed:
            continue
        if not room_for(instrument, book_side, price):
            return _LIQUIDITY_MEMORY_FULL
        paid = limit if liquidity == _MAKER else price
        lots = min(remaining, displayed - consumed)
        filled, refusal = fill(core, slot, instrument, order, outbox, liquidity, paid, lots, displayed, consumed)
        if filled > 0 and core["impact_model"] == _REMEMBERED:
            remember(instrument, book_side, price, displayed, filled)
        if refusal != _NONE:
            return refusal
    return _NONE


@kernel
def _take_whole(
    core: Record, slot: Record, instrument: Record, order: Record, outbox: Table, limit: int, liquidity: int
) -> int:
    """Fill all of it at one price, whatever is displayed there; NONE, or the refusal that ends the order."""
    side = order["side"]
    if not reached(core, instrument, side, limit):
        return _NONE
    book_side = 1 if side == _BUY else 0
    price = _mid(instrument) if core["fill_model"] == _NAIVE else best(instrument, book_side)
    shown = max(displayed_at(instrument, book_side, price), 0)
    paid = limit if liquidity == _MAKER else price
    lots = order["qty"] - order["filled"]
    _, refusal = fill(core, slot, instrument, order, outbox, liquidity, paid, lots, shown, 0)
    if refusal == _NONE and order["filled"] < order["qty"]:
        _, refusal = closable(core, slot, order)
    return refusal


@kernel
def _mid(instrument: Record) -> int:
    """Middle of the best prices; half a tick goes to the even one, so that it is the same for a buy and a sell."""
    twice = best(instrument, 0) + best(instrument, 1)
    low = twice // 2
    return low + (twice & 1 & low)
