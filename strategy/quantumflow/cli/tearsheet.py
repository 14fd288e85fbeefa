"""`quantumflow tearsheet`: everything that can be said of a journal, as a page."""

from pathlib import Path
from typing import Annotated

import typer

from quantumflow.appliance.data_dir import find_data_dir
from quantumflow.cli.flags import DataDirFlag, JsonFlag, say_json
from quantumflow.cli.needs_research import require_research
from quantumflow.errors import ApplianceRefused

__all__ = ["tearsheet"]


def tearsheet(
    source: Annotated[
        Path | None,
        typer.Argument(
            metavar="[SOURCE]",
            help="A data directory, a backtest's directory, a journal.db or an export; default: --data-dir.",
        ),
    ] = None,
    data_dir: DataDirFlag = None,
    html: Annotated[Path | None, typer.Option("--html", help="Write the page there, one file.")] = None,
    markdown: Annotated[Path | None, typer.Option("--md", help="Write it as Markdown there.")] = None,
    period: Annotated[
        str | None, typer.Option("--period", help="Of returns: minute, hour, day; default: the longest that gives 30.")
    ] = None,
    window: Annotated[int, typer.Option("--window", help="Returns of a rolling figure.")] = 30,
    trials: Annotated[
        int, typer.Option("--trials", help="How many strategies or settings were tried; deflates the Sharpe ratio.")
    ] = 1,
    seed: Annotated[int, typer.Option("--seed", help="Of every draw.")] = 1,
    draws: Annotated[int, typer.Option("--draws", help="Of every bootstrap and Monte Carlo.")] = 1_000,
    regimes: Annotated[
        Path | None, typer.Option("--regimes", help="Labels of time: lines `2026-03-02T14:30:00Z,LABEL`, ascending.")
    ] = None,
    benchmark: Annotated[
        str | None,
        typer.Option("--benchmark", help="Candles to compare with: a dataset's name, a CSV or Parquet file."),
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Say everything of an account: ratios with intervals, drawdowns, costs by cause, tails, luck, attribution.

    Example: quantumflow tearsheet data/sim --html sheet.html
    """
    require_research()
    from quantumflow.research.analysis.benchmark_file import benchmark as benchmark_of
    from quantumflow.research.analysis.regime_file import read_regimes
    from quantumflow.research.analysis.tearsheet import tearsheet as make

    for target in (html, markdown):
        if target is not None and not target.parent.is_dir():
            raise ApplianceRefused("not_written", f"{target}: there is no directory {target.parent}")
    place = source or find_data_dir(data_dir).root
    labels = None if regimes is None else read_regimes(regimes)
    other = None if benchmark is None else benchmark_of(benchmark)
    made = make(
        place, benchmark=other, regimes=labels, period=period, window=window, trials=trials, seed=seed, draws=draws
    )
    written = []
    if html is not None:
        written.append(made.write_html(html))
    if markdown is not None:
        written.append(made.write_markdown(markdown))
    if as_json:
        say_json({**made.as_json(), "written": [str(path) for path in written]})
        return
    if not written:
        typer.echo(made.markdown, nl=False)
    for path in written:
        typer.echo(f"wrote {path}")
