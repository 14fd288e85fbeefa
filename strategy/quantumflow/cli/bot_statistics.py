"""`quantumflow bot statistics`: what scalpers made in each regime, counted from the journal from its first event on."""

import math
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import typer

from quantumflow.appliance.data_dir import find_data_dir
from quantumflow.cli.flags import DataDirFlag, JsonFlag, say_json
from quantumflow.errors import ApplianceRefused
from quantumflow.journal.reader import PAGE_MAX, JournalReader
from quantumflow.journal.scalpers import Tally, scalper_statistics
from quantumflow.units import money_text

__all__ = ["statistics"]

_KINDS = ("signal", "specialist", "order", "fill")


def statistics(data_dir: DataDirFlag = None, as_json: JsonFlag = False) -> None:
    """Signals, conflicts, trips and their results by bot and regime. The journal's own figures: a restart changes none.

    Example: quantumflow bot statistics --data-dir data/sim --json
    """
    directory = find_data_dir(data_dir)
    if not directory.journal.exists():
        raise ApplianceRefused("no_journal", f"{directory.journal} does not exist yet: start with `quantumflow up`")
    with JournalReader(directory.journal) as journal:
        tallies, trips = scalper_statistics(_events(journal))
    if as_json:
        rows = [{"bot": bot, "regime": regime, **asdict(one)} for (bot, regime), one in sorted(tallies.items())]
        say_json({"by_regime": rows, "trips": [asdict(trip) for trip in trips]})
        return
    if not tallies:
        typer.echo("no scalper has signalled yet")
    for (bot, regime), one in sorted(tallies.items()):
        typer.echo(_line(bot, regime, one))


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
