"""How far a price is from its mean, in standard deviations, negative below it: three means to choose from.

zscore      the mean of the last n closes, this bar's with them; their population standard deviation. The same to the
            last bit as indicators.oscillators' z-score.
regression  the line through the last n closes by least squares, as it stands at this bar (a snapshot: each bar has its
            own line); population standard deviation of what it leaves over.
pivot       (highest high + lowest low + last close) / 3 of the n bars before this one, the floor traders' pivot over a
            rolling span; population standard deviation of the closes of these bars.

Sums are of closes less the oldest of them: a market that stands still has no deviation at all, not that of rounding.
NaN until there are the bars (n, n, n + 1); 0 where the deviation is 0. Sums go from the oldest bar to the newest, so a
score depends on its bars alone, not on where the series began. Bars side by side are LANES windows at once.
"""

import math
from typing import Any

import numpy as np

from quantumflow.kernel import kernel
from quantumflow.regime_vocabulary import Mode

__all__ = ["score_series"]

Array = Any

LANES = 32

_ZSCORE, _REGRESSION = int(Mode.ZSCORE), int(Mode.REGRESSION)


@kernel
def score_series(mode: int, lookback: int, closes: Array, highs: Array, lows: Array) -> Array:
    """(n,) float64 from three of (n,) float64, finite, oldest first; highs and lows count for the pivot alone."""
    rows = len(closes)
    out = np.full(rows, math.nan)
    first = lookback - 1 if mode in (_ZSCORE, _REGRESSION) else lookback
    centre, spread, extra = np.empty(LANES), np.empty(LANES), np.empty(LANES)
    for start in range(first, rows, LANES):
        lanes = min(LANES, rows - start)
        begin = start - first
        if mode == _ZSCORE:
            _mean(closes, begin, lookback, lanes, centre, spread)
        elif mode == _REGRESSION:
            _line(closes, begin, lookback, lanes, centre, spread, extra)
        else:
            _mean(closes, begin, lookback, lanes, centre, spread)
            _pivot(closes, highs, lows, begin, lookback, lanes, centre, extra)
        for lane in range(lanes):
            away = closes[start + lane] - centre[lane]
            out[start + lane] = away / spread[lane] if spread[lane] > 0.0 else 0.0
    return out


@kernel
def _mean(closes: Array, begin: int, n: int, lanes: int, centre: Array, spread: Array) -> None:
    """Mean and population standard deviation of n closes, for `lanes` windows from bar `begin` on."""
    centre[:] = 0.0
    spread[:] = 0.0
    for k in range(begin, begin + n):
        for lane in range(lanes):
            centre[lane] += closes[k + lane] - closes[begin + lane]
    for lane in range(lanes):
        centre[lane] = closes[begin + lane] + centre[lane] / n
    for k in range(begin, begin + n):
        for lane in range(lanes):
            distance = closes[k + lane] - centre[lane]
            spread[lane] += distance * distance
    for lane in range(lanes):
        spread[lane] = math.sqrt(spread[lane] / n)


@kernel
def _line(closes: Array, begin: int, n: int, lanes: int, centre: Array, spread: Array, slope: Array) -> None:
    """The line's value at the window's last bar and the deviation of the closes from the line.

    With t from -(n - 1) / 2 to (n - 1) / 2 the slope is sum(t * x) / (n * (n * n - 1) / 12).
    """
    half = (n - 1) / 2.0
    centre[:] = 0.0
    slope[:] = 0.0
    spread[:] = 0.0
    for k in range(n):
        t = k - half
        for lane in range(lanes):
            x = closes[begin + k + lane] - closes[begin + lane]
            centre[lane] += x
            slope[lane] += t * x
    for lane in range(lanes):
        centre[lane] /= n
        slope[lane] /= n * (n * n - 1.0) / 12.0
    for k in range(n):
        t = k - half
        for lane in range(lanes):
            x = closes[begin + k + lane] - closes[begin + lane]
            distance = x - (centre[lane] + slope[lane] * t)
            spread[lane] += distance * distance
    for lane in range(lanes):
        spread[lane] = math.sqrt(spread[lane] / n)
        centre[lane] = closes[begin + lane] + (centre[lane] + slope[lane] * half)


@kernel
def _pivot(closes: Array, highs: Array, lows: Array, begin: int, n: int, lanes: int, top: Array, bottom: Array) -> None:
    """The pivot of `lanes` windows, into `top`; `bottom` is room for work."""
    top[:] = -math.inf
    bottom[:] = math.inf
    for k in range(begin, begin + n):
        for lane in range(lanes):
            top[lane] = max(top[lane], highs[k + lane])
            bottom[lane] = min(bottom[lane], lows[k + lane])
    for lane in range(lanes):
        top[lane] = (top[lane] + bottom[lane] + closes[begin + lane + n - 1]) / 3.0
