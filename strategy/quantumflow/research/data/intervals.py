"""Names of candle intervals, as Binance has them, and their length. A month is not among them: it has none."""

from quantumflow.errors import DataRefused

__all__ = ["INTERVALS", "grid_offset_ns", "interval_ns"]

_SECOND_NS = 10**9
_WEEK_NS, _MONDAY_NS = 7 * 86_400 * 10**9, 4 * 86_400 * 10**9
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 7 * 86_400}

INTERVALS = ("1s", "1m", "3m", "5m", "15m", "30m", "1h", "2h", "4h", "6h", "8h", "12h", "1d", "3d", "1w")
"""Those that the exchange has; any other number of a unit is possible for candles made here."""


def interval_ns(name: str) -> int:
    """Nanoseconds of `5m`. Raises DataRefused for what is no interval."""
    count, unit = name[:-1], name[-1:]
    if unit not in _UNITS or not count.isascii() or not count.isdigit() or not 0 < int(count) <= 10_000:
        detail = f"{name!r} is no interval: a number and one of {', '.join(_UNITS)}, e.g. 1m, 90m, 4h, 1d"
        raise DataRefused("interval_refused", detail)
    return int(count) * _UNITS[unit] * _SECOND_NS


def grid_offset_ns(length_ns: int) -> int:
    """Where the grid of candles of this length begins: of weeks on Monday 1970-01-05, of all else in 1970."""
    return _MONDAY_NS if length_ns % _WEEK_NS == 0 else 0
