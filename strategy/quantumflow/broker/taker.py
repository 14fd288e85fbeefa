"""An order that takes: it walks the displayed levels of the opposite side, best first, and never beyond them."""

from typing import Any

import numpy as np
import numpy.typing as npt

from quantumflow.broker.fills import fill
from quantumflow.broker.liquidity import remember, room_for, taken_at
from quantumflow.kernel import kernel
from quantumflow.state import LIQUIDITY_MEMORY_MAX
from quantumflow.vocabulary import ImpactModel, Liquidity, Refusal, Side

__all__ = ["available", "reaches", "take"]

Record = Any
Table = npt.NDArray[np.void]

_BUY = int(Side.BUY)
_REMEMBERED = int(ImpactModel.REMEMBERED)
_MAKER = int(Liquidity.MAKER)
_NONE, _LIQUIDITY_MEMORY_FULL = int(Refusal.NONE), int(Refusal.LIQUIDITY_MEMORY_FULL)


@kernel
def reaches(side: int, limit: int, price: int) -> bool:
    """Whether an order of this side and limit (0: none) accepts a level's price."""
    return limit == 0 or (price <= limit if side == _BUY else price >= limit)


@kernel
def _known(instrument: Record, book_side: int, price: int) -> bool:
    """Whether a level lies inside the window in which the book is known (0: all of it)."""
    if book_side == 0:
        return bool(instrument["window_bid"] == 0 or price >= instrument["window_bid"])
    return bool(instrument["window_ask"] == 0 or price <= instrument["window_ask"])


@kernel
def available(instrument: Record, side: int, limit: int) -> int:
    """Lots an order of this side could take now down to its limit, and have remembered."""
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
