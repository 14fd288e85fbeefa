"""Series of returns for tests, each from its seed."""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def noise(seed: int, count: int, drift: float = 0.0, deviation: float = 0.02) -> Floats:
    return np.random.default_rng(seed).normal(drift, deviation, count)


def remembering(seed: int, count: int, memory: float) -> Floats:
    """Each value keeps a share of the one before."""
    draws = np.random.default_rng(seed).normal(size=count)
    values = np.zeros(count)
    for k in range(1, count):
        values[k] = memory * values[k - 1] + draws[k]
    return values


def trials(seed: int, periods: int, count: int, edge: float = 0.0) -> Floats:
    """Worthless strategies side by side; the first earns `edge` deviations a period."""
    values = np.random.default_rng(seed).normal(size=(periods, count))
    values[:, 0] += edge
    return values
