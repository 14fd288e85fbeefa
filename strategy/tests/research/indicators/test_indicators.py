"""Each indicator against TA-Lib or its own definition written once more; batch and steps agree to the last bit."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quantumflow.errors import DataRefused
from quantumflow.indicators import averages, oscillators, reversion, volatility, volume
from quantumflow.indicators.window import RING
from quantumflow.research.indicators import INDICATORS, compute

talib = pytest.importorskip("talib", reason="make research installs TA-Lib")

Floats = npt.NDArray[np.float64]
ROWS = 600


def _columns(seed: int = 7, rows: int = ROWS) -> dict[str, Floats]:
    """Bars of a random walk with flat stretches, as real ones have."""
    random = np.random.default_rng(seed)
    moves = random.normal(0, 1e-3, rows) * (random.random(rows) > 0.1)
    close = 60_000 * np.exp(np.cumsum(moves))
    opened = np.concatenate([[close[0]], close[:-1]])
    high = np.maximum(opened, close) * (1 + random.random(rows) * 1e-3)
    low = np.minimum(opened, close) * (1 - random.random(rows) * 1e-3)
    return {
        "close": close,
        "high": high,
        "low": low,
        "volume": random.integers(1, 10_000, rows) / 100,
        "volatility": np.abs(moves) + 1e-6,
    }


BARS = _columns()

PEERS: dict[str, Callable[[dict[str, Floats]], Any]] = {
    "sma": lambda b: talib.SMA(b["close"], 20),
    "ema": lambda b: talib.EMA(b["close"], 20),
    "wma": lambda b: talib.WMA(b["close"], 20),
    "macd": lambda b: np.column_stack(talib.MACD(b["close"], 12, 26, 9)),
    "rsi": lambda b: talib.RSI(b["close"], 14),
    "stochastic": lambda b: np.column_stack(talib.STOCH(b["high"], b["low"], b["close"], 14, 3, 0, 3, 0)),
    "atr": lambda b: talib.ATR(b["high"], b["low"], b["close"], 14),
    "bollinger": lambda b: np.column_stack(talib.BBANDS(b["close"], 20, 2.0, 2.0)),
    "obv": lambda b: talib.OBV(b["close"], b["volume"]),
}


@pytest.mark.parametrize("name", PEERS)
def test_equals_ta_lib_to_nine_digits_from_the_same_bar_on(name: str) -> None:
    ours, theirs = compute(name, BARS), PEERS[name](BARS)
    assert np.array_equal(np.isnan(ours), np.isnan(theirs))
    scale = np.nanmax(np.abs(theirs))
    assert np.nanmax(np.abs(ours - theirs)) <= 1e-9 * scale


def test_zscore_volatility_and_vwap_are_their_definitions() -> None:
    close = BARS["close"]
    windows = np.lib.stride_tricks.sliding_window_view(close, 20)
    expected = (close[19:] - windows.mean(1)) / windows.std(1)
    assert np.allclose(compute("zscore", BARS)[19:], expected, rtol=1e-9, atol=1e-9)
    squares = np.lib.stride_tricks.sliding_window_view(np.diff(np.log(close)) ** 2, 20)
    assert np.allclose(compute("realised_volatility", BARS)[20:], np.sqrt(squares.mean(1)), rtol=1e-9)
    typical = (BARS["high"] + BARS["low"] + close) / 3
    amounts = np.lib.stride_tricks.sliding_window_view(typical * BARS["volume"], 20).sum(1)
    volumes = np.lib.stride_tricks.sliding_window_view(BARS["volume"], 20).sum(1)
    assert np.allclose(compute("vwap", BARS)[19:], amounts / volumes, rtol=1e-12)


def test_half_life_is_that_of_a_least_squares_fit_and_of_the_process_that_was_simulated() -> None:
    random = np.random.default_rng(3)
    series = np.zeros(5_000)
    for k in range(1, len(series)):
        series[k] = 0.95 * series[k - 1] + random.normal()
    found = compute("ou_half_life", {"close": series}, n=4_000)
    window = series[-4_001:]
    slope = np.polyfit(window[:-1], np.diff(window), 1)[0]
    assert found[-1] == pytest.approx(-math.log(2) / math.log1p(slope), rel=1e-9)
    assert found[-1] == pytest.approx(math.log(2) / -math.log(0.95), rel=0.15)


def test_a_trend_never_comes_back_and_a_standstill_neither() -> None:
    assert np.isinf(compute("ou_half_life", {"close": np.arange(1.0, 60.0) ** 2}, n=20)[20:]).all()
    assert np.isinf(compute("ou_half_life", {"close": np.full(60, 5.0)}, n=20)[20:]).all()


def test_clusters_tell_calm_from_usual_from_wild() -> None:
    random = np.random.default_rng(5)
    levels = np.repeat([1.0, 5.0, 25.0, 5.0, 1.0], 100)
    found = compute("clusters", {"volatility": levels * random.uniform(0.9, 1.1, 500)}, n=300, refit=10)
    assert np.isnan(found[:299]).all()
    assert set(found[310:390]) == {1.0}
    assert set(found[410:]) == {0.0}
    assert found[299] == 2.0


@pytest.mark.parametrize("name", INDICATORS)
def test_the_warm_up_is_as_long_as_declared(name: str) -> None:
    indicator = INDICATORS[name]
    bars = _columns(rows=2_500)
    values = compute(name, bars)
    first = values if values.ndim == 1 else values[:, 0]
    assert int(np.argmin(np.isnan(first))) == indicator.warm_up(**indicator.settings)


def _steps(name: str, bars: dict[str, Floats]) -> Floats:
    """The same through single steps, as a strategy would call them."""
    close, high, low, traded = (bars[key] for key in ("close", "high", "low", "volume"))
    state = np.zeros(4_096)
    step: dict[str, Callable[[int], Any]] = {
        "sma": lambda k: averages.sma_step(state[: RING + 20], close[k], 20),
        "ema": lambda k: averages.ema_step(state, close[k], 20),
        "wma": lambda k: averages.wma_step(state[: RING + 20], close[k], 20),
        "macd": lambda k: averages.macd_step(state[:8], close[k], 12, 26, 9),
        "rsi": lambda k: oscillators.rsi_step(state, close[k], 14),
        "stochastic": lambda k: oscillators.stochastic_step(
            state[: 4 * RING + 2 * 14 + 6], high[k], low[k], close[k], 14, 3, 3
        ),
        "zscore": lambda k: oscillators.zscore_step(state[: RING + 20], close[k], 20),
        "atr": lambda k: volatility.atr_step(state, high[k], low[k], close[k], 14),
        "bollinger": lambda k: volatility.bollinger_step(state[: RING + 20], close[k], 20, 2.0),
        "realised_volatility": lambda k: volatility.realised_volatility_step(state[: 1 + RING + 20], close[k], 20),
        "obv": lambda k: volume.obv_step(state, close[k], traded[k]),
        "vwap": lambda k: volume.vwap_step(state[: 2 * (RING + 20)], high[k], low[k], close[k], traded[k], 20),
        "ou_half_life": lambda k: reversion.ou_half_life_step(state[: RING + 101], close[k], 100),
        "clusters": lambda k: volatility.clusters_step(state[: 4 + RING + 1_000], bars["volatility"][k], 1_000, 20),
    }
    return np.array([step[name](k) for k in range(len(close))], dtype=np.float64)


@pytest.mark.parametrize("name", INDICATORS)
@settings(max_examples=5, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_batch_and_steps_agree_to_the_last_bit(name: str, seed: int) -> None:
    bars = _columns(seed, 1_200 if name == "clusters" else 200)
    assert compute(name, bars).tobytes() == _steps(name, bars).tobytes()


@pytest.mark.parametrize("name", ["sma", "wma", "zscore", "bollinger", "realised_volatility", "vwap", "ou_half_life"])
@given(cut=st.integers(1, 200))
@settings(max_examples=10, deadline=None)
def test_a_windowed_indicator_does_not_know_when_the_series_began(name: str, cut: int) -> None:
    whole = compute(name, BARS)
    later = compute(name, {key: values[cut:] for key, values in BARS.items()})
    known = ~np.isnan(later if later.ndim == 1 else later[:, 0])
    assert whole[cut:][known].tobytes() == later[known].tobytes()


@pytest.mark.parametrize(
    ("name", "columns", "given", "said"),
    [
        ("nope", {}, {}, "known are sma"),
        ("sma", {"close": np.ones(3)}, {"m": 3}, "sma has no 'm'; it has n"),
        ("sma", {"close": np.ones(3)}, {"n": 0}, "a whole number above 0"),
        ("sma", {"close": np.ones(3)}, {"n": 2.5}, "a whole number above 0"),
        ("atr", {"close": np.ones(3)}, {}, "high is missing"),
        ("obv", {"close": np.ones(3), "volume": np.ones(2)}, {}, "volume has shape"),
        ("ema", {"close": np.array([1.0, np.nan])}, {}, "close[1] is nan"),
        ("macd", {"close": np.ones(3)}, {"fast": 30}, "below slow"),
    ],
)
def test_what_cannot_be_computed_is_refused_by_name(name: str, columns: Any, given: Any, said: str) -> None:
    with pytest.raises(DataRefused) as refused:
        compute(name, columns, **given)
    assert said in str(refused.value)


def test_kernels_and_plain_python_are_one_source() -> None:
    plain = getattr(averages.ema_step, "py_func", averages.ema_step)
    state, other = np.zeros(2), np.zeros(2)
    for value in BARS["close"][:50]:
        assert np.float64(plain(state, value, 5)).tobytes() == np.float64(averages.ema_step(other, value, 5)).tobytes()
