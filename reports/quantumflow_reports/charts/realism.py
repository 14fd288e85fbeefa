"""Paper realism as a picture: the profit of the same fills at three prices."""

from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from quantumflow_reports.charts.style import Palette, dress, new_figure, no_data
from quantumflow_reports.figures import money_short
from quantumflow_reports.numbers import Numbers

__all__ = ["realism_chart"]

_ROWS = (("at mid", "mid"), ("at touch", "touch"), ("our model", "model"))


def realism_chart(numbers: Numbers, palette: Palette) -> Figure:
    """Three bars; what stands beside each is its profit, and how much kinder than the model it is."""
    figure = new_figure(palette, 2.3, "Profit of the same fills at other prices", numbers.simulated.stamp)
    axes = figure.subplots()
    dress(axes, palette, grid=False)
    model_e8 = numbers.profit_at("model")
    if model_e8 is None or numbers.facts.realism.fills == 0:
        no_data(axes, palette, "no fill yet")
        return figure
    profits = [numbers.profit_at(name) or 0 for _, name in _ROWS]
    worth = [profit_e8 / 10**8 for profit_e8 in profits]
    colors = [palette.muted, palette.muted, palette.line]
    axes.barh([name for name, _ in _ROWS], worth, color=colors, height=0.62, linewidth=0)
    axes.invert_yaxis()
    axes.axvline(0.0, color=palette.muted, linewidth=0.9)
    low, high = min(*worth, 0.0), max(*worth, 0.0)
    room = (high - low) or 1.0
    axes.set_xlim(low - 0.02 * room, high + 0.55 * room)
    for row, (profit_e8, value) in enumerate(zip(profits, worth, strict=True)):
        words = money_short(profit_e8, signed=True)
        if row < len(_ROWS) - 1:
            words += f"  ({money_short(profit_e8 - model_e8, signed=True)} against our model)"
        axes.annotate(
            words, (max(value, 0.0), row), xytext=(7, 0), textcoords="offset points", va="center", ha="left",
            color=palette.text, fontsize=9,
        )  # fmt: skip
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.10g}"))
    axes.tick_params(axis="y", colors=palette.text, labelsize=9.5)
    axes.set_xlabel(numbers.currency, color=palette.muted, fontsize=9)
    return figure
