"""`quantumflow data`: market data for research, brought, imported, listed, checked and repaired."""

from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.filesize import decimal
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from quantumflow.cli.flags import JsonFlag, say_json
from quantumflow.cli.needs_research import require_research
from quantumflow.errors import DataRefused
from quantumflow.exits import ExitCode

__all__ = ["data_app"]

data_app = typer.Typer(
    help="Market data for research: raw files kept, datasets with a content hash.", no_args_is_help=True
)

DirectoryFlag = Annotated[
    Path | None,
    typer.Option("--research-dir", help="Where datasets are; by default QF_RESEARCH_DIR, else ./data/research."),
]
NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="A dataset; `data ls` lists them.")]


def _store(directory: Path | None) -> Any:
    require_research()
    from quantumflow.research.data.store import Store, research_dir

    return Store(research_dir(directory))


@data_app.command("import")
def import_(
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", help="Candles or trades, captures, recordings.")],
    symbol: Annotated[str, typer.Option(help="What they are of, e.g. BTCUSDT.")],
    name: Annotated[
        str | None, typer.Option(help="The dataset's name; by default SYMBOL-INTERVAL or SYMBOL-trades.")
    ] = None,
    interval: Annotated[str, typer.Option(help="Of candles: 1m, 1h, …")] = "",
    on_conflict: Annotated[
        str, typer.Option(help="Two rows of one moment that differ: refuse, first or last.")
    ] = "refuse",
    directory: DirectoryFlag = None,
    as_json: JsonFlag = False,
) -> None:
    """Make a dataset of files: CSV or JSON, plain or packed, seconds to nanoseconds; of captures their trades.

    Example: quantumflow data import btc_2024.csv.gz --symbol BTCUSDT --interval 1m
    """
    store = _store(directory)
    from quantumflow.research.data.building import import_files

    with _shown(as_json) as bar:
        wanted = name or f"{symbol}-{interval or 'trades'}"
        made = import_files(store, files, symbol, interval, wanted, on_conflict, bar.step)
    _say(made, as_json)


@data_app.command("fetch")
def fetch(
    symbol: Annotated[str, typer.Argument(help="As the exchange writes it: BTCUSDT.")],
    first: Annotated[str, typer.Option("--from", help="First day, UTC: 2024-01-01.")],
    last: Annotated[str, typer.Option("--to", help="Last day, UTC; it is included.")],
    kind: Annotated[str, typer.Option(help="klines or aggTrades.")] = "klines",
    interval: Annotated[str, typer.Option(help="Of klines: 1m, 1h, …")] = "1m",
    name: Annotated[
        str | None, typer.Option(help="The dataset's name; by default SYMBOL-INTERVAL or SYMBOL-aggTrades.")
    ] = None,
    source: Annotated[
        str, typer.Option("--provider", help="binance, or local: a folder in QF_LOCAL_DATA.")
    ] = "binance",
    directory: DirectoryFlag = None,
    as_json: JsonFlag = False,
) -> None:
    """Bring a span from an archive, each file checked; interrupted, the same command goes on where it was.

    Example: quantumflow data fetch BTCUSDT --from 2024-01-01 --to 2024-06-30 --interval 1m
    """
    store = _store(directory)
    from quantumflow.research.data import fetching
    from quantumflow.research.data.providers import Wanted, provider

    wanted = Wanted(kind, symbol, interval if kind == "klines" else "", _day("--from", first), _day("--to", last))
    called = name or f"{symbol}-{interval if kind == 'klines' else kind}"
    with _shown(as_json) as bar:
        made, absent = fetching.fetch(store, provider(source), wanted, called, bar.bytes, bar.step)
    _say(made, as_json, absent)


@data_app.command("ls")
def ls(directory: DirectoryFlag = None, as_json: JsonFlag = False) -> None:
    """List the datasets.

    Example: quantumflow data ls
    """
    found = _store(directory).list()
    if as_json:
        say_json({"datasets": [dict(one.facts) for one in found]})
        return
    for one in found:
        typer.echo(repr(one)[9:-1])
    if not found:
        typer.echo("no dataset yet: quantumflow data import or fetch makes one")


@data_app.command("check")
def check(name: NameArgument, directory: DirectoryFlag = None, as_json: JsonFlag = False) -> None:
    """Read a dataset whole: hashes, rules of each row, gaps, raw files. Exit 5 if something is wrong.

    Example: quantumflow data check BTCUSDT-1m
    """
    store = _store(directory)
    from quantumflow.research.data.checking import check as look

    found = look(store, name)
    if as_json:
        say_json(found.as_json())
    else:
        for line in found.notes:
            typer.echo(f"note: {line}")
        for line in [*found.faults, *(f"{place} is lost or changed" for place in found.raw_lost)]:
            typer.echo(f"FAULT: {line}")
        typer.echo(f"{name}: " + (f"mend it: quantumflow data repair {name}" if found.wrong else "as it was made"))
    raise typer.Exit(ExitCode.UNHEALTHY if found.wrong else ExitCode.OK)


@data_app.command("repair")
def repair(name: NameArgument, directory: DirectoryFlag = None, as_json: JsonFlag = False) -> None:
    """Fetch lost raw files again and make the dataset anew from them; says what it did.

    Example: quantumflow data repair BTCUSDT-1m
    """
    store = _store(directory)
    from quantumflow.research.data.checking import repair as mend
    from quantumflow.research.data.fetching import refetch

    with _shown(as_json) as bar:
        made, done = mend(store, name, refetch(store, bar.bytes), bar.step)
    if as_json:
        say_json({"name": name, "content_hash": made.content_hash, "done": done})
        return
    for line in done or ["nothing was wrong"]:
        typer.echo(line)


class _Bar:
    """One line on standard error: what is at work, how far, how long still."""

    def __init__(self, progress: Progress) -> None:
        self.progress = progress
        self.task = progress.add_task("", total=None, share="")

    def step(self, what: str, done: int, total: int) -> None:
        self._show(what, done, total, f"{done} of {total} files")

    def bytes(self, file: str, done: int, total: int) -> None:
        self._show(Path(file).name, done, total, decimal(done) + (f" of {decimal(total)}" if total else ""))

    def _show(self, what: str, done: int, total: int, share: str) -> None:
        self.progress.update(self.task, description=what, completed=done, total=total or None, share=share)

    def __enter__(self) -> "_Bar":
        self.progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.progress.stop()


def _shown(quiet: bool) -> _Bar:
    console = Console(stderr=True, highlight=False)
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[share]}"), TimeRemainingColumn())
    return _Bar(Progress(*columns, console=console, transient=True, disable=quiet))


def _say(made: Any, as_json: bool, absent: list[str] | None = None) -> None:
    if as_json:
        say_json({**made.facts, "absent": absent or []})
        return
    typer.echo(repr(made)[1:-1])
    for finding in made.facts["findings"]:
        where = f" ({finding['examples'][0]})" if finding["examples"] else ""
        typer.echo(f"  {finding['what']}: {finding['count']}, {finding['done']}{where}")
    for file in absent or []:
        typer.echo(f"  the archive does not have {file}")


def _day(flag: str, text: str) -> date:
    try:
        return datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007 (a day of UTC has no zone)
    except ValueError:
        raise DataRefused("span_refused", f"{flag} {text!r} is no day like 2024-01-31") from None
