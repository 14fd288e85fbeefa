"""A search's arrays as the ledger's tables: a row for everything that was tried, and the days of the chosen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import pyarrow as pa

from quantumflow.research.search.features import DAY_NS, Bundle
from quantumflow.research.search.ledger import PARTS, SUM_OF_ALL, TRIALS_SCHEMA, Daily
from quantumflow.research.search.scores import figures, regime_figures, stabilities
from quantumflow.research.search.simulator import FIELDS, REGIME_ROWS
from quantumflow.research.search.space import Space
from quantumflow.research.search.tasks import Floats
from quantumflow.reversion import Specialist

__all__ = ["Tried", "daily_of", "scores_table", "trials_table"]


@dataclass(frozen=True)
class Tried:
    """Configurations by id, and `totals` (configurations, symbols, slots, regimes, FIELDS)."""

    ids: tuple[str, ...]
    indices: tuple[tuple[int, ...], ...]
    specialists: tuple[Specialist, ...]
    totals: Floats
    asked: int


def trials_table(tried: Tried, symbols: Sequence[str]) -> pa.Table:
    """In the ledger's schema: configuration, symbol, fold, part, regime, in this order."""
    count, wide, slots, regimes, _ = tried.totals.shape
    each = wide * slots * regimes
    columns: dict[str, Any] = {"config_id": _words(tried.ids, np.repeat(np.arange(count), each))}
    for field in fields(Specialist):
        values = [getattr(one, field.name) for one in tried.specialists]
        if field.name == "mode":
            columns["mode"] = _words([one.name.lower() for one in values], np.repeat(np.arange(count), each))
        else:
            columns[field.name] = np.repeat(np.array(values), each)
    place = np.arange(count * each)
    columns["symbol"] = _words(symbols, place // (slots * regimes) % wide)
    columns["fold"] = place // (2 * regimes) % (slots // 2)
    columns["part"] = _words(PARTS, place // regimes % 2)
    columns["regime"] = _words([regime.name for regime in REGIME_ROWS], place % regimes)
    for at, name in enumerate(FIELDS):
        sums = tried.totals[..., at].ravel()
        whole = pa.types.is_integer(TRIALS_SCHEMA.field(name).type)
        columns[name] = sums.astype(np.int64) if whole else sums
    return pa.table(columns)


def _words(words: Sequence[str], places: Any) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(places.astype(np.int32)), pa.array(list(words))).cast(pa.string())


def scores_table(
    space: Space, tried: Tried, test: Floats, train: Floats, years: float, stress: Mapping[str, Floats]
) -> tuple[pa.Table, list[int]]:
    """A row a configuration, figures of the tests (of train with `train_` before them); and who keeps its days."""
    scored = figures(test, years, space.weights)
    regimes = regime_figures(test)
    seen = {f"train_{name}": values for name, values in figures(train, years, space.weights).items()}
    stability = stabilities(test, scored["robustness"], tried.indices)
    columns = {"config_id": list(tried.ids), **scored, "stability": stability, **regimes, **stress, **seen}
    ways = [scored[name] for name in dict.fromkeys(["robustness", *space.objectives])]
    ways += [regimes[f"robustness_{regime.name}"] for regime in REGIME_ROWS]
    chosen = set(range(min(space.daily_sample, len(tried.ids))))  # ids are hashes: the first are a sample by chance
    for values in ways:
        chosen |= {int(place) for place in np.argsort(-values, kind="stable")[: space.daily_best]}
    return pa.table(columns), sorted(chosen)


def daily_of(
    first_ns: int, bundles: Sequence[Bundle], ids: Sequence[str], each: Sequence[Floats], everything: Sequence[Floats]
) -> Daily:
    """Days from `first_ns` on, all symbols added up: of each id, and of all that was tried."""
    first = first_ns // DAY_NS
    last = max(bundle.first_day + bundle.day_count for bundle in bundles)
    total = np.zeros((len(ids) + 1, len(REGIME_ROWS), last - first))
    for bundle, own, whole in zip(bundles, each, everything, strict=True):
        before = bundle.first_day - first
        skip = max(0, -before)
        span = slice(max(0, before), before + bundle.day_count)
        total[:-1, :, span] += own[:, :, skip:]
        total[-1, :, span] += whole[:, skip:]
    names = [regime.name for regime in REGIME_ROWS]
    all_ids = [*ids, SUM_OF_ALL]
    return Daily(
        np.arange(first, last),
        tuple(one for one in all_ids for _ in names),
        tuple(names * len(all_ids)),
        total.reshape(len(all_ids) * len(names), last - first),
    )
