"""The best configurations out of sample, and every crash: as the ledger has them, with intervals. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from quantumflow.research.promotion.outcomes import Outcomes
from quantumflow.research.search.ledger import PARTS
from quantumflow.research.search.stress import SCENARIOS
from quantumflow.research.search_report.intervals import Floats, wilson
from quantumflow.research.search_report.sensitivity import value_text

__all__ = ["ROWS_MAX", "BestRow", "StressRow", "best_rows", "stress_rows"]

ROWS_MAX = 10


@dataclass(frozen=True, slots=True)
class BestRow:
    """One configuration over all tests. `parameters` are those that were varied; `train` its objective there."""

    config_id: str
    parameters: Mapping[str, str]
    objective: float
    train: float | None
    trades: int
    wins: int
    win_interval: tuple[float, float] | None
    net: float
    robustness: float
    stability: float


@dataclass(frozen=True, slots=True)
class StressRow:
    """A crash in one scenario. `covered` has the share of its minutes by symbol; figures are net log returns through
    it, all covered symbols together, None where none is: of the best by objective, the middle and the best of all."""

    window: str
    scenario: str
    covered: Mapping[str, float]
    shown: Mapping[str, float | None]
    """By configuration id: of those that the page follows."""
    middle: float | None
    highest: float | None
    profitable: int | None
    drawdown: float | None
    """The deepest of the best by objective."""
    trades: int | None
    """Of the best by objective."""


def best_rows(outcomes: Outcomes, scores: pa.Table, objective: str, varied: Sequence[str]) -> list[BestRow]:
    """The ROWS_MAX largest by objective; of equal ones the first by id."""
    values: Floats = scores.column(objective).to_numpy()
    rows = []
    for place in np.argsort(-values, kind="stable")[:ROWS_MAX]:
        at = int(place)
        own = scores.slice(at, 1).to_pylist()[0]
        given = outcomes.parameters.slice(at, 1).to_pylist()[0]
        trades, wins, net = (
            float(outcomes.figures[name][at, :, :, PARTS.index("test")].sum())
            for name in ("trades", "wins", "net_log_return")
        )
        rows.append(
            BestRow(
                outcomes.ids[at],
                {name: value_text(given[name]) for name in varied},
                own[objective],
                own.get(f"train_{objective}"),
                int(trades),
                int(wins),
                wilson(int(wins), int(trades)),
                net,
                own["robustness"],
                own["stability"],
            )
        )
    return rows


def stress_rows(
    facts: Sequence[Mapping[str, Any]], scores: pa.Table, best: str, followed: Sequence[str]
) -> list[StressRow]:
    """`facts` are the ledger's, by window and symbol; `best` and `followed` are ids."""
    windows: dict[str, dict[str, tuple[bool, float]]] = {}
    for one in facts:
        windows.setdefault(one["window"], {})[one["symbol"]] = (bool(one["covered"]), float(one["share"]))
    ids = scores.column("config_id").to_pylist()
    places = {name: ids.index(name) for name in dict.fromkeys([best, *followed])}
    rows = []
    for window, symbols in windows.items():
        shares = {symbol: share for symbol, (_, share) in symbols.items()}
        there = any(covered for covered, _ in symbols.values())
        for scenario in SCENARIOS:
            if not there:
                nothing = dict.fromkeys(places, None)
                rows.append(StressRow(window, scenario, shares, nothing, None, None, None, None, None))
                continue
            begin = f"stress_{window.replace('-', '_')}_{scenario}"
            net, drawdown, trades = (
                scores.column(f"{begin}_{name}").to_numpy() for name in ("net", "drawdown", "trades")
            )
            rows.append(
                StressRow(
                    window,
                    scenario,
                    shares,
                    {name: float(net[place]) for name, place in places.items()},
                    float(np.median(net)),
                    float(net.max()),
                    int((net > 0.0).sum()),
                    float(drawdown[places[best]]),
                    int(trades[places[best]]),
                )
            )
    return rows
