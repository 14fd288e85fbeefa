"""Volatility of mid returns, and how unusual it is: an exponential average against its own long run.

mid2  = bid + ask (half ticks);  r = (mid2 - previous mid2) / previous mid2
a     = 2 / (books + 1);         variance = r*r at the first return, then variance + a * (r*r - variance)
volatility = sqrt(variance)
b     = 2 / (long books + 1);    d = volatility - mean;  mean = mean + b * d;  spread = (1 - b) * (spread + b * d * d)
z     = d / sqrt(spread), 0 while spread is 0; d and spread as they stood before this book
mean starts at the first volatility, spread at 0. There is no return across a change of epoch.
"""

import math
from typing import Any

from quantumflow.kernel import kernel

__all__ = ["forget_mid", "update_volatility"]

Record = Any


@kernel
def update_volatility(slot: Record, mid2: int, books: float, long_books: float) -> None:
    """Take in the mid of one tradable book."""
    previous = slot["volatility_mid2"]
    slot["volatility_mid2"] = mid2
    if previous == 0:
        return
    change = (mid2 - previous) / previous
    square = change * change
    variance = slot["volatility_variance"]
    first = slot["volatility_samples"] == 0
    variance = square if first else variance + 2.0 / (books + 1.0) * (square - variance)
    volatility = math.sqrt(variance)
    slot["volatility_variance"] = variance
    slot["volatility"] = volatility
    slot["volatility_samples"] += 1
    if first:
        slot["volatility_mean"] = volatility
        return
    share = 2.0 / (long_books + 1.0)
    distance = volatility - slot["volatility_mean"]
    spread = slot["volatility_spread"]
    slot["volatility_z"] = distance / math.sqrt(spread) if spread > 0.0 else 0.0
    slot["volatility_mean"] += share * distance
    slot["volatility_spread"] = (1.0 - share) * (spread + share * distance * distance)


@kernel
def forget_mid(slot: Record) -> None:
    """After a change of epoch the next book gives no return."""
    slot["volatility_mid2"] = 0
