"""Days of rest and the pauses they make: from candle lighting on the evening before to havdalah on their own evening.

Days that follow each other (a holiday before Shabbat, the two days that the diaspora keeps) overlap and become one
pause in table.py. Where the sun does not set, or does not go as deep as havdalah asks, the pause is longer, never
shorter: until 72 minutes after sunset, and without any sunset from noon of the day before to noon of the day after.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

from pyluach.dates import GregorianDate

from quantumflow.calendar.spec import CalendarSpec, zone_of
from quantumflow.calendar.sun import sun_below, sunset_of

__all__ = ["FALLBACK_MINUTES", "holiday_of", "rest_pauses"]

FALLBACK_MINUTES = 72
_SATURDAY = 5
_NOON = time(12)


def rest_pauses(spec: CalendarSpec, first: date, last: date) -> Iterator[tuple[datetime, datetime, str]]:
    """Begin, end (UTC, to the second) and name of the pause of each day of rest in `first` … `last`."""
    day = first
    while day <= last:
        name = _rest(spec, day)
        if name is not None:
            yield _candles(spec, day), _havdalah(spec, day), name
        day += timedelta(days=1)


def holiday_of(day: date) -> str | None:
    """The holiday on which no work is done outside Israel, by its name; None on any other day."""
    found = GregorianDate(day.year, day.month, day.day).to_heb().festival(israel=False, include_working_days=False)
    return None if found is None else str(found)


def _rest(spec: CalendarSpec, day: date) -> str | None:
    if spec.shabbat and day.weekday() == _SATURDAY:
        return "shabbat"
    return holiday_of(day) if spec.holidays else None


def _candles(spec: CalendarSpec, day: date) -> datetime:
    eve = day - timedelta(days=1)
    sets = sunset_of(spec.place, eve)
    return _noon(spec, eve) if sets is None else sets - timedelta(minutes=spec.candle_minutes)


def _havdalah(spec: CalendarSpec, day: date) -> datetime:
    sets = sunset_of(spec.place, day)
    if sets is None:
        return _noon(spec, day + timedelta(days=1))
    if spec.havdalah_minutes:
        return sets + timedelta(minutes=spec.havdalah_minutes)
    deep = sun_below(spec.place, day, spec.havdalah_degrees)
    return sets + timedelta(minutes=FALLBACK_MINUTES) if deep is None else deep


def _noon(spec: CalendarSpec, day: date) -> datetime:
    return datetime.combine(day, _NOON, zone_of(spec.place.zone)).astimezone(UTC)
