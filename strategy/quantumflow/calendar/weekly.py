"""Pauses that come back: `Sat 22:00 - Sun 02:00`, `Mon-Fri 12:00 - 13:00`, `* 23:55 - 00:05`.

Times are those of the zone's clocks. Where the clocks change, a time that comes twice begins a pause when it comes
first and ends one when it comes last; one that is left out counts as early as it could be meant, or as late.
"""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

__all__ = ["DAYS", "Weekly", "parse_weekly", "weekly_pauses"]

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_DAY = "|".join(DAYS)
_CLOCK = r"([01][0-9]|2[0-3]):([0-5][0-9])"
_SHAPE = re.compile(rf"(\*|(?:{_DAY})(?:-(?:{_DAY}))?) {_CLOCK} ?- ?(?:({_DAY}) )?{_CLOCK}")


class Weekly(NamedTuple):
    """On each of `days` (0: Monday) from `begin` until `end`, `later` days after."""

    days: tuple[int, ...]
    begin: time
    later: int
    end: time


def parse_weekly(text: str) -> Weekly:
    """Raises ValueError that says what to write."""
    match = _SHAPE.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r}: write e.g. 'Sat 22:00 - Sun 02:00', 'Mon-Fri 12:00 - 13:00' or '* 23:55 - 00:05'")
    days = _days(match.group(1))
    begin = time(int(match.group(2)), int(match.group(3)))
    end = time(int(match.group(5)), int(match.group(6)))
    if match.group(4) is None:
        return Weekly(days, begin, int(end <= begin), end)
    if len(days) != 1:
        raise ValueError(f"{text!r}: with a day at its end a pause begins on one day")
    later = (DAYS.index(match.group(4)) - days[0]) % 7
    return Weekly(days, begin, later + 7 * (later == 0 and end <= begin), end)


def weekly_pauses(weekly: Weekly, zone: ZoneInfo, first: date, last: date) -> Iterator[tuple[datetime, datetime]]:
    """Begin and end (UTC) of each pause that begins on a day in `first` … `last`."""
    day = first
    while day <= last:
        if day.weekday() in weekly.days:
            begins, _ = _moments(day, weekly.begin, zone)
            _, ends = _moments(day + timedelta(days=weekly.later), weekly.end, zone)
            yield begins, ends
        day += timedelta(days=1)


def _days(text: str) -> tuple[int, ...]:
    if text == "*":
        return tuple(range(7))
    first, _, last = text.partition("-")
    begin = DAYS.index(first)
    count = (DAYS.index(last or first) - begin) % 7 + 1
    return tuple(sorted((begin + k) % 7 for k in range(count)))


def _moments(day: date, clock: time, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The earliest and the latest moment that the zone's clocks could mean."""
    both = [datetime.combine(day, clock.replace(fold=fold), zone).astimezone(UTC) for fold in (0, 1)]
    return min(both), max(both)
