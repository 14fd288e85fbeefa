"""How far a Sharpe ratio can be trusted: its probability, the record it needs, the trials it was chosen from. Pure.

D. H. Bailey and M. López de Prado, "The Sharpe Ratio Efficient Frontier", Journal of Risk 15, 2012 (PSR, MinTRL), and
"The Deflated Sharpe Ratio", Journal of Portfolio Management 40, 2014 (DSR). Every Sharpe ratio here is of one period;
kurtosis is not in excess, a normal one has 3.
"""

import math
from collections.abc import Sequence
from statistics import NormalDist

import numpy as np

from quantumflow.research.analysis.enough import not_enough
from quantumflow_reports.figures import Estimate
from quantumflow_reports.ratios import sharpe_a_period

__all__ = [
    "RETURNS_MIN",
    "deflated_sharpe",
    "expected_best_sharpe",
    "kurtosis",
    "probabilistic_sharpe",
    "skewness",
    "track_record_min",
]

RETURNS_MIN = 20
"""The third and fourth moments of fewer say nothing."""
_NORMAL = NormalDist()
_EULER = 0.5772156649015329


def skewness(returns: Sequence[float]) -> float:
    """Third standardised moment of the population."""
    return _moment(returns, 3)


def kurtosis(returns: Sequence[float]) -> float:
    """Fourth standardised moment of the population, 3 for a normal one."""
    return _moment(returns, 4)


def probabilistic_sharpe(returns: Sequence[float], against: float = 0.0) -> Estimate:
    """Probability that the true Sharpe ratio of a period exceeds `against` (2012, eq. 11)."""
    own = _own_sharpe(returns)
    if own.value is None:
        return own
    spread = _sharpe_variance(returns, own.value)
    if spread <= 0.0:
        return not_enough("the moments of these returns fit no distribution")
    return Estimate(_NORMAL.cdf((own.value - against) * math.sqrt(len(returns) - 1) / math.sqrt(spread)))


def track_record_min(returns: Sequence[float], against: float = 0.0, confidence: float = 0.95) -> Estimate:
    """Periods that are needed until the ratio exceeds `against` with `confidence`, as it is now (2012, eq. 14)."""
    own = _own_sharpe(returns)
    if own.value is None:
        return own
    if own.value <= against:
        return Estimate(None, why="no length is enough: the ratio does not exceed what it is held against")
    spread = _sharpe_variance(returns, own.value)
    if spread <= 0.0:
        return not_enough("the moments of these returns fit no distribution")
    return Estimate(1.0 + spread * (_NORMAL.inv_cdf(confidence) / (own.value - against)) ** 2)


def expected_best_sharpe(trials: int, variance: float) -> float:
    """The best Sharpe ratio that `trials` worthless, independent strategies are expected to show (2014, eq. 1).

    `variance` is that of the trials' ratios.
    """
    if trials < 2:
        return 0.0
    first, second = _NORMAL.inv_cdf(1.0 - 1.0 / trials), _NORMAL.inv_cdf(1.0 - 1.0 / (trials * math.e))
    return math.sqrt(variance) * ((1.0 - _EULER) * first + _EULER * second)


def deflated_sharpe(returns: Sequence[float], trials: int, variance: float | None = None) -> Estimate:
    """Probability that the true ratio exceeds 0 after a choice among `trials` (2014, eq. 2).

    Without the `variance` of the trials' ratios, it is taken to be what worthless trials of this length have, 1/(n −
    1).
    """
    if len(returns) < RETURNS_MIN:
        return _own_sharpe(returns)
    best = expected_best_sharpe(trials, 1.0 / (len(returns) - 1) if variance is None else variance)
    return probabilistic_sharpe(returns, best)


def _own_sharpe(returns: Sequence[float]) -> Estimate:
    if len(returns) < RETURNS_MIN:
        return not_enough(f"{len(returns)} returns, {RETURNS_MIN} are needed")
    return sharpe_a_period(returns)


def _sharpe_variance(returns: Sequence[float], own: float) -> float:
    """n − 1 times the variance of the estimated ratio (2012, eq. 8)."""
    return 1.0 - skewness(returns) * own + (kurtosis(returns) - 1.0) / 4.0 * own**2


def _moment(returns: Sequence[float], power: int) -> float:
    values = np.asarray(returns, dtype=np.float64)
    centred = values - values.mean()
    return float(np.mean(centred**power) / np.mean(centred**2) ** (power / 2))
