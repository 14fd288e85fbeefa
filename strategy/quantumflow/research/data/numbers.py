"""Text to integers, a column at a time: decimals at a scale, moments in nanoseconds. Nothing is rounded.

A decimal at scale s is its value times 10**s. A moment is told by its size alone: seconds, milliseconds, microseconds
or nanoseconds since 1970, which cannot be taken for each other between 2001 and 2286 (the archives of Binance spot
went from milliseconds to microseconds on 2025-01-01).
"""

import re
from decimal import Decimal

import numpy as np
import numpy.typing as npt
import polars as pl

from quantumflow.errors import DataRefused

__all__ = ["SCALES", "Integers", "decimals", "rescaled", "to_ns", "whole_numbers"]

Integers = npt.NDArray[np.int64]

SCALES = (8, 5, 3, 0)
"""Scales of a column, finest first: the first in which every value fits 63 bits is taken."""

_EXPONENT = re.compile(r"[+-]?[0-9]+(\.[0-9]*)?[eE][+-]?[0-9]{1,2}")
_PLAIN = r"^[+-]?[0-9]+(\.[0-9]*)?$"
_UNITS = ((10**9, 10**11, 10**9), (10**12, 10**14, 10**6), (10**15, 10**17, 10**3), (10**18, 10**19, 1))
"""Of a moment: from, below, nanoseconds a unit."""


def decimals(text: pl.Series, scale: int, where: str, first_line: int) -> Integers | None:
    """(n,) int64; None if a value is too large for this scale. Raises DataRefused for what is no decimal of it."""
    plain = text.str.strip_chars()
    odd = ~plain.str.contains(_PLAIN).fill_null(False)
    if odd.any():
        plain = _without_exponents(plain, odd, where, first_line)
    fraction = plain.str.extract(r"\.([0-9]*)$").fill_null("").str.strip_chars_end("0")
    too_fine = fraction.str.len_bytes() > scale
    whole = plain.str.extract(r"^[+-]?0*([0-9]+)")
    if (whole.str.len_bytes() + scale > 18).any():
        return None
    if too_fine.any():
        row = int(too_fine.arg_max() or 0)
        if scale < SCALES[0]:
            detail = f"{text[row]!r} has more than {scale} decimals, and a value of this column is too large for more"
        else:
            detail = f"{text[row]!r} has more than {scale} decimals"
        raise DataRefused("number_refused", f"{where}, line {first_line + row}, {text.name}: {detail}")
    value = whole.cast(pl.Int64) * 10**scale
    if scale:
        value = value + fraction.str.pad_end(scale, "0").cast(pl.Int64)
    numbers = value.to_numpy().astype(np.int64)
    return np.asarray(np.where(plain.str.starts_with("-").to_numpy(), -numbers, numbers), dtype=np.int64)


def _without_exponents(text: pl.Series, odd: pl.Series, where: str, first_line: int) -> pl.Series:
    """`1e-05` as `0.00001`; everything else that is no decimal is refused."""
    values = text.to_list()
    for row in odd.arg_true().to_list():
        found = values[row] or ""
        if not _EXPONENT.fullmatch(found):
            detail = f"{found!r} is no decimal number; correct or remove the line"
            raise DataRefused("number_refused", f"{where}, line {first_line + row}, {text.name}: {detail}")
        values[row] = f"{Decimal(found):f}"
    return pl.Series(text.name, values, dtype=pl.String)


def rescaled(values: Integers, have: int, want: int, where: str) -> Integers:
    """The same values at a coarser scale. Raises DataRefused if that would round one."""
    divisor = 10 ** (have - want)
    if (values % divisor).any():
        row = int(np.argmax(values % divisor != 0))
        detail = f"{where}, row {row + 1}: more than {want} decimals beside values too large for more"
        raise DataRefused("number_refused", detail)
    return np.asarray(values // divisor, dtype=np.int64)


def whole_numbers(text: pl.Series, where: str, first_line: int) -> Integers:
    """(n,) int64 of ids and counts."""
    numbers = decimals(text, 0, where, first_line)
    if numbers is None:
        raise DataRefused("number_refused", f"{where}, {text.name}: a number of more than 18 digits")
    return numbers


def to_ns(text: pl.Series, where: str, first_line: int) -> tuple[Integers, set[int]]:
    """Moments in nanoseconds UTC, and the units they were written in (nanoseconds a unit)."""
    plain = text.str.strip_chars()
    digits = plain.str.contains(r"^[0-9]{1,19}$").fill_null(False)
    if not digits.all():
        return _dates(plain, digits, where, first_line)
    numbers = plain.cast(pl.Int64, strict=False).fill_null(-1).to_numpy()
    moments = np.full(len(numbers), -1, dtype=np.int64)
    units = set()
    for low, high, unit in _UNITS:
        inside = (numbers >= low) & ((numbers < high) if high < 2**63 else True)
        if inside.any():
            moments[inside] = numbers[inside] * unit
            units.add(unit)
    if (moments < 0).any():
        row = int(np.argmax(moments < 0))
        detail = f"{text[row]!r} is no time in s, ms, µs or ns since 1970 between 2001 and 2286"
        raise DataRefused("time_refused", f"{where}, line {first_line + row}, {text.name}: {detail}")
    return moments, units


def _dates(text: pl.Series, digits: pl.Series, where: str, first_line: int) -> tuple[Integers, set[int]]:
    """ISO dates and times; one without an offset is UTC."""
    marked = text.str.replace(" ", "T").str.replace(r"(Z|[+-]00:?00)$", "")
    parsed = marked.str.to_datetime("%Y-%m-%dT%H:%M:%S%.f", time_unit="ns", strict=False)
    if parsed.null_count():
        parsed = marked.str.to_datetime("%Y-%m-%d", time_unit="ns", strict=False).fill_null(parsed)
    if parsed.null_count():
        row = int(parsed.is_null().arg_max() or 0)
        detail = f"{text[row]!r} is neither digits nor a UTC time like 2024-08-05T06:24:00"
        raise DataRefused("time_refused", f"{where}, line {first_line + row}, {text.name}: {detail}")
    if digits.any():
        row = int(digits.arg_max() or 0)
        detail = f"{text[row]!r} beside dates: a file has one way to write its times"
        raise DataRefused("time_refused", f"{where}, line {first_line + row}, {text.name}: {detail}")
    return parsed.to_physical().to_numpy().astype(np.int64), {1}
