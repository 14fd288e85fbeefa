"""What a subject said, row by row, and the first place at which two tellings differ. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["Difference", "Signals", "between", "first_difference", "worst_deviation"]

Column = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class Signals:
    """`place`: (rows,) ascending, where in the data each row was said; `columns`: name → (rows,) numbers or words.

    `figures` are columns that stand beside a decision and are none: a look ahead in them counts, a slow warm-up is
    only told.
    """

    place: npt.NDArray[np.int64]
    columns: Mapping[str, Column]
    figures: frozenset[str] = frozenset()

    def __len__(self) -> int:
        return len(self.place)


@dataclass(frozen=True, slots=True)
class Difference:
    """The first row that is another's: `whole` with all the data, `part` with less; None: no such row there."""

    place: int
    column: str
    """Empty if the row itself is missing on one side."""
    whole: Any
    part: Any


def between(signals: Signals, first: int, end: int) -> Signals:
    """The rows at places first ≤ place < end."""
    low, high = np.searchsorted(signals.place, (first, end))
    columns = {name: column[low:high] for name, column in signals.columns.items()}
    return Signals(signals.place[low:high], columns, signals.figures)


def first_difference(
    whole: Signals, part: Signals, tolerance: float = 0.0, left_out: frozenset[str] = frozenset()
) -> Difference | None:
    """None if both say the same: words and whole numbers exactly, floats within `tolerance` deviations of `whole`'s.

    NaN equals NaN. With rows on one side only, the first of them is told, unless a row before it differs.
    """
    shared = min(len(whole), len(part))
    apart = np.flatnonzero(whole.place[:shared] != part.place[:shared])
    shared = int(apart[0]) if len(apart) else shared
    found: list[tuple[int, str]] = []
    for name in whole.columns.keys() - left_out:
        differs = np.flatnonzero(_apart(whole.columns[name], part.columns[name], shared, tolerance))
        if len(differs):
            found.append((int(differs[0]), name))
    if found:
        row, name = min(found)
        return Difference(int(whole.place[row]), name, _value(whole, row, name), _value(part, row, name))
    if shared == len(whole) == len(part):
        return None
    return _lonely(whole, part, shared)


def worst_deviation(whole: Signals, part: Signals) -> dict[str, float]:
    """By column of floats the widest distance, in deviations of `whole`'s own; inf where the rows do not match."""
    same = len(whole) == len(part) and bool(np.array_equal(whole.place, part.place))
    worst = {}
    for name, column in whole.columns.items():
        if column.dtype.kind != "f":
            continue
        if not same:
            worst[name] = float("inf")
            continue
        gap = _gaps(column, part.columns[name]) / _scale(column)
        worst[name] = float(gap.max(initial=0.0))
    return worst


def _apart(whole: Column, part: Column, rows: int, tolerance: float) -> npt.NDArray[np.bool_]:
    left, right = whole[:rows], part[:rows]
    if whole.dtype.kind != "f":
        return np.asarray(left != right)
    if tolerance == 0.0:
        return np.asarray((left != right) & ~(np.isnan(left) & np.isnan(right)))
    return np.asarray(_gaps(left, right) > tolerance * _scale(whole))


def _gaps(left: Column, right: Column) -> npt.NDArray[np.float64]:
    """Distances; of two NaN none, of one NaN or two unequal infinities infinite."""
    with np.errstate(invalid="ignore"):
        gaps = np.abs(left - right)
    gaps = np.where(np.isnan(gaps), np.inf, gaps)
    return np.where((left == right) | (np.isnan(left) & np.isnan(right)), 0.0, gaps)


def _scale(column: Column) -> float:
    finite = column[np.isfinite(column)]
    spread = float(finite.std()) if len(finite) else 0.0
    return spread if spread > 0.0 else 1.0


def _value(signals: Signals, row: int, name: str) -> Any:
    value = signals.columns[name][row]
    return value.item() if hasattr(value, "item") else value


def _lonely(whole: Signals, part: Signals, row: int) -> Difference:
    """The first row that only one of them has."""
    ends = [int(signals.place[row]) if row < len(signals) else None for signals in (whole, part)]
    place = min(end for end in ends if end is not None)

    def shown(signals: Signals, end: int | None) -> dict[str, Any] | None:
        return {name: _value(signals, row, name) for name in signals.columns} if end == place else None

    return Difference(place, "", shown(whole, ends[0]), shown(part, ends[1]))
