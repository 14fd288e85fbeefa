"""The ratios, each once. Floats begin here: what comes in are integers of money, what goes out has no unit. Pure.

Returns are daily unless `periods_a_year` says otherwise, and annualised with 365 days, since this market never closes.
The risk-free rate is 0. A ratio whose denominator is 0, or that has too few values, is unknown and says why. Sequences
are what the functions take, so that a bootstrap can hand them resampled ones.
"""

import math
from collections.abc import Sequence

from quantumflow_reports.curve import Close
from quantumflow_reports.figures import Estimate, unknown

__all__ = [
    "DAYS_A_YEAR",
    "DAYS_MIN",
    "calmar",
    "deepest_fall",
    "deviation",
    "expectancy",
    "growth",
    "mean",
    "profit_factor",
    "returns_between",
    "sharpe",
    "sharpe_a_period",
    "sortino",
    "win_rate",
]

DAYS_A_YEAR = 365
DAYS_MIN = 7
"""Daily returns that an annualised figure needs: fewer are an anecdote."""

_CONSTANT = "every period had the same return"


def returns_between(closes: Sequence[Close]) -> list[float]:
    """Each period's close over the close before it, deposits of the period taken out; the first starts at its deposits.

    A period without a close (the appliance was off) has no return; the next one spans the gap. A close of nothing, or
    of a debt, ends the series: there is nothing left to have a return on.
    """
    returns = []
    before_e8 = 0
    for close in closes:
        base = before_e8 + close.deposits_e8 if before_e8 == 0 else before_e8
        gain = close.equity_e8 - close.deposits_e8 - before_e8
        if base <= 0:
            break
        returns.append(gain / base)
        before_e8 = close.equity_e8
    return returns


def mean(values: Sequence[float]) -> float:
    """Arithmetic mean of at least one value, summed exactly."""
    return math.fsum(values) / len(values)


def deviation(values: Sequence[float]) -> float:
    """Standard deviation of a sample of at least two values, divided by n − 1."""
    average = mean(values)
    return math.sqrt(math.fsum((value - average) ** 2 for value in values) / (len(values) - 1))


def sharpe_a_period(returns: Sequence[float]) -> Estimate:
    """mean / standard deviation (W. F. Sharpe, "The Sharpe Ratio", Journal of Portfolio Management 21, 1994, eq. 6).

    Of one period, not annualised; the deviation is the sample's.
    """
    if len(returns) < 2:
        return unknown("fewer than 2 returns")
    spread = deviation(returns)
    return Estimate(mean(returns) / spread) if _is_spread(spread, returns) else unknown(_CONSTANT)


def sharpe(returns: Sequence[float], periods_a_year: float = DAYS_A_YEAR) -> Estimate:
    """The Sharpe ratio of a period · √(periods a year)."""
    few = _few(returns, periods_a_year)
    if few:
        return unknown(few)
    one = sharpe_a_period(returns)
    return one if one.value is None else Estimate(one.value * math.sqrt(periods_a_year))


def sortino(returns: Sequence[float], periods_a_year: float = DAYS_A_YEAR) -> Estimate:
    """mean / downside deviation · √(periods a year) (F. A. Sortino and L. N. Price, Journal of Investing 3, 1994).

    The downside deviation is √(Σ min(r, 0)² / n): target 0, over all n returns and not the negative ones alone.
    """
    few = _few(returns, periods_a_year)
    if few:
        return unknown(few)
    downside = math.sqrt(math.fsum(min(value, 0.0) ** 2 for value in returns) / len(returns))
    if downside == 0.0:
        return unknown("no losing period")
    return Estimate(mean(returns) / downside * math.sqrt(periods_a_year))


def growth(returns: Sequence[float], periods_a_year: float = DAYS_A_YEAR) -> Estimate:
    """Compound growth a year: Π(1 + r) to the power of periods a year / n, less 1."""
    few = _few(returns, periods_a_year)
    if few:
        return unknown(few)
    if min(returns) <= -1.0:
        return unknown("nothing was left")
    exponent = periods_a_year / len(returns) * math.fsum(math.log1p(value) for value in returns)
    return Estimate(math.expm1(exponent)) if exponent <= 700.0 else unknown("growth too large to be told for a year")


def deepest_fall(returns: Sequence[float]) -> float:
    """Of the closes, the deepest fall below an earlier one, as a share of it; 0 where there was none."""
    worth, peak, fall = 1.0, 1.0, 0.0
    for value in returns:
        worth *= 1.0 + value
        peak = max(peak, worth)
        fall = max(fall, 1.0 - worth / peak)
    return fall


def calmar(returns: Sequence[float], periods_a_year: float = DAYS_A_YEAR) -> Estimate:
    """Compound growth a year / deepest fall of the closes (T. W. Young, "Calmar Ratio", Futures 20, 1991).

    Over the whole history. Within a period the fall may have been deeper: see the drawdown.
    """
    grown = growth(returns, periods_a_year)
    if grown.value is None:
        return grown
    fall = deepest_fall(returns)
    return unknown("no period closed below an earlier one") if fall == 0.0 else Estimate(grown.value / fall)


def win_rate(nets: Sequence[float]) -> Estimate:
    """Trips that earned something after fees, of all; a trip of exactly nothing is no win."""
    if len(nets) == 0:
        return unknown("no round trip yet")
    return Estimate(sum(net > 0 for net in nets) / len(nets))


def profit_factor(nets: Sequence[float]) -> Estimate:
    """What winning trips earned over what losing ones lost, fees included (R. Pardo, "Design, Testing and Optimization
    of Trading Systems", 1992)."""
    if len(nets) == 0:
        return unknown("no round trip yet")
    lost = -math.fsum(net for net in nets if net < 0)
    if lost == 0.0:
        return unknown("no losing trip")
    return Estimate(math.fsum(net for net in nets if net > 0) / lost)


def expectancy(nets: Sequence[float]) -> Estimate:
    """Mean result of a trip, fees included, in the unit of `nets` (V. K. Tharp, "Trade Your Way to Financial Freedom",
    1998, there in units of the risk taken; here in money)."""
    if len(nets) == 0:
        return unknown("no round trip yet")
    return Estimate(mean(nets))


def _few(returns: Sequence[float], periods_a_year: float) -> str:
    """Why there are too few returns for a year's figure; empty if there are enough."""
    if len(returns) * DAYS_A_YEAR >= DAYS_MIN * periods_a_year:
        return ""
    daily = periods_a_year == DAYS_A_YEAR
    return f"fewer than {DAYS_MIN} daily returns" if daily else f"returns of less than {DAYS_MIN} days"


def _is_spread(spread: float, values: Sequence[float]) -> bool:
    """Whether a deviation is more than what rounding makes of equal values."""
    return spread > 1e-12 * max(abs(value) for value in values)
