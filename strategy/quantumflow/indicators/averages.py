"""Moving averages, and their difference. NaN until the average has its n values.

SMA   mean of the last n.
EMA   begins with the SMA of the first n; then e + 2 / (n + 1) * (x - e).
WMA   weights 1 (oldest) to n (newest).
MACD  EMA(fast) - EMA(slow), both known from the slow one's first value on (the fast one begins later, so that each is
      seeded by the values before it); its signal is the EMA of that difference, the histogram what lies between.
G. Appel, Technical Analysis: Power Tools for Active Investors, 2005, ch. 8; definitions of seeds as in TA-Lib.
"""

import math
from typing import Any

import numpy as np

from quantumflow.indicators.window import RING, filled, mean, oldest, push
from quantumflow.kernel import kernel

__all__ = ["ema", "ema_step", "macd", "macd_step", "sma", "sma_step", "wma", "wma_step"]

Array = Any

_MACD_SLOW, _MACD_SIGNAL = 3, 6


@kernel
def sma_step(state: Array, value: float, n: int) -> float:
    """State of RING + n numbers, zero at first."""
    push(state, n, value)
    return mean(state, n) if filled(state, n) else math.nan


@kernel
def sma(values: Array, n: int) -> Array:
    """(rows,) float64."""
    state, out = np.zeros(RING + n), np.empty(len(values))
    for row in range(len(values)):
        out[row] = sma_step(state, values[row], n)
    return out


@kernel
def ema_step(state: Array, value: float, n: int) -> float:
    """State of 2 numbers: values seen (at most n), and the sum until then, the average after."""
    if state[0] < n:
        state[0] += 1.0
        state[1] += value
        if state[0] < n:
            return math.nan
        state[1] /= n
    else:
        state[1] += 2.0 / (n + 1.0) * (value - state[1])
    return float(state[1])


@kernel
def ema(values: Array, n: int) -> Array:
    """(rows,) float64."""
    state, out = np.zeros(2), np.empty(len(values))
    for row in range(len(values)):
        out[row] = ema_step(state, values[row], n)
    return out


@kernel
def wma_step(state: Array, value: float, n: int) -> float:
    """State of RING + n numbers."""
    push(state, n, value)
    if not filled(state, n):
        return math.nan
    total = 0.0
    for k in range(n):
        total += (k + 1.0) * oldest(state, n, k)
    return total / (n * (n + 1) / 2)


@kernel
def wma(values: Array, n: int) -> Array:
    """(rows,) float64."""
    state, out = np.zeros(RING + n), np.empty(len(values))
    for row in range(len(values)):
        out[row] = wma_step(state, values[row], n)
    return out


@kernel
def macd_step(state: Array, value: float, fast: int, slow: int, signal: int) -> tuple[float, float, float]:
    """State of 8 numbers. The difference, its signal, the histogram; all NaN until the signal is known."""
    state[0] += 1.0
    quick = ema_step(state[1:_MACD_SLOW], value, fast) if state[0] > slow - fast else math.nan
    gap = quick - ema_step(state[_MACD_SLOW:_MACD_SIGNAL], value, slow)
    if math.isnan(gap):
        return math.nan, math.nan, math.nan
    line = ema_step(state[_MACD_SIGNAL:], gap, signal)
    if math.isnan(line):
        return math.nan, math.nan, math.nan
    return gap, line, gap - line


@kernel
def macd(values: Array, fast: int, slow: int, signal: int) -> Array:
    """(rows, 3) float64."""
    state, out = np.zeros(8), np.empty((len(values), 3))
    for row in range(len(values)):
        out[row, 0], out[row, 1], out[row, 2] = macd_step(state, values[row], fast, slow, signal)
    return out
