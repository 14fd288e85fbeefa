"""Whether live results still are what a search expected: a detector that may be asked after every trade. Pure.

Null: a trade's mean log return is at least `floor`, the lower end of the expectation's own 95 % interval. For each bet
λ an e-value a trade, e = max(0, 1 + λ (floor − x)), whose mean is at most 1 under the null whatever the returns'
distribution and whatever came before; they are gathered as R ← (1 + R) e (A. Shiryaev 1963, S. Roberts 1966; as an
e-detector: J. Shin, A. Ramdas and A. Rinaldo, "E-detectors: a nonparametric framework for sequential change detection",
New England Journal of Statistics in Data Science 2, 2024), and the mean over BETS is the score. R less the number of
trades is a supermartingale, so

    false alarms   at most one in ALARM_AT trades in the mean, and within n trades with a chance of at most
                   n / ALARM_AT, however often it is looked at
    cut            a gain beyond floor + 1 / λ counts as that much; the boldest bet cuts at 10 deviations

The interval that is shown beside it holds the live mean at all times together with probability 95 %, for long series
(I. Waudby-Smith, D. Arbour, R. Sinha, E. Kennedy and A. Ramdas, "Time-uniform central limit theory and asymptotic
confidence sequences", Annals of Statistics 52, 2024, eq. 4): no figure is given before TRADES_MIN trades.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["ALARM_AT", "BETS", "TRADES_MIN", "Drift", "drift_of"]

ALARM_AT = 10_000.0
BETS = (0.0125, 0.025, 0.05, 0.1)
"""In units of one over a trade's deviation."""
TRADES_MIN = 20
_FLOOR_ERRORS = 1.645
_ERROR = 0.05
_TIGHT_AT = 100.0
"""Trades at which the interval is narrowest for what it promises."""


@dataclass(frozen=True, slots=True)
class Drift:
    """Of one bot in one regime, or of one regime. `low` and `high` hold the live mean; None below TRADES_MIN trades."""

    trades: int
    mean: float
    low: float | None
    high: float | None
    floor: float
    score: float
    """The detector's now, of ALARM_AT."""
    alarmed_at: int | None
    """The trade, counted from 1, at which it first reached ALARM_AT; it stays."""


def drift_of(returns: Iterable[float], mean: float, standard_error: float, deviation: float) -> Drift:
    """Of a trade's log returns, oldest first, against the expectation. Raises ValueError for a deviation of 0."""
    if not deviation > 0.0:
        raise ValueError("an expectation without a deviation expects nothing")
    floor = mean - _FLOOR_ERRORS * standard_error
    gathered = [0.0] * len(BETS)
    count, own, squares, score = 0, 0.0, 0.0, 0.0
    alarmed_at = None
    for value in returns:
        count += 1
        before = own
        own += (value - own) / count
        squares += (value - before) * (value - own)
        away = (floor - value) / deviation
        gathered = [(1.0 + one) * max(0.0, 1.0 + bet * away) for one, bet in zip(gathered, BETS, strict=True)]
        score = math.fsum(gathered) / len(BETS)
        if alarmed_at is None and score >= ALARM_AT:
            alarmed_at = count
    half = _half_width(count, squares)
    low, high = (None, None) if half is None else (own - half, own + half)
    return Drift(count, own, low, high, floor, score, alarmed_at)


def _half_width(count: int, squares: float) -> float | None:
    """Of the confidence sequence, with ρ² chosen for _TIGHT_AT trades."""
    if count < TRADES_MIN:
        return None
    spread = math.sqrt(squares / count)
    rho = (-2.0 * math.log(_ERROR) + math.log(-2.0 * math.log(_ERROR) + 1.0)) / _TIGHT_AT
    scaled = count * rho + 1.0
    return spread * math.sqrt(2.0 * scaled / (count * count * rho) * math.log(math.sqrt(scaled) / _ERROR))
