"""How every chart looks: two palettes, one font, the stamp, and the bytes of a picture.

The object interface alone, no pyplot: no state is shared between two figures. Backgrounds are transparent in pages, so
that a chart stands on whatever the reader's theme has; the palettes have a contrast of 4.5 to 1 or more on GitHub's own
backgrounds (#ffffff, #0d1117).
"""

from dataclasses import dataclass
from io import BytesIO

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

__all__ = ["DARK", "LIGHT", "SOLID", "Palette", "dress", "new_figure", "no_data", "png", "stamp", "svg"]

WIDTH_INCHES = 8.0
PNG_DPI = 130
_HASH_SALT = "quantumflow report 1"


@dataclass(frozen=True, slots=True)
class Palette:
    """Colours of one theme; `background` None is transparent."""

    name: str
    background: str | None
    text: str
    grid: str
    line: str
    gain: str
    loss: str
    muted: str
    stamp: str
    middle: str
    """Of a heatmap's cell in which nothing happened."""


LIGHT = Palette("light", None, "#1f2328", "#d1d9e0", "#0969da", "#1a7f37", "#cf222e", "#59636e", "#bc4c00", "#f6f8fa")
DARK = Palette("dark", None, "#f0f6fc", "#3d444d", "#4493f8", "#3fb950", "#f85149", "#9198a1", "#f0883e", "#151b23")
SOLID = Palette(
    "solid", "#ffffff", "#1f2328", "#d1d9e0", "#0969da", "#1a7f37", "#cf222e", "#59636e", "#bc4c00", "#f6f8fa"
)
"""For a message: its own background."""


def new_figure(palette: Palette, height_inches: float, title: str, mark: str | None) -> Figure:
    """An empty figure with its title and, if the market was generated, the word that says so."""
    figure = Figure(figsize=(WIDTH_INCHES, height_inches), layout="constrained")
    figure.set_facecolor(palette.background or "none")
    figure.suptitle(title, x=0.012, ha="left", color=palette.text, fontsize=12, fontweight="bold")
    if mark is not None:
        stamp(figure, palette, mark)
    return figure


def stamp(figure: Figure, palette: Palette, mark: str) -> None:
    """The word in the upper right corner, in a frame."""
    box = {"boxstyle": "round,pad=0.3", "facecolor": "none", "edgecolor": palette.stamp, "linewidth": 1.2}
    top = 1.0 - 0.11 / figure.get_figheight()
    figure.text(0.99, top, mark, ha="right", va="top", fontsize=9, fontweight="bold", color=palette.stamp, bbox=box)


def dress(axes: Axes, palette: Palette, ylabel: str = "", grid: bool = True) -> None:
    """Colours of an axis, its grid, and no frame but the lower line."""
    axes.set_facecolor("none")
    axes.tick_params(colors=palette.muted, labelsize=8.5, length=0)
    for side, spine in axes.spines.items():
        spine.set_visible(side == "bottom")
        spine.set_color(palette.grid)
    if grid:
        axes.grid(axis="y", color=palette.grid, linewidth=0.6)
        axes.set_axisbelow(True)
    if ylabel:
        axes.set_ylabel(ylabel, color=palette.muted, fontsize=9)


def no_data(axes: Axes, palette: Palette, words: str) -> None:
    """An axis that says why it is empty."""
    axes.set_xticks([])
    axes.set_yticks([])
    axes.text(0.5, 0.5, words, transform=axes.transAxes, ha="center", va="center", color=palette.muted, fontsize=11)


def svg(figure: Figure) -> bytes:
    """The figure as SVG with its letters as outlines: no font of the reader's, no date, no chance."""
    target = BytesIO()
    with mpl.rc_context({"svg.hashsalt": _HASH_SALT, "svg.fonttype": "path"}):
        metadata = {"Date": None, "Creator": None}
        FigureCanvasSVG(figure).print_figure(target, format="svg", metadata=metadata, facecolor=figure.get_facecolor())
    return target.getvalue()


def png(figure: Figure) -> bytes:
    """The figure as PNG, without a word on the program that drew it."""
    target = BytesIO()
    canvas = FigureCanvasAgg(figure)
    canvas.print_figure(
        target, format="png", dpi=PNG_DPI, metadata={"Software": None}, facecolor=figure.get_facecolor()
    )
    return target.getvalue()
