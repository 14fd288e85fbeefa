"""The sun by NOAA's short series, written again for these tests: nothing of it comes from the library under test."""

from datetime import UTC, date, datetime, timedelta
from math import acos, asin, cos, degrees, radians, sin, tan

HORIZON = 90.833


def setting(latitude: float, longitude: float, day: date, zenith: float = HORIZON) -> datetime | None:
    """UTC, for the civil day whose evening is meant; None: the sun does not go so deep."""
    minutes = 720.0 - 4.0 * longitude + 360.0
    for _ in range(5):
        declination, equation = _sun(day, minutes)
        phi = radians(latitude)
        hour = cos(radians(zenith)) / (cos(phi) * cos(declination)) - tan(phi) * tan(declination)
        if abs(hour) > 1:
            return None
        minutes = 720.0 - 4.0 * (longitude - degrees(acos(hour))) - equation
    return datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(minutes=minutes)


def _sun(day: date, minutes: float) -> tuple[float, float]:
    """Declination in radians and equation of time in minutes, at so many minutes after midnight UTC."""
    t = ((day - date(2000, 1, 1)).days - 0.5 + minutes / 1440.0) / 36525.0
    mean = (280.46646 + t * (36000.76983 + 0.0003032 * t)) % 360
    anomaly = 357.52911 + t * (35999.05029 - 0.0001537 * t)
    eccentricity = 0.016708634 - t * (0.000042037 + 0.0000001267 * t)
    m = radians(anomaly)
    center = sin(m) * (1.914602 - t * (0.004817 + 0.000014 * t))
    center += sin(2 * m) * (0.019993 - 0.000101 * t) + sin(3 * m) * 0.000289
    omega = radians(125.04 - 1934.136 * t)
    apparent = radians(mean + center - 0.00569 - 0.00478 * sin(omega))
    tilt = 23 + (26 + (21.448 - t * (46.815 + t * (0.00059 - t * 0.001813))) / 60) / 60
    obliquity = radians(tilt + 0.00256 * cos(omega))
    y = tan(obliquity / 2) ** 2
    long = radians(mean)
    equation = 4 * degrees(
        y * sin(2 * long)
        - 2 * eccentricity * sin(m)
        + 4 * eccentricity * y * sin(m) * cos(2 * long)
        - 0.5 * y * y * sin(4 * long)
        - 1.25 * eccentricity**2 * sin(2 * m)
    )
    return asin(sin(obliquity) * sin(apparent)), equation
