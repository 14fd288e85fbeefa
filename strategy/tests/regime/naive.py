"""The regime once more, as regime/rules.py words it: NumPy and plain Python, one window at a time."""

import math
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from quantumflow.regime_vocabulary import Regime

__all__ = ["naive_regime", "walk"]

Floats = npt.NDArray[np.float64]


def naive_regime(closes: Floats) -> Regime:
    """Of the last of `closes`."""
    window = closes[-1000:]
    if len(window) < 1000 or not (np.isfinite(window).all() and (window > 0).all()):
        return Regime.UNKNOWN
    squares = [math.log(after / before) ** 2 for before, after in pairwise(window)]
    volatility = [sum(squares[end - 20 : end]) for end in range(20, 1000)]
    if volatility[-1] > sorted(volatility)[math.ceil(0.9 * len(volatility)) - 1]:
        return Regime.STRESS
    average = {50: float(window[0]), 200: float(window[0])}
    for close in window[1:]:
        for span in average:
            average[span] += 2.0 / (span + 1.0) * (float(close) - average[span])
    close, fast, slow = float(window[-1]), average[50], average[200]
    if close > slow and fast > slow:
        return Regime.BULL
    if close < slow and fast < slow:
        return Regime.BEAR
    return Regime.SIDEWAYS


def walk(seed: int, rows: int, calm: float = 0.4) -> Floats:
    """Closes whose drift and volatility change, with flat stretches; on a grid of 0.01, as prices are."""
    random = np.random.default_rng(seed)
    parts = []
    while sum(map(len, parts)) < rows:
        length = int(random.integers(20, 400))
        drift, size = random.choice([-4e-4, 0.0, 4e-4]), random.choice([1e-5, 5e-4, 4e-3])
        parts.append(random.normal(drift, size, length) * (random.random() > calm / 4))
    return np.maximum(np.round(60_000 * np.exp(np.cumsum(np.concatenate(parts)[:rows])), 2), 0.01)
