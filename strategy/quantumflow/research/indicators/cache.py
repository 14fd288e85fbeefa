"""Indicators of a dataset, computed once: memory-mapped arrays, named after all that they come from.

The name is a hash of the dataset's content, the indicator, its settings and the source of every indicator: a change of
any of them is another file. Arrays are .npy without pickle, whole or not at all, the longest unused out first.
"""

import hashlib
import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from quantumflow.indicators import window
from quantumflow.indicators.registry import INDICATORS, compute, settings_of
from quantumflow.research.data.dataset import Dataset

__all__ = ["CACHE_BYTES_MAX", "cached"]

CACHE_BYTES_MAX = 4 * 1024**3

_SOURCES = hashlib.sha256(
    b"".join(path.read_bytes() for path in sorted(Path(window.__file__).parent.glob("*.py")))
).hexdigest()


def cached(dataset: Dataset, name: str, bytes_max: int = CACHE_BYTES_MAX, **given: float) -> npt.NDArray[np.float64]:
    """The indicator over the dataset's candles, read only. Raises DataRefused as `compute` does."""
    settings = settings_of(name, given)
    key = json.dumps([dataset.content_hash, name, sorted(settings.items()), _SOURCES])
    directory = dataset.directory.parents[1] / "indicators"
    path = directory / f"{hashlib.sha256(key.encode()).hexdigest()}.npy"
    try:
        os.utime(path)
        return _mapped(path)
    except (FileNotFoundError, EOFError, ValueError):  # not there yet, empty, or not whole
        directory.mkdir(parents=True, exist_ok=True)
    values = compute(name, _columns(dataset, name), **settings)
    beside = path.with_name(f"{path.name}.{os.getpid()}.new")
    with beside.open("wb") as sink:
        np.save(sink, values, allow_pickle=False)
    beside.replace(path)
    _bound(directory, bytes_max, path)
    return _mapped(path)


def _mapped(path: Path) -> npt.NDArray[np.float64]:
    return np.asarray(np.load(path, mmap_mode="r", allow_pickle=False))


def _columns(dataset: Dataset, name: str) -> dict[str, Any]:
    candles = dataset.candles
    columns: dict[str, Any] = {}
    for wanted in INDICATORS[name].inputs:
        columns[wanted] = cached(dataset, "realised_volatility") if wanted == "volatility" else candles.floats(wanted)
    return columns


def _bound(directory: Path, bytes_max: int, keep: Path) -> None:
    """Removes what was used longest ago; an array that is mapped stays readable to who has it."""
    files = sorted(directory.glob("*.npy"), key=lambda path: path.stat().st_mtime_ns)
    total = sum(path.stat().st_size for path in files)
    for path in files:
        if total <= bytes_max:
            return
        if path != keep:
            total -= path.stat().st_size
            path.unlink(missing_ok=True)
