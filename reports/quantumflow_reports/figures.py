"""A figure that may be unknown, and figures as text. Unknown is `n/a` with its reason, never NaN. Pure."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from quantumflow.units import decimal_text

__all__ = [
    "DAY_NS",
    "Estimate",
    "day_of",
    "duration_text",
    "estimate_text",
    "money_short",
    "percent_text",
    "ppm_text",
    "safe_text",
    "unknown",
    "utc_text",
]

DAY_NS = 86_400 * 10**9
TEXT_CHARS_MAX = 48
_SAFE = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 _.:+-/%(),")


@dataclass(frozen=True, slots=True)
class Estimate:
    """A ratio and its 95 % confidence interval; what is not known is None and `why` says the reason."""

    value: float | None
    low: float | None = None
    high: float | None = None
    why: str | None = None

    def as_json(self) -> dict[str, Any]:
        return {"value": self.value, "low": self.low, "high": self.high, "why": self.why}


def unknown(why: str) -> Estimate:
    """A figure that cannot be given."""
    return Estimate(None, why=why)


def estimate_text(figure: Estimate, places: int = 2, percent: bool = False) -> str:
    """`1.24 (0.31 … 2.10)`, or `n/a (too few days)`."""
    if figure.value is None:
        return f"n/a ({figure.why})"
    text = _ratio(figure.value, places, percent)
    if figure.low is None or figure.high is None:
        return text
    return f"{text} ({_ratio(figure.low, places, percent)} … {_ratio(figure.high, places, percent)})"


def _ratio(value: float, places: int, percent: bool) -> str:
    return f"{100 * value:.{places}f} %" if percent else f"{value:.{places}f}"


def money_short(value_e8: int, places: int = 2, signed: bool = False) -> str:
    """Money rounded to `places`, half away from zero, thousands apart; exact values stand in the JSON."""
    unit = 10 ** (8 - places)
    rounded = (abs(value_e8) + unit // 2) // unit
    whole, fraction = divmod(rounded, 10**places)
    sign = "-" if value_e8 < 0 and rounded else "+" if signed and rounded else ""
    return f"{sign}{whole:,}.{fraction:0{places}d}" if places else f"{sign}{whole:,}"


def ppm_text(ppm: int | None) -> str:
    """Parts per million as a percentage with two places, rounded down: 100 % is all of it."""
    return "n/a" if ppm is None else f"{decimal_text(ppm // 100, 2, 2)} %"


def percent_text(part: int, whole: int) -> str:
    """`part` of `whole` as a percentage with one place, rounded down; n/a of nothing."""
    return "n/a" if whole <= 0 else f"{decimal_text(part * 1000 // whole, 1, 1)} %"


def duration_text(ns: int) -> str:
    """The two largest units: `3 d 4 h`, `12 min 5 s`, `0.4 s`."""
    seconds = ns // 10**9
    if seconds < 10:
        return f"{ns / 1e9:.1f} s"
    for unit, name, below, below_name in ((86_400, "d", 3_600, "h"), (3_600, "h", 60, "min"), (60, "min", 1, "s")):
        if seconds >= unit:
            rest = seconds % unit // below
            return f"{seconds // unit} {name} {rest} {below_name}" if rest else f"{seconds // unit} {name}"
    return f"{seconds} s"


def utc_text(ns: int) -> str:
    """`2026-03-01 12:30 UTC`."""
    return f"{datetime.fromtimestamp(ns // 10**9, UTC):%Y-%m-%d %H:%M} UTC"


def day_of(ns: int) -> str:
    """The UTC date."""
    return f"{datetime.fromtimestamp(ns // 10**9, UTC):%Y-%m-%d}"


def safe_text(text: object, chars_max: int = TEXT_CHARS_MAX) -> str:
    """A name that came with the data, for a page that is rendered: no markup, no control signs, bounded."""
    kept = "".join(sign if sign in _SAFE else "?" for sign in str(text)[:chars_max])
    return kept.replace("://", ":?/")
