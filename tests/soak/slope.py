"""A trend that a few wild samples cannot fake: the median of the slopes of all pairs (Theil and Sen). Pure."""

from collections.abc import Sequence
from statistics import median

__all__ = ["PAIRS_MAX", "growth", "slope", "steady"]

PAIRS_MAX = 20_000
"""Pairs looked at; a longer series is thinned evenly, which changes no trend."""

Series = Sequence[tuple[float, float]]


def slope(series: Series) -> float:
    """Units a second; 0.0 for fewer than two samples. Points are (seconds, value), times rising."""
    points = list(series)
    while len(points) * (len(points) - 1) // 2 > PAIRS_MAX:
        points = points[::2]
    slopes = [
        (later[1] - earlier[1]) / (later[0] - earlier[0])
        for place, earlier in enumerate(points)
        for later in points[place + 1 :]
        if later[0] > earlier[0]
    ]
    return median(slopes) if slopes else 0.0


def growth(series: Series) -> float:
    """What the trend adds from the first sample to the last."""
    return slope(series) * (series[-1][0] - series[0][0]) if len(series) > 1 else 0.0


def steady(series: Series, warm_up: float) -> list[tuple[float, float]]:
    """The samples after a share of the time (0 … 1) in which caches and pools fill."""
    if not series:
        return []
    begin, end = series[0][0], series[-1][0]
    return [point for point in series if point[0] >= begin + warm_up * (end - begin)]
