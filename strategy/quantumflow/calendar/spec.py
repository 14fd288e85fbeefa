"""What is configured of the calendar, as frozen values, and the one place that knows whether a zone exists."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

__all__ = ["POLICIES", "WEEKLY_MAX", "CalendarSpec", "Place", "zone_of"]

WEEKLY_MAX = 16

POLICIES = ("cancel", "flatten", "hold")
"""Before a pause. cancel: open orders end when it begins. flatten: positions are left before it. hold: orders wait."""


@dataclass(frozen=True, slots=True)
class Place:
    """Degrees, north and east positive; `zone` by its IANA name."""

    latitude: float
    longitude: float
    zone: str


@dataclass(frozen=True, slots=True)
class CalendarSpec:
    """`havdalah_minutes` 0: by `havdalah_degrees`. `before_minutes` counts for the policy flatten."""

    place: Place
    shabbat: bool
    holidays: bool
    candle_minutes: int
    havdalah_degrees: float
    havdalah_minutes: int
    weekly: tuple[str, ...]
    before: str
    before_minutes: int


def zone_of(name: str) -> ZoneInfo:
    """The zone. Raises ValueError that says what to do: without its rules nothing may run as if it were UTC."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(
            f"no zone {name!r} here: put an IANA name such as America/Sao_Paulo; if it is one, the package tzdata is"
            " missing: run `make setup`"
        ) from error
