"""A small ledger made of a seed, for tests of what reads ledgers: worthless trials, and one with an edge if asked."""

from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from quantumflow.research.search.configurations import config_id
from quantumflow.research.search.ledger import PARTS, REGIMES, SUM_OF_ALL, Daily, Ledger, write_ledger
from quantumflow.reversion import Specialist, make_specialist

__all__ = ["SYMBOL", "made_ledger"]

SYMBOL = "BTCUSDT"
FIRST_DAY = 19_000
TRADE_COST = 0.002


def made_ledger(
    directory: Path, seed: int = 1, configurations: int = 12, folds: int = 3, days: int = 90, edge: float = 0.0
) -> Ledger:
    """Daily log returns are normal with 1 % a day; the first configuration earns `edge` more a day in each regime."""
    draw = np.random.default_rng(seed)
    tried = [
        make_specialist({"mode": ("zscore", "regression", "pivot")[n % 3], "lookback": 20 + n})
        for n in range(configurations)
    ]
    returns = draw.normal(0.0, 0.01, (configurations, len(REGIMES), days))
    returns[0] += edge
    trials: list[dict[str, Any]] = []
    scores: list[dict[str, Any]] = []
    for n, one in enumerate(tried):
        for fold, span in enumerate(np.array_split(np.arange(days), folds)):
            for part in PARTS:
                for place, regime in enumerate(REGIMES):
                    trials.append(_row(one, fold, part, regime, returns[n, place, span]))
        mean = float(returns[n].sum())
        scores.append({"config_id": config_id(one), "robustness": mean, "stability": mean / 2, "sharpe": mean * 3})
    ids = [config_id(one) for one in tried for _ in REGIMES] + [SUM_OF_ALL] * len(REGIMES)
    rows = np.concatenate([returns.reshape(-1, days), returns.sum(axis=0)])
    daily = Daily(np.arange(FIRST_DAY, FIRST_DAY + days), tuple(ids), REGIMES * (configurations + 1), rows)
    return write_ledger(
        directory,
        _facts(directory.name, configurations, folds, seed),
        pa.Table.from_pylist(trials),
        pa.Table.from_pylist(scores),
        daily,
    )


def _row(one: Specialist, fold: int, part: str, regime: str, returns: Any) -> dict[str, Any]:
    """A trade a day."""
    path = np.concatenate([[0.0], np.cumsum(returns)])
    return {
        "config_id": config_id(one),
        **{field.name: getattr(one, field.name) for field in fields(one)},
        "mode": one.mode.name.lower(),
        "symbol": SYMBOL,
        "fold": fold,
        "part": part,
        "regime": regime,
        "trades": len(returns),
        "wins": int((returns > 0).sum()),
        "net_log_return": float(returns.sum()),
        "net_log_return_squares": float((returns**2).sum()),
        "net_log_gains": float(returns[returns > 0].sum()),
        "net_log_loss_squares": float((returns[returns < 0] ** 2).sum()),
        "gross_log_return": float(returns.sum() + TRADE_COST * len(returns)),
        "worst_drawdown": float((np.maximum.accumulate(path) - path).max()),
        "bars_held": 30 * len(returns),
        "stops": len(returns) // 10,
        "gap_ends": 0,
    }


def _facts(name: str, configurations: int, folds: int, seed: int) -> dict[str, Any]:
    return {
        "name": name,
        "space_digest": "5" * 64,
        "code_version": "c" * 16,
        "data": [{"name": "made", "symbol": SYMBOL, "content_hash": "d" * 64, "use": "search"}],
        "symbols": [SYMBOL],
        "folds": [{"fold": n} for n in range(folds)],
        "costs": {"fee_ppm": 1_000, "half_spread_ppm": 5, "latency_bars": 1},
        "sampler": {"name": "grid", "seed": seed},
        "objectives": ["sharpe"],
        "configurations": configurations,
        "asked": configurations,
        "done": configurations,
        "run": {"engine": "local", "workers": 1, "seconds": 0.1, "created_ns": 1},
    }
