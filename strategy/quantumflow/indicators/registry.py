"""Every indicator by name: what it reads, what can be set, how many bars it needs before its first value."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from quantumflow.errors import DataRefused
from quantumflow.indicators import averages, oscillators, reversion, volatility, volume

__all__ = ["INDICATORS", "Indicator", "compute", "settings_of"]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Indicator:
    """`batch(*inputs, *settings)` gives (rows,) or (rows, outputs); the first `warm_up(**settings)` rows are NaN."""

    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    settings: Mapping[str, float]
    batch: Callable[..., Any]
    warm_up: Callable[..., int]


def _make(
    name: str,
    inputs: str,
    outputs: str,
    settings: Mapping[str, float],
    batch: Callable[..., Any],
    warm_up: Callable[..., int],
) -> Indicator:
    return Indicator(name, tuple(inputs.split()), tuple(outputs.split()), settings, batch, warm_up)


INDICATORS: Mapping[str, Indicator] = {
    one.name: one
    for one in (
        _make("sma", "close", "sma", {"n": 20}, averages.sma, lambda n: n - 1),
        _make("ema", "close", "ema", {"n": 20}, averages.ema, lambda n: n - 1),
        _make("wma", "close", "wma", {"n": 20}, averages.wma, lambda n: n - 1),
        _make(
            "macd",
            "close",
            "macd signal histogram",
            {"fast": 12, "slow": 26, "signal": 9},
            averages.macd,
            lambda fast, slow, signal: max(fast, slow) + signal - 2,
        ),
        _make("rsi", "close", "rsi", {"n": 14}, oscillators.rsi, lambda n: n),
        _make(
            "stochastic",
            "high low close",
            "k d",
            {"n": 14, "slow": 3, "signal": 3},
            oscillators.stochastic,
            lambda n, slow, signal: n + slow + signal - 3,
        ),
        _make("zscore", "close", "zscore", {"n": 20}, oscillators.zscore, lambda n: n - 1),
        _make("atr", "high low close", "atr", {"n": 14}, volatility.atr, lambda n: n),
        _make(
            "bollinger",
            "close",
            "upper middle lower",
            {"n": 20, "width": 2.0},
            volatility.bollinger,
            lambda n, width: n - 1,  # noqa: ARG005 # called with every setting by name
        ),
        _make(
            "realised_volatility",
            "close",
            "realised_volatility",
            {"n": 20},
            volatility.realised_volatility,
            lambda n: n,
        ),
        _make("obv", "close volume", "obv", {}, volume.obv, lambda: 0),
        _make("vwap", "high low close volume", "vwap", {"n": 20}, volume.vwap, lambda n: n - 1),
        _make("ou_half_life", "close", "ou_half_life", {"n": 100}, reversion.ou_half_life, lambda n: n),
        _make(
            "clusters",
            "volatility",
            "cluster",
            {"n": 1_000, "refit": 20},
            volatility.clusters,
            lambda n, refit: n - 1,  # noqa: ARG005 # called with every setting by name
        ),
    )
}


def settings_of(name: str, given: Mapping[str, float]) -> dict[str, float]:
    """All settings of an indicator. Raises DataRefused for an unknown name or setting, or one out of range."""
    if name not in INDICATORS:
        raise DataRefused("no_such_indicator", f"{name!r}; known are {', '.join(INDICATORS)}")
    declared = INDICATORS[name].settings
    if unknown := sorted(set(given) - set(declared)):
        raise DataRefused("setting_refused", f"{name} has no {unknown[0]!r}; it has {', '.join(declared) or 'none'}")
    settings = {**declared, **given}
    for key, value in settings.items():
        whole = isinstance(declared[key], int)
        if not 0 < value <= 1_000_000 or (whole and value != int(value)):
            need = "a whole number above 0" if whole else "a number above 0"
            raise DataRefused("setting_refused", f"{name}.{key} = {value}: {need}")
        settings[key] = int(value) if whole else float(value)
    if name == "macd" and settings["fast"] >= settings["slow"]:
        raise DataRefused("setting_refused", f"macd.fast = {settings['fast']}: below slow, {settings['slow']}")
    return settings


def compute(name: str, columns: Mapping[str, Any], **given: float) -> Floats:
    """The indicator over whole columns, e.g. `compute("rsi", {"close": candles.close}, n=14)`.

    Raises DataRefused for a column that is missing, of another length, or not finite (a volatility may begin with NaN).
    """
    settings = settings_of(name, given)
    indicator = INDICATORS[name]
    arrays: list[Floats] = []
    for wanted in indicator.inputs:
        if wanted not in columns:
            raise DataRefused("column_missing", f"{name} needs {', '.join(indicator.inputs)}; {wanted} is missing")
        values = np.ascontiguousarray(columns[wanted], dtype=np.float64)
        if values.ndim != 1 or (arrays and len(values) != len(arrays[0])):
            raise DataRefused("column_refused", f"{name}: {wanted} has shape {values.shape}, not that of the others")
        if name != "clusters" and not np.isfinite(values).all():
            row = int(np.argmin(np.isfinite(values)))
            raise DataRefused("column_refused", f"{name}: {wanted}[{row}] is {values[row]}")
        arrays.append(values)
    return np.asarray(indicator.batch(*arrays, *settings.values()), dtype=np.float64)
