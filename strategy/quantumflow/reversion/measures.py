"""What a bar is worth waiting for: ranges, volatility and the half-life of a deviation. NaN until there are the bars.

atr         mean of the true ranges of the last n bars, oldest first; n + 1 bars. Not Wilder's average, as indicators.
            volatility has: that one remembers where the series began, and a bot that started yesterday would not see
            what a search over years saw.
volatility  indicators.volatility's realised volatility over n bars, a bar; n + 1 closes.
half-life   indicators.reversion's half-life in bars of an Ornstein-Uhlenbeck process over n steps; n + 1 closes.
            Infinite where nothing comes back.
"""

import math
from typing import Any

import numpy as np

from quantumflow.indicators.reversion import ou_half_life
from quantumflow.indicators.volatility import realised_volatility
from quantumflow.kernel import kernel

__all__ = ["atr_series", "half_life_series", "volatility_series"]

Array = Any


@kernel
def atr_series(bars: int, closes: Array, highs: Array, lows: Array) -> Array:
    """(n,) float64, in the unit of the prices."""
    rows = len(closes)
    ranges, out = np.zeros(rows), np.full(rows, math.nan)
    for row in range(1, rows):
        before = closes[row - 1]
        ranges[row] = max(highs[row] - lows[row], abs(highs[row] - before), abs(lows[row] - before))
    totals = np.zeros(max(rows - bars, 0))
    for back in range(1, bars + 1):
        for row in range(len(totals)):
            totals[row] += ranges[row + back]
    for row in range(len(totals)):
        out[row + bars] = totals[row] / bars
    return out


@kernel
def volatility_series(bars: int, closes: Array) -> Array:
    """(n,) float64, a bar (0.001: one tenth of a per cent); closes above zero."""
    return realised_volatility(closes, bars)


@kernel
def half_life_series(bars: int, closes: Array) -> Array:
    """(n,) float64, in bars; 0 to infinity."""
    return ou_half_life(closes, bars)
