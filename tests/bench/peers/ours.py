"""QuantumFlow: the live kernels and the trader's session on the arrays that the peers get.

python -m bench.peers.ours ticks|bars ARRAYS FILE...

Books keep their 20 levels a side, and the strategy is `imbalance` as live, set so that it does what rule.py says.
`seconds` is the time inside the engine (features, strategy, order life, matching, queue, account), `whole_seconds`
that of the whole session, whose journal is a SQLite file with its chain of hashes; nobody judges the orders (`--risk
fast`), and what they took is there again at once (`--impact none`), as with the peers.
"""

import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from bench.peers.rule import FEE_PPM, LATENCY_US, LEAN
from bench.peers.turns import serve
from quantumflow.build import build_id
from quantumflow.config import find_config, load_config
from quantumflow.events import Events
from quantumflow.journal.recovery import recover
from quantumflow.research.backtest.bar_files import bars_of
from quantumflow.research.backtest.bars import BarTape
from quantumflow.research.backtest.options import BacktestOptions
from quantumflow.research.backtest.run import Stop, play
from quantumflow.research.backtest.settings import settings_of
from quantumflow.research.backtest.tape import BATCH_EVENTS, RecordedTape
from quantumflow.vocabulary import EventKind

RULE = {
    "imbalance_min": LEAN,
    "imbalance_weighted_min": LEAN,
    "reversal_min": LEAN,
    "persistence_books": 1,
    "reversal_books": 1,
    "rearm_s": 0,
    "repeat_s": 86_400,
    "cooldown_s": 0,
    "spread_ppm_max": 100_000,
    "volatility_z_max": 100,
    "momentum_min_ppm": -100_000,
    "confidence_min": 0,
    "stop_atr": 100,
    "target_atr": 1_000,
    "hold_s": 86_400,
    "exit_retry_s": 0.001,
    "volatility_ready_books": 2,
    "atr_bar_s": 1,
    "atr_ready_bars": 1,
    "volatility_target_ppm": 1_000_000,
    "capital_share": 0.0001,
}
OPTIONS = BacktestOptions(
    strategies=("imbalance",),
    assignments=RULE,
    risk="fast",
    latency=f"constant:{LATENCY_US}",
    fees=f"{FEE_PPM}:{FEE_PPM}",
    impact="none",
    deposit="1000000.00",
)


class Arrays:
    """A tape whose events are in memory already, in batches as a backtest has them."""

    def __init__(self, like: RecordedTape | BarTape, batches: list[Events]) -> None:
        self.hello, self.first_ns, self.last_ns, self.loading_seconds = like.hello, like.first_ns, like.last_ns, 0.0
        self._batches: Iterator[Events] = iter(batches)

    def next(self) -> Events | None:
        return next(self._batches, None)

    def greeting(self) -> bytes:
        return b""

    def frames_until(self, seq: int) -> bytes:
        return b""

    def described(self) -> dict[str, Any]:
        return {}


def ticks(arrays: Path, files: list[Path]) -> tuple[RecordedTape, list[Events]]:
    """Books and trades; each book's lean is that of its best quantities, which rule.py asks for.

    All that is shown counts as known: the peers have no rule against levels that a capture's first snapshot did not
    reach.
    """
    found = np.load(arrays)
    heads, levels = found["heads"], found["levels"]
    for name in ("imbalance_top", "imbalance_weighted"):
        heads[name] = heads["imbalance_best"]
    heads["window_bid"] = heads["window_ask"] = 0
    batches = []
    for at in range(0, len(heads), BATCH_EVENTS):
        part = heads[at : at + BATCH_EVENTS].copy()
        rows = part["levels_row"][part["kind"] == EventKind.BOOK]
        part["levels_row"][part["kind"] == EventKind.BOOK] -= rows[0]
        batches.append(Events(part, levels[rows[0] : rows[-1] + 1]))
    return RecordedTape(files, load_config(find_config(None))), batches


def bars(files: list[Path]) -> tuple[BarTape, list[Events]]:
    """Candles as `quantumflow backtest` has them: two books and two trades a bar (docs/BACKTEST.md)."""
    tape = BarTape(bars_of(files, (), ""), load_config(find_config(None)).instruments)
    return tape, list(iter(tape.next, None))


def main() -> None:
    """Makes the events once; each turn is a new engine and a new journal."""
    kind, arrays, *names = sys.argv[1:]
    files = [Path(name) for name in names]
    like, batches = ticks(Path(arrays), files) if kind == "ticks" else bars(files)

    def run() -> dict[str, Any]:
        with tempfile.TemporaryDirectory(prefix="qf-peers-") as scratch:
            root = Path(scratch)
            settings = settings_of(load_config(find_config(None)), OPTIONS, like.hello, root, root / "kept")
            recovered = recover(root / "journal.db", root / "anchor", time.time_ns(), transaction_events=4_096)
            tape = Arrays(like, batches)
            ran = play(tape, settings, OPTIONS, recovered.writer, None, Stop(), lambda *_: None)
            orders, fills = recovered.writer.totals.orders, recovered.writer.totals.fills
            recovered.writer.close()
        events = ran.events if kind == "ticks" else ran.heads // 5
        said = {"seconds": ran.engine_seconds, "whole_seconds": ran.seconds}
        return {**said, "events": events, "orders": orders, "fills": fills}

    serve(build_id(), run)


if __name__ == "__main__":
    main()
