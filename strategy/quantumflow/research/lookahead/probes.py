"""The same subject on less data: is what it said of the past still the same, and what it says later? Pure."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from quantumflow.research.lookahead.signals import (
    Difference,
    Signals,
    between,
    first_difference,
    worst_deviation,
)

__all__ = ["Cut", "Found", "Limits", "Subject", "WarmUp", "probe"]

CUT_SHARE_MIN = 20
"""No cut leaves less than a twentieth: with a few rows many a sound function has nothing to work on."""


class Subject(Protocol):
    """Something that says signals of data; `count` rows or events of it."""

    count: int
    places: npt.NDArray[np.int64]
    """(count + 1,) ascending: of the first signal that data from an index on can cause; the last is past all."""

    def run(self, start: int, end: int) -> Signals:
        """What it says of the data from `start` to before `end` alone, begun anew. It holds no later data."""

    def run_settled(self, start: int, end: int) -> Signals:
        """The same with everything left out that depends on what its own trades did, so that warm-ups compare."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How hard to look."""

    cuts: int = 16
    tolerance: float = 0.01
    """How far a float may be off after the warm-up, in its own deviations."""
    warm_up: int | None = None
    """Rows after which it should have settled; None: half the data, and shorter ones to see how it settles."""


@dataclass(frozen=True, slots=True)
class Cut:
    """Data that ended before `index`; None: nothing of the past changed."""

    index: int
    signals: int
    difference: Difference | None


@dataclass(frozen=True, slots=True)
class WarmUp:
    """A beginning `rows` before the signals that were compared."""

    rows: int
    signals: int
    deviations: dict[str, float]
    difference: Difference | None
    unsettled: tuple[str, ...]
    """Figures that are off by more than the tolerance."""


@dataclass(frozen=True, slots=True)
class Found:
    """What the probes found. `unrepeatable`: the same data twice, and not the same signals."""

    count: int
    signals: int
    unrepeatable: Difference | None
    cuts: tuple[Cut, ...]
    warm_ups: tuple[WarmUp, ...]
    """Shortest first; the last one decides."""

    @property
    def looks_ahead(self) -> Cut | None:
        """The earliest cut that changed the past."""
        return next((cut for cut in self.cuts if cut.difference is not None), None)

    @property
    def recursive(self) -> WarmUp | None:
        """The longest warm-up, if even that was not enough."""
        last = self.warm_ups[-1] if self.warm_ups else None
        return last if last is not None and last.difference is not None else None

    @property
    def compared(self) -> bool:
        """Whether there was anything to compare: a subject that says nothing passes nothing."""
        return self.signals > 0 and any(cut.signals for cut in self.cuts)

    @property
    def passed(self) -> bool:
        return self.compared and not (self.unrepeatable or self.looks_ahead or self.recursive)


def probe(subject: Subject, limits: Limits, step: Callable[[str], None] = lambda _: None) -> Found:
    """All three probes; `step` is told before each run, for a progress line."""
    step("the whole data")
    whole = subject.run(0, subject.count)
    step("the whole data again")
    unrepeatable = first_difference(whole, subject.run(0, subject.count))
    cuts, beginning = [], int(subject.places[0])
    for index in _cut_places(subject, whole, limits.cuts):
        step(f"cut after {index:,} of {subject.count:,}")
        end = int(subject.places[index])
        past = between(whole, beginning, end)
        cut = between(subject.run(0, index), beginning, end)
        cuts.append(Cut(index, len(past), first_difference(past, cut)))
    return Found(subject.count, len(whole), unrepeatable, tuple(cuts), _warm_ups(subject, limits, step))


def _cut_places(subject: Subject, whole: Signals, wanted: int) -> list[int]:
    """Indices to cut at: evenly, and right behind rows that said something new, where a look ahead shows first."""
    even = np.linspace(0, subject.count, wanted // 2 + 2)[1:-1].astype(np.int64)
    even = even[(even > 0) & (even < subject.count)]
    changed = np.ones(len(whole), dtype=np.bool_)
    for column in whole.columns.values():
        changed[1:] |= column[1:] != column[:-1]
    places = whole.place[changed]
    behind = np.searchsorted(subject.places, places, side="right")
    behind = behind[(behind >= subject.count // CUT_SHARE_MIN) & (behind < subject.count)]
    picked = behind[np.linspace(0, len(behind) - 1, min(wanted - wanted // 2, len(behind))).astype(np.int64)]
    return sorted({int(index) for index in (*even, *picked)})


def _warm_ups(subject: Subject, limits: Limits, step: Callable[[str], None]) -> tuple[WarmUp, ...]:
    """Beginnings nearer and nearer to the last quarter of the data, whose signals are compared."""
    tail = subject.count - subject.count // 4
    rows = [subject.count // part for part in (16, 8, 4, 2)] if limits.warm_up is None else [limits.warm_up]
    rows = sorted({one for one in rows if 0 < one < tail})
    if not rows:
        return ()
    step("from the beginning, trades left out")
    first, end = int(subject.places[tail]), int(subject.places[-1])
    whole = between(subject.run_settled(0, subject.count), first, end)
    found = []
    for one in rows:
        step(f"begun {one:,} before the last quarter")
        part = between(subject.run_settled(tail - one, subject.count), first, end)
        difference = first_difference(whole, part, limits.tolerance, whole.figures)
        deviations = worst_deviation(whole, part)
        off = tuple(sorted(name for name in whole.figures if deviations.get(name, 0.0) > limits.tolerance))
        found.append(WarmUp(one, len(whole), deviations, difference, off))
    return tuple(found)
