"""How far prices move. NaN until there are values enough.

ATR                  Wilder's average of the true range, seeded by the mean of the first n. Wilder 1978, sec. III.
Bollinger            mean and mean ± width * population standard deviation over n. J. Bollinger, 2001, ch. 7.
realised volatility  sqrt(mean of the squared log returns of the last n bars), per bar, about zero. T. Andersen et al.,
                     Modeling and Forecasting Realized Volatility, Econometrica 71:2, 2003, as a mean.
clusters             which of three groups the newest value falls into: 0 calm, 1 usual, 2 wild. k-means in one
                     dimension (S. Lloyd, 1982) of the last n values, begun at their minimum, median and maximum, and
                     fitted anew every `refit` values; between fits the centres stand. Deterministic.
"""

import math
from typing import Any

import numpy as np

from quantumflow.indicators.window import RING, filled, mean, push, spread
from quantumflow.kernel import kernel

__all__ = [
    "atr",
    "atr_step",
    "bollinger",
    "bollinger_step",
    "clusters",
    "clusters_step",
    "realised_volatility",
    "realised_volatility_step",
]

Array = Any

_ROUNDS_MAX = 25
"""Of Lloyd's iteration; one-dimensional groups of three settle in fewer."""


@kernel
def atr_step(state: Array, high: float, low: float, close: float, n: int) -> float:
    """State of 3 numbers: bars seen, the last close, the average (its sum until there are n)."""
    state[0] += 1.0
    before = state[1]
    state[1] = close
    if state[0] == 1.0:
        return math.nan
    reach = max(high - low, abs(high - before), abs(low - before))
    if state[0] <= n + 1:
        state[2] += reach
        if state[0] <= n:
            return math.nan
        state[2] /= n
    else:
        state[2] += (reach - state[2]) / n
    return float(state[2])


@kernel
def atr(high: Array, low: Array, close: Array, n: int) -> Array:
    """(rows,) float64, in units of price."""
    state, out = np.zeros(3), np.empty(len(close))
    for row in range(len(close)):
        out[row] = atr_step(state, high[row], low[row], close[row], n)
    return out


@kernel
def bollinger_step(state: Array, value: float, n: int, width: float) -> tuple[float, float, float]:
    """State of RING + n numbers. Upper band, mean, lower band."""
    push(state, n, value)
    if not filled(state, n):
        return math.nan, math.nan, math.nan
    centre = mean(state, n)
    reach = width * spread(state, n, centre)
    return centre + reach, centre, centre - reach


@kernel
def bollinger(values: Array, n: int, width: float) -> Array:
    """(rows, 3) float64."""
    state, out = np.zeros(RING + n), np.empty((len(values), 3))
    for row in range(len(values)):
        out[row, 0], out[row, 1], out[row, 2] = bollinger_step(state, values[row], n, width)
    return out


@kernel
def realised_volatility_step(state: Array, value: float, n: int) -> float:
    """State of 1 + RING + n numbers: the last value, then the squared returns."""
    before = state[0]
    state[0] = value
    if before == 0.0:
        return math.nan
    change = math.log(value / before)
    push(state[1:], n, change * change)
    return math.sqrt(mean(state[1:], n)) if filled(state[1:], n) else math.nan


@kernel
def realised_volatility(values: Array, n: int) -> Array:
    """(rows,) float64; prices above zero."""
    state, out = np.zeros(1 + RING + n), np.empty(len(values))
    for row in range(len(values)):
        out[row] = realised_volatility_step(state, values[row], n)
    return out


@kernel
def _fit(state: Array, ring: Array, n: int) -> None:
    """The centres of the ring's values, ascending, into state[0:3]."""
    ordered = np.sort(ring[RING:])
    low, middle, high = ordered[0], ordered[n // 2], ordered[n - 1]
    for _ in range(_ROUNDS_MAX):
        below, above = np.searchsorted(ordered, (low + middle) / 2), np.searchsorted(ordered, (middle + high) / 2)
        a = _part_mean(ordered, 0, below, low)
        b = _part_mean(ordered, below, above, middle)
        c = _part_mean(ordered, above, n, high)
        if a == low and b == middle and c == high:
            break
        low, middle, high = a, b, c
    state[0], state[1], state[2] = low, middle, high


@kernel
def _part_mean(ordered: Array, start: int, end: int, otherwise: float) -> float:
    if end <= start:
        return otherwise
    total = 0.0
    for k in range(start, end):
        total += ordered[k]
    return total / (end - start)


@kernel
def clusters_step(state: Array, value: float, n: int, refit: int) -> float:
    """State of 4 + RING + n numbers: three centres, values since the last fit, the ring. A NaN is passed over."""
    if math.isnan(value):
        return math.nan
    ring = state[4:]
    push(ring, n, value)
    if not filled(ring, n):
        return math.nan
    if ring[0] == n or state[3] + 1.0 >= refit:
        _fit(state, ring, n)
        state[3] = 0.0
    else:
        state[3] += 1.0
    if value < (state[0] + state[1]) / 2:
        return 0.0
    return 1.0 if value < (state[1] + state[2]) / 2 else 2.0


@kernel
def clusters(values: Array, n: int, refit: int) -> Array:
    """(rows,) float64 of 0, 1, 2; of a volatility, e.g. `realised_volatility`'s."""
    state, out = np.zeros(4 + RING + n), np.empty(len(values))
    for row in range(len(values)):
        out[row] = clusters_step(state, values[row], n, refit)
    return out
