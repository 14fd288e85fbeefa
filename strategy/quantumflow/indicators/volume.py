"""Prices with what was traded at them.

OBV   the volume so far, with the sign of each close's change; it begins with the first bar's. J. Granville, 1963.
VWAP  sum of typical price times volume over sum of volume, of the last n bars; the typical price is (high + low +
      close) / 3. NaN until there are n bars, and where nothing was traded in them.
"""

import math
from typing import Any

import numpy as np

from quantumflow.indicators.window import RING, filled, oldest, push
from quantumflow.kernel import kernel

__all__ = ["obv", "obv_step", "vwap", "vwap_step"]

Array = Any


@kernel
def obv_step(state: Array, close: float, volume: float) -> float:
    """State of 3 numbers: bars seen, the last close, the sum."""
    if state[0] == 0.0 or close > state[1]:
        state[2] += volume
    elif close < state[1]:
        state[2] -= volume
    state[0] += 1.0
    state[1] = close
    return float(state[2])


@kernel
def obv(close: Array, volume: Array) -> Array:
    """(rows,) float64, in units of the base."""
    state, out = np.zeros(3), np.empty(len(close))
    for row in range(len(close)):
        out[row] = obv_step(state, close[row], volume[row])
    return out


@kernel
def vwap_step(state: Array, high: float, low: float, close: float, volume: float, n: int) -> float:
    """State of 2 * (RING + n) numbers: amounts, then volumes."""
    amounts, volumes = state[: RING + n], state[RING + n :]
    push(amounts, n, (high + low + close) / 3.0 * volume)
    push(volumes, n, volume)
    if not filled(amounts, n):
        return math.nan
    amount = traded = 0.0
    for k in range(n):
        amount += oldest(amounts, n, k)
        traded += oldest(volumes, n, k)
    return amount / traded if traded > 0.0 else math.nan


@kernel
def vwap(high: Array, low: Array, close: Array, volume: Array, n: int) -> Array:
    """(rows,) float64, in units of price."""
    state, out = np.zeros(2 * (RING + n)), np.empty(len(close))
    for row in range(len(close)):
        out[row] = vwap_step(state, high[row], low[row], close[row], volume[row], n)
    return out
