"""What round trips made: how often how much, and when in the week."""

import math

from matplotlib.colors import Colormap, LinearSegmentedColormap, TwoSlopeNorm
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from quantumflow_reports.charts.style import Palette, dress, new_figure, no_data
from quantumflow_reports.numbers import Numbers
from quantumflow_reports.tallies import HOURS, WEEKDAYS

__all__ = ["heatmap_chart", "histogram_chart"]

BINS_MAX = 41
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def histogram_chart(numbers: Numbers, palette: Palette) -> Figure:
    """Trips by their result, fees included; the border between loss and gain is a border of bins."""
    figure = new_figure(palette, 2.9, "Result of a round trip, fees included", numbers.simulated.stamp)
    axes = figure.subplots()
    dress(axes, palette, "round trips")
    results = [net_e8 / 10**8 for net_e8 in numbers.facts.trips.net_e8]
    if not results:
        no_data(axes, palette, "no round trip yet")
        return figure
    edges = _edges(results)
    counts = [0] * (len(edges) - 1)
    width = edges[1] - edges[0]
    for result in results:
        counts[min(max(int((result - edges[0]) // width), 0), len(counts) - 1)] += 1
    middles = [edge + width / 2 for edge in edges[:-1]]
    colors = [palette.gain if middle > 0 else palette.loss for middle in middles]
    axes.bar(middles, counts, width=0.92 * width, color=colors, linewidth=0)
    axes.axvline(0.0, color=palette.muted, linewidth=0.9)
    average = math.fsum(results) / len(results)
    axes.axvline(average, color=palette.text, linewidth=1.1, linestyle=(0, (4, 3)))
    counted = "1 trip" if len(results) == 1 else f"{len(results):,} trips"
    axes.set_title(
        f"{counted}, mean {average:+,.3g} {numbers.currency} (dashed)",
        loc="left",
        color=palette.muted,
        fontsize=9,
    )
    axes.yaxis.set_major_locator(MaxNLocator(5, integer=True))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.10g}"))
    axes.set_xlabel(numbers.currency, color=palette.muted, fontsize=9)
    return figure


def _edges(results: list[float]) -> list[float]:
    """Borders of equal bins with 0 among them; the outermost hundredth on each side shares the last bins."""
    ordered = sorted(results)
    cut = len(ordered) // 100
    low, high = min(ordered[cut], 0.0), max(ordered[len(ordered) - 1 - cut], 0.0)
    bins = min(BINS_MAX, max(6, 2 * math.isqrt(len(results))))
    width = (high - low) / bins or 1.0
    first, last = math.floor(low / width), math.ceil(high / width)
    return [width * k for k in range(first, max(last, first + 1) + 1)]


def heatmap_chart(numbers: Numbers, palette: Palette) -> Figure:
    """Money that trips made, by the hour and weekday (UTC) in which they closed."""
    figure = new_figure(palette, 3.0, "Result by weekday and hour, UTC", numbers.simulated.stamp)
    axes = figure.subplots()
    dress(axes, palette, grid=False)
    tallies = numbers.facts.tallies
    if tallies.whole.trips == 0:
        no_data(axes, palette, "no round trip yet")
        return figure
    cells = [
        [
            tallies.hours_e8[day][hour] / 10**8 if tallies.hour_trips[day][hour] else float("nan")
            for hour in range(HOURS)
        ]
        for day in range(WEEKDAYS)
    ]
    most = max(abs(cell) for row in cells for cell in row if not math.isnan(cell)) or 1.0
    axes.set_facecolor(palette.middle)
    shown = axes.pcolormesh(
        range(HOURS + 1), range(WEEKDAYS + 1), cells, cmap=_colors(palette), norm=TwoSlopeNorm(0.0, -most, most),
        edgecolors=palette.grid, linewidth=0.4,
    )  # fmt: skip
    axes.invert_yaxis()
    axes.set_yticks([day + 0.5 for day in range(WEEKDAYS)], _DAYS)
    axes.set_xticks([hour + 0.5 for hour in range(0, HOURS, 2)], [f"{hour:02d}" for hour in range(0, HOURS, 2)])
    bar = figure.colorbar(shown, ax=axes, pad=0.015, aspect=14)
    bar.ax.tick_params(colors=palette.muted, labelsize=8.5, length=0)
    bar.ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.10g}"))
    bar.outline.set_visible(False)
    bar.set_label(numbers.currency, color=palette.muted, fontsize=9)
    return figure


def _colors(palette: Palette) -> Colormap:
    """From loss over the page's own ground to gain."""
    middle = palette.middle
    return LinearSegmentedColormap.from_list(f"result {palette.name}", [palette.loss, middle, palette.gain])
