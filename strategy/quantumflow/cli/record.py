"""`quantumflow record`: what market_data has recorded, looked at, carried away and brought in."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.status import Status

from quantumflow.appliance.data_dir import DataDir, default_data_dir, find_data_dir
from quantumflow.cli.flags import DataDirFlag, JsonFlag, say_json
from quantumflow.errors import ApplianceRefused
from quantumflow.exits import ExitCode
from quantumflow.recordings import export_run, find_run, import_run, list_runs, run_info, utc_text

__all__ = ["record_app"]

record_app = typer.Typer(help="Recordings: what came in, as market_data wrote it down.", no_args_is_help=True)

RunArgument = Annotated[
    str | None,
    typer.Argument(metavar="[RUN]", help="A run's name, its market session or its path; by default the newest."),
]


@record_app.command("ls")
def ls(data_dir: DataDirFlag = None, as_json: JsonFlag = False) -> None:
    """List the runs, oldest first.

    Example: quantumflow record ls
    """
    runs = list_runs(find_data_dir(data_dir).recordings)
    if as_json:
        say_json({"recordings": runs, "bytes": sum(run["bytes"] for run in runs)})
        return
    for run in runs:
        if run["damage"] is not None:
            typer.echo(f"{run['run']}  {run['damage']}")
            continue
        marks = [" SIMULATED" if run["simulated"] else "", "" if run["complete"] else " not finished or torn"]
        marks.append(" oldest segments dropped" if run["pruned"] else "")
        seconds = (run["last_ns"] - run["first_ns"]) / 1e9
        size = f"{run['bytes'] / 1e6:.1f} MB"
        typer.echo(f"{run['run']}  {run['venue']} {','.join(run['symbols'])}  {seconds:.0f} s  {size}{''.join(marks)}")
        typer.echo(f"  session {run['session']}, from {utc_text(run['first_ns'])} UTC")
    if not runs:
        typer.echo("no recording yet")


@record_app.command("info")
def info(run: RunArgument = None, data_dir: DataDirFlag = None, as_json: JsonFlag = False) -> None:
    """Read a run whole: what it holds, every segment checked, damage named.

    Example: quantumflow record info 20261125T184800Z
    """
    found = run_info(find_run(find_data_dir(data_dir).recordings, run))
    if as_json:
        say_json(found)
    else:
        _print_info(found)
    raise typer.Exit(ExitCode.UNHEALTHY if found["damage"] else ExitCode.OK)


def _print_info(found: dict[str, Any]) -> None:
    simulated = " SIMULATED" if found["simulated"] else ""
    typer.echo(f"{found['directory']}: {found['venue']} {', '.join(found['symbols'])}{simulated}")
    typer.echo(f"  session {found['session']}, build {found['build']}, format {found['format']}")
    typer.echo(f"  {utc_text(found['first_ns'])} to {utc_text(found['last_ns'])} UTC, {found['bytes']} bytes")
    typer.echo(f"  {', '.join(f'{count} {kind}' for kind, count in found['kinds'].items())}")
    if messages := found["kinds"].get("message"):
        typer.echo(f"  {found['bytes'] / messages:.1f} bytes a message, of {found['message_bytes'] / messages:.0f}")
    typer.echo(f"  {found['frames']} frames were published, SHA-256 {found['frames_digest'] or '-'}")
    typer.echo(f"  ended: {found['ended'] or 'not on purpose, or it still runs'}")
    for one in found["segments"]:
        typer.echo(f"  segment {one['number']}: {one['records']} records, {one['bytes']} bytes, {one['check']}")
    for damage in found["damage"]:
        typer.echo(f"  DAMAGED {damage}")


@record_app.command("export")
def export(
    target: Annotated[Path, typer.Argument(metavar="FILE", help="Where to write it; it must not exist yet.")],
    run: RunArgument = None,
    begin: Annotated[
        str | None, typer.Option("--from", help="UTC time of the first record: 2026-11-25T18:48:00.")
    ] = None,
    end: Annotated[str | None, typer.Option("--to", help="UTC time before which it ends.")] = None,
    text: Annotated[str | None, typer.Option("--text", metavar="SYMBOL", help="Lines of a text capture.")] = None,
    data_dir: DataDirFlag = None,
    as_json: JsonFlag = False,
) -> None:
    """Write a run, or a part of it, as one file with a checksum; --text as capture lines of one symbol.

    Example: quantumflow record export btc.qfrec 20261125T184800Z --from 2026-11-25T18:48:00 --to 2026-11-25T19:00:00
    """
    span = (_ns("--from", begin), _ns("--to", end))
    done = export_run(find_run(find_data_dir(data_dir).recordings, run), target, span, text)
    if as_json:
        say_json(done)
    elif text is None:
        typer.echo(f"{target}: {done['records']} records, SHA-256 {done['sha256']}")
    else:
        typer.echo(f"{target}: {done['lines']} lines of {text}")


@record_app.command("import")
def import_(
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", help="Exported recordings, or captures.")],
    as_own: Annotated[
        bool, typer.Option("--as-own", help="Among the appliance's own recordings, where `verify` finds it.")
    ] = False,
    data_dir: DataDirFlag = None,
    as_json: JsonFlag = False,
) -> None:
    """Check every record or line and keep the file for replays, below <data-dir>/imports; refuse what is damaged.

    Example: quantumflow record import btc.qfrec
    """
    own = find_data_dir(data_dir).recordings if as_own else None
    directory = own or DataDir(data_dir or default_data_dir("replay")).imports
    console = Console(stderr=True, highlight=False)
    done = []
    for file in files:
        with console.status(f"{file}: reading") as shown:
            done.append(import_run(file, directory, _progress(shown, file)))
    if as_json:
        say_json({"imports": done})
        return
    for one in done:
        typer.echo(f"{one['imported']}: {one.get('records', 'checked')} records")
    typer.echo(f"replay with: quantumflow up --venue replay:{','.join(str(one['imported']) for one in done)}")


def _progress(shown: Status, file: Path) -> Callable[[int], None]:
    return lambda line: shown.update(f"{file}: line {line}")


def _ns(flag: str, text: str | None) -> int | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ApplianceRefused("not_a_time", f"{flag} {text!r}: give a UTC time such as 2026-11-25T18:48:00") from None
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
    return round(moment.timestamp() * 1_000_000) * 1_000
