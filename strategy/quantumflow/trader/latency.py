"""How long something took: the newest samples with their quantiles, and a histogram of all; both bounded."""

from bisect import bisect_left
from collections import deque
from typing import Any

__all__ = ["SAMPLES_MAX", "UPPER_US", "Latency"]

SAMPLES_MAX = 1024
UPPER_US = (10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000, 500_000, 1_000_000)
"""Upper bounds of the buckets, microseconds."""


class Latency:
    """Nanoseconds in, microseconds out."""

    def __init__(self) -> None:
        self._samples: deque[int] = deque(maxlen=SAMPLES_MAX)
        self._counts = [0] * (len(UPPER_US) + 1)
        self._sum = 0

    def add(self, nanoseconds: int) -> None:
        self._samples.append(nanoseconds)
        self._counts[bisect_left(UPPER_US, nanoseconds / 1000)] += 1
        self._sum += nanoseconds

    def quantiles(self) -> dict[str, float | None]:
        """p50 and p99 in microseconds; None before the first sample."""
        ordered = sorted(self._samples)
        if not ordered:
            return {"p50": None, "p99": None}
        last = len(ordered) - 1
        return {name: ordered[round(last * share)] / 1000 for name, share in (("p50", 0.5), ("p99", 0.99))}

    def figures(self) -> dict[str, Any]:
        """The quantiles of the newest, and the histogram of all, beyond the last bound in the last place."""
        return {
            **self.quantiles(),
            "upper_us": list(UPPER_US),
            "counts": list(self._counts),
            "count": sum(self._counts),
            "sum_us": self._sum / 1000,
        }
