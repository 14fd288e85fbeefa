"""When a job is due. A period is named by its due time in UTC, so a restart neither repeats nor loses one. Pure."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

__all__ = ["Schedule", "current_period", "parse_schedule", "period_name"]

_HOUR_NS = 3_600_000_000_000
_DAY_NS = 24 * _HOUR_NS
_MINUTE_NS = 60_000_000_000


class Schedule(NamedTuple):
    """A minute of every hour (`hour` None), or a minute of the day; UTC, which has no summer time."""

    hour: int | None
    minute: int


def parse_schedule(text: str) -> Schedule:
    """`*:17` is the 17th minute of each hour, `03:41` once a day. Raises ValueError."""
    hour, separator, minute = text.partition(":")
    if not separator or not minute.isdecimal() or len(minute) != 2 or int(minute) > 59:
        raise ValueError(f"{text!r} is no schedule: write *:MM or HH:MM")
    if hour == "*":
        return Schedule(None, int(minute))
    if not hour.isdecimal() or len(hour) != 2 or int(hour) > 23:
        raise ValueError(f"{text!r} is no schedule: write *:MM or HH:MM")
    return Schedule(int(hour), int(minute))


def current_period(schedule: Schedule, now_ns: int) -> int:
    """The newest due time that is not after `now_ns`, in ns of UTC: the name of the period that `now_ns` is in."""
    length, offset = _HOUR_NS, schedule.minute * _MINUTE_NS
    if schedule.hour is not None:
        length, offset = _DAY_NS, offset + schedule.hour * _HOUR_NS
    return (now_ns - offset) // length * length + offset


def period_name(due_ns: int) -> str:
    """A due time as text that sorts: `20261125T0341Z`."""
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=due_ns // 1_000_000_000)).strftime("%Y%m%dT%H%MZ")
