"""The stationary bootstrap against the theory of its paper, and its block length against the library arch."""

import math

import numpy as np
import pytest
from arch.bootstrap import optimal_block_length

from quantumflow.research.analysis.resample import block_length, resampled_places, with_block_interval
from quantumflow_reports.ratios import expectancy
from research.analysis.series import noise, remembering


@pytest.mark.parametrize("memory", [0.0, 0.3, 0.7, 0.95, -0.5])
@pytest.mark.parametrize("count", [30, 60, 200, 1000])
def test_the_block_length_is_the_library_s(memory: float, count: int) -> None:
    values = remembering(0, count, memory)
    theirs = float(optimal_block_length(values)["stationary"].iloc[0])
    assert block_length(values) == pytest.approx(max(theirs, 1.0), rel=1e-9)


def test_values_that_never_vary_have_blocks_of_one() -> None:
    assert block_length(np.full(50, 0.25)) == 1.0


def test_places_are_drawn_evenly_and_blocks_are_as_long_as_asked() -> None:
    places = np.concatenate(list(resampled_places(50, 4_000, 5.0, seed=1)))
    assert places.shape == (4_000, 50)
    counts = np.bincount(places.ravel(), minlength=50)
    assert counts.max() / counts.min() < 1.15
    follows = (np.diff(places, axis=1) - 1) % 50 == 0
    # A block ends with chance 1/5, and then its successor is drawn by chance once in 50.
    assert follows.mean() == pytest.approx(0.8 + 0.2 / 50, abs=0.005)


def test_the_variance_of_a_resampled_mean_is_that_of_the_paper() -> None:
    """Politis and Romano 1994, lemma 1, written out over the values themselves."""
    values, block = remembering(3, 80, 0.6), 6.0
    centred, count, stay = values - values.mean(), 80, 1 - 1 / 6.0
    exact = sum(value * value for value in centred) / count
    for lag in range(1, count):
        weight = (1 - lag / count) * stay**lag + lag / count * stay ** (count - lag)
        exact += 2 * weight * sum(centred[k] * centred[k + lag] for k in range(count - lag)) / count
    drawn = np.concatenate([values[places].mean(axis=1) for places in resampled_places(count, 40_000, block, 2)])
    assert drawn.var() == pytest.approx(exact / count, rel=0.03)


def test_an_interval_repeats_by_its_seed_and_holds_the_figure() -> None:
    values = noise(4, 200, 0.002).tolist()
    first, again = (with_block_interval(expectancy, values, seed=7, draws=500) for _ in range(2))
    other = with_block_interval(expectancy, values, seed=8, draws=500)
    assert first == again != other
    assert first.low is not None
    assert first.value is not None
    assert first.high is not None
    assert first.low < first.value < first.high
    assert first.high - first.low == pytest.approx(2 * 1.96 * 0.02 / math.sqrt(200), rel=0.3)


def test_returns_that_remember_have_a_wider_interval_than_ones_that_do_not() -> None:
    values = remembering(5, 400, 0.8)
    shuffled = np.random.default_rng(1).permutation(values)
    wide, narrow = (with_block_interval(expectancy, some.tolist(), 1, 500) for some in (values, shuffled))
    assert wide.low is not None
    assert wide.high is not None
    assert narrow.low is not None
    assert narrow.high is not None
    assert wide.high - wide.low > 1.8 * (narrow.high - narrow.low)
