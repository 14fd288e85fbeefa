"""The drawn latency: splitmix64 as its authors define it, linear between the configured quantiles."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from engine.splitmix import expected_latency, splitmix
from engine.world import UNHURRIED
from quantumflow.broker.latency import draw_latency

KNOTS = np.array([8, 12, 18, 28, 45, 90, 150], dtype=np.int64) * 1_000_000


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
