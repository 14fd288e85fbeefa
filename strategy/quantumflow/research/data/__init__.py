"""Market data for research: datasets with a content hash, made of raw files that are kept untouched.

    import quantumflow as qf
    candles = qf.data.load("BTCUSDT-1m").candles

`quantumflow data import`, `fetch`, `ls`, `check` and `repair` make and keep them.
"""

from pathlib import Path

from quantumflow.research.data.candles import candles_of, resampled
from quantumflow.research.data.dataset import Candles, Dataset, Trades
from quantumflow.research.data.store import Store, research_dir

__all__ = ["Candles", "Dataset", "Trades", "candles_of", "datasets", "load", "resampled"]


def load(name: str, research_directory: Path | None = None) -> Dataset:
    """The dataset of that name. Raises DataRefused (`no_such_dataset`), naming those that are there."""
    return Store(research_dir(research_directory)).load(name)


def datasets(research_directory: Path | None = None) -> list[Dataset]:
    """All of them, by name."""
    return Store(research_dir(research_directory)).list()
