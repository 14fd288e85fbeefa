"""The rules and the model on the same bars: where they agree, how long each stays, what volatility follows.

The model is fitted on the first part of the bars and both are measured on the rest. What is ahead is used to measure
and for nothing else: the volatility of the next 20 bars, by the regime that was known before them.
"""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from quantumflow.errors import ResearchRefused
from quantumflow.regime import WINDOW, Regime, regimes_of
from quantumflow.research.regimes.hmm import STATES, Hmm, filter_states, fit_hmm, observations
from quantumflow.reversion import volatility_series

__all__ = ["FIT_BARS_MAX", "Comparison", "Measured", "compare_regimes", "longest_stretch"]

FIT_BARS_MAX = 200_000
"""Newest bars of the first part that the model is fitted on."""
AHEAD_BARS = 20
BARS_MIN = 5 * WINDOW


@dataclass(frozen=True, slots=True)
class Measured:
    """One regime or state on the bars that were measured."""

    share: float
    stays_bars: float
    """Mean length of an unbroken stretch."""
    next_volatility: float
    """Mean realised volatility of the next 20 bars, a bar."""
    next_return: float
    """Mean log return of the next 20 bars."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """`agreement[regime][state]`: share of all measured bars. States are named 0 (calmest) to 3 (wildest)."""

    bars: int
    fitted_bars: int
    rounds: int
    rules: Mapping[str, Measured]
    states: Mapping[str, Measured]
    agreement: Mapping[str, Mapping[str, float]]
    mutual_information: float
    """Bits that one says of the other; 0: nothing."""
    separation_rules: float
    """Share of the variance of the next bars' log volatility that the regime explains."""
    separation_states: float

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


def longest_stretch(close_ns: npt.NDArray[np.int64], interval_ns: int) -> slice:
    """The rows of the longest stretch without a missing bar."""
    edges = np.concatenate([[0], np.flatnonzero(np.diff(close_ns) != interval_ns) + 1, [len(close_ns)]])
    longest = int(np.argmax(np.diff(edges)))
    return slice(int(edges[longest]), int(edges[longest + 1]))


def compare_regimes(closes: npt.NDArray[np.float64], fit_share: float = 0.5) -> Comparison:
    """Of bars without a hole between them. Raises ResearchRefused for too few."""
    cut = int(len(closes) * fit_share)
    if min(cut, len(closes) - cut) < BARS_MIN:
        raise ResearchRefused("too_few_bars", f"{len(closes)} bars: both parts need {BARS_MIN}")
    seen = observations(closes)
    model: Hmm = fit_hmm(seen[max(0, cut - FIT_BARS_MAX) : cut])
    regimes, states = regimes_of(closes), filter_states(model, seen)
    ahead = volatility_series(AHEAD_BARS, closes)[AHEAD_BARS:]
    gain = np.log(closes[AHEAD_BARS:] / closes[:-AHEAD_BARS])
    part = slice(cut, len(closes) - AHEAD_BARS)
    regimes, states, ahead, gain = regimes[part], states[part], ahead[part], gain[part]
    known = (regimes != Regime.UNKNOWN) & (states >= 0) & (ahead > 0)
    regimes, states, ahead, gain = regimes[known], states[known], ahead[known], gain[known]
    names = {regime.name.lower(): int(regime) for regime in Regime if regime is not Regime.UNKNOWN}
    numbers = {str(state): state for state in range(STATES)}
    agreement = {
        word: {number: float(np.mean((regimes == regime) & (states == state))) for number, state in numbers.items()}
        for word, regime in names.items()
    }
    return Comparison(
        bars=len(regimes),
        fitted_bars=min(cut, FIT_BARS_MAX),
        rounds=model.rounds,
        rules={word: _measured(regimes, regime, ahead, gain) for word, regime in names.items()},
        states={number: _measured(states, state, ahead, gain) for number, state in numbers.items()},
        agreement=agreement,
        mutual_information=_information(np.array([list(row.values()) for row in agreement.values()])),
        separation_rules=_separation(regimes, np.log(ahead)),
        separation_states=_separation(states, np.log(ahead)),
    )


def _measured(labels: npt.NDArray[np.int8], label: int, ahead: Any, gain: Any) -> Measured:
    here = labels == label
    count = int(here.sum())
    if count == 0:
        return Measured(0.0, 0.0, math.nan, math.nan)
    stretches = int(here[0]) + int((here[1:] & ~here[:-1]).sum())
    return Measured(count / len(labels), count / stretches, float(ahead[here].mean()), float(gain[here].mean()))


def _separation(labels: npt.NDArray[np.int8], values: npt.NDArray[np.float64]) -> float:
    """Between-group share of the variance (eta squared)."""
    total = float(((values - values.mean()) ** 2).sum())
    groups = [values[labels == label] for label in np.unique(labels)]
    between = sum(len(group) * (group.mean() - values.mean()) ** 2 for group in groups)
    return float(between / total) if total > 0.0 else 0.0


def _information(joint: npt.NDArray[np.float64]) -> float:
    alone = joint.sum(axis=1, keepdims=True) @ joint.sum(axis=0, keepdims=True)
    there = joint > 0
    return float((joint[there] * np.log2(joint[there] / alone[there])).sum())
