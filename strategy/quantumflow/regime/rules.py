"""The regime of a bar: stateless, from the trailing WINDOW closes up to and with its own.

closes   float64, > 0, oldest first, one a bar of equal length, no bar missing between them; any unit of price.
r        log(close / close before): WINDOW - 1 of them.
v        sum of the squared r of the last VOLATILITY_BARS bars, oldest first. sqrt(v / VOLATILITY_BARS) is
         indicators.volatility's realised volatility; v orders bars alike, so no root is taken.
stress   more than STRESS_PERCENT of the window's v lie below the newest: it is above their percentile by nearest rank
         (R. Hyndman and Y. Fan, Sample Quantiles in Statistical Packages, 1996, definition 1).
EMA n    e = the window's first close, then e + 2 / (n + 1) * (close - e). The seed's weight in the newest EMA 200 is
         (199 / 201) ^ 999, below 0.005 %.

| regime | the first that holds |
|---|---|
| UNKNOWN | fewer than WINDOW closes, or one among them that is not a positive finite number |
| STRESS | stress |
| BULL | close > EMA 200 and EMA 50 > EMA 200 |
| BEAR | close < EMA 200 and EMA 50 < EMA 200 |
| SIDEWAYS | otherwise |

What comes after a bar cannot change its regime, and what lies before its window cannot either. The thresholds are
conventions of chartists (EMA 50 and 200) and choices of ours (window, percentile): that a regime predicts anything is
for the search to show. `regimes_of` does the same sums in the same order, many windows side by side.
"""

import math
from typing import Any

import numpy as np

from quantumflow.kernel import kernel
from quantumflow.regime_vocabulary import Regime

__all__ = ["EMA_FAST", "EMA_SLOW", "STRESS_PERCENT", "VOLATILITY_BARS", "WINDOW", "regime_of", "regimes_of"]

Array = Any

WINDOW = 1_000
VOLATILITY_BARS = 20
STRESS_PERCENT = 90
EMA_FAST, EMA_SLOW = 50, 200

_SUMS = WINDOW - VOLATILITY_BARS
"""Volatilities that a window holds: the first needs VOLATILITY_BARS returns."""
_STRESS_RANK = (STRESS_PERCENT * _SUMS + 99) // 100
"""So many of them must lie below the newest."""
_FAST, _SLOW = 2.0 / (EMA_FAST + 1.0), 2.0 / (EMA_SLOW + 1.0)
_LANES = 16
"""Windows whose averages are computed side by side."""

_UNKNOWN, _STRESS, _BULL = int(Regime.UNKNOWN), int(Regime.STRESS), int(Regime.BULL)
_BEAR, _SIDEWAYS = int(Regime.BEAR), int(Regime.SIDEWAYS)


@kernel
def regime_of(closes: Array) -> int:
    """Regime of the last of `closes`, float64 (n,), of which the newest WINDOW count."""
    rows = len(closes)
    if rows < WINDOW:
        return _UNKNOWN
    window = closes[rows - WINDOW :]
    for row in range(WINDOW):
        if not _is_price(window[row]):
            return _UNKNOWN
    if _is_stress(_sums(window), _SUMS - 1):
        return _STRESS
    fast = slow = window[0]
    for row in range(1, WINDOW):
        fast += _FAST * (window[row] - fast)
        slow += _SLOW * (window[row] - slow)
    return _trend(window[WINDOW - 1], fast, slow)


@kernel
def regimes_of(closes: Array) -> Array:
    """(n,) int8: of each bar what `regime_of` says of the bars up to it. Split the series at a gap."""
    rows = len(closes)
    out = np.zeros(rows, np.int8)
    if rows < WINDOW:
        return out
    sums = _sums(closes)
    fast, slow = np.empty(_LANES), np.empty(_LANES)
    unusable_since = -1  # the newest bar that is no price
    for row in range(WINDOW - 1):
        if not _is_price(closes[row]):
            unusable_since = row
    for first in range(WINDOW - 1, rows, _LANES):
        lanes = min(_LANES, rows - first)
        _averages(closes, first - WINDOW + 1, lanes, fast, slow)
        for lane in range(lanes):
            row = first + lane
            if not _is_price(closes[row]):
                unusable_since = row
            if row - unusable_since < WINDOW:
                continue
            if _is_stress(sums, row - VOLATILITY_BARS):
                out[row] = _STRESS
            else:
                out[row] = _trend(closes[row], fast[lane], slow[lane])
    return out


@kernel
def _is_price(close: float) -> bool:
    return 0.0 < close < math.inf


@kernel
def _sums(closes: Array) -> Array:
    """v of the bars from number VOLATILITY_BARS on: (n - VOLATILITY_BARS,) float64."""
    rows = len(closes)
    squares = np.zeros(rows - 1)
    for row in range(rows - 1):
        if _is_price(closes[row]) and _is_price(closes[row + 1]):
            change = math.log(closes[row + 1] / closes[row])
            squares[row] = change * change
    sums = np.zeros(rows - VOLATILITY_BARS)
    for back in range(VOLATILITY_BARS):
        for row in range(len(sums)):
            sums[row] += squares[row + back]
    return sums


@kernel
def _is_stress(sums: Array, newest: int) -> bool:
    """Whether sums[newest] is above the percentile of the _SUMS up to and with it."""
    below = 0
    for row in range(newest - _SUMS + 1, newest + 1):
        below += 1 if sums[row] < sums[newest] else 0
    return below >= _STRESS_RANK


@kernel
def _averages(closes: Array, start: int, lanes: int, fast: Array, slow: Array) -> None:
    """Both averages of `lanes` windows, the first from bar `start` on."""
    for lane in range(lanes):
        fast[lane] = slow[lane] = closes[start + lane]
    for row in range(start + 1, start + WINDOW):
        for lane in range(lanes):
            fast[lane] += _FAST * (closes[row + lane] - fast[lane])
            slow[lane] += _SLOW * (closes[row + lane] - slow[lane])


@kernel
def _trend(close: float, fast: float, slow: float) -> int:
    if close > slow and fast > slow:
        return _BULL
    if close < slow and fast < slow:
        return _BEAR
    return _SIDEWAYS
