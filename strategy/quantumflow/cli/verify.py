"""`quantumflow verify`: the three programs once more, each over its own log, and whether the same comes of it."""

import json
import logging
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import structlog
import typer
from rich.console import Console
from rich.status import Status

from quantumflow.appliance.data_dir import DataDir, find_data_dir
from quantumflow.cli.flags import DataDirFlag, JsonFlag, say_json
from quantumflow.errors import ApplianceRefused
from quantumflow.exits import ExitCode

__all__ = ["verify"]

NIGHTLY_DAYS_MAX = 7
"""Days before today whose sessions `--nightly` still catches up with."""
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_SIDE_CHARACTERS_MAX = 600


def verify(
    what: Annotated[
        str | None,
        typer.Argument(metavar="[SESSION|DAY]", help="A session's number, or a UTC day such as 2026-11-25: all of it."),
    ] = None,
    nightly: Annotated[
        bool, typer.Option("--nightly", help="Every session of the days before today that was not verified yet.")
    ] = False,
    data_dir: DataDirFlag = None,
    as_json: JsonFlag = False,
) -> None:
    """Repeat a session (by default the last) from what was recorded, and compare: frames, journal and verdicts.

    Works beside a running appliance and changes nothing but <data-dir>/verify/results.jsonl. A session that still runs
    is verified up to its last event.

    Example: quantumflow verify 2026-11-25
    """
    from quantumflow.appliance.programs import find_programs
    from quantumflow.parity.results import append_result
    from quantumflow.parity.verify import Verifier

    directory = find_data_dir(data_dir)
    if not directory.journal.exists():
        raise ApplianceRefused("no_journal", f"{directory.journal} does not exist yet: start with `quantumflow up`")
    sessions = _sessions(directory, what, nightly)
    # A repeated session says again what it said; what comes of it is told below.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    verifier = Verifier(directory, find_programs())
    console = Console(stderr=True, highlight=False)
    done = []
    for number, session in enumerate(sessions, 1):
        with console.status(f"session {session} ({number} of {len(sessions)})") as shown:
            verified = verifier.verify(session, _progress(shown, f"session {session} ({number} of {len(sessions)})"))
        result = verified.as_json()
        append_result(directory.verified, result)
        done.append(result)
        if not as_json:
            _print(result, verified.span.started_ns)
    if as_json:
        say_json({"sessions": done})
    elif not done:
        typer.echo("nothing to verify")
    raise typer.Exit(_exit(done))


def _exit(results: list[dict[str, Any]]) -> ExitCode:
    found = {result["result"] for result in results}
    if "differs" in found:
        return ExitCode.DIFFERS
    return ExitCode.UNVERIFIABLE if "unverifiable" in found else ExitCode.OK


def _sessions(directory: DataDir, what: str | None, nightly: bool) -> list[int]:
    from quantumflow.parity.results import settled_sessions
    from quantumflow.parity.rows import sessions_between

    if nightly:
        if what is not None:
            raise ApplianceRefused("too_many_choices", "give a session or a day, or --nightly, not both")
        today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        found = sessions_between(directory.journal, _ns(today - timedelta(days=NIGHTLY_DAYS_MAX)), _ns(today))
        settled = settled_sessions(directory.verified)
        return [session for session in found if session not in settled]
    if what is None:
        found = sessions_between(directory.journal, 0, 2**62)[-1:]
    elif _DAY.fullmatch(what):
        try:
            day = datetime.strptime(what, "%Y-%m-%d").replace(tzinfo=UTC)
        except ValueError:
            raise ApplianceRefused("no_such_session", f"{what} is no day of the calendar") from None
        found = sessions_between(directory.journal, _ns(day), _ns(day + timedelta(days=1)))
    elif what.isdecimal() and len(what) < 10:
        found = [session for session in sessions_between(directory.journal, 0, 2**62) if session == int(what)]
    else:
        raise ApplianceRefused("not_a_session", f"{what!r} is neither a session's number nor a day like 2026-11-25")
    if not found:
        raise ApplianceRefused("no_such_session", f"{directory.journal} has no session {what or 'yet'}")
    return found


def _ns(moment: datetime) -> int:
    return int(moment.timestamp()) * 1_000_000_000


def _progress(shown: Status, what: str) -> Callable[[int], None]:
    return lambda event_ns: shown.update(f"{what}: {_utc(event_ns)}")


def _utc(utc_ns: int) -> str:
    return datetime.fromtimestamp(utc_ns / 1e9, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def _print(result: dict[str, Any], started_ns: int) -> None:
    still = ", still running: up to its last event" if result["running"] else ""
    typer.echo(f"session {result['session']} of {_utc(started_ns)}{still}: {result['result']}")
    for name, part in result["programs"].items():
        counts = ", ".join(f"{count} {what}" for what, count in part["counts"].items())
        typer.echo(f"  {name:11}  {part['result']:12}  {counts}")
        if part["digest"]:
            typer.echo(f"  {'':11}  {part['digest']}")
        if "reason" in part:
            typer.echo(f"  {'':11}  {part['reason']}: {part['detail']}")
    if (difference := result["difference"]) is not None:
        typer.echo(f"  first difference: {difference['program']}, {difference['where']}")
        typer.echo(f"    it was       {_side(difference['expected'])}")
        typer.echo(f"    it would be  {_side(difference['found'])}")
    typer.echo(f"  in {result['seconds']:.1f} s, {result['speed']:.0f} times real time")


def _side(value: Any) -> str:
    text = "nothing" if value is None else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _SIDE_CHARACTERS_MAX else f"{text[:_SIDE_CHARACTERS_MAX]}… (all of it with --json)"
