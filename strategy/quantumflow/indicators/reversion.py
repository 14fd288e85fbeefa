"""How quickly a price comes back: the half-life of an Ornstein-Uhlenbeck process over the last n steps.

dx = a + b * x(previous), by least squares; half-life = -ln 2 / ln(1 + b) bars for -1 < b < 0; infinite for b >= 0,
where nothing comes back, and 0 for b <= -1. E. Chan, Algorithmic Trading, 2013, ch. 2. NaN until n + 1 values.
"""

import math
from typing import Any

import numpy as np

from quantumflow.indicators.window import RING, filled, oldest, push
from quantumflow.kernel import kernel

__all__ = ["ou_half_life", "ou_half_life_step"]

Array = Any


@kernel
def ou_half_life_step(state: Array, value: float, n: int) -> float:
    """State of RING + n + 1 numbers."""
    push(state, n + 1, value)
    if not filled(state, n + 1):
        return math.nan
    centre = 0.0
    for k in range(n):
        centre += oldest(state, n + 1, k)
    centre /= n
    change = (value - oldest(state, n + 1, 0)) / n
    square = product = 0.0
    for k in range(n):
        here = oldest(state, n + 1, k)
        square += (here - centre) * (here - centre)
        product += (here - centre) * (oldest(state, n + 1, k + 1) - here - change)
    if square == 0.0:
        return math.inf
    slope = product / square
    if slope >= 0.0:
        return math.inf
    return -math.log(2.0) / math.log1p(slope) if slope > -1.0 else 0.0


@kernel
def ou_half_life(values: Array, n: int) -> Array:
    """(rows,) float64, in bars."""
    state, out = np.zeros(RING + n + 1), np.empty(len(values))
    for row in range(len(values)):
        out[row] = ou_half_life_step(state, values[row], n)
    return out
