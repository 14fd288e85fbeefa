"""A ledger with a surface that is known: trades are drawn from a seed, their mean is of two parameters alone."""

from dataclasses import asdict
from pathlib import Path

import numpy as np

from quantumflow.research.search.configurations import config_id
from quantumflow.research.search.features import Bundle
from quantumflow.research.search.ledger import Ledger, write_ledger
from quantumflow.research.search.simulator import FIELDS, REGIME_ROWS
from quantumflow.research.search.space import read_space
from quantumflow.research.search.tables import Tried, daily_of, scores_table, trials_table

__all__ = ["BEST", "planted_ledger"]

BEST = {"lookback": "60", "entry_score": "3"}
"""Where the planted mean is highest."""
ORIGIN_NS = 1_659_312_000_000_000_000
DAY_BARS, TEST_DAYS, FOLDS = 1_440, 30, 3
SYMBOLS = ("BTCUSDT", "ETHUSDT")
TRADES = 40
SPACE = """
[search]
name = "planted"
objectives = ["sharpe"]
seed = 1
[sampler]
kind = "grid"
[[data]]
dataset = "elsewhere"
[folds]
scheme = "walk_forward"
count = 3
train_bars = 43200
purge_bars = 1440
embargo_bars = 1440
[costs]
fee_ppm = 1000
half_spread_ppm = 5
latency_bars = 1
[parameters]
mode = ["zscore", "pivot"]
lookback = [30, 60, 120]
entry_score = [2.0, 2.5, 3.0]
exit_score = [0.0, 0.5]
"""


def planted_ledger(directory: Path, content_hash: str = "d" * 64, name: str = "elsewhere") -> Ledger:
    """36 configurations, two symbols, three folds; the crash of 2022-11 is covered, no other is."""
    directory.parent.mkdir(parents=True, exist_ok=True)
    path = directory.parent / "planted.toml"
    path.write_text(SPACE)
    space = read_space(path)
    draw = np.random.default_rng(7)
    named = sorted((config_id(space.specialist(one)), one) for one in space.grid())
    ids, indices = [one[0] for one in named], [one[1] for one in named]
    totals = np.zeros((len(ids), len(SYMBOLS), 2 * FOLDS, len(REGIME_ROWS), len(FIELDS)))
    for place, (_, lookback, entry, _) in enumerate(indices):
        mean = 0.002 * (entry - abs(lookback - 1) - 0.5)
        for at in np.ndindex(totals.shape[1:4]):
            totals[(place, *at)] = _sums(draw.normal(mean, 0.01, TRADES))
    tried = Tried(tuple(ids), tuple(indices), tuple(space.specialist(one) for one in indices), totals, len(ids))
    test, train = totals[:, :, 0::2], totals[:, :, 1::2]
    years = FOLDS * TEST_DAYS / 365
    stress = {
        f"stress_2022_11_{scenario}_{figure}": np.arange(len(ids)) * scale - shift
        for scenario, shift in (("as_it_was", 0.1), ("worse", 0.3))
        for figure, scale in (("net", 0.01), ("drawdown", 0.02), ("trades", 1.0))
    }
    scores, chosen = scores_table(space, tried, test, train, years, stress)
    days = FOLDS * TEST_DAYS
    bundles = [Bundle("", ORIGIN_NS // 86_400_000_000_000, days, (), {})] * 2
    each = [draw.normal(0.0, 0.01, (len(chosen), len(REGIME_ROWS), days)) for _ in SYMBOLS]
    daily = daily_of(ORIGIN_NS, bundles, [ids[at] for at in chosen], each, [one.sum(axis=0) for one in each])
    bars = (FOLDS + 1) * TEST_DAYS * DAY_BARS
    folds = [((n + 1) * TEST_DAYS * DAY_BARS, (n + 2) * TEST_DAYS * DAY_BARS) for n in range(FOLDS)]
    facts = {
        "name": directory.name,
        "space_digest": space.digest,
        "code_version": "c" * 16,
        "data": [
            {"name": name, "symbol": symbol, "use": "search", "content_hash": content_hash, "rows": bars, "gaps": 0}
            | {"first_ns": ORIGIN_NS + 60 * 10**9, "last_ns": ORIGIN_NS + bars * 60 * 10**9}
            for symbol in SYMBOLS
        ],
        "symbols": list(SYMBOLS),
        "origin_ns": ORIGIN_NS,
        "bars": bars,
        "years": years,
        "folds": [{"fold": n, "test": (a, b), "train": [(a - 40_000, a - 1_440)]} for n, (a, b) in enumerate(folds)],
        "fold_plan": asdict(space.folds),
        "costs": {"fee_ppm": 1_000, "half_spread_ppm": 5, "latency_bars": 1},
        "objectives": ["sharpe"],
        "weights": dict(space.weights),
        "sampler": {"name": "grid", "seed": 1, "batch": len(ids), "limit": None},
        "asked": len(ids),
        "done": len(ids),
        "configurations": len(ids),
        "combinations": space.size,
        "stress": [
            {"window": window, "symbol": symbol, "covered": window == "2022-11", "share": float(window == "2022-11")}
            for window in ("2022-06", "2022-11")
            for symbol in SYMBOLS
        ],
        "daily": {"best_of_each": 200, "sample": 1_000, "chosen": len(chosen)},
        "run": {"engine": "local", "workers": 1, "seconds": 0.1},
    }
    return write_ledger(directory, facts, trials_table(tried, SYMBOLS), scores, daily)


def _sums(net: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> list[float]:
    """FIELDS of one part's trades; every tenth ends because the minutes do."""
    path = np.concatenate([[0.0], np.cumsum(net)])
    drawdown = float((np.maximum.accumulate(path) - path).max())
    gains, losses = net[net > 0.0], net[net <= 0.0]
    figures = [len(net), len(gains), net.sum(), (net**2).sum(), gains.sum(), (losses**2).sum(), (net + 0.002).sum()]
    return [*figures, drawdown, 30 * len(net), 3, len(net) // 10]
