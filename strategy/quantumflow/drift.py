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
from dataclasses import dataclass, field

__all__ = ["ALARM_AT", "BETS", "FLOOR_ERRORS", "TRADES_MIN", "Detector", "Drift", "detector_of", "drift_of"]

ALARM_AT = 10_000.0
BETS = (0.0125, 0.025, 0.05, 0.1)
"""In units of one over a trade's deviation."""
TRADES_MIN = 20
FLOOR_ERRORS = 1.645
"""Standard errors from an expectation to either end of its interval; each end holds with 95 %."""
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


@dataclass(slots=True)
class Detector:
    """What is remembered of the trades so far: plain numbers, so that it can be kept and goes on where it stood."""

    floor: float
    deviation: float
    count: int = 0
    mean: float = 0.0
    squares: float = 0.0
    gathered: list[float] = field(default_factory=lambda: [0.0] * len(BETS))
    alarmed_at: int | None = None

    def take(self, value: float) -> None:
        """One more trade's log return."""
        self.count += 1
        before = self.mean
        self.mean += (value - self.mean) / self.count
        self.squares += (value - before) * (value - self.mean)
        away = (self.floor - value) / self.deviation
        self.gathered = [(1.0 + one) * max(0.0, 1.0 + bet * away) for one, bet in zip(self.gathered, BETS, strict=True)]
        if self.alarmed_at is None and self.score >= ALARM_AT:
            self.alarmed_at = self.count

    @property
    def score(self) -> float:
        return math.fsum(self.gathered) / len(BETS)

    def drift(self) -> Drift:
        half = _half_width(self.count, self.squares)
        low, high = (None, None) if half is None else (self.mean - half, self.mean + half)
        return Drift(self.count, self.mean, low, high, self.floor, self.score, self.alarmed_at)


def detector_of(mean: float, standard_error: float, deviation: float) -> Detector:
    """Of an expectation, before its first trade. Raises ValueError for a deviation of 0."""
    if not deviation > 0.0:
        raise ValueError("an expectation without a deviation expects nothing")
    return Detector(mean - FLOOR_ERRORS * standard_error, deviation)


def drift_of(returns: Iterable[float], mean: float, standard_error: float, deviation: float) -> Drift:
    """Of a trade's log returns, oldest first, against the expectation. Raises ValueError for a deviation of 0."""
    detector = detector_of(mean, standard_error, deviation)
    for value in returns:
        detector.take(value)
    return detector.drift()


def _half_width(count: int, squares: float) -> float | None:
    """Of the confidence sequence, with ρ² chosen for _TIGHT_AT trades."""
    if count < TRADES_MIN:
        return None
    spread = math.sqrt(squares / count)
    rho = (-2.0 * math.log(_ERROR) + math.log(-2.0 * math.log(_ERROR) + 1.0)) / _TIGHT_AT
    scaled = count * rho + 1.0
    return spread * math.sqrt(2.0 * scaled / (count * count * rho) * math.log(math.sqrt(scaled) / _ERROR))
