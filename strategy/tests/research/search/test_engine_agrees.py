"""What the search says a configuration would have done is what the bot LR does with it in the engine, bar by bar."""

import math
import sqlite3
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import quantumflow as qf
from quantumflow.regime_vocabulary import Mode
from quantumflow.research.data.store import Store
from quantumflow.research.search.features import Bundle, Series, make_bundle
from quantumflow.specialist import Specialist, make_specialist

from .made_space import FIRST_MS, make_minutes
from .naive import Trade, naive_trades

BARS, NO_GAP = 4_000, 10**9
MINUTE_NS = 60 * 10**9
COSTS = (1_000.0, 50.0, 1)
"""Fee, half a bar's spread in the engine, and the bar after the decision: at its open an order is met."""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("agrees")
    make_minutes(folder / "research", bars=BARS, gap=NO_GAP)
    return folder


def simulated(folder: Path, specialist: Specialist) -> list[Trade]:
    """By the model to which a property test holds the simulator."""
    candles = Store(folder / "research").load("made-1m").candles
    bundle = make_bundle(folder / "features", candles, "made", [specialist])
    names = Series.of(specialist)
    fields = {"score": names.score, "atr": names.atr, "volatility": names.volatility, "half_life": names.half_life}
    series = {key: array(bundle, name) for key, name in fields.items()}
    series |= {name: array(bundle, name) for name in ("open", "close", "blind", "regime")}
    return naive_trades(specialist.rules, series, bundle.runs, COSTS)


def array(bundle: Bundle, name: str) -> Any:
    return np.load(bundle.arrays[name].path)


@pytest.mark.parametrize("mode", ["zscore", "regression", "pivot"])
def test_the_bot_decides_at_the_same_bars_and_earns_the_same(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: str
) -> None:
    monkeypatch.setenv("QF_ACCOUNT__ALLOW_SHORT", "true")
    fields = {"lookback": 40, "entry_score": 1.5, "exit_score": 0.0, "stop_atr": 3.0, "hold_bars": 30, "half_lives": 3}
    trades = simulated(made, make_specialist({"mode": mode, **fields}))
    out = tmp_path / "result"
    parameters = {"mode": float(Mode[mode.upper()]), **fields}
    qf.backtest(
        made / "made-1m.csv",
        "lr",
        parameters,
        risk="fast",
        symbols=("BTCUSDT",),
        interval="1m",
        latency="colocated",
        fees="spot",
        out=out,
    )
    with closing(sqlite3.connect(out / "journal.db")) as journal:
        asked = "SELECT event_ns FROM signals WHERE outcome = 'ordered' ORDER BY signal"
        decided = [(row[0] - FIRST_MS * 10**6) // MINUTE_NS - 1 for row in journal.execute(asked)]
        filled = list(journal.execute("SELECT side, notional_e8, fee_e8, position_qty FROM fills ORDER BY fill"))
    expected = [bar for trade in trades for bar in (trade["decided"], trade["ended"] - 1)]
    # A last position that the data's end leaves open has no exit in the engine.
    assert len(decided) > 200
    assert expected[: len(decided)] == decided
    assert len(expected) - len(decided) in (0, 1)
    assert [row[3] == 0 for row in filled] == [n % 2 == 1 for n in range(len(filled))], "each order is one fill"
    earned = [net_log_return(*pair) for n, pair in enumerate(pairwise(filled)) if n % 2 == 0]
    # A tick of 0.01 on 60,000 each way, and fees rounded to 10⁻⁸ of a small amount.
    assert earned == pytest.approx([trade["net"] for trade in trades[: len(earned)]], abs=1e-6)


def net_log_return(entry: tuple[str, int, int, int], leave: tuple[str, int, int, int]) -> float:
    side = 1 if entry[0] == "buy" else -1
    return math.log1p((side * (leave[1] - entry[1]) - entry[2] - leave[2]) / entry[1])
