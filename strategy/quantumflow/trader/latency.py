"""How long something took: the newest samples, bounded, and their quantiles."""

from collections import deque

__all__ = ["SAMPLES_MAX", "Latency"]

SAMPLES_MAX = 1024


class Latency:
    """Nanoseconds in, microseconds out."""

    def __init__(self) -> None:
        self._samples: deque[int] = deque(maxlen=SAMPLES_MAX)

    def add(self, nanoseconds: int) -> None:
        self._samples.append(nanoseconds)

    def quantiles(self) -> dict[str, float | None]:
        """p50 and p99 in microseconds; None before the first sample."""
        ordered = sorted(self._samples)
        if not ordered:
            return {"p50": None, "p99": None}
        last = len(ordered) - 1
        return {name: ordered[round(last * share)] / 1000 for name, share in (("p50", 0.5), ("p99", 0.99))}
