"""The drawn latency: splitmix64 as its authors define it, linear between the configured quantiles."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from engine.world import UNHURRIED
from quantumflow.broker.latency import draw_latency

MASK = 2**64 - 1
QUANTILES = (0, 250_000, 500_000, 750_000, 900_000, 990_000, 1_000_000)
KNOTS = np.array([8, 12, 18, 28, 45, 90, 150], dtype=np.int64) * 1_000_000


def splitmix(seed: int, index: int) -> int:
    z = (seed + index * 0x9E3779B97F4A7C15) & MASK
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return z ^ (z >> 31)


def expected_latency(seed: int, number: int, draw: int, knots: list[int]) -> int:
    at = splitmix(seed, 2 * number + draw) % 1_000_000
    for low, high, first, last in zip(QUANTILES, QUANTILES[1:], knots, knots[1:], strict=False):
        if at < high:
            return first + (last - first) * (at - low) // (high - low)
    raise AssertionError


def test_the_generator_gives_the_published_sequence() -> None:
    assert [splitmix(1234567, index) for index in (1, 2, 3)] == [
        6457827717110365317,
        3203168211198807973,
        9817491932198370423,
    ]


@UNHURRIED
@given(
    st.integers(0, 2**62 - 1),
    st.integers(1, 2**60),
    st.integers(0, 1),
    st.lists(st.integers(0, 60_000_000_000), min_size=7, max_size=7).map(sorted),
)
def test_a_draw_is_that_of_unbounded_integers(seed: int, number: int, draw: int, knots: list[int]) -> None:
    found = draw_latency(seed, number, draw, np.array(knots, dtype=np.int64))
    assert int(found) == expected_latency(seed, number, draw, knots)


def test_many_draws_have_the_configured_quantiles() -> None:
    drawn = np.sort([int(draw_latency(7, number, 0, KNOTS)) for number in range(1, 20_001)])
    for share, knot in ((0.25, 12), (0.5, 18), (0.75, 28), (0.9, 45), (0.99, 90)):
        assert abs(drawn[int(share * len(drawn))] / 1e6 - knot) < 0.06 * knot
    assert KNOTS[0] <= drawn[0]
    assert drawn[-1] <= KNOTS[-1]
