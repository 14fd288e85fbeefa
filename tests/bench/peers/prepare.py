"""What every engine gets: books, trades and bars as plain arrays, made by the readers of `quantumflow backtest`."""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from bench.peers.rule import lean_of_bars, lean_of_books, orders_of
from quantumflow.config import find_config, load_config
from quantumflow.research.backtest.bar_files import bars_of
from quantumflow.research.backtest.tape import RecordedTape
from quantumflow.vocabulary import EventKind

__all__ = ["write_bars", "write_ticks"]

_BOOK, _TRADE = int(EventKind.BOOK), int(EventKind.TRADE)


def write_ticks(files: list[Path], target: Path) -> tuple[int, int]:
    """Books (20 levels a side, ticks and lots) and trades in their order; how many, and the orders of a plain loop."""
    tape = RecordedTape(files, load_config(find_config(None)))
    heads: list[npt.NDArray[Any]] = []
    levels: list[npt.NDArray[np.int64]] = []
    rows = 0
    while (events := tape.next()) is not None:
        found = events.heads[(events.heads["kind"] == _BOOK) | (events.heads["kind"] == _TRADE)]
        found["levels_row"][found["levels_row"] >= 0] += rows
        rows += len(events.levels)
        heads.append(found)
        levels.append(events.levels)
    all_heads, all_levels = np.concatenate(heads), np.concatenate(levels)
    books = all_heads["levels_row"][all_heads["kind"] == _BOOK]
    names = ("kind", "recv_ns", "event_ns", "id", "price", "qty", "side", "levels_row")
    columns = {name: np.ascontiguousarray(all_heads[name]) for name in names}
    np.savez(target, heads=all_heads, levels=all_levels, **columns)  # type: ignore[arg-type]  # its stub has no columns
    return len(all_heads), orders_of(lean_of_books(all_levels[books]))


def write_bars(files: list[Path], target: Path) -> tuple[int, int]:
    """Open, high, low, close, volume as floats and the end of each bar; how many, and the orders of a plain loop."""
    (bars,) = bars_of(files, (), "")
    columns = {
        name: bars.columns[name] / 10.0 ** bars.scales["qty" if name == "volume" else "price"]
        for name in ("open", "high", "low", "close", "volume")
    }
    np.savez(target, close_ns=bars.columns["close_ns"], **columns)  # type: ignore[arg-type]  # its stub has no columns
    return len(columns["close"]), orders_of(lean_of_bars(columns))
