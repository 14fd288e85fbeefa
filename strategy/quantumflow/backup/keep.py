"""Which backups are kept: the newest of each of the last hours, and of each of the last days, that have one. Pure."""

from collections.abc import Sequence
from datetime import UTC, datetime

__all__ = ["DAILY_KEPT", "HOURLY_KEPT", "moment_of", "name_of", "surplus"]

HOURLY_KEPT = 24
DAILY_KEPT = 14
_FORM = "%Y%m%dT%H%M%SZ"
_HOUR, _DAY = len("20261125T18"), len("20261125")


def name_of(moment: datetime) -> str:
    """`20261125T181500Z`: names of backups sort by their moment."""
    return moment.astimezone(UTC).strftime(_FORM)


def moment_of(name: str) -> datetime | None:
    """The moment in a backup's name; None if it is no backup's."""
    try:
        moment = datetime.strptime(name, _FORM).replace(tzinfo=UTC)
    except ValueError:
        return None
    return moment if name_of(moment) == name else None


def surplus(names: Sequence[str], hourly: int = HOURLY_KEPT, daily: int = DAILY_KEPT) -> list[str]:
    """The names that need not be kept, oldest first. The newest is always kept."""
    ordered = sorted(names, reverse=True)
    kept = {*ordered[:1], *_newest_of_each(ordered, _HOUR, hourly), *_newest_of_each(ordered, _DAY, daily)}
    return [name for name in reversed(ordered) if name not in kept]


def _newest_of_each(ordered: Sequence[str], length: int, count: int) -> list[str]:
    """The newest name of each of the `count` newest periods; a period is the first `length` characters of a name."""
    newest: dict[str, str] = {}
    for name in ordered:
        newest.setdefault(name[:length], name)
    return list(newest.values())[:count]
