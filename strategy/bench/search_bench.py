"""A bar and configuration of the search's simulator in nanoseconds; with a Python that has vectorbt, the ratio to it.

    .venv/bin/python strategy/bench/search_bench.py [--dataset NAME] [--peer-python PATH]

Both get the same scores and prices: enter beyond the entry's score, leave at the exit's, fill at the next bar's open
with spread and fee; no stop and no time limit, which vectorbt has in another form. It is called one configuration at a
time, its fastest way.
Without a dataset the minutes are a made walk. Times are of the processor, the least of three runs.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from quantumflow.regime_vocabulary import Mode
from quantumflow.research.data.store import Store, research_dir
from quantumflow.research.search.simulator import FIELDS, REGIME_ROWS, simulate
from quantumflow.reversion import score_series

BARS_MAX = 400_000
LOOKBACK = 60
ENTRIES, EXITS = (1.5, 2.0, 2.5, 3.0), (-0.5, 0.0, 0.5, 1.0)
FEE_PPM, HALF_SPREAD_PPM = 1_000.0, 5.0
RUNS = 3


def prices(name: str | None) -> dict[str, np.ndarray]:
    """Opens, highs, lows and closes."""
    if name is not None:
        candles = Store(research_dir()).load(name).candles
        return {key: candles.floats(key)[:BARS_MAX] for key in ("open", "high", "low", "close")}
    draw = np.random.default_rng(1)
    closes = 60_000.0 * np.exp(np.cumsum(draw.normal(0.0, 0.0005, BARS_MAX)))
    opens = np.concatenate([[60_000.0], closes[:-1]])
    return {"open": opens, "high": np.maximum(opens, closes), "low": np.minimum(opens, closes), "close": closes}


def ours(given: dict[str, np.ndarray], score: np.ndarray) -> dict[str, float]:
    """Seconds, and trades of all configurations."""
    bars = len(score)
    rules = np.array([[entry, leave, 1e9, 0.0, 0.0, 1e9] for entry in ENTRIES for leave in EXITS])
    one = np.ones(bars)
    totals = np.zeros((len(rules), 1, len(REGIME_ROWS), len(FIELDS)))
    regimes, blind, days = np.full(bars, 2, np.int8), np.zeros(bars, np.uint8), np.zeros(bars, np.int32)
    runs, cuts, members = np.array([[0, bars]]), np.array([0, bars]), np.ones((1, 1), np.uint8)
    seconds = []
    for _ in range(RUNS + 1):
        totals[:] = 0.0
        began = time.process_time()
        simulate(
            *(rules, score, given["open"], given["close"], one, one, one, regimes, blind, days, runs, cuts, members),
            *(FEE_PPM, HALF_SPREAD_PPM, 1, totals, np.zeros((len(rules), len(REGIME_ROWS), 0))),
        )
        seconds.append(time.process_time() - began)
    return {"seconds": min(seconds[1:]), "trades": float(totals[..., FIELDS.index("trades")].sum())}


PEER = """
import json, sys, time
import numpy as np, pandas as pd, vectorbt as vbt
given = np.load(sys.argv[1])
entries, exits, fee, spread, runs = json.loads(sys.argv[2])
opens, close, score = given["open"], given["close"], given["score"]
late = lambda signal: np.concatenate([[False], signal[:-1]])
def once():
    trades = 0
    for entry in entries:
        for leave in exits:
            portfolio = vbt.Portfolio.from_signals(
                close=close, price=opens, entries=late(score <= -entry), exits=late(score >= -leave),
                short_entries=late(score >= entry), short_exits=late(score <= leave), fees=fee, slippage=spread,
                init_cash=1e12, size=1.0, upon_opposite_entry="ignore", freq="1min")
            trades += int(portfolio.trades.count())
    return trades
once()
seconds = []
for _ in range(runs):
    began = time.process_time()
    trades = once()
    seconds.append(time.process_time() - began)
print(json.dumps({"seconds": min(seconds), "trades": trades, "version": vbt.__version__}))
"""


def peer(python: str, given: dict[str, np.ndarray], score: np.ndarray) -> dict[str, float]:
    """The same by vectorbt."""
    with tempfile.TemporaryDirectory(prefix="qf-search-bench-") as folder:
        path = Path(folder) / "given.npz"
        np.savez(path, open=given["open"], close=given["close"], score=np.nan_to_num(score))
        settings = json.dumps([ENTRIES, EXITS, FEE_PPM / 1e6, HALF_SPREAD_PPM / 1e6, RUNS])
        command = [python, "-c", PEER, str(path), settings]
        done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 (the caller's own Python)
        return dict(json.loads(done.stdout.splitlines()[-1]))


def main() -> None:
    """Prints a line a side, and the ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dataset")
    parser.add_argument("--peer-python")
    flags = parser.parse_args()
    given = prices(flags.dataset)
    score = score_series(int(Mode.ZSCORE), LOOKBACK, given["close"], given["high"], given["low"])
    steps = len(score) * len(ENTRIES) * len(EXITS)
    own = ours(given, score)
    sys.stdout.write(
        f"simulator {own['seconds'] / steps * 1e9:.2f} ns a bar and configuration, {own['trades']:,.0f} trades\n"
    )
    if flags.peer_python:
        other = peer(flags.peer_python, given, score)
        sys.stdout.write(
            f"vectorbt {other['version']} {other['seconds'] / steps * 1e9:.2f} ns, {other['trades']:,.0f} trades;"
            f" the simulator is {other['seconds'] / own['seconds']:.1f} times as fast\n"
        )
    else:
        sys.stdout.write("vectorbt not measured: give --peer-python, the Python of an environment that has it\n")


if __name__ == "__main__":
    main()
