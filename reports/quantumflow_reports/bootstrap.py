"""Confidence intervals by a seeded bootstrap: the same values give the same interval on any day. Pure.

Percentile intervals of B. Efron and R. J. Tibshirani, "An Introduction to the Bootstrap", 1993, chapter 13: values are
drawn with replacement as many times as there are, the ratio is computed of each draw, and the points at 2.5 and 97.5 %
of those are the interval. It takes values to be independent of each other; where they are not, the truth is less sure.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

import numpy as np

from quantumflow_reports.figures import Estimate

__all__ = ["DRAWS", "DRAW_MAX", "VALUES_MIN", "interval_of", "with_interval"]

DRAWS = 1_000
DRAW_MAX = 2_000
"""Of more values each draw takes as many as this; the interval is narrowed by the root of the share ("m out of n")."""
VALUES_MIN = 10
"""Below that an interval says more about the method than about the values."""
SEED = 20_260_101

_LOW, _HIGH = 0.025, 0.975


def with_interval(ratio: Callable[[Sequence[float]], Estimate], values: Sequence[float]) -> Estimate:
    """`ratio(values)` with its interval, if there are VALUES_MIN of them."""
    figure = ratio(values)
    if figure.value is None or len(values) < VALUES_MIN:
        return figure
    size = min(len(values), DRAW_MAX)
    source = np.asarray(values, dtype=np.float64)
    generator = np.random.default_rng(SEED)
    drawn = (ratio(source[generator.integers(0, len(source), size)].tolist()).value for _ in range(DRAWS))
    return interval_of(figure, drawn, DRAWS, math.sqrt(size / len(source)))


def interval_of(figure: Estimate, drawn: Iterable[float | None], draws: int, narrowed: float = 1.0) -> Estimate:
    """`figure` with the interval that its `draws` resampled values say, made narrower by a factor.

    Draws of which the ratio is unknown are left out; with more than a tenth of those there is no interval. Nor is there
    one where every draw says the same (every trip lost): that would look like certainty.
    """
    found = [value for value in drawn if value is not None]
    if figure.value is None or len(found) < draws - draws // 10:
        return figure
    low, high = (float(point) - figure.value for point in np.quantile(np.array(found), (_LOW, _HIGH)))
    if low == high:
        return figure
    return replace(figure, low=figure.value + low * narrowed, high=figure.value + high * narrowed)
