"""Sunset, and the end of twilight, of one civil day at a place. None: the sun does not do it that day."""

from datetime import UTC, date, datetime, timedelta

from astral import Observer, SunDirection
from astral.sun import noon, time_at_elevation

from quantumflow.calendar.spec import Place, zone_of

__all__ = ["sun_below", "sunset_of"]

HORIZON_DEGREES = 0.833
"""Half the sun's width and what the air bends at the horizon."""


def sunset_of(place: Place, day: date) -> datetime | None:
    """UTC. The sun's centre is 0.833° below the horizon."""
    return sun_below(place, day, HORIZON_DEGREES)


def sun_below(place: Place, day: date, degrees: float) -> datetime | None:
    """When the sun sinks so far below the horizon between the noon of `day`, by the sun, and the next; UTC.

    In the north's summer that is after midnight. The library finds a moment of a civil day, which then may be that of
    the evening before: so it is asked for two days, and what lies behind this noon counts.
    """
    zone, observer = zone_of(place.zone), Observer(place.latitude, place.longitude, 0.0)
    midday = noon(observer, day, tzinfo=zone)
    for civil in (day, day + timedelta(days=1)):
        try:
            found = time_at_elevation(observer, -degrees, civil, SunDirection.SETTING, zone, with_refraction=False)
        except ValueError:
            continue
        if midday <= found < midday + timedelta(days=1):
            return found.astimezone(UTC)
    return None
