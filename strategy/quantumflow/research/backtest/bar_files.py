"""Candles of a dataset or of a file: CSV, JSON or zip klines, by the readers of research.data."""

import re
from collections.abc import Sequence
from pathlib import Path

from quantumflow.errors import QuantumFlowError, ResearchRefused
from quantumflow.research.backtest.bars import Bars

__all__ = ["bars_of", "is_bars"]

_NAMED = re.compile(r"([A-Z0-9]{5,20})[-_](\d+[smhd])(?![A-Za-z0-9])")
_SUFFIXES = (".csv", ".csv.gz", ".csv.xz", ".json", ".json.gz", ".json.xz", ".zip")


def is_bars(data: Path) -> bool:
    """Whether this is a file of candles by its name, or else no path at all, so the name of a dataset."""
    return data.name.lower().endswith(_SUFFIXES) if data.exists() else data.name == str(data)


def bars_of(data: Sequence[Path], symbols: Sequence[str], interval: str) -> list[Bars]:
    """Files of one symbol follow on each other. `symbols` and `interval` where names do not say.

    Raises ResearchRefused, or DataRefused of the reader.
    """
    groups: dict[str, list[Path]] = {}
    lengths: dict[str, str] = {}
    found = []
    for path in data:
        if not path.exists():
            found.append(_of_dataset(str(path)))
            continue
        named = _NAMED.search(path.name)
        symbol = symbols[0] if len(symbols) == 1 else named[1] if named else ""
        length = interval or (named[2] if named else "")
        if not symbol or not length:
            raise ResearchRefused(
                "unnamed_bars", f"{path.name} names no symbol and interval: give --symbol, --interval"
            )
        groups.setdefault(symbol, []).append(path)
        lengths[symbol] = length
    return found + [_of_files(symbol, paths, lengths[symbol]) for symbol, paths in groups.items()]


def _of_dataset(name: str) -> Bars:
    from quantumflow.research import data

    try:
        candles = data.load(name).candles
    except QuantumFlowError as error:
        raise ResearchRefused("no_such_data", f"{name} is neither a path nor a dataset: {error.detail}") from None
    symbol = data.load(name).symbol
    return Bars(symbol, candles.interval_ns, candles.columns, candles.scales, name)


def _of_files(symbol: str, paths: Sequence[Path], interval: str) -> Bars:
    from quantumflow.research.data.cleaning import clean
    from quantumflow.research.data.columns import joined, rows_of
    from quantumflow.research.data.intervals import interval_ns
    from quantumflow.research.data.tables import read_table

    length = interval_ns(interval)
    rows = clean(joined([rows_of(read_table(path), length) for path in paths]), length, "refuse").rows
    if rows.kind != "candles" or len(rows) == 0:
        raise ResearchRefused("not_bars", f"{paths[0]} holds no candles")
    return Bars(symbol, length, rows.columns, rows.scales, ", ".join(map(str, paths)))
