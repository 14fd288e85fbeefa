"""Which regime reigned when: shares of the minutes of each month (UTC), by the search's own classification. Pure."""

from dataclasses import dataclass

import numpy as np

from quantumflow.regime_vocabulary import Regime
from quantumflow.research.data.dataset import Candles
from quantumflow.research.search.features import regime_series

__all__ = ["Month", "Timeline", "timeline_of"]


@dataclass(frozen=True, slots=True)
class Month:
    """`shares` of its minutes by regime, UNKNOWN (too few minutes before) among them."""

    month: str
    minutes: int
    shares: dict[str, float]


@dataclass(frozen=True, slots=True)
class Timeline:
    """One dataset's months, and all of them together."""

    dataset: str
    symbol: str
    months: tuple[Month, ...]
    whole: Month


def timeline_of(dataset: str, symbol: str, candles: Candles) -> Timeline:
    """A bar belongs to the month in which it began."""
    regimes = regime_series(candles).astype(np.int64)
    begun = (candles.close_ns - candles.interval_ns).astype("datetime64[ns]").astype("datetime64[M]")
    names, place = np.unique(begun, return_inverse=True)
    months = tuple(_month(str(name), regimes[place == at]) for at, name in enumerate(names))
    return Timeline(dataset, symbol, months, _month("all", regimes))


def _month(name: str, regimes: np.ndarray[tuple[int, ...], np.dtype[np.int64]]) -> Month:
    counts = np.bincount(regimes, minlength=max(Regime) + 1)
    shares = {regime.name: float(counts[regime] / len(regimes)) for regime in Regime}
    return Month(name, len(regimes), shares)
