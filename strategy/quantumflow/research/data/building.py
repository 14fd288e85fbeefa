"""A dataset from its raw files: read, joined, cleaned, written. The same files give the same content."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from quantumflow.errors import DataRefused
from quantumflow.research.data.captures import capture_trades, is_capture
from quantumflow.research.data.cleaning import ON_CONFLICT, Cleaned, clean
from quantumflow.research.data.columns import Rows, joined, rows_of
from quantumflow.research.data.dataset import Dataset
from quantumflow.research.data.intervals import interval_ns
from quantumflow.research.data.store import Source, Store, check_name, file_sha256
from quantumflow.research.data.tables import read_table

__all__ = ["Progress", "build", "import_files", "rebuild"]

Progress = Callable[[str, int, int], None]
"""Told what is at work, how many are done, and of how many."""


def build(store: Store, source: Source, progress: Progress) -> Dataset:
    """Makes the dataset anew from its raw files. Raises DataRefused; what was there stays then."""
    return _written(store, source, _cleaned([store.root / place for place in source.raw], source, progress))


def _cleaned(files: Sequence[Path], source: Source, progress: Progress) -> Cleaned:
    parts: list[Rows] = []
    for done, path in enumerate(files):
        progress(path.name, done, len(files))
        parts.append(_rows(path, source))
    progress("cleaning", len(files), len(files))
    return clean(joined(parts), source.interval_ns, source.on_conflict)


def _written(store: Store, source: Source, cleaned: Cleaned) -> Dataset:
    """Trades have no interval, whatever was asked."""
    kept = replace(source, interval="", interval_ns=0) if cleaned.rows.kind == "trades" else source
    return store.write(kept, cleaned)


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
    """Makes a dataset of the files, and keeps copies of them below raw/. `interval` is "" for trades.

    Raises DataRefused, and keeps nothing of files that cannot be used.
    """
    check_name(name)
    if on_conflict not in ON_CONFLICT:
        raise DataRefused("flag_refused", f"--on-conflict {on_conflict}: known are {', '.join(ON_CONFLICT)}")
    length = interval_ns(interval) if interval else 0
    for path in files:
        if not path.exists():
            raise DataRefused("no_such_file", f"{path} is not there")
    once = {file_sha256(path): path for path in reversed(files)}
    distinct = [path for path in files if path in once.values()]
    source = Source(name, "local", symbol, interval, length, (), on_conflict)
    cleaned = _cleaned(distinct, source, progress)
    raw = tuple(store.keep_raw("local", path) for path in distinct)
    if {file_sha256(store.root / place) for place in raw} != set(once):
        raise DataRefused("file_changed", "a file was changed while it was read; import it again")
    return _written(store, replace(source, raw=raw), cleaned)


def rebuild(store: Store, dataset: Dataset, progress: Progress) -> Dataset:
    """The same dataset from the raw files that it names."""
    facts = dataset.facts
    raw = tuple(one["path"] for one in facts["raw"])
    interval = str(facts["interval"])
    kept = Source(
        dataset.name, facts["provider"], dataset.symbol, interval, int(facts["interval_ns"]), raw, facts["on_conflict"]
    )
    return build(store, kept, progress)
