"""`quantumflow bot expectation`: live results of bots that trade a file of specialists, against what it expects."""

from dataclasses import asdict
from typing import Annotated

import typer

from quantumflow.appliance.data_dir import find_data_dir
from quantumflow.cli.flags import DataDirFlag, JsonFlag, say_json
from quantumflow.errors import ApplianceRefused
from quantumflow.journal.expectation_file import FILE_NAME, read_expectation, write_expectation
from quantumflow.journal.expectation_follow import follow_journal
from quantumflow.journal.expectations import Live
from quantumflow.journal.reader import JournalReader

__all__ = ["expectation"]

KeepFlag = Annotated[bool, typer.Option("--keep", help="Keep it for alarm, metrics and page, as upkeep's job does.")]


def expectation(data_dir: DataDirFlag = None, keep: KeepFlag = False, as_json: JsonFlag = False) -> None:
    """Live trips against the file's expectation by bot and regime, from the journal; DRIFT where the detector alarmed.

    Example: quantumflow bot expectation --data-dir data/sim
    """
    directory = find_data_dir(data_dir)
    if not directory.journal.exists():
        raise ApplianceRefused("no_journal", f"{directory.journal} does not exist yet: start with `quantumflow up`")
    file = directory.root / FILE_NAME
    with JournalReader(directory.journal) as journal:
        found = follow_journal(journal, read_expectation(file))
    if keep:
        write_expectation(file, found)
    if as_json:
        say_json({"seq": found.seq, "as_of_ns": found.as_of_ns, "live": [asdict(one) for one in found.live]})
        return
    if not found.live:
        typer.echo("no bot trades a file of specialists (bots.*.specialists)")
    for one in found.live:
        typer.echo(_line(one))


def _line(one: Live) -> str:
    """Live against expected, in words."""
    state = f"DRIFT since trip {one.alarmed_trip}" if one.alarmed_trip else "no drift"
    live = "no trip has ended" if one.mean is None else f"live {one.mean:+.6f} a trip"
    held = "" if one.low is None or one.high is None else f" ({one.low:+.6f} to {one.high:+.6f})"
    return (
        f"{one.bot:<12} {one.regime:<9} {state}: {one.trips} trips, {live}{held}; expected {one.expected_mean:+.6f}"
        f" ({one.expected_low:+.6f} to {one.expected_high:+.6f}); detector {one.score:,.1f} of {one.alarm_at:,.0f}"
    )
