"""How the account moved with a benchmark: beta, correlation, what is left. Pure.

Beta and alpha of a period are the least-squares line of the account's returns on the benchmark's (W. F. Sharpe, Journal
of Finance 19, 1964; M. C. Jensen, Journal of Finance 23, 1968; the risk-free rate is 0); correlation is K. Pearson's.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from quantumflow.research.analysis.enough import not_enough
from quantumflow.research.analysis.periods import Period
from quantumflow_reports.curve import Close
from quantumflow_reports.figures import Estimate
from quantumflow_reports.ratios import mean

__all__ = ["RETURNS_MIN", "Against", "Benchmark", "against_benchmark"]

RETURNS_MIN = 20


@dataclass(frozen=True, slots=True)
class Benchmark:
    """Prices of anything: `at_ns` ascending, when each was known (a candle's close), `level` in any unit."""

    name: str
    at_ns: npt.NDArray[np.int64]
    level: npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Against:
    """`alpha` of a period; `periods` in which both had a return."""

    name: str
    periods: int
    beta: Estimate
    alpha: Estimate
    correlation: Estimate
    growth: Estimate
    """Of the benchmark over those periods."""


def against_benchmark(
    closes: Sequence[Close], returns: Sequence[float], benchmark: Benchmark, period: Period
) -> Against:
    """Pairs each return with the benchmark's over the same time, from the end of the period before to its own end.

    The account's first return begins in the middle of a period and is left out, as is any whose ends the benchmark has
    not seen within a period before them.
    """
    pairs = []
    for before, close, own in zip(closes, closes[1:], returns[1:], strict=False):
        start = _level_at(benchmark, (before.day + 1) * period, period)
        end = _level_at(benchmark, (close.day + 1) * period, period)
        if start is not None and end is not None:
            pairs.append((own, end / start - 1.0))
    if len(pairs) < RETURNS_MIN:
        few = not_enough(f"{len(pairs)} returns of the same time, {RETURNS_MIN} are needed")
        return Against(benchmark.name, len(pairs), few, few, few, few)
    ours, theirs = [own for own, _ in pairs], [other for _, other in pairs]
    growth = Estimate(math.expm1(math.fsum(math.log1p(other) for other in theirs)))
    return Against(benchmark.name, len(pairs), *_line(ours, theirs), growth)


def _line(ours: Sequence[float], theirs: Sequence[float]) -> tuple[Estimate, Estimate, Estimate]:
    """Slope, intercept and correlation."""
    own_mean, other_mean = mean(ours), mean(theirs)
    both = math.fsum((own - own_mean) * (other - other_mean) for own, other in zip(ours, theirs, strict=True))
    own_square = math.fsum((own - own_mean) ** 2 for own in ours)
    other_square = math.fsum((other - other_mean) ** 2 for other in theirs)
    if other_square == 0.0:
        flat = not_enough("the benchmark never moved")
        return flat, flat, flat
    beta = both / other_square
    still = not_enough("every period had the same return")
    correlation = Estimate(both / math.sqrt(own_square * other_square)) if own_square > 0.0 else still
    return Estimate(beta), Estimate(own_mean - beta * other_mean), correlation


def _level_at(benchmark: Benchmark, at_ns: int, period: Period) -> float | None:
    """The last level known at a moment, if it is not older than a period."""
    place = int(np.searchsorted(benchmark.at_ns, at_ns, side="right")) - 1
    if place < 0 or at_ns - int(benchmark.at_ns[place]) > period:
        return None
    level = float(benchmark.level[place])
    return level if level > 0.0 else None
