"""A benchmark from candles: of a file or of a dataset."""

from pathlib import Path

import numpy as np

from quantumflow.errors import ApplianceRefused
from quantumflow.research.analysis.benchmark import Benchmark
from quantumflow.research.columns import Table, columns_of
from quantumflow.research.data import Dataset

__all__ = ["benchmark"]

TIMES = {"open_ns": 1, "at_ns": 1, "close_ns": 1, "open_time_us": 10**3, "open_time_ms": 10**6, "timestamp_ms": 10**6}
"""Columns that say when, and their unit in nanoseconds."""


def benchmark(table: Table, name: str | None = None) -> Benchmark:
    """Closes of candles, each known when its candle ends: a candle's length is the commonest step of the table."""
    columns = columns_of(table)
    time = next((one for one in TIMES if one in columns), None)
    if time is None or "close" not in columns:
        raise ApplianceRefused("no_candles", f"{table} needs a column close and one of {', '.join(TIMES)}")
    at_ns = columns[time].astype(np.int64) * TIMES[time]
    steps, counts = np.unique(np.diff(at_ns), return_counts=True)
    if not len(steps) or steps[0] <= 0:
        raise ApplianceRefused("no_candles", f"{table}: {time} must ascend, over two rows at least")
    ends_ns = at_ns + (0 if time in ("at_ns", "close_ns") else int(steps[counts.argmax()]))
    return Benchmark(name or _name_of(table), ends_ns, columns["close"].astype(np.float64))


def _name_of(table: Table) -> str:
    return table.symbol if isinstance(table, Dataset) else Path(table).name.partition(".")[0]
