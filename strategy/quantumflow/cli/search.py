"""`quantumflow search`: configurations tried on years of minutes, judged out of sample, every trial in a ledger."""

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from typer.core import TyperGroup

from quantumflow.cli.flags import JsonFlag, say_json
from quantumflow.cli.needs_research import require_research
from quantumflow.cli.search_promote import ResearchDirFlag, promote, verify
from quantumflow.cli.search_report import report

__all__ = ["INTERRUPTED", "search_app"]

INTERRUPTED = 130
"""Exit status after Ctrl-C, as a shell's own."""


class _RunByDefault(TyperGroup):
    """`search SPACE.toml` is `search run SPACE.toml`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        named = args and (args[0] in self.commands or args[0] in ("--help", "-h"))
        return super().parse_args(ctx, args if named or not args else ["run", *args])


search_app = typer.Typer(
    cls=_RunByDefault,
    help="Find configurations out of sample, every trial kept. `search SPACE.toml` runs one.",
    no_args_is_help=True,
)
search_app.command("promote")(promote)
search_app.command("verify")(verify)
search_app.command("report")(report)


@search_app.command("run")
def run(
    space: Annotated[
        Path, typer.Argument(metavar="SPACE.toml", help="What to try, on what, how judged: docs/SEARCH.md.")
    ],
    engine: Annotated[str, typer.Option("--engine", help="local: processes here; ray.")] = "local",
    address: Annotated[
        str | None, typer.Option("--address", help="Of a Ray cluster that runs; else one is begun on loopback.")
    ] = None,
    workers: Annotated[
        int | None, typer.Option("--workers", min=1, max=1_024, help="By default one a processor.")
    ] = None,
    limit: Annotated[
        int | None, typer.Option("--limit", min=1, help="Try the first so many alone; the ledger is named after it.")
    ] = None,
    directory: ResearchDirFlag = None,
    as_json: JsonFlag = False,
) -> None:
    """Try, score, stress and write the ledger. Interrupted or killed, the same command goes on where it was.

    Example: quantumflow search strategy/examples/search_small.toml
    """
    require_research()
    from quantumflow.research.data.store import research_dir
    from quantumflow.research.search.engines import engine_of
    from quantumflow.research.search.run import Search

    began = time.monotonic()
    search = Search(space, research_dir(directory), limit)
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed} of {task.total}"))
    shown = Progress(
        *columns, TimeElapsedColumn(), TimeRemainingColumn(), console=Console(stderr=True), disable=as_json
    )
    try:
        with shown, engine_of(engine, workers or os.cpu_count() or 1, address, search.store_bytes()) as ready:
            made = search.run(ready, _told(shown), lambda: time.monotonic() - began)
    except KeyboardInterrupt:
        typer.echo(f"interrupted; what is done is kept in {search.work}: the same command goes on from there", err=True)
        raise typer.Exit(INTERRUPTED) from None
    answer = _answer(made)
    if as_json:
        say_json(answer)
        return
    _say(answer)


def _told(shown: Progress) -> Callable[[str, int, int], None]:
    """One line, begun anew where other work begins, so that the time that is left is of the work at hand."""
    task = shown.add_task("", total=None)
    last = ""

    def told(words: str, done: int, total: int) -> None:
        nonlocal last
        if words != last:
            shown.reset(task, description=words, total=total, completed=0)
            last = words
        shown.update(task, completed=done, total=total)

    return told


def _answer(made: Any) -> dict[str, Any]:
    facts, scores = made.facts, made.scores
    order = scores.sort_by([("robustness", "descending"), ("config_id", "ascending")]).slice(0, 5).to_pylist()
    keys = ("config_id", "robustness", "stability", "trades", "net_log_return", "sharpe", "stress_worst_net")
    profitable = sum(value > 0.0 for value in scores.column("net_log_return").to_pylist())
    return {
        "trials": made.configurations,
        "asked": facts["asked"],
        "combinations": facts["combinations"],
        "rows": made.trials.num_rows,
        "ledger": str(made.directory),
        "ledger_digest": made.digest,
        "profitable_out_of_sample": profitable,
        "best": [{key: one[key] for key in keys} for one in order],
        "stress": facts["stress"],
        **facts["run"],
    }


def _say(answer: dict[str, Any]) -> None:
    typer.echo(
        f"{answer['trials']:,} of {answer['combinations']:,} configurations tried in {answer['seconds']:,.1f} s"
        f" ({answer['engine']}, {answer['workers']} workers; {answer['chunks_found']} of"
        f" {answer['chunks_found'] + answer['chunks_made']} pieces were there); {answer['rows']:,} rows"
    )
    typer.echo(f"out of sample, after costs, {answer['profitable_out_of_sample']:,} made a profit; best by robustness:")
    for one in answer["best"]:
        typer.echo(
            f"  {one['config_id']}  robustness {one['robustness']:+.3f}  stability {one['stability']:.2f}  "
            f"{one['trades']:,.0f} trades  net log return {one['net_log_return']:+.3f}  "
            f"worst crash {one['stress_worst_net']:+.3f}"
        )
    for one in answer["stress"]:
        if not one["covered"]:
            typer.echo(f"  not covered by the data: crash {one['window']}, {one['symbol']} ({one['share']:.0%} of it)")
    typer.echo(f"ledger {answer['ledger']}, digest {answer['ledger_digest']}")
    typer.echo("The best of many is lucky to some degree: the ledger counts every trial, which says to what degree.")
