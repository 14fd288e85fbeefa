"""Average true range of bars built from mids.

A bar covers `bar_ns` of receive time, aligned to multiples of it; an interval without a book makes no bar. When the
first book of a later bar comes, the bar before is closed:
    true range = max(high - low, |high - close before|, |low - close before|); of the first bar high - low
    atr = mean of the true ranges until there are `bars` of them, then (atr * (bars - 1) + true range) / bars (Wilder)
In ticks (mids are kept in half ticks). A change of epoch drops the bar at work and the close before it.
"""

from typing import Any

from quantumflow.kernel import kernel

__all__ = ["drop_bar", "update_atr"]

Record = Any


@kernel
def update_atr(slot: Record, now_ns: int, mid2: int, bar_ns: int, bars: int) -> None:
    """Take in the mid of one tradable book."""
    bar = now_ns // bar_ns
    if slot["atr_close2"] != 0 and bar != slot["atr_bar"]:
        _close_bar(slot, bars)
    if slot["atr_close2"] == 0:
        slot["atr_bar"] = bar
        slot["atr_high2"] = mid2
        slot["atr_low2"] = mid2
    slot["atr_high2"] = max(slot["atr_high2"], mid2)
    slot["atr_low2"] = min(slot["atr_low2"], mid2)
    slot["atr_close2"] = mid2


@kernel
def _close_bar(slot: Record, bars: int) -> None:
    high, low, before = slot["atr_high2"], slot["atr_low2"], slot["atr_previous2"]
    true_range2 = high - low
    if before != 0:
        true_range2 = max(true_range2, abs(high - before), abs(low - before))
    seen = min(slot["atr_bars"], bars - 1)
    slot["atr"] = (slot["atr"] * seen + true_range2 / 2.0) / (seen + 1)
    slot["atr_bars"] += 1
    slot["atr_previous2"] = slot["atr_close2"]
    slot["atr_close2"] = 0


@kernel
def drop_bar(slot: Record) -> None:
    """After a change of epoch neither the bar at work nor the close before it counts."""
    slot["atr_close2"] = 0
    slot["atr_previous2"] = 0
