"""A dataset as a notebook has it: facts, and columns as arrays: integers with their scale, floats as a view of them."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from quantumflow.recordings import utc_text
from quantumflow.research.data.columns import SCALE_OF
from quantumflow.research.data.numbers import Integers

__all__ = ["Candles", "Columns", "Dataset", "Trades", "content_hash"]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Columns:
    """Columns of one length, int64, read only. `scales`: how many decimals an integer of price, qty, quote has."""

    columns: Mapping[str, Integers]
    scales: Mapping[str, int]

    def __len__(self) -> int:
        return len(next(iter(self.columns.values())))

    def __getitem__(self, name: str) -> Integers:
        return self.columns[name]

    def floats(self, name: str) -> Floats:
        """The column in units of its currency; moments and counts as they are."""
        kind = SCALE_OF.get(name)
        values = self.columns[name].astype(np.float64)
        return values if kind is None else values / 10.0 ** self.scales[kind]


@dataclass(frozen=True)
class Candles(Columns):
    """Candles by their end: row r is known from `close_ns[r]` on, and covers the interval before it.

    `open`, `high`, `low`, `close`, `volume` are float64 views for computing; `candles["close"]` is the integer column.
    """

    interval_ns: int

    @property
    def close_ns(self) -> Integers:
        return self.columns["close_ns"]

    @cached_property
    def open(self) -> Floats:
        return self.floats("open")

    @cached_property
    def high(self) -> Floats:
        return self.floats("high")

    @cached_property
    def low(self) -> Floats:
        return self.floats("low")

    @cached_property
    def close(self) -> Floats:
        return self.floats("close")

    @cached_property
    def volume(self) -> Floats:
        return self.floats("volume")

    def between(self, begin_ns: int, end_ns: int) -> "Candles":
        """Those with begin < close_ns <= end, without a copy."""
        a, b = np.searchsorted(self.close_ns, [begin_ns, end_ns], side="right")
        return Candles({name: values[a:b] for name, values in self.columns.items()}, self.scales, self.interval_ns)


@dataclass(frozen=True)
class Trades(Columns):
    """Trades or aggregates of them in the exchange's order. `price`, `qty` are float64 views."""

    @property
    def time_ns(self) -> Integers:
        return self.columns["time_ns"]

    @cached_property
    def price(self) -> Floats:
        return self.floats("price")

    @cached_property
    def qty(self) -> Floats:
        return self.floats("qty")


@dataclass(frozen=True)
class Dataset:
    """What `dataset.json` says, and its rows read on first use. `facts` is that file."""

    directory: Path
    facts: Mapping[str, Any]
    read: Any

    @property
    def name(self) -> str:
        return str(self.facts["name"])

    @property
    def kind(self) -> str:
        return str(self.facts["kind"])

    @property
    def symbol(self) -> str:
        return str(self.facts["symbol"])

    @property
    def content_hash(self) -> str:
        return str(self.facts["content_hash"])

    @property
    def raw_files(self) -> list[Path]:
        """The files that it was made from, as they came."""
        return [self.directory.parents[1] / one["path"] for one in self.facts["raw"]]

    @cached_property
    def candles(self) -> Candles:
        """Raises TypeError for a dataset of trades: `quantumflow.research.data.candles_of` makes candles of them."""
        if self.kind != "candles":
            raise TypeError(f"{self.name} holds {self.kind}; candles_of(dataset.trades, '1m') makes candles")
        return Candles(self.read(self), self.facts["scales"], self.facts["interval_ns"])

    @cached_property
    def trades(self) -> Trades:
        """Raises TypeError for a dataset of candles."""
        if self.kind != "trades":
            raise TypeError(f"{self.name} holds {self.kind}, no trades")
        return Trades(self.read(self), self.facts["scales"])

    def __len__(self) -> int:
        return int(self.facts["rows"])

    def __repr__(self) -> str:
        f = self.facts
        what = f"{f['interval']} candles" if self.kind == "candles" else "trades"
        missing = sum(gap["missing"] for gap in f["gaps"])
        return (
            f"<Dataset {self.name}: {f['rows']:,} {what} of {self.symbol}, "
            f"{utc_text(f['first_ns'])} to {utc_text(f['last_ns'])} UTC, "
            f"{len(f['gaps'])} gaps ({missing:,} missing), {len(f['halts'])} halts, content {self.content_hash[:12]}>"
        )


def content_hash(
    kind: str, symbol: str, interval: int, scales: Mapping[str, int], columns: Mapping[str, Integers]
) -> str:
    """SHA-256 over what the dataset says, whatever files it came from or is kept in: a line of its facts, then of each
    column its name and its values as little-endian int64."""
    digest = hashlib.sha256(f"1 {kind} {symbol} {interval} {sorted(scales.items())}\n".encode())
    for name in sorted(columns):
        digest.update(f"{name} {len(columns[name])}\n".encode())
        digest.update(np.ascontiguousarray(columns[name], dtype="<i8").data)
    return digest.hexdigest()
