"""Bars to test with: a walk whose volatility changes, with flat stretches, on a grid of 0.01."""

import numpy as np
import numpy.typing as npt

__all__ = ["Floats", "made_bars"]

Floats = npt.NDArray[np.float64]


def made_bars(seed: int, rows: int) -> tuple[Floats, Floats, Floats]:
    """Closes, highs and lows, (rows,) each."""
    random = np.random.default_rng(seed)
    moves = random.normal(0, 1e-3, rows) * random.choice([0.0, 0.3, 1.0, 4.0], rows // 50 + 1).repeat(50)[:rows]
    close = np.round(60_000 * np.exp(np.cumsum(moves)), 2)
    reach = np.round(random.exponential(20.0, (2, rows)), 2) * (moves != 0)
    opened = np.concatenate([close[:1], close[:-1]])
    return close, np.maximum(opened, close) + reach[0], np.minimum(opened, close) - reach[1]
