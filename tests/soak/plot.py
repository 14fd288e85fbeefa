"""The samples as a CSV file and as one picture."""

import csv
from collections.abc import Mapping
from pathlib import Path

from soak.slope import Series

__all__ = ["draw", "write_csv"]

SeriesByName = Mapping[tuple[str, str], Series]

COLUMNS, WIDTH, HEIGHT, MARGIN = 2, 560, 220, 24
COLOURS = ("#1f77b4", "#d62728", "#2ca02c", "#9467bd", "#ff7f0e")


def write_csv(series: SeriesByName, path: Path) -> None:
    """One row a sample: seconds, program, figure, value."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["seconds", "program", "figure", "value"])
        for (program, figure), points in sorted(series.items()):
            writer.writerows([f"{at:.2f}", program, figure, value] for at, value in points)


def draw(series: SeriesByName, path: Path) -> None:
    """One SVG: a panel a figure, a line a program, from zero to the highest value seen."""
    figures = sorted({figure for _, figure in series})
    rows = -(-len(figures) // COLUMNS)
    panels = [
        _panel(figure, {name: points for (name, kind), points in sorted(series.items()) if kind == figure}, place)
        for place, figure in enumerate(figures)
    ]
    size = f'width="{COLUMNS * WIDTH}" height="{rows * HEIGHT}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif" font-size="11">'
    path.write_text("\n".join([head, '<rect width="100%" height="100%" fill="white"/>', *panels, "</svg>\n"]), "utf-8")


def _panel(figure: str, lines: Mapping[str, Series], place: int) -> str:
    left, top = place % COLUMNS * WIDTH + MARGIN, place // COLUMNS * HEIGHT + MARGIN
    wide, high = WIDTH - 2 * MARGIN, HEIGHT - 2 * MARGIN
    seconds = max((at for points in lines.values() for at, _ in points), default=0.0) or 1.0
    most = max((value for points in lines.values() for _, value in points), default=0.0) or 1.0
    parts = [
        f'<rect x="{left}" y="{top}" width="{wide}" height="{high}" fill="none" stroke="#999"/>',
        f'<text x="{left}" y="{top - 6}">{figure}: 0 to {most:g}, {seconds:.0f} s</text>',
    ]
    for number, (program, points) in enumerate(lines.items()):
        colour = COLOURS[number % len(COLOURS)]
        spots = " ".join(
            f"{left + at / seconds * wide:.1f},{top + high - value / most * high:.1f}" for at, value in points
        )
        parts.append(f'<polyline points="{spots}" fill="none" stroke="{colour}"/>')
        parts.append(f'<text x="{left + 4}" y="{top + 14 + 13 * number}" fill="{colour}">{program}</text>')
    return "\n".join(parts)
