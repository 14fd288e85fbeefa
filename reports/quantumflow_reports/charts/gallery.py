"""Every chart by its name, and the words that stand for it where pictures do not."""

from collections.abc import Callable

from matplotlib.figure import Figure

from quantumflow_reports.charts.equity import equity_chart
from quantumflow_reports.charts.realism import realism_chart
from quantumflow_reports.charts.style import DARK, LIGHT, SOLID, Palette, png, svg
from quantumflow_reports.charts.trips import heatmap_chart, histogram_chart
from quantumflow_reports.numbers import Numbers

__all__ = ["CHARTS", "draw_message_picture", "draw_page_pictures"]

CHARTS: dict[str, Callable[[Numbers, Palette], Figure]] = {
    "equity": equity_chart,
    "realism": realism_chart,
    "trips": histogram_chart,
    "week": heatmap_chart,
}


def draw_page_pictures(numbers: Numbers) -> dict[str, bytes]:
    """File name → SVG, two a chart: `equity-light.svg`, `equity-dark.svg` …"""
    return {
        f"{name}-{palette.name}.svg": svg(chart(numbers, palette))
        for name, chart in CHARTS.items()
        for palette in (LIGHT, DARK)
    }


def draw_message_picture(numbers: Numbers) -> bytes:
    """The equity chart as a PNG with its own background, for a message."""
    return png(equity_chart(numbers, SOLID))
