"""`quantumflow bot statistics`: what scalpers made in each regime, counted from the journal from its first event on."""

import math
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from quantumflow.appliance.data_dir import find_data_dir
from quantumflow.cli.flags import DataDirFlag, JsonFlag, say_json
from quantumflow.drift import ALARM_AT, Drift
from quantumflow.errors import ApplianceRefused
from quantumflow.journal.reader import PAGE_MAX, JournalReader
from quantumflow.journal.scalpers import Tally, scalper_statistics
from quantumflow.specialists import drifts_of, load_specialists
from quantumflow.units import money_text

__all__ = ["statistics"]

_KINDS = ("signal", "specialist", "order", "fill")


BotFlag = Annotated[str, typer.Option("--bot", help="The bot that trades the file of --specialists.")]
SpecialistsFlag = Annotated[
    Path | None, typer.Option("--specialists", help="A specialists.toml: what was expected, and whether it drifts.")
]


def statistics(
    data_dir: DataDirFlag = None, specialists: SpecialistsFlag = None, bot: BotFlag = "ff", as_json: JsonFlag = False
) -> None:
    """Signals, conflicts, trips and their results by bot and regime. The journal's own figures: a restart changes none.

    Example: quantumflow bot statistics --data-dir data/sim --specialists specialists.toml
    """
    expected = None if specialists is None else load_specialists(specialists)
    directory = find_data_dir(data_dir)
    if not directory.journal.exists():
        raise ApplianceRefused("no_journal", f"{directory.journal} does not exist yet: start with `quantumflow up`")
    with JournalReader(directory.journal) as journal:
        tallies, trips = scalper_statistics(_events(journal))
    drifts = {} if expected is None else drifts_of(trips, expected, bot)
    if as_json:
        rows = [{"bot": own, "regime": regime, **asdict(one)} for (own, regime), one in sorted(tallies.items())]
        found = {regime: asdict(one) for regime, one in drifts.items()}
        said = None if expected is None else {"sha256": expected.sha256, **asdict(expected.luck)}
        say_json({"by_regime": rows, "trips": [asdict(trip) for trip in trips], "drift": found, "luck": said})
        return
    if not tallies:
        typer.echo("no scalper has signalled yet")
    for (own, regime), one in sorted(tallies.items()):
        typer.echo(_line(own, regime, one))
    for regime, drift in drifts.items():
        typer.echo(_drift_line(bot, regime, drift))
    if expected is not None:
        accepted = f" Accepted all the same: {expected.luck.accepted}" if expected.luck.accepted else ""
        typer.echo(f"{expected.luck.sentence}{accepted}")


def _drift_line(bot: str, regime: str, one: Drift) -> str:
    """Live against expected, in words."""
    held = "" if one.low is None or one.high is None else f", between {one.low:+.6f} and {one.high:+.6f} (95 %)"
    state = f"DRIFT since trip {one.alarmed_at}" if one.alarmed_at else "no drift"
    return (
        f"{bot:<12} {regime:<9} {state}: {one.trades} trips, live {one.mean:+.6f} a trip{held}; expected"
        f" {one.floor:+.6f} or more; detector {one.score:,.1f} of {ALARM_AT:,.0f}"
    )


def _events(journal: JournalReader) -> Iterator[dict[str, Any]]:
    after = 0
    while page := journal.events(after, PAGE_MAX, _KINDS):
        yield from page
        after = page[-1]["seq"]


def _line(bot: str, regime: str, one: Tally) -> str:
    told = f"{bot:<12} {regime:<9} {one.signals:>6} signals, {one.conflicts} conflicts, {one.entries} entries"
    if not one.trips:
        return f"{told}; no trip has ended"
    mean = one.log_return / one.trips
    spread = math.sqrt(max(one.log_return_squares / one.trips - mean * mean, 0.0) / one.trips)
    left = ", ".join(f"{count} {kind.removeprefix('exit_')}" for kind, count in sorted(one.left_by.items()))
    return (
        f"{told}; {one.trips} trips ({left}), {one.wins} won, net {money_text(one.net_e8)},"
        f" log return a trip {mean:.6f} ± {spread:.6f}"
    )
