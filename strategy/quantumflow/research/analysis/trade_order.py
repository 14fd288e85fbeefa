"""What luck in the order of trades, and in which trades came, may have done. Pure; seeds are arguments.

Shuffled: the same trips in another order end at the same profit by another way; how deep would it have fallen?
Drawn: as many trips with replacement (B. Efron, Annals of Statistics 7, 1979); where might the account have ended?
Both take trips to be independent of each other and of the account's size.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from quantumflow.research.analysis.enough import not_enough
from quantumflow_reports.figures import Estimate

__all__ = ["TRIPS_MIN", "TradeOrder", "shuffled_trades"]

TRIPS_MIN = 10
CELLS_MAX = 4_000_000
"""Trips of resamples that are held at a time."""
LEVELS = (0.05, 0.5, 0.95)

Integers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class TradeOrder:
    """Falls and ends in 10⁻⁸ of the quote currency, at 5, 50 and 95 % of the draws; why they are empty, if so."""

    own_fall_e8: int
    """The deepest fall of the closed trips' sum, in the order in which they came."""
    falls_e8: tuple[int, ...]
    deeper: Estimate
    """Share of orders that fell deeper."""
    ends_e8: tuple[int, ...]
    loses: Estimate
    """Share of draws that ended below nothing."""


def shuffled_trades(nets_e8: Sequence[int], draws: int, seed: int) -> TradeOrder:
    """Of the results of closed trips, in order."""
    nets = np.asarray(nets_e8, dtype=np.int64)
    own = int(_falls(nets[None, :])[0]) if len(nets) else 0
    if len(nets) < TRIPS_MIN:
        few = not_enough(f"{len(nets)} round trips, {TRIPS_MIN} are needed")
        return TradeOrder(own, (), few, (), few)
    generator = np.random.default_rng(seed)
    rows = max(1, CELLS_MAX // len(nets))
    falls, ends = [], []
    for first in range(0, draws, rows):
        count = min(rows, draws - first)
        falls.append(_falls(generator.permuted(np.tile(nets, (count, 1)), axis=1)))
        ends.append(nets[generator.integers(0, len(nets), (count, len(nets)))].sum(axis=1))
    fell, ended = np.concatenate(falls), np.concatenate(ends)
    return TradeOrder(
        own,
        _at_levels(fell),
        Estimate(float(np.mean(fell > own))),
        _at_levels(ended),
        Estimate(float(np.mean(ended < 0))),
    )


def _falls(nets: Integers) -> Integers:
    """The deepest fall of each row's running sum below its highest before, the start included."""
    sums = np.cumsum(nets, axis=1)
    peaks = np.maximum(np.maximum.accumulate(sums, axis=1), 0)
    return np.asarray((peaks - sums).max(axis=1), dtype=np.int64)


def _at_levels(values: Integers) -> tuple[int, ...]:
    return tuple(int(value) for value in np.quantile(values, LEVELS, method="inverted_cdf"))
