"""`quantumflow backtest`: a recording, a capture or bars through the trader's own session, and a journal of it."""

import signal
import sys
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from quantumflow.cli.flags import ConfigFlag, JsonFlag, say_json
from quantumflow.cli.needs_research import require_research
from quantumflow.errors import ResearchRefused

if TYPE_CHECKING:
    from quantumflow.research.backtest.compare import FillComparison

__all__ = ["backtest"]


def backtest(
    data: Annotated[list[Path], typer.Argument(metavar="DATA…", help="A recording, a data directory, captures, bars.")],
    strategy: Annotated[
        list[str] | None,
        typer.Option(
            "--strategy", help="A name, or a .py file of yours: a bot of it on every instrument; may stand again."
        ),
    ] = None,
    assignments: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="K=V", help="A parameter of every bot, or BOT.K=V; may stand several times."),
    ] = None,
    symbols: Annotated[
        list[str] | None, typer.Option("--symbol", help="Only this instrument; may stand several times.")
    ] = None,
    interval: Annotated[str, typer.Option("--interval", help="Of bars whose file does not say it: 1m, 1h, 1d.")] = "",
    risk: Annotated[
        str, typer.Option("--risk", help="core_risk: the real program judges each order; fast: nobody does.")
    ] = "core_risk",
    latency: Annotated[
        str, typer.Option("--latency", help="none, colocated, home, far, constant:MICROSECONDS; else as configured.")
    ] = "",
    fees: Annotated[
        str, typer.Option("--fees", help="none, spot, spot_bnb, maker_free, MAKER:TAKER in ppm; else as configured.")
    ] = "",
    queue: Annotated[str, typer.Option("--queue", help="all_ahead, proportional, front.")] = "",
    impact: Annotated[str, typer.Option("--impact", help="remembered, none.")] = "",
    fills: Annotated[
        str, typer.Option("--fills", help="model: as live; naive, touch: whole orders, kinder than any market.")
    ] = "",
    deposit: Annotated[str, typer.Option("--deposit", help="Money to begin with; else as configured.")] = "",
    stop_drawdown: Annotated[
        float,
        typer.Option(
            "--stop-drawdown", min=0.0, max=100.0, help="End at this loss from the peak, in percent; 0: never."
        ),
    ] = 0.0,
    max_events: Annotated[int, typer.Option("--max-events", min=0, help="End after so many; 0: never.")] = 0,
    compare_fills: Annotated[
        bool, typer.Option("--compare-fills", help="Three runs over the same data: naive, touch and model fills.")
    ] = False,
    like_live: Annotated[
        bool, typer.Option("--like-live", help="Of a data directory: begin at the frame at which its trader joined.")
    ] = False,
    config: ConfigFlag = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="DIR", help="Where the result goes; by default below data/backtests."),
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Play DATA through the engine that trades live, and write a journal as live does, for report, why and the page.

    Ctrl-C ends it early with a whole journal. The last line of --json has events, events_per_second, fills, measures.

    Example: quantumflow backtest data/binance --strategy imbalance --set entry=0.4 --risk fast
    """
    require_research()
    from quantumflow.research.backtest.command import run_backtest
    from quantumflow.research.backtest.compare import run_compared
    from quantumflow.research.backtest.options import BacktestOptions
    from quantumflow.research.backtest.run import Stop

    if risk not in ("core_risk", "fast"):
        raise ResearchRefused("unknown_model", f"--risk {risk!r}: core_risk or fast")
    options = BacktestOptions(
        strategies=tuple(strategy or ()),
        assignments=_assignments(assignments or []),
        symbols=tuple(symbol.upper() for symbol in symbols or ()),
        interval=interval,
        risk="fast" if risk == "fast" else "core_risk",
        latency=latency,
        fees=fees,
        queue=queue,
        impact=impact,
        fill_model=fills,
        deposit=deposit,
        stop_drawdown_ppm=round(stop_drawdown * 10_000),
        max_events=max_events,
        config=config,
        out=out,
        like_live=like_live,
    )
    stop = Stop()

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        stop.asked = True

    signal.signal(signal.SIGINT, interrupt)
    signal.signal(signal.SIGTERM, interrupt)
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    shown = Progress(*columns, console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty())
    with shown:
        task = shown.add_task("reading", total=None)
        if compare_fills:
            compared = run_compared(data, options, stop, _progress(shown, task))
            result = compared.model
        else:
            compared, result = None, run_backtest(data, options, stop, _progress(shown, task))
    if as_json:
        say_json({"result": str(result.directory), **result.said})
        return
    _print(result.said, result.directory)
    if compared is not None:
        _print_compared(compared)


def _assignments(texts: list[str]) -> dict[str, float]:
    found = {}
    for text in texts:
        key, _, value = text.partition("=")
        try:
            found[key] = float(value)
        except ValueError:
            raise ResearchRefused("not_an_assignment", f"--set {text!r}: give NAME=NUMBER") from None
    return found


def _progress(shown: Progress, task: Any) -> Any:
    def progress(events: int, share: float) -> None:
        shown.update(task, total=1.0, completed=share, description=f"{events:,} events")

    return progress


def _print(said: dict[str, Any], directory: Path) -> None:
    measures = said["measures"]
    whole = f"{said['events_per_second_whole']:,} with journal and verdicts"
    typer.echo(f"{said['events']:,} events: {said['events_per_second']:,} a second through the engine, {whole}")
    typer.echo(f"{said['loading_seconds']:.2f} s of loading, {said['seconds']:.2f} s of session")
    typer.echo(f"{said['fills']} fills of {said['orders']} orders; ended: {said['ended']}")
    profit, currency = measures["profit_e8"], measures["currency"]
    if profit is not None:
        typer.echo(f"profit {profit / 1e8:.2f} {currency}, drawdown {measures['drawdown']['ppm'] / 1e4:.2f} %")
    if said["left_out"] is not None:
        typer.echo(f"FAST: {said['left_out']}")
    if said["models"]["fill_model"] != "model":
        typer.echo(
            f"KIND FILLS ({said['models']['fill_model']}): whole orders, whatever the book shows; no market does"
        )
    typer.echo(f"digest {said['journal_digest']}")
    typer.echo(f"result in {directory}: quantumflow report --data-dir {directory}")


def _print_compared(compared: "FillComparison") -> None:
    from quantumflow.research.backtest.compare import COLUMNS, cells

    rows: list[tuple[str, ...]] = [("fill model", *COLUMNS)]
    rows += [(name, *cells(row)) for name, row in compared.fill_models.items()]
    for name, *columns in rows:
        typer.echo(f"  {name:10} " + " ".join(f"{column:>14}" for column in columns))
    typer.echo(compared.words)
    typer.echo(f"the kind ones are results of their own in {compared.model.directory / 'fill_models'}")
