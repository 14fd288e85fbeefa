"""Scores and measures: their definitions in NumPy, bar by bar the same to the last bit, blind to the future, quick."""

import math
import time

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from quantumflow.indicators.oscillators import zscore
from quantumflow.kernel import compiled
from quantumflow.reversion import Mode, atr_series, half_life_series, score_series, volatility_series

from .bars import Floats, made_bars

SECONDS_MAX = 20.0
"""For half a million bars of the longest common lookback; generous: it guards against a cost of another order."""

seeds = st.integers(0, 2**32)
modes = st.sampled_from(list(Mode))


def _naive_score(mode: Mode, n: int, close: Floats, high: Floats, low: Floats) -> float:
    """Of the last bar, by formulas of another shape than the kernel's."""
    if len(close) < n + (mode == Mode.PIVOT):
        return math.nan
    if mode == Mode.PIVOT:
        window = close[-n - 1 : -1]
        mean = (high[-n - 1 : -1].max() + low[-n - 1 : -1].min() + window[-1]) / 3
        spread = window.std()
    elif mode == Mode.REGRESSION:
        window = close[-n:]
        line = np.polyval(np.polyfit(np.arange(n), window - window[0], 1), np.arange(n)) + window[0]
        mean, spread = line[-1], math.sqrt(np.mean((window - line) ** 2))
    else:
        mean, spread = close[-n:].mean(), close[-n:].std()
    return float((close[-1] - mean) / spread) if spread > 1e-6 else 0.0


@settings(max_examples=40, deadline=None)
@given(seed=seeds, mode=modes, n=st.integers(5, 90), rows=st.integers(1, 160))
@example(seed=21, mode=Mode.ZSCORE, n=5, rows=80)  # a price that stands still for five bars
def test_a_score_is_its_definition(seed: int, mode: Mode, n: int, rows: int) -> None:
    close, high, low = made_bars(seed, rows)
    scores = score_series(mode, n, close, high, low)
    for row in range(rows):
        expected = _naive_score(mode, n, close[: row + 1], high[: row + 1], low[: row + 1])
        assert scores[row] == pytest.approx(expected, rel=1e-6, abs=1e-6, nan_ok=True)


@settings(max_examples=40, deadline=None)
@given(price=st.floats(0.001, 100_000.0), mode=modes, n=st.integers(5, 90))
def test_a_market_that_stands_still_is_at_its_mean(price: float, mode: Mode, n: int) -> None:
    """And not a deviation away from it, by what rounding leaves over: every price has a binary tail of its own."""
    still = np.full(n + 8, price)
    scores = score_series(mode, n, still, still, still)
    assert np.all(scores[n:] == 0.0)
    assert np.all(atr_series(n, still, still, still)[n:] == 0.0)
    if mode == Mode.ZSCORE:
        assert np.all(zscore(still, n)[n:] == 0.0)


@settings(max_examples=60, deadline=None)
@given(seed=seeds, mode=modes, n=st.integers(5, 120), rows=st.integers(1, 300))
def test_bar_by_bar_and_all_at_once_agree_to_the_last_bit(seed: int, mode: Mode, n: int, rows: int) -> None:
    close, high, low = made_bars(seed, rows)
    series = (
        score_series(mode, n, close, high, low),
        atr_series(n, close, high, low),
        volatility_series(n, close),
        half_life_series(n, close),
    )
    for row in range(rows):
        part = slice(max(row - n, 0), row + 1)
        bars = (close[part], high[part], low[part])
        alone = (
            score_series(mode, n, *bars)[-1],
            atr_series(n, *bars)[-1],
            volatility_series(n, bars[0])[-1],
            half_life_series(n, bars[0])[-1],
        )
        assert np.array_equal(np.array(alone), np.array([each[row] for each in series]), equal_nan=True)


@settings(max_examples=40, deadline=None)
@given(seed=seeds, mode=modes, n=st.integers(5, 60), cut=st.integers(1, 150))
def test_what_comes_later_changes_nothing(seed: int, mode: Mode, n: int, cut: int) -> None:
    close, high, low = made_bars(seed, 150)
    other = made_bars(seed + 1, 150)
    mixed = [np.concatenate([here[:cut], there[cut:]]) for here, there in zip((close, high, low), other, strict=True)]
    before, after = score_series(mode, n, close, high, low), score_series(mode, n, *mixed)
    assert np.array_equal(before[:cut], after[:cut], equal_nan=True)
    before, after = atr_series(n, close, high, low), atr_series(n, *mixed)
    assert np.array_equal(before[:cut], after[:cut], equal_nan=True)


def test_the_zscore_is_the_indicator_of_that_name_to_the_last_bit() -> None:
    close, high, low = made_bars(3, 700)
    ours = score_series(Mode.ZSCORE, 45, close, high, low)
    assert np.array_equal(ours, zscore(close, 45), equal_nan=True)


def test_the_average_true_range_is_the_mean_of_the_true_ranges() -> None:
    close, high, low = made_bars(4, 300)
    before = close[:-1]
    ranges = np.maximum(high[1:] - low[1:], np.maximum(abs(high[1:] - before), abs(low[1:] - before)))
    expected = [ranges[row - 14 : row].mean() if row >= 14 else math.nan for row in range(300)]
    assert atr_series(14, close, high, low) == pytest.approx(expected, rel=1e-12, nan_ok=True)


def test_half_a_million_bars_are_scored_in_seconds() -> None:
    if not compiled():
        pytest.skip("NUMBA_DISABLE_JIT is set: plain Python is not what is measured")
    bars = made_bars(5, 500_000)
    score_series(Mode.REGRESSION, 10, *(each[:50] for each in bars))
    began = time.perf_counter()
    for mode in Mode:
        score_series(mode, 180, *bars)
    assert time.perf_counter() - began < SECONDS_MAX
