"""Synthetic minutes as a dataset, and small spaces over them, for tests."""

from pathlib import Path

import numpy as np

from quantumflow.research.data.building import import_files
from quantumflow.research.data.store import Store

__all__ = ["FIRST_MS", "SPACE", "make_minutes", "write_space"]

FIRST_MS = 1_721_865_600_000
"""2024-07-25, so that the crash of August 2024 falls into twelve days of minutes."""

SPACE = """\
[search]
name = "made"
objectives = ["sharpe"]
seed = 7

[sampler]
kind = "grid"

[[data]]
dataset = "made-1m"

[folds]
scheme = "walk_forward"
count = 3
train_bars = 4000
purge_bars = 100
embargo_bars = 50

[costs]
fee_ppm = 100
half_spread_ppm = 5
latency_bars = 1

[parameters]
mode = ["zscore", "regression", "pivot"]
lookback = [20, 40]
entry_score = [1.5, 2.5]
exit_score = [0.0, 0.5]
stop_atr = 3.0
half_lives = [0.0, 2.0]
hold_bars = 60

[daily]
best = 3
sample = 4
"""


def make_minutes(research: Path, name: str = "made-1m", bars: int = 18_000, seed: int = 3, gap: int = 9_000) -> None:
    """A random walk that reverts a little, with one gap of ten minutes."""
    draw = np.random.default_rng(seed)
    noise = draw.normal(0.0, 8.0, bars)
    walk = np.cumsum(draw.normal(0.0, 5.0, bars))
    closes = np.maximum(60_000.0 + walk + noise, 1_000.0).round(2)
    opens = np.concatenate([[closes[0]], closes[:-1]])
    highs = np.maximum(opens, closes) + draw.exponential(3.0, bars).round(2)
    lows = np.minimum(opens, closes) - draw.exponential(3.0, bars).round(2)
    lines = ["open_time,open,high,low,close,volume"]
    for n in range(bars):
        if not gap <= n < gap + 10:
            lines.append(f"{FIRST_MS + n * 60_000},{opens[n]:.2f},{highs[n]:.2f},{lows[n]:.2f},{closes[n]:.2f},1.5")
    path = research.parent / f"{name}.csv"
    research.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    import_files(Store(research), [path], "BTCUSDT", "1m", name, "refuse", lambda *_: None)


def write_space(directory: Path, text: str = SPACE, **changes: str) -> Path:
    """A space file; each change is a line's key and what it shall say, once."""
    for key, value in changes.items():
        old = next(line for line in text.splitlines() if line.split(" =")[0] == key)
        text = text.replace(old, f"{key} = {value}", 1)
    path = directory / "space.toml"
    path.write_text(text, encoding="utf-8")
    return path
