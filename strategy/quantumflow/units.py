"""Decimal strings ↔ integers of a named scale. Exact both ways: no float, no rounding, no silent digit lost."""

import re

__all__ = ["E8", "SCALE_MAX", "DecimalError", "decimal_text", "money_text", "parse_e8", "price_text", "qty_text"]

E8 = 8
"""Decimal places of money, ticks and lots."""
SCALE_MAX = 2**62 - 1
"""Largest integer that every program can hold."""

_ONE = 10**8
_DECIMAL = re.compile(r"(0|[1-9][0-9]{0,17})(?:\.([0-9]{1,8}))?")


class DecimalError(ValueError):
    """A text that is not a plain decimal number of at most eight places."""


def parse_e8(text: str) -> int:
    """`"0.01"` → 1_000_000. Plain digits only: no sign, no exponent, no blank, at most eight places."""
    match = _DECIMAL.fullmatch(text)
    if match is None:
        raise DecimalError(f"{text!r} is not a decimal number such as 0.01 (digits, at most {E8} places, no sign)")
    whole, fraction = match.group(1), match.group(2) or ""
    value = int(whole) * _ONE + int(fraction.ljust(E8, "0"))
    if value > SCALE_MAX:
        raise DecimalError(f"{text} is larger than {decimal_text(SCALE_MAX, E8)}")
    return value


def decimal_text(value: int, places: int, places_min: int = 0) -> str:
    """`value` of 10⁻places as the shortest exact decimal, with at least `places_min` places shown."""
    sign = "-" if value < 0 else ""
    digits = str(abs(value)).rjust(places + 1, "0")
    whole = digits[: len(digits) - places]
    fraction = digits[len(digits) - places :].rstrip("0").ljust(places_min, "0")
    return f"{sign}{whole}.{fraction}" if fraction else f"{sign}{whole}"


def money_text(value_e8: int, places_min: int = 2) -> str:
    """Money of 10⁻⁸ for a screen: exact, at least two places."""
    return decimal_text(value_e8, E8, places_min)


def price_text(ticks: int, tick_e8: int) -> str:
    """A price of `ticks` as a decimal."""
    return decimal_text(ticks * tick_e8, E8)


def qty_text(lots: int, lot_e8: int) -> str:
    """A quantity of `lots` as a decimal."""
    return decimal_text(lots * lot_e8, E8)
