"""The tearsheet's own charts, in the report's style: rolling Sharpe, costs by cause, excursions."""

from collections.abc import Callable

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from quantumflow.research.analysis.sheet import Sheet
from quantumflow_reports.charts.equity import equity_chart
from quantumflow_reports.charts.style import DARK, LIGHT, Palette, dress, new_figure, no_data, svg
from quantumflow_reports.charts.trips import heatmap_chart, histogram_chart

__all__ = ["draw_charts"]


def draw_charts(sheet: Sheet) -> dict[str, tuple[bytes, bytes]]:
    """Name → SVG for a light and for a dark ground; the same sheet gives the same bytes."""
    charts: dict[str, Callable[[Palette], Figure]] = {
        "equity": lambda palette: equity_chart(sheet.numbers, palette),
        "rolling": lambda palette: _rolling(sheet, palette),
        "costs": lambda palette: _costs(sheet, palette),
        "excursions": lambda palette: _excursions(sheet, palette),
        "trips": lambda palette: histogram_chart(sheet.numbers, palette),
        "week": lambda palette: heatmap_chart(sheet.numbers, palette),
    }
    return {name: (svg(chart(LIGHT)), svg(chart(DARK))) for name, chart in charts.items()}


def _rolling(sheet: Sheet, palette: Palette) -> Figure:
    title = f"Sharpe ratio of the last {sheet.choices.window} returns, a {sheet.period.word}"
    figure = new_figure(palette, 2.3, title, sheet.numbers.simulated.stamp)
    axes = figure.subplots()
    dress(axes, palette)
    if not sheet.rolling_sharpe:
        no_data(axes, palette, f"fewer than {sheet.choices.window} returns")
        return figure
    ends_s = [(point.period + 1) * sheet.period // 10**9 for point in sheet.rolling_sharpe]
    times = np.array([np.datetime64(end, "s") for end in ends_s])
    values = [float("nan") if point.value is None else point.value for point in sheet.rolling_sharpe]
    axes.axhline(0.0, color=palette.muted, linewidth=0.9)
    single = len(times) == 1
    axes.plot(times, values, color=palette.line, linewidth=1.3, marker="o" if single else None, markersize=4)
    return figure


def _costs(sheet: Sheet, palette: Palette) -> Figure:
    figure = new_figure(palette, 2.2, "What trading cost, by cause", sheet.numbers.simulated.stamp)
    axes = figure.subplots()
    dress(axes, palette, grid=False)
    whole = sheet.history.costs.whole
    if not whole.fills:
        no_data(axes, palette, "no fill yet")
        return figure
    names = ("fees", "spread", "latency", "impact", "resting")
    shown = [getattr(whole, f"{name}_e8") / 10**8 for name in names]
    colors = [palette.loss if value > 0 else palette.gain for value in shown]
    bars = axes.barh(names, shown, color=colors, height=0.62)
    axes.bar_label(bars, labels=[f"{value:+,.2f}" for value in shown], color=palette.text, fontsize=8.5, padding=4)
    axes.axvline(0.0, color=palette.muted, linewidth=0.9)
    axes.margins(x=0.14)
    axes.invert_yaxis()
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.10g}"))
    axes.set_xlabel(sheet.numbers.currency, color=palette.muted, fontsize=9)
    return figure


def _excursions(sheet: Sheet, palette: Palette) -> Figure:
    title = "Round trips: result over the deepest loss on the way (MAE)"
    figure = new_figure(palette, 3.0, title, sheet.numbers.simulated.stamp)
    axes = figure.subplots()
    trips = sheet.history.excursions.trips
    dress(axes, palette, f"net, {sheet.numbers.currency}")
    if not trips:
        no_data(axes, palette, "no round trip yet")
        return figure
    nets, adverse = (np.array([getattr(trip, name) for trip in trips]) / 10**8 for name in ("net_e8", "adverse_e8"))
    for some, color in ((nets > 0, palette.gain), (nets <= 0, palette.loss)):
        axes.scatter(-adverse[some], nets[some], s=16, color=color, linewidths=0, alpha=0.75)
    axes.axhline(0.0, color=palette.muted, linewidth=0.9)
    axes.set_xlabel(f"MAE, {sheet.numbers.currency}", color=palette.muted, fontsize=9)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.10g}"))
    return figure
