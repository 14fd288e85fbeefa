"""The stationary block bootstrap: resamples that keep how neighbours hang together. Pure; seeds are arguments.

D. N. Politis and J. P. Romano, "The Stationary Bootstrap", Journal of the American Statistical Association 89, 1994:
blocks begin at places drawn evenly, go on around the end, and have a length that is geometric with mean `block`.
"""

import math
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import numpy.typing as npt

from quantumflow_reports.bootstrap import VALUES_MIN, interval_of
from quantumflow_reports.figures import Estimate

__all__ = ["Floats", "block_length", "resampled_places", "with_block_interval"]

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]

CELLS_MAX = 4_000_000
"""Drawn places that are held at a time."""


def resampled_places(count: int, draws: int, block: float, seed: int) -> Iterator[Places]:
    """Places 0 … count − 1 of `draws` resamples, in chunks of shape (some draws, count)."""
    generator = np.random.default_rng(seed)
    rows = max(1, CELLS_MAX // count)
    steps = np.arange(count)
    for first in range(0, draws, rows):
        shape = (min(rows, draws - first), count)
        begins = generator.random(shape) < 1.0 / block
        begins[:, 0] = True
        starts = generator.integers(0, count, shape)
        last = np.maximum.accumulate(np.where(begins, steps, 0), axis=1)
        yield (np.take_along_axis(starts, last, axis=1) + steps - last) % count


def with_block_interval(
    ratio: Callable[[Sequence[float]], Estimate], values: Sequence[float], seed: int, draws: int
) -> Estimate:
    """`ratio(values)` with its 95 % percentile interval over stationary resamples; blocks as long as `block_length`."""
    figure = ratio(values)
    if figure.value is None or len(values) < VALUES_MIN:
        return figure
    source = np.asarray(values, dtype=np.float64)
    chunks = resampled_places(len(source), draws, block_length(source), seed)
    drawn = (ratio(source[row].tolist()).value for chunk in chunks for row in chunk)
    return interval_of(figure, drawn, draws)


def block_length(values: Floats) -> float:
    """The mean block that fits the values' own memory, 1 (each alone) at least.

    D. N. Politis and H. White, "Automatic Block-Length Selection for the Dependent Bootstrap", Econometric Reviews 23,
    2004, as corrected by A. Patton, D. N. Politis and H. White, Econometric Reviews 28, 2009, section 3: the lag beyond
    which K correlations in a row are insignificant gives the window of the flat-top kernel.
    """
    count = len(values)
    centred = values - values.mean()
    power = float(centred @ centred) / count
    if power <= 0.0 or count < VALUES_MIN:
        return 1.0
    quiet = max(5, math.ceil(math.sqrt(math.log10(count))))
    lags_max = min(math.ceil(math.sqrt(count)) + quiet, count - 1)
    covariances = np.array([float(centred[lag:] @ centred[: count - lag]) / count for lag in range(lags_max + 1)])
    window = min(2 * _last_significant(centred, quiet, lags_max), lags_max)
    lags = np.arange(-window, window + 1)
    share = np.abs(lags) / window if window else np.zeros(1)
    kernel = np.where(share <= 0.5, 1.0, 2.0 * (1.0 - share))
    around = covariances[np.abs(lags)]
    slope = float(np.sum(kernel * np.abs(lags) * around))
    long_run = float(np.sum(kernel * around))
    best = ((slope / long_run) ** 2 * count) ** (1 / 3) if long_run > 0.0 else 1.0
    return float(min(max(best, 1.0), math.ceil(min(3.0 * math.sqrt(count), count / 3.0))))


def _last_significant(centred: Floats, quiet: int, lags_max: int) -> int:
    """Where the first `quiet` insignificant lags in a row begin; without such, the last significant lag.

    A correlation is insignificant within ±2 √(log10 n / n).
    """
    count = len(centred)
    bound = 2.0 * math.sqrt(math.log10(count) / count)
    told = [abs(_correlation(centred, lag)) > bound for lag in range(1, lags_max + 1)]
    for lag in range(len(told) - quiet + 1):
        if not any(told[lag : lag + quiet]):
            return lag + 1
    return max((lag + 1 for lag, loud in enumerate(told) if loud), default=1)


def _correlation(centred: Floats, lag: int) -> float:
    """Of the values with those `lag` before, each part scaled by its own power."""
    later, earlier = centred[lag:], centred[: len(centred) - lag]
    scale = math.sqrt(float(later @ later) * float(earlier @ earlier))
    return float(later @ earlier) / scale if scale > 0.0 else 0.0
