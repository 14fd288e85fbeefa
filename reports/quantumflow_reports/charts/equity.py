"""Equity and drawdown over time, simulated sessions shaded where only a part was simulated."""

from datetime import UTC, datetime

from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from quantumflow_reports.charts.style import Palette, dress, new_figure, no_data
from quantumflow_reports.figures import money_short
from quantumflow_reports.numbers import Numbers

__all__ = ["equity_chart"]

GAP_NS = 2 * 3_600 * 10**9
"""Without an equity row for so long the line is broken: nobody knows what was between."""


def equity_chart(numbers: Numbers, palette: Palette) -> Figure:
    """Two panels over one time axis (UTC)."""
    title = f"Equity, {numbers.currency}" if numbers.currency else "Equity"
    figure = new_figure(palette, 4.2, title, numbers.simulated.stamp)
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1.2))
    dress(above, palette)
    dress(below, palette, "drawdown")
    curve = numbers.facts.curve
    if len(curve.points) < 2:
        no_data(above, palette, "no equity yet")
        below.set_yticks([])
        return figure
    times, worth, falls = _lines(numbers)
    above.plot(times, worth, color=palette.line, linewidth=1.4)
    above.axhline(_whole(curve.deposits_e8), color=palette.muted, linewidth=0.9, linestyle=(0, (4, 3)))
    above.margins(x=0.01)
    above.yaxis.set_major_locator(MaxNLocator(5))
    above.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.10g}"))
    below.fill_between(times, falls, 0.0, color=palette.loss, alpha=0.35, linewidth=0)
    below.plot(times, falls, color=palette.loss, linewidth=0.9)
    below.set_ylim(top=0.0, bottom=min(-0.01, 1.1 * min(fall for fall in falls if fall == fall)))
    below.yaxis.set_major_locator(MaxNLocator(3))
    below.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.10g} %"))
    locator = AutoDateLocator(minticks=4, maxticks=8, tz=UTC)
    below.xaxis.set_major_locator(locator)
    below.xaxis.set_major_formatter(ConciseDateFormatter(locator, tz=UTC))
    below.xaxis.get_offset_text().set_color(palette.muted)
    _label(above, numbers, palette)
    if len(numbers.simulated.sessions) not in (0, numbers.simulated.of):
        for span in numbers.facts.presence.sessions:
            if span.simulated:
                for axes in (above, below):
                    axes.axvspan(_moment(span.started_ns), _moment(span.last_ns), color=palette.stamp, alpha=0.15, lw=0)
    return figure


def _lines(numbers: Numbers) -> tuple[list[datetime], list[float], list[float]]:
    """Times, equity and drawdown in per cent; a point of nothing where rows are missing for long."""
    curve = numbers.facts.curve
    nothing = float("nan")
    times, worth, falls = [], [], []
    gap_ns = max(GAP_NS, 2 * curve.step_ns)
    before_ns = curve.points[0].at_ns
    for at_ns, equity_e8, peak_e8 in curve.points:
        if at_ns - before_ns > gap_ns:
            times.append(_moment(before_ns + 1_000_000))
            worth.append(nothing)
            falls.append(nothing)
        before_ns = at_ns
        times.append(_moment(at_ns))
        worth.append(_whole(equity_e8))
        falls.append(min(0.0, 100.0 * (equity_e8 - peak_e8) / peak_e8) if peak_e8 > 0 else 0.0)
    return times, worth, falls


def _label(axes: Axes, numbers: Numbers, palette: Palette) -> None:
    """What it came to, in the upper left corner."""
    if numbers.profit_e8 is None:
        return
    color = palette.gain if numbers.profit_e8 > 0 else palette.loss if numbers.profit_e8 < 0 else palette.muted
    words = f"{money_short(numbers.profit_e8, signed=True)} {numbers.currency}"
    axes.set_title(words, loc="left", color=color, fontsize=11, fontweight="bold")


def _whole(money_e8: int) -> float:
    return money_e8 / 10**8


def _moment(at_ns: int) -> datetime:
    return datetime.fromtimestamp(at_ns / 10**9, UTC)
