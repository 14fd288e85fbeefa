"""A search from its space to its ledger: sampled batches tried, scored out of sample, stressed, and nothing lost.

Everything that is done is a chunk file below `<research-dir>/search/<space digest>/`; the same command again finds what
is there and goes on. What the ledger says follows from space, data and code alone.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from quantumflow.errors import ResearchRefused
from quantumflow.research.search.chunks import Chunks
from quantumflow.research.search.configurations import config_id
from quantumflow.research.search.features import Bundle, code_version
from quantumflow.research.search.folds import folds_of
from quantumflow.research.search.ledger import Ledger, write_ledger
from quantumflow.research.search.plan import Ground, ground_of
from quantumflow.research.search.samplers import make_sampler
from quantumflow.research.search.scores import figures
from quantumflow.research.search.simulator import FIELDS, REGIME_ROWS
from quantumflow.research.search.sources import INTERVAL_NS, Source, load_sources, of_symbols
from quantumflow.research.search.space import read_space
from quantumflow.research.search.stress import stressed
from quantumflow.research.search.tables import Tried, daily_of, scores_table, trials_table
from quantumflow.research.search.tasks import Floats
from quantumflow.research.search.trying import Engine, Progress, Trier
from quantumflow.reversion import Specialist

__all__ = ["Search"]

YEAR_BARS = 365 * 24 * 60


class Search:
    """One search, its space and data read and checked. `limit` tries the first so many alone."""

    def __init__(self, path: Path, research: Path, limit: int | None = None) -> None:
        self.space = read_space(path)
        self.sources: Sequence[Source] = load_sources(self.space, research, path.parent)
        self.symbols: Mapping[str, Source] = of_symbols(self.sources)
        self.research, self.limit, self.code = research, limit, code_version()
        closes = [one.candles.close_ns for one in self.symbols.values()]
        self.origin_ns = min(int(one[0]) for one in closes) - INTERVAL_NS
        self.bars = (max(int(one[-1]) for one in closes) - self.origin_ns) // INTERVAL_NS
        self.folds = folds_of(self.space.folds, self.bars)
        self.years = sum(fold.test[1] - fold.test[0] for fold in self.folds) / YEAR_BARS

    @property
    def directory(self) -> Path:
        """Where the ledger goes; a try-out has its own."""
        name = self.space.name + (f"-first-{self.limit}" if self.limit else "")
        return self.research / "ledgers" / name

    @property
    def work(self) -> Path:
        """Where what is done lies until the ledger is whole, and after."""
        return self.research / "search" / self.space.digest[:16]

    def store_bytes(self) -> int:
        """Room that the arrays of the largest dataset need in an object store, roughly: as many as there are values."""
        arrays = sum(len(choices) for choices in self.space.values.values()) * 4 + 16
        return max(len(one.candles) for one in self.sources) * 8 * arrays * len(self.symbols)

    def run(self, engine: Engine, progress: Progress, seconds: Callable[[], float]) -> Ledger:
        """Tries, scores, stresses, writes. Raises ResearchRefused; KeyboardInterrupt leaves what is done."""
        listed = self.space.kind in ("grid", "random")
        asked = _drained(make_sampler(self.space, self.limit)) if listed else self.space.grid()
        possible = [self.space.specialist(one) for one in asked]
        trier = Trier(engine, Chunks(self.work), self.research / "search" / "features", possible, progress)
        grounds = [self._ground(trier, one) for one in self.symbols.values()]
        tried, everything = self._try_all(trier, grounds)
        test, train = tried.totals[:, :, 0::2], tried.totals[:, :, 1::2]
        stress, covered = stressed(trier, tried.specialists, self.sources, self.space.costs, self.code, self.space.seed)
        scores, chosen = scores_table(self.space, tried, test, train, self.years, stress)
        days = _days(trier, grounds, [tried.specialists[place] for place in chosen])
        bundles = [ground.bundle for ground in grounds]
        first_ns = self.origin_ns + min(fold.test[0] for fold in self.folds) * INTERVAL_NS
        daily = daily_of(first_ns, bundles, [tried.ids[place] for place in chosen], days, everything)
        facts = self._facts(tried, covered, len(chosen))
        progress("writing the ledger", 0, 1)
        trials = trials_table(tried, list(self.symbols))
        facts["run"] = {
            "engine": engine.name,
            "workers": engine.workers,
            "seconds": round(seconds(), 3),
            "chunks_made": trier.made,
            "chunks_found": trier.found,
        }
        return write_ledger(self.directory, facts, trials, scores, daily)

    def _ground(self, trier: Trier, source: Source) -> Ground:
        bundle: Bundle = trier.bundle(source.candles, source.content_hash)
        costs = self.space.costs
        return ground_of(bundle, source.candles, self.origin_ns, self.folds, self.bars, costs, self.code)

    def _try_all(self, trier: Trier, grounds: Sequence[Ground]) -> tuple[Tried, list[Floats]]:
        """Phase 1: every configuration that the sampler asks, over every symbol; and the days of all together."""
        sampler = make_sampler(self.space, self.limit)
        total = min(self.space.trials, self.limit or self.space.trials)
        known: dict[tuple[int, ...], Floats] = {}
        asked = 0
        everything = [np.zeros((len(REGIME_ROWS), ground.bundle.day_count)) for ground in grounds]
        while batch := sampler.ask():
            asked += len(batch)
            new = [one for one in dict.fromkeys(batch) if one not in known]
            words = f"{asked:,} of {total:,} configurations"
            found, days = self._totals(trier, grounds, [self.space.specialist(one) for one in new], words)
            known.update(zip(new, found, strict=True))
            everything = [before + more for before, more in zip(everything, days, strict=True)]
            # The sampler sees train alone.
            seen = figures(np.array([known[one][:, 1::2] for one in batch]), self.years, self.space.weights)
            sampler.tell(np.stack([seen[name] for name in self.space.objectives], axis=1).tolist())
        named = {config_id(self.space.specialist(one)): one for one in known}
        if len(named) != len(known):
            raise ResearchRefused("ids_collide", f"{len(known)} configurations have {len(named)} ids")
        ids = sorted(named)
        indices = tuple(named[one] for one in ids)
        specialists = tuple(self.space.specialist(one) for one in indices)
        return Tried(tuple(ids), indices, specialists, np.array([known[one] for one in indices]), asked), everything

    def _totals(
        self, trier: Trier, grounds: Sequence[Ground], specialists: Sequence[Specialist], words: str
    ) -> tuple[Floats, list[Floats]]:
        """(configurations, symbols, slots, regimes, FIELDS), and of each symbol the days of all together."""
        slots = len(self.folds) * 2
        found = np.full((len(specialists), len(grounds), slots, len(REGIME_ROWS), len(FIELDS)), np.nan)
        days = []
        for at, ground in enumerate(grounds):
            whole = np.zeros((len(REGIME_ROWS), ground.bundle.day_count))
            for places, totals, daily in trier.results(ground, specialists, words, days=True):
                found[list(places), at] = totals
                whole += daily[0]
            days.append(whole)
        missing = int(np.isnan(found).any(axis=(1, 2, 3, 4)).sum())
        if missing:
            raise ResearchRefused("configurations_missing", f"{missing} of {len(specialists)} have no result")
        return found, days

    def _facts(self, tried: Tried, covered: list[dict[str, Any]], chosen: int) -> dict[str, Any]:
        space = self.space
        return {
            "name": self.directory.name,
            "space": space.text,
            "space_digest": space.digest,
            "code_version": self.code,
            "data": [_data_facts(one) for one in self.sources],
            "symbols": list(self.symbols),
            "origin_ns": self.origin_ns,
            "bars": self.bars,
            "years": self.years,
            "folds": [{"fold": n, **asdict(fold)} for n, fold in enumerate(self.folds)],
            "fold_plan": asdict(space.folds),
            "costs": asdict(space.costs),
            "objectives": list(space.objectives),
            "weights": dict(space.weights),
            "sampler": {"name": space.kind, "seed": space.seed, "batch": space.batch, "limit": self.limit},
            "asked": tried.asked,
            "done": len(tried.ids),
            "configurations": len(tried.ids),
            "combinations": space.size,
            "stress": covered,
            "daily": {"best_of_each": space.daily_best, "sample": space.daily_sample, "chosen": chosen},
        }


def _days(trier: Trier, grounds: Sequence[Ground], specialists: Sequence[Specialist]) -> list[Floats]:
    """Of each symbol (configurations, regimes, days)."""
    made = []
    for ground in grounds:
        whole = np.zeros((len(specialists), len(REGIME_ROWS), ground.bundle.day_count))
        for places, _, daily in trier.results(ground, specialists, "days of the chosen", days=True, each=True):
            whole[list(places)] = daily
        made.append(whole)
    return made


def _drained(sampler: Any) -> list[tuple[int, ...]]:
    asked: list[tuple[int, ...]] = []
    while batch := sampler.ask():
        asked += batch
    return asked


def _data_facts(one: Source) -> dict[str, Any]:
    candles = one.candles
    return {
        "name": one.name,
        "symbol": one.symbol,
        "use": one.use,
        "content_hash": one.content_hash,
        "rows": len(candles),
        "first_ns": int(candles.close_ns[0]),
        "last_ns": int(candles.close_ns[-1]),
        "gaps": int((np.diff(candles.close_ns) != INTERVAL_NS).sum()),
    }
