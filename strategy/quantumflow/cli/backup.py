"""`quantumflow backup` and `quantumflow restore`."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from quantumflow.appliance.data_dir import find_data_dir
from quantumflow.appliance.programs import find_programs
from quantumflow.backup.bundle import Core
from quantumflow.backup.keep import DAILY_KEPT, HOURLY_KEPT
from quantumflow.backup.make import make_backup
from quantumflow.backup.restore import restore_backup
from quantumflow.cli.flags import DataDirFlag, JsonFlag, say_json
from quantumflow.crash_points import check_crash_points
from quantumflow.units import money_text

__all__ = ["backup", "restore"]

KEPT_MAX = 10_000


def backup(
    data_dir: DataDirFlag = None,
    to: Annotated[
        Path | None, typer.Option("--to", help="The folder of backups; by default <data-dir>/backups.")
    ] = None,
    hourly: Annotated[
        int, typer.Option("--hourly", min=1, max=KEPT_MAX, help="Keep the newest of so many hours.")
    ] = HOURLY_KEPT,
    daily: Annotated[
        int, typer.Option("--daily", min=0, max=KEPT_MAX, help="Keep the newest of so many days.")
    ] = DAILY_KEPT,
    as_json: JsonFlag = False,
) -> None:
    """Copy the account while it runs or not, test the copy, and only then give up older ones.

    Exit status 1: the copy failed its test and is gone, the older ones stand. 3: another backup is being made.

    Example: quantumflow backup --data-dir data/sim
    """
    check_crash_points("backup")
    directory = find_data_dir(data_dir)
    with _stages() as told:
        made = make_backup(
            directory, to or directory.root / "backups", _core(), datetime.now(UTC), told, hourly=hourly, daily=daily
        )
    contents = made.contents
    if as_json:
        say_json(
            {
                "backup": str(made.path),
                "seq": contents.seq,
                "hash": contents.hash,
                "fills": contents.fills,
                "cash_e8": contents.cash_e8,
                "risk_records": contents.risk_records,
                "bytes": made.size,
                "seconds": round(made.seconds, 3),
                "kept": made.kept,
                "removed": list(made.removed),
            }
        )
        return
    typer.echo(f"{made.path}: {contents.seq} events, {contents.fills} fills, cash {money_text(contents.cash_e8)}")
    typer.echo(f"  {made.size / 1e6:.1f} MB, made and tested in {made.seconds:.1f} s; {made.kept} backups are kept")
    for name in made.removed:
        typer.echo(f"  removed {name}")


def restore(
    source: Annotated[Path, typer.Argument(metavar="BACKUP", help="A directory below <data-dir>/backups.")],
    data_dir: Annotated[Path, typer.Option("--data-dir", help="The new account's directory: empty, or not there yet.")],
    anchor: Annotated[
        Path | None,
        typer.Option("--anchor", help="journal.anchor of the lost directory, to know how many events are missing."),
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Make a data directory from a backup, after checking all of it; then `quantumflow up` goes on from there.

    Exit status 1: the backup is damaged. 2: the directory is not empty. 3: an appliance runs on it. 6: no backup.

    Example: quantumflow restore data/lost/backups/20261125T181500Z --data-dir data/sim
    """
    check_crash_points("restore")
    with _stages() as told:
        restored = restore_backup(source, data_dir, _core(), told, anchor)
    contents, missing = restored.contents, restored.missing
    if as_json:
        say_json(
            {
                "data_dir": str(data_dir),
                "venue": contents.venue,
                "made_ns": contents.made_ns,
                "seq": contents.seq,
                "hash": contents.hash,
                "fills": contents.fills,
                "cash_e8": contents.cash_e8,
                "missing_events": missing,
            }
        )
        return
    made = datetime.fromtimestamp(contents.made_ns // 10**9, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    typer.echo(f"{data_dir}: the account of {contents.venue} as of {made}")
    typer.echo(f"  {contents.seq} events, {contents.fills} fills, cash {money_text(contents.cash_e8)}")
    if missing is None:
        typer.echo("  whether anything came after it is not known: no anchor of the lost journal was found (--anchor)")
    elif missing:
        typer.echo(f"  {missing} events came after it and are lost")
    else:
        typer.echo("  nothing came after it")
    typer.echo(f"go on with: quantumflow up --venue {contents.venue} --data-dir {data_dir}")


def _core() -> Core:
    return Core(find_programs().command("core_risk"))


@contextmanager
def _stages() -> Iterator[Callable[[str], None]]:
    """What is being done, on standard error while it lasts."""
    with Console(stderr=True, highlight=False).status("") as shown:
        yield lambda stage: shown.update(f"{stage} …")
