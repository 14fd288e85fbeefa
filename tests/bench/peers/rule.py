"""What every engine of the comparison does, in one sentence; and a plain loop over it, which no engine is part of.

Flat: buy at market when the lean is LEAN or more. Holding: sell all when it is -LEAN or less. One order at a time,
and no shorts. On ticks the lean is that of the best quantities, (bid - ask) / (bid + ask), looked at with each book;
on bars it is the place of the close in the bar, (2 close - high - low) / (high - low), looked at with each close.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["FEE_PPM", "LATENCY_US", "LEAN", "lean_of_bars", "lean_of_books", "orders_of"]

LEAN = 0.3
FEE_PPM = 1_000
LATENCY_US = 18_000
"""From the decision to the exchange, on ticks. Books come each 100 ms, so an order is done when the next one comes."""


def lean_of_books(levels: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """Of books as (n, side, level, (price, qty)): the lean of the best quantities."""
    bids, asks = levels[:, 0, 0, 1].astype(np.float64), levels[:, 1, 0, 1].astype(np.float64)
    return (bids - asks) / np.maximum(bids + asks, 1.0)


def lean_of_bars(bars: Any) -> npt.NDArray[np.float64]:
    """Of columns high, low and close: where in the bar it closed, -1 to 1."""
    span = np.maximum(bars["high"] - bars["low"], 0.01)
    return np.asarray((2 * bars["close"] - bars["high"] - bars["low"]) / span, dtype=np.float64)


def orders_of(leans: npt.NDArray[np.float64]) -> int:
    """How many orders the sentence above makes of these leans."""
    orders = 0
    for lean in leans:
        if (lean >= LEAN) if orders % 2 == 0 else (lean <= -LEAN):
            orders += 1
    return orders
