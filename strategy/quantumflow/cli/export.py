"""`quantumflow export`: the journal as a file that can be carried away and still be checked."""

import os
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from quantumflow.appliance.data_dir import find_data_dir
from quantumflow.appliance_client import AppliancePages
from quantumflow.cli.flags import DataDirFlag, JsonFlag, say_json
from quantumflow.errors import ApplianceRefused
from quantumflow.exports import EventPages, Exported, JournalPages, export_to

__all__ = ["UrlFlag", "export", "export_shown", "pages_of"]

UrlFlag = Annotated[
    str | None,
    typer.Option("--url", help="A running appliance, https://…; its read token is taken from QF_WEB__TOKEN."),
]


def export(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to; one that is there is continued.")],
    data_dir: DataDirFlag = None,
    url: UrlFlag = None,
    as_json: JsonFlag = False,
) -> None:
    """Write every event with its chain hash to FILE (gzip, a JSON line an event), or what came since FILE was written.

    The chain is checked from the first event on, also of what was there already. A journal of another account is
    refused (other_journal, status 1).

    Example: QF_WEB__TOKEN=… quantumflow export --url https://my-appliance.fly.dev journal.ndjson.gz
    """
    done = export_shown(file, pages_of(data_dir, url))
    if as_json:
        say_json(
            {
                "file": str(done.file),
                "events": done.events,
                "new": done.events - done.before,
                "head_hash": done.head_hash,
                "cut_bytes": done.cut_bytes,
            }
        )
        return
    typer.echo(f"{done.file}: {done.events:,} events, {done.events - done.before:,} of them new; chain checked")
    if done.cut_bytes:
        typer.echo(f"  {done.cut_bytes} bytes of an interrupted export were cut off and asked for again")
    typer.echo(f"  the last has the hash {done.head_hash or '-'}")


def pages_of(data_dir: Path | None, url: str | None) -> EventPages:
    """The journal to read: of a running appliance, or of a data directory."""
    if url is not None:
        return AppliancePages(url, next(iter(os.environ.get("QF_WEB__TOKEN", "").split()), ""))
    directory = find_data_dir(data_dir)
    if not directory.journal.exists():
        raise ApplianceRefused("no_journal", f"{directory.root} has no journal yet: start with `quantumflow up`")
    return JournalPages(directory.journal)


def export_shown(file: Path, pages: EventPages) -> Exported:
    """Exports with a bar on standard error, where that is a screen."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("events", total=None)
        return export_to(file, pages, lambda seq, head: progress.update(task, completed=seq, total=head))
