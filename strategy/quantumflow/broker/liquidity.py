"""What the book shows, and what our own fills have taken from it since a level last changed.

A paper fill leaves no trace in the real book. Without a memory two orders would both take the same displayed lots.
"""

from typing import Any

from quantumflow.kernel import kernel
from quantumflow.state import LIQUIDITY_MEMORY_MAX
from quantumflow.vocabulary import FeedState

__all__ = [
    "OUT_OF_SIGHT_MAX",
    "UNKNOWN",
    "best",
    "displayed_at",
    "forget_changed",
    "remember",
    "room_for",
    "sound",
    "taken_at",
    "tradable",
]

Record = Any

UNKNOWN = -1
OUT_OF_SIGHT_MAX = LIQUIDITY_MEMORY_MAX // 2
"""Remembered levels that the book no longer shows: a market that moves on would fill the memory for ever."""
_LIVE = int(FeedState.LIVE)
_SIDE, _TICKS, _DISPLAYED, _TAKEN = range(4)


@kernel
def tradable(core: Record, instrument: Record) -> bool:
    """Whether an order may meet this book now: sound, and not too old."""
    return sound(instrument) and core["now_ns"] - instrument["recv_ns"] <= core["max_book_age_ns"]


@kernel
def sound(instrument: Record) -> bool:
    """Whether the book is live, two-sided, uncrossed and of a known epoch, whatever its age."""
    if instrument["state"] != _LIVE or instrument["epoch"] == 0:
        return False
    if instrument["bid_count"] == 0 or instrument["ask_count"] == 0:
        return False
    levels = instrument["levels"]
    return bool(levels[0, 0, 0] < levels[1, 0, 0])


@kernel
def best(instrument: Record, book_side: int) -> int:
    """Best price of one side of the book (0: bids, 1: asks); 0 if it is empty."""
    count = instrument["bid_count"] if book_side == 0 else instrument["ask_count"]
    return instrument["levels"][book_side, 0, 0] if count > 0 else 0


@kernel
def displayed_at(instrument: Record, book_side: int, price: int) -> int:
    """Lots shown at a price of one side; 0 between shown levels or better than them; UNKNOWN beyond the last one."""
    count = instrument["bid_count"] if book_side == 0 else instrument["ask_count"]
    levels = instrument["levels"]
    for level in range(count):
        shown = levels[book_side, level, 0]
        if shown == price:
            return int(levels[book_side, level, 1])
        if (shown < price) == (book_side == 0):
            return 0
    return UNKNOWN


@kernel
def taken_at(instrument: Record, book_side: int, price: int) -> int:
    """Lots that our fills took from this level since it last changed."""
    memory = instrument["memory"]
    for row in range(instrument["memory_count"]):
        if memory[row, _SIDE] == book_side and memory[row, _TICKS] == price:
            return int(memory[row, _TAKEN])
    return 0


@kernel
def room_for(instrument: Record, book_side: int, price: int) -> bool:
    """Whether a fill at this level could still be remembered."""
    return instrument["memory_count"] < LIQUIDITY_MEMORY_MAX or taken_at(instrument, book_side, price) > 0


@kernel
def remember(instrument: Record, book_side: int, price: int, displayed: int, lots: int) -> None:
    """Note that `lots` of the `displayed` ones were taken. The caller asked `room_for` first."""
    memory = instrument["memory"]
    count = instrument["memory_count"]
    for row in range(count):
        if memory[row, _SIDE] == book_side and memory[row, _TICKS] == price:
            memory[row, _TAKEN] += lots
            return
    memory[count, _SIDE] = book_side
    memory[count, _TICKS] = price
    memory[count, _DISPLAYED] = displayed
    memory[count, _TAKEN] = lots
    instrument["memory_count"] = count + 1


@kernel
def forget_changed(instrument: Record) -> None:
    """After a new book: forget levels that show another quantity now. Of those out of sight the nearest stay."""
    memory = instrument["memory"]
    kept = hidden = 0
    for row in range(instrument["memory_count"]):
        displayed = displayed_at(instrument, memory[row, _SIDE], memory[row, _TICKS])
        if displayed == UNKNOWN or displayed == memory[row, _DISPLAYED]:
            hidden += 1 if displayed == UNKNOWN else 0
            for field in range(4):
                memory[kept, field] = memory[row, field]
            kept += 1
    _cut(instrument, kept)
    while hidden > OUT_OF_SIGHT_MAX:
        _forget(instrument, _farthest(instrument))
        hidden -= 1


@kernel
def _farthest(instrument: Record) -> int:
    """The row out of sight that is farthest from the best price of its side, the earlier one of two."""
    memory = instrument["memory"]
    found, distance = 0, -1
    for row in range(instrument["memory_count"]):
        side, price = memory[row, _SIDE], memory[row, _TICKS]
        away = abs(price - best(instrument, side))
        if away > distance and displayed_at(instrument, side, price) == UNKNOWN:
            found, distance = row, away
    return found


@kernel
def _forget(instrument: Record, gone: int) -> None:
    memory = instrument["memory"]
    for row in range(gone, instrument["memory_count"] - 1):
        for field in range(4):
            memory[row, field] = memory[row + 1, field]
    _cut(instrument, instrument["memory_count"] - 1)


@kernel
def _cut(instrument: Record, kept: int) -> None:
    """The first `kept` rows stay."""
    for row in range(kept, instrument["memory_count"]):
        for field in range(4):
            instrument["memory"][row, field] = 0
    instrument["memory_count"] = kept
