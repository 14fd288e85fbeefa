"""`quantumflow import`: captures checked and kept for replays."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.status import Status

from quantumflow.appliance.data_dir import DataDir, default_data_dir
from quantumflow.cli.flags import JsonFlag, say_json
from quantumflow.imports import CaptureReport, import_capture

__all__ = ["import_captures"]


def import_captures(
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", help="Captures, or directories of recordings.")],
    data_dir: Annotated[
        Path | None, typer.Option("--data-dir", help="Where to keep them, below imports/; by default data/replay.")
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Check captures line by line and copy them to <data-dir>/imports.

    Example: quantumflow import btcusdt_20240808.gz ethusdt_20240808.gz
    """
    directory = DataDir(data_dir or default_data_dir("replay"))
    console = Console(stderr=True, highlight=False)
    done = []
    for file in files:
        with console.status(f"{file}: reading") as shown:
            target, report = import_capture(file, directory.imports, _progress(shown, file))
        done.append({"imported": str(target), "report": None if report is None else report.as_json()})
        if not as_json:
            _print(target, report)
    if as_json:
        say_json({"imports": done})
    else:
        typer.echo(f"replay with: quantumflow up --venue replay:{','.join(str(item['imported']) for item in done)}")


def _progress(shown: Status, file: Path) -> Callable[[int], None]:
    return lambda line: shown.update(f"{file}: line {line}")


def _print(target: Path, report: CaptureReport | None) -> None:
    if report is None:
        typer.echo(f"{target}: a recording, copied whole")
        return
    seconds = (report.last_ns - report.first_ns) / 1e9
    typer.echo(f"{target}: {', '.join(report.symbols)}, {report.lines} lines over {seconds:.1f} s")
    typer.echo(f"  {', '.join(f'{count} {name}' for name, count in sorted(report.messages.items()))}")
    typer.echo(f"  {report.snapshots} snapshots, {sum(report.gaps.values())} gaps in the depth updates")
    if report.torn:
        typer.echo("  its end is torn: what could be read is replayed")
