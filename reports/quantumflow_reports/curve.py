"""Equity over time from the journal's equity rows: thinned for a chart, a close a day, the deepest drawdown. Pure."""

from dataclasses import dataclass
from typing import NamedTuple

from quantumflow_reports.figures import DAY_NS

__all__ = ["POINTS_MAX", "Close", "Curve", "Drawdown", "Point"]

POINTS_MAX = 800
"""Points kept for the chart; beyond it their distance is doubled."""
STEP_NS = 10**9
"""The least distance of two points."""


class Point(NamedTuple):
    """The account at a moment; `peak_e8` is the highest equity until then."""

    at_ns: int
    equity_e8: int
    peak_e8: int


class Close(NamedTuple):
    """The last equity of a period, in the report a UTC day, and what was deposited in it."""

    day: int
    """Days (or other periods) since 1970-01-01."""
    equity_e8: int
    deposits_e8: int


@dataclass(frozen=True, slots=True)
class Drawdown:
    """The deepest fall below the highest equity before it."""

    ppm: int
    amount_e8: int
    at_ns: int


class Curve:
    """Takes deposits and equity rows in order; remembers a bounded number of points whatever the journal's length.

    Of the rows in one step of time the lowest is kept, so a chart of a long time shows every loss. The first and the
    last row are points as they are.
    """

    def __init__(self) -> None:
        self.deposits_e8 = 0
        self.worst = Drawdown(0, 0, 0)
        self.closes: list[Close] = []
        self.step_ns = STEP_NS
        self._kept: list[Point] = []
        self._last: Point | None = None
        self._sum_e8 = 0
        self._rows = 0

    @property
    def points(self) -> list[Point]:
        """In order of time, the last as it is now."""
        if self._last is None:
            return []
        return self._kept if self._kept[-1] == self._last else [*self._kept, self._last]

    def deposit(self, at_ns: int, amount_e8: int) -> None:
        """Money from outside: no gain. The first one is the first point."""
        self.deposits_e8 += amount_e8
        last = self._last or Point(at_ns, 0, 0)
        self._point(Point(at_ns, last.equity_e8 + amount_e8, last.peak_e8 + amount_e8))
        close = self.closes[-1]
        self.closes[-1] = close._replace(deposits_e8=close.deposits_e8 + amount_e8)

    def mark(self, at_ns: int, equity_e8: int, peak_e8: int) -> None:
        """An equity row; `peak_e8` is the highest equity ever, also between rows."""
        self._sum_e8 += equity_e8
        self._rows += 1
        self._point(Point(at_ns, equity_e8, peak_e8))
        if peak_e8 > 0 and equity_e8 < peak_e8:
            ppm = (peak_e8 - equity_e8) * 10**6 // peak_e8
            if ppm > self.worst.ppm:
                self.worst = Drawdown(ppm, peak_e8 - equity_e8, at_ns)

    @property
    def mean_e8(self) -> int:
        """Mean of the equity rows; the deposits before the first."""
        return self._sum_e8 // self._rows if self._rows else self.deposits_e8

    @property
    def last(self) -> Point | None:
        """The newest row; None before the first deposit."""
        return self._last

    def _point(self, point: Point) -> None:
        self._last = point
        day = point.at_ns // DAY_NS
        if self.closes and self.closes[-1].day == day:
            self.closes[-1] = self.closes[-1]._replace(equity_e8=point.equity_e8)
        else:
            self.closes.append(Close(day, point.equity_e8, 0))
        self._keep(point)
        while len(self._kept) > POINTS_MAX:
            self.step_ns *= 2
            earlier, self._kept = self._kept, []
            for kept in earlier:
                self._keep(kept)

    def _keep(self, point: Point) -> None:
        kept = self._kept
        if len(kept) < 2 or kept[-1].at_ns // self.step_ns != point.at_ns // self.step_ns:
            kept.append(point)
        elif point.equity_e8 < kept[-1].equity_e8:
            kept[-1] = point
