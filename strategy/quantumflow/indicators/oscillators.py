"""Where a price stands against its own recent past. NaN until there are values enough.

RSI         100 * up / (up + down), Wilder's averages of rises and falls, seeded by the mean of the first n changes; 0
            where nothing moved, as in TA-Lib. J. W. Wilder, New Concepts in Technical Trading Systems, 1978, sec. VI.
stochastic  %K = 100 * (close - lowest) / (highest - lowest) over n, 0 where they are equal; slowed by an SMA of `slow`;
            %D is the SMA of that over `signal`. G. Lane, Technical Analysis of Stocks & Commodities 2:3, 1984.
z-score     (x - mean) / population standard deviation over n, 0 where nothing moved.
"""

import math
from typing import Any

import numpy as np

from quantumflow.indicators.averages import sma_step
from quantumflow.indicators.window import RING, filled, mean, oldest, push, spread
from quantumflow.kernel import kernel

__all__ = ["rsi", "rsi_step", "stochastic", "stochastic_step", "zscore", "zscore_step"]

Array = Any


@kernel
def rsi_step(state: Array, value: float, n: int) -> float:
    """State of 4 numbers: values seen, the last one, the averages of rises and of falls."""
    state[0] += 1.0
    change = value - state[1]
    state[1] = value
    if state[0] == 1.0:
        return math.nan
    rise, fall = max(change, 0.0), max(-change, 0.0)
    if state[0] <= n + 1:
        state[2] += rise / n
        state[3] += fall / n
        if state[0] <= n:
            return math.nan
    else:
        state[2] += (rise - state[2]) / n
        state[3] += (fall - state[3]) / n
    moved = state[2] + state[3]
    return float(100.0 * state[2] / moved) if moved > 0.0 else 0.0


@kernel
def rsi(values: Array, n: int) -> Array:
    """(rows,) float64, 0 to 100."""
    state, out = np.zeros(4), np.empty(len(values))
    for row in range(len(values)):
        out[row] = rsi_step(state, values[row], n)
    return out


@kernel
def stochastic_step(
    state: Array, high: float, low: float, close: float, n: int, slow: int, signal: int
) -> tuple[float, float]:
    """State of 4 * RING + 2 * n + slow + signal numbers. Slow %K and %D."""
    highs, lows = state[: RING + n], state[RING + n : 2 * (RING + n)]
    slowed = state[2 * (RING + n) : 2 * (RING + n) + RING + slow]
    push(highs, n, high)
    push(lows, n, low)
    if not filled(highs, n):
        return math.nan, math.nan
    top, bottom = oldest(highs, n, 0), oldest(lows, n, 0)
    for k in range(1, n):
        top = max(top, oldest(highs, n, k))
        bottom = min(bottom, oldest(lows, n, k))
    quick = 100.0 * (close - bottom) / (top - bottom) if top > bottom else 0.0
    level = sma_step(slowed, quick, slow)
    if math.isnan(level):
        return math.nan, math.nan
    line = sma_step(state[2 * (RING + n) + RING + slow :], level, signal)
    return (math.nan, math.nan) if math.isnan(line) else (level, line)


@kernel
def stochastic(high: Array, low: Array, close: Array, n: int, slow: int, signal: int) -> Array:
    """(rows, 2) float64, 0 to 100."""
    state, out = np.zeros(4 * RING + 2 * n + slow + signal), np.empty((len(close), 2))
    for row in range(len(close)):
        out[row, 0], out[row, 1] = stochastic_step(state, high[row], low[row], close[row], n, slow, signal)
    return out


@kernel
def zscore_step(state: Array, value: float, n: int) -> float:
    """State of RING + n numbers."""
    push(state, n, value)
    if not filled(state, n):
        return math.nan
    centre = mean(state, n)
    width = spread(state, n, centre)
    return (value - centre) / width if width > 0.0 else 0.0


@kernel
def zscore(values: Array, n: int) -> Array:
    """(rows,) float64, in standard deviations."""
    state, out = np.zeros(RING + n), np.empty(len(values))
    for row in range(len(values)):
        out[row] = zscore_step(state, values[row], n)
    return out
