"""splitmix64 and the drawn latency, with Python's unbounded integers."""

from itertools import pairwise

MASK = 2**64 - 1
QUANTILES = (0, 250_000, 500_000, 750_000, 900_000, 990_000, 1_000_000)


def splitmix(seed: int, index: int) -> int:
    z = (seed + index * 0x9E3779B97F4A7C15) & MASK
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return z ^ (z >> 31)


def expected_latency(seed: int, number: int, draw: int, knots: list[int]) -> int:
    at = splitmix(seed, 2 * number + draw) % 1_000_000
    for (low, high), (first, last) in zip(pairwise(QUANTILES), pairwise(knots), strict=True):
        if at < high:
            return first + (last - first) * (at - low) // (high - low)
    raise AssertionError(at)
