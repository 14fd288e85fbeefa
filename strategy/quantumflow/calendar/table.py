"""All pauses of a span of time as one table: whole minutes, in order, apart from each other, bounded.

Begins are rounded down and ends up. Beyond `known_ns` nothing is said, and what is not known is closed.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from quantumflow.calendar.rest import rest_pauses
from quantumflow.calendar.spec import CalendarSpec, zone_of
from quantumflow.calendar.weekly import parse_weekly, weekly_pauses

__all__ = ["HORIZON_DAYS", "PAUSES_MAX", "Pause", "PauseTable", "pause_table"]

PAUSES_MAX = 64
"""Rows of the engine's table."""
HORIZON_DAYS = 28
_BEFORE_DAYS = 9
"""Pauses that began so long ago may still last: a week, the holidays around it, and a zone's width."""
_SECOND_NS = 1_000_000_000
_MINUTE_NS = 60 * _SECOND_NS


class Pause(NamedTuple):
    """UTC nanoseconds: nothing is traded from `start_ns` on, again from `end_ns` on; from `prepare_ns` on no entry."""

    prepare_ns: int
    start_ns: int
    end_ns: int
    name: str


class PauseTable(NamedTuple):
    """Every pause that ends after the asked moment and begins before `known_ns`."""

    pauses: tuple[Pause, ...]
    known_ns: int


def pause_table(spec: CalendarSpec, from_ns: int) -> PauseTable:
    """The table as of `from_ns`; the same arguments and the same rules of time give the same table."""
    begin = datetime.fromtimestamp(from_ns // _SECOND_NS, UTC)
    known = begin + timedelta(days=HORIZON_DAYS)
    first, last = begin.date() - timedelta(days=_BEFORE_DAYS), known.date() + timedelta(days=2)
    known_ns = _ns(known)
    merged: list[Pause] = []
    for start_ns, end_ns, name in sorted(_rounded(spec, first, last)):
        if end_ns <= from_ns or start_ns >= known_ns:
            continue
        if merged and start_ns <= merged[-1].end_ns:
            before = merged[-1]
            names = before.name if name in before.name.split(" + ") else f"{before.name} + {name}"
            merged[-1] = before._replace(end_ns=max(end_ns, before.end_ns), name=names)
            continue
        lead_ns = spec.before_minutes * _MINUTE_NS if spec.before == "flatten" else 0
        merged.append(Pause(start_ns - lead_ns, start_ns, end_ns, name))
    if len(merged) > PAUSES_MAX:
        known_ns = merged[PAUSES_MAX].start_ns
    return PauseTable(tuple(merged[:PAUSES_MAX]), known_ns)


def _rounded(spec: CalendarSpec, first: date, last: date) -> Iterator[tuple[int, int, str]]:
    for begins, ends, name in rest_pauses(spec, first, last):
        yield _ns(begins) // _MINUTE_NS * _MINUTE_NS, -(-_ns(ends) // _MINUTE_NS) * _MINUTE_NS, name
    zone = zone_of(spec.place.zone)
    for text in spec.weekly:
        for begins, ends in weekly_pauses(parse_weekly(text), zone, first, last):
            yield _ns(begins), _ns(ends), text


def _ns(moment: datetime) -> int:
    """Exact: a float of seconds would lose the last digits."""
    since = moment - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86_400 + since.seconds) * _SECOND_NS + since.microseconds * 1_000
