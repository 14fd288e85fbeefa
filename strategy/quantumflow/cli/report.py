"""`quantumflow report`: figures and charts of a journal, an export or a running appliance."""

import tempfile
import time
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from quantumflow.appliance.data_dir import DataDir, find_data_dir
from quantumflow.cli.export import UrlFlag, export_shown, pages_of
from quantumflow.cli.flags import DataDirFlag, JsonFlag, say_json
from quantumflow.errors import ApplianceRefused
from quantumflow.exports import verify_beside

if TYPE_CHECKING:
    from quantumflow_reports.build import Report

__all__ = ["report"]


def report(
    source: Annotated[
        Path | None,
        typer.Argument(metavar="[SOURCE]", help="A journal.db, an export, or a data directory; default: --data-dir."),
    ] = None,
    data_dir: DataDirFlag = None,
    url: UrlFlag = None,
    out: Annotated[Path | None, typer.Option("--out", help="Write page, message, numbers and charts there.")] = None,
    readme: Annotated[
        Path | None, typer.Option("--readme", help="Rewrite the section between the markers of this file.")
    ] = None,
    charts: Annotated[
        Path | None,
        typer.Option("--charts", help="Where the charts of --readme lie; by default docs/charts beside it."),
    ] = None,
    daily: Annotated[
        bool, typer.Option("--daily", help="Make the report of a UTC day in <data-dir>/reports/<day>, once.")
    ] = False,
    day: Annotated[
        str | None,
        typer.Option("--day", help="Up to the end of this UTC day (YYYY-MM-DD); with --daily: yesterday."),
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Say what an account made, lost and paid; every event is checked on the way. Charts with --out or --readme.

    Example: quantumflow report --data-dir data/sim --out report
    """
    named = [name for name, value in (("SOURCE", source), ("--data-dir", data_dir), ("--url", url)) if value]
    if len(named) > 1:
        raise ApplianceRefused("sources_many", f"{' and '.join(named)} name a source each: leave one")
    until = None if day is None else _day(day)
    if daily:
        _daily(source or data_dir, url, until, as_json)
        return
    made = _of_appliance(url, until) if url is not None else _of_file(source, data_dir, until)
    _tell(made, out, readme, charts, as_json)


def _day(text: str) -> int:
    """Days since 1970-01-01."""
    try:
        return (date.fromisoformat(text) - date(1970, 1, 1)).days
    except ValueError:
        raise ApplianceRefused("day_unreadable", f"--day {text}: a date such as 2026-03-01") from None


def _of_appliance(url: str, until: int | None) -> "Report":
    with tempfile.TemporaryDirectory(prefix="quantumflow-report-") as place:
        export = Path(place) / "journal.ndjson.gz"
        export_shown(export, pages_of(None, url))
        return _of_file(export, None, until)


def _of_file(source: Path | None, data_dir: Path | None, until: int | None) -> "Report":
    from quantumflow_reports.build import make_report
    from quantumflow_reports.source import open_source

    if source is None or source.is_dir():
        directory = find_data_dir(source or data_dir)
        return make_report(open_source(directory.journal), _verify_results(directory), until)
    beside = verify_beside(source)
    results = beside if beside.exists() else source.parent / "verify" / "results.jsonl"
    return make_report(open_source(source), results, until)


def _verify_results(directory: DataDir) -> Path:
    return directory.root / "verify" / "results.jsonl"


def _tell(made: "Report", out: Path | None, readme: Path | None, charts: Path | None, as_json: bool) -> None:
    from quantumflow_reports.build import pictures_possible, rewrite_readme, write_report
    from quantumflow_reports.page import message_text

    written: list[Path] = []
    if readme is not None:
        written += rewrite_readme(made, readme, charts or readme.parent / "docs" / "charts")
    if out is not None:
        written += write_report(made, out)
    if as_json:
        say_json({**made.numbers.as_json(), "written": [str(path) for path in written]})
        return
    typer.echo(message_text(made.numbers), nl=False)
    for path in written:
        typer.echo(f"wrote {path}")
    if out is not None and not pictures_possible():
        typer.echo("no charts: pip install 'quantumflow[report]'")


def _daily(source: Path | None, url: str | None, day: int | None, as_json: bool) -> None:
    from quantumflow_reports.daily import daily_report
    from quantumflow_reports.figures import DAY_NS

    if url is not None:
        raise ApplianceRefused("daily_of_a_directory", "--daily writes into a data directory: name it, not --url")
    done = daily_report(find_data_dir(source), time.time_ns() // DAY_NS - 1 if day is None else day)
    if as_json:
        said = {"day": done.day, "directory": str(done.directory), "made": done.made, "message": done.message}
        say_json({**said, "picture": None if done.picture is None else str(done.picture)})
        return
    typer.echo(done.message, nl=False)
    typer.echo(f"{'made' if done.made else 'was there already:'} {done.directory}")
