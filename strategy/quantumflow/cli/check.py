"""`quantumflow check`: whether a strategy or an indicator knows the future, or depends on where it began."""

from pathlib import Path
from typing import Annotated

import typer

from quantumflow.cli.flags import ConfigFlag, JsonFlag, say_json
from quantumflow.cli.needs_research import require_research
from quantumflow.exits import ExitCode

__all__ = ["check"]


def check(
    strategy: Annotated[
        str, typer.Argument(help="A strategy's name or FILE.py, or FILE.py:FUNCTION, MODULE:FUNCTION of columns.")
    ],
    data: Annotated[
        list[Path],
        typer.Argument(
            help="Captures or recordings for a strategy; a table (CSV, Parquet) or a dataset's name for a function."
        ),
    ],
    cuts: Annotated[int, typer.Option("--cuts", min=1, max=1_000, help="Places at which the data is cut off.")] = 16,
    tolerance: Annotated[
        float, typer.Option("--tolerance", min=0.0, help="How far a float may be off after the warm-up, in deviations.")
    ] = 0.01,
    warm_up: Annotated[
        int | None,
        typer.Option("--warm-up", min=1, help="Rows after which it must have settled; else half."),
    ] = None,
    config: ConfigFlag = None,
    as_json: JsonFlag = False,
) -> None:
    """Run it on less data: the past must not change, and after a warm-up it must not matter where it began.

    Exit status 0: passed · 8: a signal differs, the first is shown · 9: it said nothing that could be compared.

    Example: quantumflow check imbalance capture_1.gz capture_2.gz
    """
    require_research()
    from rich.console import Console

    from quantumflow.research.lookahead.check import check as run
    from quantumflow.research.lookahead.probes import Limits

    limits = Limits(cuts, tolerance, warm_up)
    screen = Console(stderr=True)
    with screen.status("reading the data") as status:
        checked = run(strategy, data, limits, status.update, config)
    if as_json:
        say_json(checked.as_json())
    else:
        typer.echo(repr(checked))
    if not checked.passed:
        raise typer.Exit(ExitCode.DIFFERS if checked.found.compared else ExitCode.UNVERIFIABLE)
