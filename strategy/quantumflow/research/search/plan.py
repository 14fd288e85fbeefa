"""From configurations to tasks: a symbol's bars, folds in its rows, and pieces of work of the same series."""

from collections.abc import Sequence
from dataclasses import astuple, dataclass

import numpy as np

from quantumflow.research.data.dataset import Candles
from quantumflow.research.search.features import Bundle, Series
from quantumflow.research.search.folds import Fold, segments
from quantumflow.research.search.space import Costs
from quantumflow.research.search.tasks import Task
from quantumflow.reversion import Specialist

__all__ = ["TASK_CONFIGURATIONS_MAX", "Ground", "ground_of", "tasks_of"]

TASK_CONFIGURATIONS_MAX = 128


@dataclass(frozen=True)
class Ground:
    """What a configuration is tried on: one dataset's arrays, cut into segments, at these costs."""

    bundle: Bundle
    cuts: tuple[int, ...]
    members: tuple[tuple[int, ...], ...]
    costs: tuple[float, float, int]
    code: str


def ground_of(
    bundle: Bundle, candles: Candles, origin_ns: int, folds: list[Fold], bars: int, costs: Costs, code: str
) -> Ground:
    """`folds` are in bars of the clock since `origin_ns`, out of `bars`; the cuts are rows of these candles."""
    edges, members = segments(folds, bars)
    moments = origin_ns + np.array(edges, np.int64) * candles.interval_ns
    rows = np.searchsorted(candles.close_ns, moments, side="right")
    return Ground(
        bundle,
        tuple(int(row) for row in rows),
        tuple(tuple(one) for one in members),
        (costs.fee_ppm, costs.half_spread_ppm, costs.latency_bars),
        code,
    )


def tasks_of(
    ground: Ground, specialists: Sequence[Specialist], days: bool, each: bool
) -> list[tuple[Task, tuple[int, ...]]]:
    """Tasks, and of each the places of its configurations in `specialists`. The same for the same list, always."""
    groups: dict[Series, list[int]] = {}
    for place, one in enumerate(specialists):
        groups.setdefault(Series.of(one), []).append(place)
    made = []
    for series in sorted(groups, key=astuple):
        places = sorted(groups[series], key=lambda place: (specialists[place].rules, place))
        for first in range(0, len(places), TASK_CONFIGURATIONS_MAX):
            chosen = tuple(places[first : first + TASK_CONFIGURATIONS_MAX])
            made.append((_task(ground, series, [specialists[place] for place in chosen], days, each), chosen))
    return made


def _task(ground: Ground, series: Series, specialists: Sequence[Specialist], days: bool, each: bool) -> Task:
    bundle = ground.bundle
    names = (series.score, "open", "close", series.atr, series.volatility, series.half_life, "regime", "blind", "days")
    return Task(
        bundle.content_hash,
        ground.code,
        tuple(bundle.arrays[name] for name in names),
        tuple(one.rules for one in specialists),
        bundle.runs,
        ground.cuts,
        ground.members,
        ground.costs,
        bundle.day_count if days else 0,
        each,
    )
