"""Statistics of scalpers by bot and regime, from the journal's events alone: after a restart they are what they were.

Pure: events in, figures out; trips.py says what a trip is.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from quantumflow.journal.trips import Trip, TripFinder

__all__ = ["Tally", "scalper_statistics"]

Event = Mapping[str, Any]


@dataclass(slots=True)
class Tally:
    """One bot in one regime."""

    signals: int = 0
    conflicts: int = 0
    """Entries that lost against another scalper's wish or position."""
    entries: int = 0
    trips: int = 0
    wins: int = 0
    net_e8: int = 0
    log_return: float = 0.0
    log_return_squares: float = 0.0
    left_by: dict[str, int] = field(default_factory=dict)


def scalper_statistics(events: Iterable[Event]) -> tuple[dict[tuple[str, str], Tally], list[Trip]]:
    """By (bot, regime), and every trip in order. `events` are the journal's, in order: `kind`, `event_ns`, `payload`.

    Only bots that a `specialist` event speaks of are counted; kinds that say nothing of them are passed over.
    """
    tallies: dict[tuple[str, str], Tally] = {}
    trips: list[Trip] = []
    finder = TripFinder()
    signal: Event = {}
    for event in events:
        kind, said = event["kind"], event["payload"]
        if kind == "signal":
            signal = said
        elif kind == "specialist" and said["signal"] is not None and said["signal"] == signal.get("signal"):
            # An exit counts for the regime that its trip counts for, which the trip itself knows.
            tally = tallies.setdefault((said["bot"], said["regime"]), Tally())
            tally.signals += 1
            tally.conflicts += signal["outcome"] == "conflict"
            tally.entries += signal["signal_kind"] == "entry" and signal["outcome"] == "ordered"
        trip = finder.take(event)
        if trip is not None:
            trips.append(trip)
            _count(tallies.setdefault((trip.bot, trip.regime), Tally()), trip)
    return tallies, trips


def _count(tally: Tally, trip: Trip) -> None:
    tally.trips += 1
    tally.wins += trip.net_e8 > 0
    tally.net_e8 += trip.net_e8
    tally.log_return += trip.log_return
    tally.log_return_squares += trip.log_return * trip.log_return
    tally.left_by[trip.left_by] = tally.left_by.get(trip.left_by, 0) + 1
