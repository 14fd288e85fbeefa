"""Rows as they came made into rows that hold: ordered, each moment once, no candle that contradicts itself.

Nothing is filled and nothing is changed: a row is kept as it is or left out, and each that is left out is a finding
with its file and line. Where bars or trades are missing stands in `gaps`.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from quantumflow.errors import DataRefused
from quantumflow.research.data.columns import Finding, Rows
from quantumflow.research.data.intervals import grid_offset_ns
from quantumflow.research.data.numbers import Integers

__all__ = ["HALT_BARS_MIN", "ON_CONFLICT", "Cleaned", "candles_break", "clean", "gaps_of", "halts_of"]

HALT_BARS_MIN = 5
"""So many candles in a row without a trade and without a change of price are noted as a halt."""

ON_CONFLICT = ("refuse", "first", "last")

_PROBLEMS = (
    "a price of zero or less",
    "a negative volume or count",
    "high below open, low or close",
    "low above open or close",
    "open time off the grid of its interval",
)


@dataclass(frozen=True, slots=True)
class Cleaned:
    """What is kept, and what is known of it."""

    rows: Rows
    gaps: tuple[dict[str, Any], ...]
    halts: tuple[dict[str, Any], ...]


def clean(rows: Rows, interval_ns: int, on_conflict: str) -> Cleaned:
    """See above. Raises DataRefused for two rows of one moment that differ, unless told which to keep."""
    found = candles_break(rows.columns, interval_ns) if rows.kind == "candles" else _trades_break(rows)
    findings = [
        Finding.of(what, "left out", [rows.place(int(row)) for row in np.flatnonzero(broken)])
        for what, broken in found
        if broken.any()
    ]
    good = np.ones(len(rows), dtype=bool)
    for _, broken in found:
        good &= ~broken
    kept = rows.taken(np.flatnonzero(good), *findings)
    key = kept.columns["close_ns"] if rows.kind == "candles" else kept.columns["time_ns"]
    order = np.argsort(key, kind="stable") if rows.kind == "candles" else _trade_order(kept)
    if (np.diff(order) < 0).any():
        at = int(np.argmax(np.diff(order) < 0))
        kept = kept.taken(order, Finding("rows not in order of time", 1, "sorted", (kept.place(int(order[at])),)))
    kept = _each_once(kept, on_conflict)
    if len(kept) == 0:
        raise DataRefused("no_rows", f"{', '.join(rows.sources[:3])}: no row that can be used")
    return Cleaned(kept, tuple(gaps_of(kept.kind, kept.columns, interval_ns)), tuple(halts_of(kept.kind, kept.columns)))


def candles_break(columns: Any, interval_ns: int) -> list[tuple[str, Any]]:
    """The rules of a candle, each with its breaking rows as (n,) bool."""
    opened, high, low, close = (columns[name] for name in ("open", "high", "low", "close"))
    counts = [columns[n] for n in ("volume", "trades", "quote_volume", "taker_buy_volume") if n in columns]
    negative = np.zeros(len(opened), dtype=bool)
    for values in counts:
        negative |= values < 0
    step = columns["close_ns"] - grid_offset_ns(interval_ns)
    broken = (
        np.minimum.reduce([opened, high, low, close]) <= 0,
        negative,
        high < np.maximum.reduce([opened, low, close]),
        low > np.minimum(opened, close),
        step % interval_ns != 0,
    )
    return list(zip(_PROBLEMS, broken, strict=True))


def _trades_break(rows: Rows) -> list[tuple[str, Any]]:
    columns = rows.columns
    return [
        ("a price of zero or less", columns["price"] <= 0),
        ("a quantity of zero or less", columns["qty"] <= 0),
        ("last id before the first", columns["last_id"] < columns["first_id"]),
    ]


def _trade_order(rows: Rows) -> Integers:
    """By id where there are ids, else by time; an exchange's ids are in its order, times may tie."""
    if (rows.columns["id"] < 0).any():
        return np.argsort(rows.columns["time_ns"], kind="stable")
    return np.argsort(rows.columns["id"], kind="stable")


def _each_once(rows: Rows, on_conflict: str) -> Rows:
    """Rows of the same moment (candles) or id (trades): one is kept if they say the same."""
    key = rows.columns["close_ns"] if rows.kind == "candles" else rows.columns["id"]
    again = np.flatnonzero((key[1:] == key[:-1]) & (key[1:] >= 0)) + 1
    if not len(again):
        return rows
    unlike = np.zeros(len(again), dtype=bool)
    for values in rows.columns.values():
        unlike |= values[again] != values[again - 1]
    if unlike.any() and on_conflict == "refuse":
        row = int(again[np.argmax(unlike)])
        detail = f"{rows.place(row - 1)} and {rows.place(row)} give one moment two values; --on-conflict first or last"
        raise DataRefused("rows_conflict", detail)
    keep = np.ones(len(rows), dtype=bool)
    keep[again] = False
    if on_conflict == "last":
        keep[:] = np.append(key[1:] != key[:-1], True) | (key < 0)
    more = []
    if not unlike.all():
        more.append(Finding.of("the same row twice", "kept once", [rows.place(int(r)) for r in again[~unlike]]))
    if unlike.any():
        places = [rows.place(int(r)) for r in again[unlike]]
        more.append(Finding.of("two rows of one moment that differ", f"the {on_conflict} kept", places))
    return rows.taken(np.flatnonzero(keep), *more)


def gaps_of(kind: str, columns: Any, interval_ns: int) -> list[dict[str, Any]]:
    """Where something is missing: whole candles between two, or trade ids between two."""
    if kind == "candles":
        close_ns = columns["close_ns"]
        missing = np.diff(close_ns) // interval_ns - 1
    else:
        close_ns = columns["time_ns"]
        ids = columns["first_id"][1:] >= 0
        missing = np.where(ids, columns["first_id"][1:] - columns["last_id"][:-1] - 1, 0)
    return [
        {"after_ns": int(close_ns[row]), "before_ns": int(close_ns[row + 1]), "missing": int(missing[row])}
        for row in np.flatnonzero(missing > 0)
    ]


def halts_of(kind: str, columns: Any) -> list[dict[str, Any]]:
    """Runs of candles in which nothing was traded: the exchange wrote them, but the market stood still."""
    if kind != "candles":
        return []
    close = columns["close"]
    still = (columns["volume"] == 0) & (columns["high"] == columns["low"])
    edges = np.flatnonzero(np.diff(np.concatenate([[False], still, [False]]).astype(np.int8)))
    return [
        {
            "first_ns": int(columns["close_ns"][a]),
            "last_ns": int(columns["close_ns"][b - 1]),
            "bars": int(b - a),
            "price": int(close[a]),
        }
        for a, b in zip(edges[::2], edges[1::2], strict=True)
        if b - a >= HALT_BARS_MIN
    ]
