"""Folds of time: what may be looked at to choose (train), and what tells whether the choice was good (test). Pure.

walk_forward  tests lie one behind the other at the end; each has the `train_bars` before it (0: all before it) as train
crossed       all bars are cut into `count` tests; train is everything else, before and after

In both, no bar of train lies within `purge_bars` before a bar of test – what is entered there may end in the test – nor
within `embargo_bars` after one, whose scores still see it. A test holds every plan to that. In walk_forward train lies
before its test, so the embargo has nothing to take. Bars are of the clock: minutes that a dataset lacks count too.
"""

from dataclasses import dataclass
from itertools import pairwise

from quantumflow.errors import ResearchRefused

__all__ = ["SCHEMES", "Fold", "FoldPlan", "Span", "folds_of", "segments"]

SCHEMES = ("walk_forward", "crossed")

Span = tuple[int, int]
"""Bars from the first on, up to but not with the second."""


@dataclass(frozen=True, slots=True)
class FoldPlan:
    """As the space file has it."""

    scheme: str
    count: int
    train_bars: int
    purge_bars: int
    embargo_bars: int


@dataclass(frozen=True, slots=True)
class Fold:
    """One test, and the spans of its train."""

    test: Span
    train: tuple[Span, ...]


def folds_of(plan: FoldPlan, bars: int) -> list[Fold]:
    """The folds over `bars`. Raises ResearchRefused("folds_refused") if a test or a train would be empty."""
    first_train = (plan.train_bars or bars // (plan.count + 1)) + plan.purge_bars
    begin = first_train if plan.scheme == "walk_forward" else 0
    edges = [begin + (bars - begin) * n // plan.count for n in range(plan.count + 1)]
    found = [_fold(plan, bars, (a, b)) for a, b in pairwise(edges)]
    if begin >= bars or any(fold.test[0] >= fold.test[1] or not fold.train for fold in found):
        detail = f"{bars} bars are too few for {plan.count} folds of {plan.scheme} with train {plan.train_bars},"
        raise ResearchRefused("folds_refused", f"{detail} purge {plan.purge_bars}, embargo {plan.embargo_bars} bars")
    return found


def _fold(plan: FoldPlan, bars: int, test: Span) -> Fold:
    before = test[0] - plan.purge_bars
    if plan.scheme == "walk_forward":
        spans = [(max(0, before - plan.train_bars) if plan.train_bars else 0, before)]
    else:
        spans = [(0, before), (test[1] + plan.embargo_bars, bars)]
    return Fold(test, tuple((a, b) for a, b in spans if a < b))


def segments(folds: list[Fold], bars: int) -> tuple[list[int], list[list[int]]]:
    """Time cut wherever a span begins or ends: the cuts, and of each piece its slots: of each fold test, then train."""
    ends = {edge for fold in folds for span in (fold.test, *fold.train) for edge in span}
    cuts = sorted({0, bars} | ends)
    members = []
    for begin in cuts[:-1]:
        row = []
        for fold in folds:
            row.append(int(fold.test[0] <= begin < fold.test[1]))
            row.append(int(any(a <= begin < b for a, b in fold.train)))
        members.append(row)
    return cuts, members
