"""Findings → pictures in the report's style, light and dark; the same findings give the same bytes."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Colormap, LinearSegmentedColormap, Normalize, TwoSlopeNorm
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from quantumflow.regime_vocabulary import Regime
from quantumflow.research.search.ledger import REGIMES
from quantumflow.research.search_report.content import mark_of
from quantumflow.research.search_report.findings import Findings
from quantumflow.research.search_report.sensitivity import Parameter, Surface
from quantumflow_reports.charts.style import DARK, LIGHT, Palette, dress, new_figure, no_data, svg

__all__ = ["draw_charts"]

NEUTRAL = {"profit_factor": 1.0}
"""Where an objective neither earns nor loses; 0 of all others."""
LABELLED_CELLS_MAX = 80
LETTERS_MAX = 14
"""Of a value on an axis; longer ones are cut."""
COLUMNS = {"surfaces": 2, "marginals": 3}


def draw_charts(found: Findings) -> dict[str, tuple[bytes, bytes]]:
    """Name → SVG for a light and for a dark ground."""
    charts: dict[str, Callable[[Palette], Figure]] = {"walk_forward": lambda palette: _walk_forward(found, palette)}
    if found.timelines:
        charts["regimes"] = lambda palette: _regimes(found, palette)
    if found.sensitivity.surfaces:
        charts["surfaces"] = lambda palette: _surfaces(found, palette)
    if found.sensitivity.parameters:
        charts["marginals"] = lambda palette: _marginals(found, palette)
    return {name: (svg(chart(LIGHT)), svg(chart(DARK))) for name, chart in charts.items()}


def _surfaces(found: Findings, palette: Palette) -> Figure:
    surfaces = found.sensitivity.surfaces
    figure, panels = _panels(
        palette, len(surfaces), "surfaces", 2.5, f"{found.objective} out of sample, mean of a cell"
    )
    cells = [mean for one in surfaces for row in one.means for mean in row if mean is not None]
    norm, colors = _scale(cells, NEUTRAL.get(found.objective, 0.0), palette)
    for axes, surface in zip(panels, surfaces, strict=True):
        _surface(axes, surface, found, norm, colors, palette)
    shown = panels[0].collections[0]
    bar = figure.colorbar(shown, ax=panels, pad=0.015, aspect=30, fraction=0.04)
    bar.ax.tick_params(colors=palette.muted, labelsize=8.5, length=0)
    bar.outline.set_visible(False)
    return figure


def _surface(
    axes: Axes, surface: Surface, found: Findings, norm: Normalize, colors: Colormap, palette: Palette
) -> None:
    """The second parameter across, the first upwards; what was chosen is framed and marked."""
    dress(axes, palette, grid=False)
    wide, high = len(surface.second_values), len(surface.first_values)
    means = np.array([[np.nan if mean is None else mean for mean in row] for row in surface.means])
    axes.pcolormesh(
        np.arange(wide + 1), np.arange(high + 1), np.ma.masked_invalid(means), cmap=colors, norm=norm,
        edgecolors=palette.grid, linewidth=0.4,
    )  # fmt: skip
    axes.set_xticks(np.arange(wide) + 0.5, [one[:LETTERS_MAX] for one in surface.second_values])
    axes.set_yticks(np.arange(high) + 0.5, [one[:LETTERS_MAX] for one in surface.first_values])
    axes.set_xlabel(surface.second, color=palette.muted, fontsize=9)
    axes.set_ylabel(surface.first, color=palette.muted, fontsize=9)
    marks = _marks(surface, found)
    for i, row in enumerate(surface.means):
        for j, mean in enumerate(row):
            if mean is None:
                continue
            mark = marks.get((i, j), "")
            figure_words = f"{mean:.3g}" if wide * high <= LABELLED_CELLS_MAX else ""
            words = "\n".join(one for one in (figure_words, mark) if one)
            ink = _ink(colors(norm(mean)))
            axes.text(j + 0.5, i + 0.5, words, ha="center", va="center", fontsize=7.5, color=ink, linespacing=0.95)
            if mark:
                axes.add_patch(Rectangle((j + 0.04, i + 0.04), 0.92, 0.92, fill=False, edgecolor=ink, linewidth=1.4))


def _marks(surface: Surface, found: Findings) -> dict[tuple[int, int], str]:
    marks: dict[tuple[int, int], str] = {}
    for one in found.chosen:
        at = (
            surface.first_values.index(one.parameters[surface.first]),
            surface.second_values.index(one.parameters[surface.second]),
        )
        marks[at] = " ".join(word for word in (marks.get(at, ""), mark_of(one.regime)) if word)
    return marks


def _marginals(found: Findings, palette: Palette) -> Figure:
    parameters = found.sensitivity.parameters
    title = f"{found.objective} out of sample by each parameter, 95 % of the mean"
    figure, panels = _panels(palette, len(parameters), "marginals", 2.1, title)
    for axes, one in zip(panels, parameters, strict=True):
        _marginal(axes, one, found, palette)
    return figure


def _marginal(axes: Axes, one: Parameter, found: Findings, palette: Palette) -> None:
    dress(axes, palette)
    places = np.arange(len(one.marginals))
    means = np.array([each.mean for each in one.marginals])
    low, high = (np.array([getattr(each, name) for each in one.marginals]) for name in ("low", "high"))
    tenth, ninetieth = (np.array([getattr(each, name) for each in one.marginals]) for name in ("tenth", "ninetieth"))
    axes.fill_between(places, tenth, ninetieth, color=palette.line, alpha=0.16, linewidth=0)
    axes.errorbar(
        places, means, yerr=[means - low, high - means], color=palette.line, linewidth=1.3, marker="o", markersize=4,
        elinewidth=1.1, capsize=3,
    )  # fmt: skip
    best = [each.value for each in one.marginals].index(found.chosen[0].parameters[one.name])
    axes.plot([best], [means[best]], marker="*", markersize=11, color=palette.stamp, linestyle="none")
    axes.axhline(NEUTRAL.get(found.objective, 0.0), color=palette.muted, linewidth=0.9)
    axes.set_xlim(-0.4, len(places) - 0.6)
    axes.set_xticks(places, [each.value[:LETTERS_MAX] for each in one.marginals])
    axes.set_xlabel(f"{one.name}, {one.influence:.0%} of the variance", color=palette.muted, fontsize=9)


def _regimes(found: Findings, palette: Palette) -> Figure:
    height = 0.9 + 1.35 * len(found.timelines)
    figure = new_figure(palette, height, "Share of time in each regime, by month", None)
    panels = np.ravel(figure.subplots(len(found.timelines), 1, squeeze=False))
    colors = _regime_colors(palette)
    for axes, timeline in zip(panels, found.timelines, strict=True):
        dress(axes, palette, timeline.symbol, grid=False)
        floor = np.zeros(len(timeline.months))
        for regime in (*REGIMES, Regime.UNKNOWN.name):
            shares = np.array([month.shares[regime] for month in timeline.months])
            axes.bar(range(len(shares)), shares, bottom=floor, width=0.86, color=colors[regime], label=regime.lower())
            floor += shares
        step = max(1, -(-len(floor) // 12))
        places = range(0, len(floor), step)
        axes.set_xticks(list(places), [timeline.months[at].month for at in places])
        axes.set_yticks([0.0, 0.5, 1.0], ["0", "50 %", "100 %"])
        axes.set_xlim(-0.6, max(len(floor), 3) - 0.4)
    _legend(figure, panels[0], palette)
    return figure


def _walk_forward(found: Findings, palette: Palette) -> Figure:
    figure = new_figure(palette, 2.6, "Chosen by train, judged by test: net log return of each fold", None)
    axes = figure.subplots()
    dress(axes, palette)
    folds = sorted({one.fold for one in found.walked.folds})
    if not found.walked.whole.trades:
        no_data(axes, palette, "nothing that was chosen traded")
        return figure
    colors, width = _regime_colors(palette), 0.8 / len(REGIMES)
    for at, regime in enumerate(REGIMES):
        nets = [one.test.net for one in sorted(found.walked.folds, key=lambda one: one.fold) if one.regime == regime]
        places = np.arange(len(folds)) + (at - (len(REGIMES) - 1) / 2) * width
        axes.bar(places, nets, width=width * 0.92, color=colors[regime], label=regime.lower())
    axes.axhline(0.0, color=palette.muted, linewidth=0.9)
    axes.set_xticks(range(len(folds)), [f"fold {fold}" for fold in folds])
    _legend(figure, axes, palette)
    return figure


def _legend(figure: Figure, axes: Axes, palette: Palette) -> None:
    """Below everything, in one line."""
    handles, labels = axes.get_legend_handles_labels()
    figure.legend(
        handles, labels, loc="outside lower center", ncols=len(labels), frameon=False, fontsize=8.5,
        labelcolor=palette.text,
    )  # fmt: skip


def _panels(palette: Palette, count: int, kind: str, each_inches: float, title: str) -> tuple[Figure, list[Axes]]:
    wide = min(COLUMNS[kind], count)
    high = -(-count // wide)
    figure = new_figure(palette, 0.4 + each_inches * high, title, None)
    grid = figure.subplots(high, wide, squeeze=False)
    panels = list(grid.ravel())
    for spare in panels[count:]:
        spare.set_axis_off()
    return figure, panels[:count]


def _scale(cells: list[float], neutral: float, palette: Palette) -> tuple[Normalize, Colormap]:
    """Gain and loss apart where there are both; else all of one colour's depth is for what differs."""
    low, high = min(cells), max(cells)
    if low < neutral < high:
        most = max(high - neutral, neutral - low)
        ends = [palette.loss, palette.middle, palette.gain]
        norm: Normalize = TwoSlopeNorm(neutral, neutral - most, neutral + most)
    else:
        ends = [palette.middle, palette.gain] if low >= neutral else [palette.loss, palette.middle]
        norm = Normalize(low, high if high > low else low + 1.0)
    colors = LinearSegmentedColormap.from_list(f"objective {palette.name}", ends)
    return norm, colors


def _ink(ground: Any) -> str:
    """Black or white, whichever is farther from the cell: relative luminance as WCAG 2 has it."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in ground[:3]]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return "#000000" if (luminance + 0.05) ** 2 > 1.05 * 0.05 else "#ffffff"


def _regime_colors(palette: Palette) -> Mapping[str, str]:
    return {
        "STRESS": palette.stamp,
        "BULL": palette.gain,
        "BEAR": palette.loss,
        "SIDEWAYS": palette.line,
        "UNKNOWN": palette.grid,
    }
