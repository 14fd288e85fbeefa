"""The candles that a space names: datasets, each held against its content hash, or files read by the same readers."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from quantumflow.errors import ResearchRefused
from quantumflow.research.backtest.bar_files import bars_of
from quantumflow.research.data.dataset import Candles, Dataset, content_hash
from quantumflow.research.data.store import Store
from quantumflow.research.search.space import DataNamed, Space

__all__ = ["INTERVAL_NS", "Source", "load_sources", "of_symbols", "rows_hash"]

INTERVAL_NS = 60_000_000_000


@dataclass(frozen=True)
class Source:
    """Candles of one symbol with what they are known by. `use` is search or stress."""

    name: str
    symbol: str
    use: str
    content_hash: str
    candles: Candles


def load_sources(space: Space, research: Path, beside: Path) -> list[Source]:
    """All that the space names; paths of files are from `beside`. Raises ResearchRefused or DataRefused."""
    found = [_named(one, research) if one.dataset else _files(one, beside) for one in space.data]
    for one in found:
        if one.candles.interval_ns != INTERVAL_NS:
            raise ResearchRefused("not_minutes", f"{one.name}: its candles are not of one minute")
    searched = [one.symbol for one in found if one.use == "search"]
    if len(set(searched)) != len(searched):
        raise ResearchRefused("symbol_twice", "two datasets of one symbol with use search; make one dataset of them")
    return found


def of_symbols(sources: Sequence[Source]) -> dict[str, Source]:
    """Those that are searched, by symbol in order."""
    return {one.symbol: one for one in sorted(sources, key=lambda one: one.symbol) if one.use == "search"}


def rows_hash(dataset: Dataset) -> str:
    """What its candles are known by, from the rows themselves."""
    return _hash(dataset.symbol, dataset.candles)


def _named(one: DataNamed, research: Path) -> Source:
    dataset = Store(research).load(one.dataset)
    if dataset.kind != "candles":
        raise ResearchRefused("not_minutes", f"{one.dataset} holds {dataset.kind}, no candles of one minute")
    candles = dataset.candles
    found = rows_hash(dataset)
    if found != dataset.content_hash:
        detail = f"{one.dataset} holds {found[:12]}, its dataset.json says {dataset.content_hash[:12]}"
        raise ResearchRefused("data_differs", f"{detail}: quantumflow data repair {one.dataset}")
    return Source(one.dataset, one.symbol or dataset.symbol, one.use, found, candles)


def _files(one: DataNamed, beside: Path) -> Source:
    paths = [beside / path for path in one.files]
    for path in paths:
        if not path.exists():
            raise ResearchRefused("no_such_file", f"{path} is not there; correct files of [[data]] in the space")
    bars = bars_of(paths, [one.symbol], "1m")[0]
    candles = Candles(bars.columns, bars.scales, bars.interval_ns)
    return Source(", ".join(path.name for path in paths), one.symbol, one.use, _hash(one.symbol, candles), candles)


def _hash(symbol: str, candles: Candles) -> str:
    return content_hash("candles", symbol, candles.interval_ns, candles.scales, candles.columns)
