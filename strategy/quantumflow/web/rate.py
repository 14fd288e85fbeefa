"""Token buckets by address, bounded in number: who asks too often waits. Time is an argument."""

from collections import OrderedDict

__all__ = ["RateLimit"]


class RateLimit:
    """`burst` requests at once, then `per_second`; at most `addresses_max` are kept, the longest idle goes."""

    def __init__(self, per_second: float, burst: int, addresses_max: int) -> None:
        self._per_second = per_second
        self._burst = float(burst)
        self._addresses_max = addresses_max
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def allows(self, address: str, now: float) -> bool:
        """Takes one token of `address` if it has one at `now` (monotonic seconds)."""
        left = self._left(address, now)
        allowed = left >= 1.0
        self._keep(address, left - 1.0 if allowed else left, now)
        return allowed

    def _left(self, address: str, now: float) -> float:
        left, at = self._buckets.get(address, (self._burst, now))
        return min(self._burst, left + (now - at) * self._per_second)

    def _keep(self, address: str, left: float, now: float) -> None:
        self._buckets[address] = (left, now)
        self._buckets.move_to_end(address)
        if len(self._buckets) > self._addresses_max:
            self._buckets.popitem(last=False)
