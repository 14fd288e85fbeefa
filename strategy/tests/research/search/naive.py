"""The simulator's contract once more, bar by bar in plain Python: every bar is asked about, nothing is skipped."""

import math
from collections.abc import Sequence
from typing import Any

from quantumflow.regime_vocabulary import Action
from quantumflow.reversion.rules import decide

__all__ = ["Trade", "naive_trades"]

Trade = dict[str, Any]
_decide = getattr(decide, "py_func", decide)


def naive_trades(
    rules: Sequence[float], series: dict[str, Any], runs: Sequence[tuple[int, int]], costs: tuple[float, float, int]
) -> list[Trade]:
    """Every trade of one configuration: the bar decided at, side, prices, why and when it ended, returns."""
    fee, spread, latency = costs[0] / 1e6, costs[1] / 1e6, costs[2]
    trades: list[Trade] = []
    for begin, end in runs:
        side, entered, filled, decided = 0, 0.0, 0, 0
        pending: tuple[int, str, int] | None = None  # bar of the fill, what for, the action
        for bar in range(begin, end):
            if pending is not None and bar == pending[0]:
                if pending[1] == "enter":
                    side = 1 if pending[2] == Action.LONG else -1
                    entered, filled = series["open"][bar] * (1.0 + side * spread), bar
                else:
                    trades.append(
                        _closed(series, side, entered, filled, decided, bar, series["open"][bar], spread, fee)
                    )
                    trades[-1]["stop"] = pending[2] == Action.STOP
                    side = 0
                pending = None
            if pending is not None or series["blind"][bar]:
                continue
            if side == 0 and series["regime"][bar] == 0:
                continue
            held = bar - filled + 1 if side else 0
            at = [float(series[name][bar]) for name in ("score", "close", "atr", "volatility", "half_life")]
            action = _decide(*at, side, entered, held, *rules)
            if action == Action.STAY:
                continue
            if side == 0 and bar + latency >= end:
                continue
            if side == 0:
                decided = bar
            pending = (bar + latency, "enter" if side == 0 else "leave", action)
        if side != 0:
            trades.append(_closed(series, side, entered, filled, decided, end, series["close"][end - 1], spread, fee))
            trades[-1]["gap"] = True
            trades[-1]["ended"] = end - 1
    return trades


def _closed(
    series: dict[str, Any],
    side: int,
    entered: float,
    filled: int,
    decided: int,
    at: int,
    raw: float,
    spread: float,
    fee: float,
) -> Trade:
    left = raw * (1.0 - side * spread)
    profit = (side * (left - entered) - fee * (entered + left)) / entered
    first = float(series["open"][filled])
    return {
        "decided": decided,
        "ended": at,
        "held": at - filled,
        "net": math.log1p(max(profit, 1e-6 - 1.0)),
        "gross": math.log1p(max(side * (raw - first) / first, 1e-6 - 1.0)),
        "stop": False,
        "gap": False,
    }
