"""A dataset from its raw files: read, joined, cleaned, written. The same files give the same content."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from quantumflow.errors import DataRefused
from quantumflow.research.data.captures import capture_trades, is_capture
from quantumflow.research.data.cleaning import ON_CONFLICT, clean
from quantumflow.research.data.columns import Rows, joined, rows_of
from quantumflow.research.data.dataset import Dataset
from quantumflow.research.data.intervals import interval_ns
from quantumflow.research.data.store import Source, Store, check_name
from quantumflow.research.data.tables import read_table

__all__ = ["Progress", "build", "import_files", "rebuild"]

Progress = Callable[[str, int, int], None]
"""Told what is at work, how many are done, and of how many."""


def build(store: Store, source: Source, progress: Progress) -> Dataset:
    """Makes the dataset anew from its raw files. Raises DataRefused; what was there stays then."""
    parts: list[Rows] = []
    for done, place in enumerate(source.raw):
        progress(Path(place).name, done, len(source.raw))
        parts.append(_rows(store.root / place, source))
    kinds = {part.kind for part in parts}
    if kinds == {"candles"} and not source.interval_ns:
        raise DataRefused("interval_needed", f"{source.name}: candles need their interval, e.g. --interval 1m")
    progress("cleaning", len(source.raw), len(source.raw))
    rows = joined(parts)
    if rows.kind == "trades":
        source = replace(source, interval="", interval_ns=0)
    return store.write(source, clean(rows, source.interval_ns, source.on_conflict))


def _rows(path: Path, source: Source) -> Rows:
    if is_capture(path):
        return capture_trades(path, source.symbol)
    table = read_table(path)
    if table.kind == "candles" and not source.interval_ns:
        raise DataRefused("interval_needed", f"{path.name} holds candles; say their interval, e.g. --interval 1m")
    return rows_of(table, source.interval_ns)


def import_files(
    store: Store, files: Sequence[Path], symbol: str, interval: str, name: str, on_conflict: str, progress: Progress
) -> Dataset:
    """Copies the files below raw/ and makes a dataset of them. `interval` is "" for trades."""
    check_name(name)
    if on_conflict not in ON_CONFLICT:
        raise DataRefused("flag_refused", f"--on-conflict {on_conflict}: known are {', '.join(ON_CONFLICT)}")
    length = interval_ns(interval) if interval else 0
    for path in files:
        if not path.exists():
            raise DataRefused("no_such_file", f"{path} is not there")
    raw = tuple(dict.fromkeys(store.keep_raw("local", path) for path in files))
    return build(store, Source(name, "local", symbol, interval, length, raw, on_conflict), progress)


def rebuild(store: Store, dataset: Dataset, progress: Progress) -> Dataset:
    """The same dataset from the raw files that it names."""
    facts = dataset.facts
    raw = tuple(one["path"] for one in facts["raw"])
    interval = str(facts["interval"])
    kept = Source(
        dataset.name, facts["provider"], dataset.symbol, interval, int(facts["interval_ns"]), raw, facts["on_conflict"]
    )
    return build(store, kept, progress)
