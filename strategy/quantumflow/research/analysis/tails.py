"""Value at risk and its conditional mean, three ways. Losses are positive shares of equity. Pure; seeds are arguments.

historical   of the returns as they were: the quantile by linear interpolation (R. J. Hyndman and Y. Fan, American
             Statistician 50, 1996, definition 7), and the mean of the worst share exactly, the border return counted in
             part (C. Acerbi and D. Tasche, Journal of Banking and Finance 26, 2002, definition 2.6)
parametric   of a normal distribution with their mean and deviation (P. Jorion, "Value at Risk", 1997, chapter 5;
             R. T. Rockafellar and S. Uryasev, Journal of Risk 2, 2000, section 2)
Monte Carlo  of compounded paths of several periods, drawn from the returns by the stationary bootstrap
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from quantumflow.research.analysis.enough import not_enough
from quantumflow.research.analysis.resample import Floats, block_length, resampled_places
from quantumflow_reports.figures import Estimate
from quantumflow_reports.ratios import deviation, mean

__all__ = ["Tail", "historical_tail", "monte_carlo_tail", "parametric_tail"]

_NORMAL = NormalDist()


@dataclass(frozen=True, slots=True)
class Tail:
    """The loss that is exceeded in a share of periods (`value_at_risk`), and the mean loss in those (`conditional`)."""

    value_at_risk: Estimate
    conditional: Estimate


def historical_tail(returns: Sequence[float], share: float) -> Tail:
    """Of one period. Needs 1 / share returns: with fewer none of them stands for the tail."""
    lack = _lack(returns, share)
    return lack or _tail_of(np.asarray(returns, dtype=np.float64), share)


def parametric_tail(returns: Sequence[float], share: float) -> Tail:
    """Of one period, if returns were normal: they have fatter tails, so this is the kindest of the three."""
    lack = _lack(returns, share)
    if lack:
        return lack
    average, spread, point = mean(returns), deviation(returns), _NORMAL.inv_cdf(share)
    beyond = average - spread * _NORMAL.pdf(point) / share
    return Tail(Estimate(-(average + spread * point)), Estimate(-beyond))


def monte_carlo_tail(returns: Sequence[float], share: float, periods: int, draws: int, seed: int) -> Tail:
    """Of `periods` in a row, compounded, over `draws` paths."""
    lack = _lack(returns, share)
    if lack:
        return lack
    source = np.asarray(returns, dtype=np.float64)
    if periods > len(source):
        few = not_enough(f"{len(source)} returns give no path of {periods}")
        return Tail(few, few)
    chunks = resampled_places(len(source), draws, block_length(source), seed)
    ends = np.concatenate([np.prod(1.0 + source[chunk[:, :periods]], axis=1) - 1.0 for chunk in chunks])
    return _tail_of(ends, share)


def _tail_of(returns: Floats, share: float) -> Tail:
    ordered = np.sort(returns)
    whole = share * len(ordered)
    full = math.floor(whole + 1e-9)
    part = max(whole - full, 0.0)
    border = float(ordered[full]) if part > 1e-9 else 0.0
    worst = (math.fsum(ordered[:full].tolist()) + part * border) / whole
    return Tail(Estimate(-float(np.quantile(ordered, share))), Estimate(-worst))


def _lack(returns: Sequence[float], share: float) -> Tail | None:
    needed = math.ceil(1.0 / share - 1e-9)
    if len(returns) >= needed:
        return None
    few = not_enough(f"{len(returns)} returns, {needed} are needed")
    return Tail(few, few)
