"""`quantumflow upkeep status` and `upkeep run JOB`; as `upkeep --config FILE` it is the program that `up` starts."""

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from quantumflow.appliance.data_dir import find_data_dir
from quantumflow.appliance.screen import make_console
from quantumflow.appliance.status_files import read_status
from quantumflow.cli.flags import DataDirFlag, JsonFlag, say_json
from quantumflow.errors import ApplianceRefused
from quantumflow.exits import ExitCode
from quantumflow.upkeep.by_hand import run_by_hand
from quantumflow.upkeep.record import Record, read_record
from quantumflow.upkeep.settings import read_upkeep_settings

__all__ = ["upkeep_app"]

NOTICES_SHOWN = 20

upkeep_app = typer.Typer(help="The appliance's own jobs and alarms.", no_args_is_help=True)


@upkeep_app.command("status")
def status(data_dir: DataDirFlag = None, as_json: JsonFlag = False) -> None:
    """Show alarms that stand, jobs with their last outcome, and the newest notices.

    Example: quantumflow upkeep status --json
    """
    directory = find_data_dir(data_dir)
    record = read_record(directory.root / "upkeep" / "record.json")
    now = read_status(directory.run / "upkeep.status.json", time.time_ns())
    shown: dict[str, Any] = {
        "running": now.running,
        "alarms": {name: {"since_ns": alarm.since_ns, "detail": alarm.detail} for name, alarm in record.alarms.items()},
        "jobs": now.values.get("jobs", {}),
        "job_running": now.values.get("running") if now.running else None,
        "heartbeats": now.values.get("heartbeats"),
        "notices": [
            {"number": n.number, "at_ns": n.at_ns, "kind": n.kind, "name": n.name, "text": n.text}
            for n in record.notices[-NOTICES_SHOWN:]
        ],
    }
    if as_json:
        say_json(shown)
    else:
        _print(shown, record, make_console())


@upkeep_app.command("run")
def run(
    job: Annotated[str, typer.Argument(metavar="JOB", help="A configured job; `upkeep status` lists them.")],
    data_dir: DataDirFlag = None,
    as_json: JsonFlag = False,
) -> None:
    """Run a job now, as the appliance does: low priority, bounded in time, never two at once. Its period stays due.

    Example: quantumflow upkeep run backup --json
    """
    directory = find_data_dir(data_dir)
    settings = read_upkeep_settings(directory.run / "upkeep.json")
    if job not in settings.jobs:
        there = ", ".join(sorted(settings.jobs)) or "none is configured"
        raise ApplianceRefused("no_such_job", f"there is no job {job!r}; jobs: {there}")
    ended = run_by_hand(settings, job)
    output = Path(settings.data_dir) / "upkeep" / "output" / ended.output
    if as_json:
        found = {"job": job, "exit": ended.exit, "seconds": round(ended.seconds, 3), "output": str(output)}
        say_json(found)
    else:
        typer.echo(output.read_text(encoding="utf-8", errors="replace"), nl=False)
        typer.echo(f"{job}: exit status {ended.exit}, {ended.seconds:.1f} s; kept in {output}")
    raise typer.Exit(ExitCode.OK if ended.exit == 0 else ExitCode.FAILED)


def _print(shown: dict[str, Any], record: Record, console: Console) -> None:
    console.print(Text("upkeep runs" if shown["running"] else "upkeep does not run", style="bold"))
    if not shown["alarms"]:
        console.print(Text("no alarm", style="green"))
    for name, alarm in record.alarms.items():
        console.print(Text(f"alarm {name} since {_utc(alarm.since_ns)}: {alarm.detail}", style="red"))
    for name, job in shown["jobs"].items():
        console.print(f"job {name}: {job['outcome']}, period {job['settled']}, {job['seconds']} s, exit {job['exit']}")
    for notice in shown["notices"]:
        console.print(Text(f"{_utc(notice['at_ns'])}  {notice['kind']} {notice['name']}: {notice['text']}"))


def _utc(ns: int) -> str:
    return datetime.fromtimestamp(ns // 1_000_000_000, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
