"""The ratios, each once. Floats begin here: what comes in are integers of money, what goes out has no unit. Pure.

Returns are daily and annualised with 365 days, since this market never closes. The risk-free rate is 0. A ratio whose
denominator is 0, or that has too few values, is unknown and says why. Sequences are what the functions take, so that a
bootstrap can hand them resampled ones.
"""

import math
from collections.abc import Sequence

from quantumflow_reports.curve import Close
from quantumflow_reports.figures import Estimate, unknown

__all__ = [
    "DAYS_A_YEAR",
    "DAYS_MIN",
    "calmar",
    "daily_returns",
    "expectancy",
    "mean",
    "profit_factor",
    "sharpe",
    "sortino",
    "win_rate",
]

DAYS_A_YEAR = 365
DAYS_MIN = 7
"""Daily returns that an annualised figure needs: fewer are an anecdote."""

_FEW = f"fewer than {DAYS_MIN} daily returns"


def daily_returns(closes: Sequence[Close]) -> list[float]:
    """Each day's close over the close before it, deposits of the day taken out; the first day starts at its deposits.

    A day without a close (the appliance was off) has no return; the next one spans the gap. A close of nothing, or of a
    debt, ends the series: there is nothing left to have a return on.
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


def sharpe(returns: Sequence[float]) -> Estimate:
    """mean / standard deviation · √365 (W. F. Sharpe, "The Sharpe Ratio", Journal of Portfolio Management 21, 1994).

    The deviation is the sample's, divided by n − 1.
    """
    if len(returns) < DAYS_MIN:
        return unknown(_FEW)
    average = mean(returns)
    deviation = math.sqrt(math.fsum((value - average) ** 2 for value in returns) / (len(returns) - 1))
    if not _is_spread(deviation, returns):
        return unknown("every day had the same return")
    return Estimate(average / deviation * math.sqrt(DAYS_A_YEAR))


def sortino(returns: Sequence[float]) -> Estimate:
    """mean / downside deviation · √365 (F. A. Sortino and L. N. Price, Journal of Investing 3, 1994), target 0.

    The downside deviation is √(Σ min(r, 0)² / n), over all n returns and not the negative ones alone.
    """
    if len(returns) < DAYS_MIN:
        return unknown(_FEW)
    downside = math.sqrt(math.fsum(min(value, 0.0) ** 2 for value in returns) / len(returns))
    if downside == 0.0:
        return unknown("no losing day")
    return Estimate(mean(returns) / downside * math.sqrt(DAYS_A_YEAR))


def calmar(returns: Sequence[float]) -> Estimate:
    """Compound growth a year / deepest fall of the daily closes (T. W. Young, "Calmar Ratio", Futures 20, 1991).

    Over the whole history, n returns being n/365 years. Within a day the fall may have been deeper: see the drawdown.
    """
    if len(returns) < DAYS_MIN:
        return unknown(_FEW)
    worth, peak, fall = 1.0, 1.0, 0.0
    for value in returns:
        worth *= 1.0 + value
        if worth <= 0.0:
            return unknown("nothing was left")
        peak = max(peak, worth)
        fall = max(fall, 1.0 - worth / peak)
    if fall == 0.0:
        return unknown("no day closed below an earlier one")
    exponent = DAYS_A_YEAR / len(returns) * math.log(worth)
    if exponent > 700.0:
        return unknown("growth too large to be told for a year")
    return Estimate(math.expm1(exponent) / fall)


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


def _is_spread(deviation: float, values: Sequence[float]) -> bool:
    """Whether a deviation is more than what rounding makes of equal values."""
    return deviation > 1e-12 * max(abs(value) for value in values)
