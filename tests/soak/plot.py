"""The samples as a CSV file and, where matplotlib is installed, as one picture."""

import csv
from collections.abc import Mapping
from pathlib import Path

from soak.slope import Series

__all__ = ["draw", "write_csv"]

SeriesByName = Mapping[tuple[str, str], Series]


def write_csv(series: SeriesByName, path: Path) -> None:
    """One row a sample: seconds, program, figure, value."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["seconds", "program", "figure", "value"])
        for (program, figure), points in sorted(series.items()):
            writer.writerows([f"{at:.2f}", program, figure, value] for at, value in points)


def draw(series: SeriesByName, path: Path) -> bool:
    """A panel a figure, a line a program; False if there is no matplotlib."""
    try:
        import matplotlib as mpl
    except ImportError:
        return False
    mpl.use("Agg")
    from matplotlib import pyplot

    figures = sorted({figure for _, figure in series})
    columns = 2
    rows = -(-len(figures) // columns)
    picture, axes = pyplot.subplots(rows, columns, figsize=(12, 2.6 * rows), squeeze=False)
    for place, figure in enumerate(figures):
        panel = axes[place // columns][place % columns]
        for (program, name), points in sorted(series.items()):
            if name == figure:
                panel.plot([at for at, _ in points], [value for _, value in points], label=program, linewidth=1)
        panel.set_title(figure, fontsize=9)
        panel.tick_params(labelsize=7)
        panel.legend(fontsize=6)
    picture.tight_layout()
    picture.savefig(path, dpi=110)
    pyplot.close(picture)
    return True
