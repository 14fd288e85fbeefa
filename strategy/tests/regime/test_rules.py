"""The regime's rules: equal to a naive model, equal one by one and all at once, blind to the future, quick."""

import math
import time

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from quantumflow.kernel import compiled
from quantumflow.regime import WINDOW, Regime, regime_of, regimes_of

from .naive import naive_regime, walk

ROWS_A_SECOND_MIN = 20_000
"""Generous: it guards against a bar that costs milliseconds."""


def _each(closes: np.ndarray, rows: range) -> list[int]:
    return [int(regime_of(closes[: row + 1])) for row in rows]


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 2**32), rows=st.integers(WINDOW, WINDOW + 300), at=st.integers(0, 299))
def test_a_bar_at_a_time_all_at_once_and_the_naive_model_agree_on_every_bar(seed: int, rows: int, at: int) -> None:
    closes = walk(seed, rows)
    every = regimes_of(closes)
    assert every.dtype == np.int8
    assert _each(closes, range(0, rows, 7)) == list(every[::7])
    row = min(WINDOW - 1 + at, rows - 1)
    assert every[row] == naive_regime(closes[: row + 1])


def test_a_long_series_has_every_regime_and_the_naive_model_sees_the_same() -> None:
    closes = walk(5, 6_000)
    every = regimes_of(closes)
    assert set(every.tolist()) == {int(regime) for regime in Regime}
    assert (every[: WINDOW - 1] == Regime.UNKNOWN).all()
    assert (every[WINDOW - 1 :] != Regime.UNKNOWN).all()
    for row in range(WINDOW - 1, len(closes), 37):
        assert every[row] == naive_regime(closes[: row + 1])


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 2**32), cut=st.integers(WINDOW, 1_400))
def test_what_comes_later_and_what_lies_before_the_window_change_nothing(seed: int, cut: int) -> None:
    closes = walk(seed, 1_500)
    before = regimes_of(closes)
    changed = closes.copy()
    changed[cut:] = walk(seed + 1, len(closes) - cut)
    assert np.array_equal(regimes_of(changed)[:cut], before[:cut])
    assert np.array_equal(regimes_of(closes[: cut + 1]), before[: cut + 1])
    assert np.array_equal(regimes_of(closes[cut - WINDOW + 1 :])[WINDOW - 1 :], before[cut:])


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32), power=st.integers(-20, 20))
def test_the_unit_of_the_price_does_not_matter(seed: int, power: int) -> None:
    closes = walk(seed, 1_200)
    assert np.array_equal(regimes_of(closes * 2.0**power), regimes_of(closes))


@pytest.mark.parametrize("close", [1.0, 0.1, 61_829.81])
def test_a_market_that_does_not_move_is_sideways(close: float) -> None:
    assert regime_of(np.full(WINDOW, close)) == Regime.SIDEWAYS


@pytest.mark.parametrize("sign", [1, -1])
def test_a_steady_drift_is_bull_or_bear_and_a_burst_in_it_is_stress(sign: int) -> None:
    closes = 100 * np.exp(sign * 1e-4 * np.arange(WINDOW))
    # Steady returns differ by rounding alone, which ranks them at random: one clearly wilder stretch lies in the past.
    closes[100:300] *= np.where(np.arange(200) % 2 == 0, 1.001, 1.0)
    assert regime_of(closes) == (Regime.BULL if sign > 0 else Regime.BEAR)
    closes[-10:] *= np.where(np.arange(10) % 2 == 0, 1.05, 1.0)
    assert regime_of(closes) == Regime.STRESS


@pytest.mark.parametrize("close", [0.0, -1.0, math.nan, math.inf])
def test_a_close_that_is_no_price_makes_its_windows_unknown_and_no_other(close: float) -> None:
    closes = walk(9, 3_200)
    sound = regimes_of(closes)
    closes[1_100] = close
    broken = regimes_of(closes)
    assert (broken[1_100 : 1_100 + WINDOW] == Regime.UNKNOWN).all()
    assert np.array_equal(broken[:1_100], sound[:1_100])
    after = 1_100 + WINDOW
    assert np.array_equal(broken[after:], sound[after:])
    assert _each(closes, range(999, 3_200, 50)) == list(broken[999::50])


def test_fewer_closes_than_a_window_are_unknown() -> None:
    for rows in (0, 1, 2, 20, WINDOW - 1):
        assert regime_of(np.full(rows, 5.0)) == Regime.UNKNOWN
        assert list(regimes_of(np.full(rows, 5.0))) == [Regime.UNKNOWN] * rows


def test_a_bar_takes_microseconds() -> None:
    if not compiled():
        pytest.skip("NUMBA_DISABLE_JIT is set: plain Python is not what is measured")
    closes = walk(1, 20_000)
    regimes_of(closes[:WINDOW])
    began = time.perf_counter()
    regimes_of(closes)
    assert len(closes) / (time.perf_counter() - began) > ROWS_A_SECOND_MIN
