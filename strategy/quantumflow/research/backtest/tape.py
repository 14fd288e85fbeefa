"""Recordings and captures as the events that a trader at the feed's socket would have had, in batches."""

import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np

from quantumflow.appliance.captures import MANIFEST
from quantumflow.build import build_id
from quantumflow.config import Config
from quantumflow.errors import ResearchRefused
from quantumflow.events import DEPTH, HEAD, Events
from quantumflow.frames import FrameReader, Hello
from quantumflow.research.backtest.native import native

__all__ = ["BATCH_EVENTS", "Join", "RecordedTape", "Tape", "count_traded", "find_inputs"]

BATCH_EVENTS = 32_768
"""Events of one batch: what stands in memory at a time. The same run has the same batches."""

_BOOK_KEYS = (
    "publish_levels",
    "snapshot_limit",
    "imbalance_decay_ppm",
    "stale_after_ms",
    "crossed_resync_ms",
    "rest_check_seconds",
)


class Join(NamedTuple):
    """Where a trader joined a session, as the `joined` event of its journal says."""

    next_seq: int
    hello_ns: int


class Tape(Protocol):
    """Events in order, with what a reader is told before and after them."""

    hello: Hello
    first_ns: int
    last_ns: int
    loading_seconds: float
    """Time spent in making events, so far."""

    def next(self) -> Events | None: ...
    def greeting(self) -> bytes: ...
    def frames_until(self, seq: int) -> bytes: ...
    def described(self) -> dict[str, Any]: ...


class RecordedTape:
    """One EventSource. `frames`: keep the frames too, for a core_risk that reads them."""

    def __init__(
        self,
        paths: Sequence[Path],
        config: Config,
        symbols: Sequence[str] = (),
        frames: bool = False,
        join: Join | None = None,
    ) -> None:
        module = native()
        began = time.perf_counter()
        try:
            self._source = module.EventSource(
                list(paths),
                settings=_book_settings(paths, config),
                build=build_id(),
                symbols=list(symbols),
                table={symbol: entry.model_dump() for symbol, entry in config.instruments.items()},
                frames=frames,
                join=join,
            )
        except module.CaptureError as error:
            raise ResearchRefused("data_unreadable", str(error)) from error
        except ValueError as error:
            raise ResearchRefused("data_refused", str(error)) from error
        self._refused = module.CaptureError
        reader = FrameReader()
        reader.push(self._source.hello())
        greeted = reader.take().notes[0]
        if not isinstance(greeted, Hello):
            raise TypeError("a session begins with Hello")
        self.hello = greeted
        self._summary: dict[str, Any] = self._source.summary()
        self.first_ns, self.last_ns = self._summary["first_ns"], self._summary["last_ns"]
        self._paths = [str(path) for path in paths]
        self.loading_seconds = time.perf_counter() - began

    def next(self) -> Events | None:
        """The next batch; None at the end. Raises ResearchRefused where the data is damaged."""
        began = time.perf_counter()
        try:
            found = self._source.next(BATCH_EVENTS)
        except self._refused as error:
            raise ResearchRefused("data_unreadable", str(error)) from error
        self.loading_seconds += time.perf_counter() - began
        if found is None:
            return None
        heads, levels = found
        return Events(heads.view(HEAD), levels.reshape(-1, 2, DEPTH, 2))

    def greeting(self) -> bytes:
        """Hello, and what repeats the present."""
        return bytes(self._source.hello() + self._source.past())

    def frames_until(self, seq: int) -> bytes:
        """The frames up to `seq` that were not given yet, as a slow reader has them."""
        return bytes(self._source.frames_until(seq))

    def described(self) -> dict[str, Any]:
        """What the data was, and what was counted in it."""
        kind = "recording" if Path(self._paths[0]).is_dir() else "capture"
        counted: dict[str, Any] = self._source.counted()
        return {"kind": kind, "paths": self._paths, **self._summary, "counted": counted}


def _book_settings(paths: Sequence[Path], config: Config) -> Mapping[str, int]:
    """A recording's books are kept as the feed kept them that recorded it; a capture's as the configuration says."""
    own = config.market_data
    settings = {name: int(getattr(own, name)) for name in _BOOK_KEYS} | {"candle_seed": own.candle_seed}
    if paths[0].is_dir():
        try:
            said = json.loads((paths[0] / MANIFEST).read_text(encoding="utf-8")).get("settings") or {}
        except (OSError, ValueError) as error:
            raise ResearchRefused("data_unreadable", f"{paths[0] / MANIFEST}: {error}") from None
        settings |= {name: int(said[name]) for name in settings if name in said}
    return settings


def find_inputs(paths: Sequence[Path]) -> list[Path]:
    """Recordings and captures that were named; a data directory stands for its newest recording.

    Raises ResearchRefused for a path that is none.
    """
    found = []
    for path in paths:
        runs = sorted(run.parent for run in path.glob(f"recordings/*/{MANIFEST}")) if path.is_dir() else []
        if path.is_dir() and not (path / MANIFEST).is_file() and not runs:
            raise ResearchRefused("not_data", f"{path} is neither a recording nor a data directory that has one")
        if not path.exists():
            raise ResearchRefused("no_such_data", f"{path} does not exist")
        found.append(runs[-1] if runs else path)
    return found


def count_traded(events: Events) -> int:
    """Depth messages that made a book, and trades: what a backtest's speed is told in."""
    kinds = events.heads["kind"]
    return int(np.count_nonzero(kinds <= 2))
