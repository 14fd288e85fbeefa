"""Equity → closes and returns of equal periods, rolling figures, drawdowns. Pure; ratios are the report's own."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

from quantumflow.research.analysis.history import Equity
from quantumflow_reports.curve import Close
from quantumflow_reports.figures import DAY_NS, Estimate
from quantumflow_reports.ratios import DAYS_A_YEAR

__all__ = ["Drawdown", "Period", "Rolling", "choose_period", "closes_of", "drawdowns", "rolling"]

RETURNS_WANTED = 30
"""Of the periods that give so many returns the longest is taken."""


class Period(IntEnum):
    """The distance of two closes, in nanoseconds; each begins at a whole multiple of itself (UTC)."""

    MINUTE = 60 * 10**9
    HOUR = 3_600 * 10**9
    DAY = DAY_NS

    @property
    def word(self) -> str:
        return self.name.lower()

    @property
    def a_year(self) -> float:
        return DAYS_A_YEAR * DAY_NS / self.value


def choose_period(equity: Sequence[Equity]) -> Period:
    """Days where there are enough of them, else hours, else minutes."""
    for period in (Period.DAY, Period.HOUR):
        if len({row.at_ns // period for row in equity}) >= RETURNS_WANTED:
            return period
    return Period.MINUTE


def closes_of(equity: Sequence[Equity], period: Period) -> list[Close]:
    """The last equity of each period that has one, and what was deposited in it."""
    closes: list[Close] = []
    paid_e8 = before_e8 = 0
    for row in equity:
        number = row.at_ns // period
        if not closes or closes[-1].day != number:
            closes.append(Close(number, 0, 0))
            before_e8 = paid_e8
        paid_e8 = row.deposits_e8
        closes[-1] = Close(number, row.equity_e8, paid_e8 - before_e8)
    return closes


class Rolling(NamedTuple):
    """A ratio over the periods up to one; None where it is unknown there."""

    period: int
    value: float | None


def rolling(
    closes: Sequence[Close], returns: Sequence[float], window: int, ratio: Callable[[Sequence[float]], Estimate]
) -> list[Rolling]:
    """`ratio` of each `window` returns in a row; none if there are fewer."""
    return [
        Rolling(closes[end - 1].day, ratio(returns[end - window : end]).value)
        for end in range(window, len(returns) + 1)
    ]


@dataclass(frozen=True, slots=True)
class Drawdown:
    """From a highest equity to its return; `recovered_ns` None: not yet."""

    ppm: int
    amount_e8: int
    peak_ns: int
    lowest_ns: int
    recovered_ns: int | None
    until_ns: int
    """When it ended, or the last row."""


def drawdowns(equity: Sequence[Equity]) -> list[Drawdown]:
    """Every drawdown, the deepest first. The journal's peak counts what was between two rows; deposits move it too."""
    found: list[Drawdown] = []
    open_: Drawdown | None = None
    peak_ns = deposits_e8 = paid_peak_e8 = 0
    for row in equity:
        raised = row.peak_e8 - (row.deposits_e8 - deposits_e8) > paid_peak_e8
        deposits_e8, paid_peak_e8 = row.deposits_e8, row.peak_e8
        fall_e8 = row.peak_e8 - row.equity_e8
        if open_ is not None and (raised or fall_e8 <= 0):
            found.append(_ended(open_, row.at_ns))
            open_ = None
        if fall_e8 <= 0 or (raised and open_ is None):
            peak_ns = row.at_ns
        if fall_e8 > 0 and row.peak_e8 > 0:
            ppm = fall_e8 * 10**6 // row.peak_e8
            if open_ is None or ppm > open_.ppm:
                open_ = Drawdown(ppm, fall_e8, peak_ns or row.at_ns, row.at_ns, None, row.at_ns)
            else:
                open_ = Drawdown(open_.ppm, open_.amount_e8, open_.peak_ns, open_.lowest_ns, None, row.at_ns)
    if open_ is not None:
        found.append(open_)
    return sorted(found, key=lambda one: (-one.ppm, -one.amount_e8, one.peak_ns))


def _ended(one: Drawdown, at_ns: int) -> Drawdown:
    return Drawdown(one.ppm, one.amount_e8, one.peak_ns, one.lowest_ns, at_ns, at_ns)
