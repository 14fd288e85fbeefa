"""A benchmark from a file of candles."""

from pathlib import Path

import numpy as np

from quantumflow.errors import ApplianceRefused
from quantumflow.research.analysis.benchmark import Benchmark
from quantumflow.research.columns import read_columns

__all__ = ["benchmark"]

TIMES = {"open_ns": 1, "at_ns": 1, "close_ns": 1, "open_time_us": 10**3, "open_time_ms": 10**6, "timestamp_ms": 10**6}
"""Columns that say when, and their unit in nanoseconds."""


def benchmark(file: Path, name: str | None = None) -> Benchmark:
    """Closes of candles, each known when its candle ends: a candle's length is the commonest step of the table."""
    columns = read_columns(file)
    time = next((one for one in TIMES if one in columns), None)
    if time is None or "close" not in columns:
        raise ApplianceRefused("no_candles", f"{file} needs a column close and one of {', '.join(TIMES)}")
    at_ns = columns[time].astype(np.int64) * TIMES[time]
    steps, counts = np.unique(np.diff(at_ns), return_counts=True)
    if not len(steps) or steps[0] <= 0:
        raise ApplianceRefused("no_candles", f"{file}: {time} must ascend, over two rows at least")
    ends_ns = at_ns + (0 if time in ("at_ns", "close_ns") else int(steps[counts.argmax()]))
    return Benchmark(name or file.name.partition(".")[0], ends_ns, columns["close"].astype(np.float64))
