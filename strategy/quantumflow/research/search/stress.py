"""Phase 3: the crashes, as they were and worse. Each window is a little dataset of its own, with bars before it.

| scenario | fees | half spread | latency | blind bars |
|---|---|---|---|---|
| as_it_was | as in the search | as in the search | as in the search | none |
| worse | 2 × | 5 × | 2 × | OUTAGE_BARS at a time, one in OUTAGE_EVERY bars on average: nothing is decided |

A window counts as covered if COVERED_MIN of its minutes are there; what is not covered is said in the ledger.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np

from quantumflow.research.data.dataset import Candles
from quantumflow.research.search.features import Array
from quantumflow.research.search.plan import Ground
from quantumflow.research.search.simulator import FIELDS
from quantumflow.research.search.sources import Source
from quantumflow.research.search.space import Costs
from quantumflow.research.search.tasks import Floats
from quantumflow.research.search.trying import Trier
from quantumflow.reversion import Specialist

__all__ = ["SCENARIOS", "WINDOWS", "Cut", "Window", "blind_bars", "cut_out", "harsher", "stressed"]

OUTAGE_BARS, OUTAGE_EVERY = 15, 480
COVERED_MIN = 0.5
WARM_UP_BARS = 3_000
"""Bars before a window: a regime needs 1,000, a score up to 900, and positions of before go into it."""
SCENARIOS = ("as_it_was", "worse")
_NET, _DRAWDOWN, _TRADES = (FIELDS.index(name) for name in ("net_log_return", "worst_drawdown", "trades"))


@dataclass(frozen=True, slots=True)
class Window:
    """A crash, by its days (UTC): from the beginning of the first to the end of the last."""

    name: str
    first: str
    last: str

    @property
    def span_ns(self) -> tuple[int, int]:
        day = 86_400_000_000_000
        first, last = (
            int(datetime.fromisoformat(f"{text}T00:00:00+00:00").timestamp()) * 10**9
            for text in (self.first, self.last)
        )
        return first, last + day


WINDOWS = (
    Window("2021-05", "2021-05-17", "2021-05-23"),
    Window("2022-05", "2022-05-05", "2022-05-13"),
    Window("2022-06", "2022-06-10", "2022-06-19"),
    Window("2022-11", "2022-11-06", "2022-11-11"),
    Window("2024-08", "2024-08-02", "2024-08-07"),
)


@dataclass(frozen=True, slots=True)
class Cut:
    """A window's bars with those before it; the row of its first; what they are known by; the share that is there."""

    candles: Candles
    begin: int
    content_hash: str
    share: float


def cut_out(window: Window, sources: Sequence[Source]) -> Cut | None:
    """From the source that has most of it; None if none has any."""
    begin, end = window.span_ns
    best: Cut | None = None
    for source in sources:
        candles = source.candles
        a, b = (int(at) for at in np.searchsorted(candles.close_ns, [begin, end], side="right"))
        share = (b - a) * candles.interval_ns / (end - begin)
        if share > (best.share if best else 0.0):
            first = max(0, a - WARM_UP_BARS)
            kept = {name: values[first:b] for name, values in candles.columns.items()}
            known = f"{source.content_hash}[{first}:{b}]"
            best = Cut(Candles(kept, candles.scales, candles.interval_ns), a - first, known, share)
    return best


def harsher(costs: Costs) -> Costs:
    """The scenario `worse`."""
    return Costs(costs.fee_ppm * 2, costs.half_spread_ppm * 5, costs.latency_bars * 2)


def blind_bars(bars: int, seed: int) -> Array:
    """(bars,) uint8: outages of the feed, drawn from the seed."""
    begins = np.flatnonzero(np.random.default_rng(seed).random(bars) < 1.0 / OUTAGE_EVERY)
    blind = np.zeros(bars, np.uint8)
    for begin in begins:
        blind[begin : begin + OUTAGE_BARS] = 1
    return blind


def stressed(
    trier: Trier, specialists: Sequence[Specialist], sources: Sequence[Source], costs: Costs, code: str, seed: int
) -> tuple[dict[str, Floats], list[dict[str, Any]]]:
    """Every configuration through every crash that the data cover.

    Columns of scores: for each covered window and scenario net log return, worst drawdown and trades, all symbols
    together; then what is covered, window by window and symbol by symbol.
    """
    columns: dict[str, Floats] = {}
    covered: list[dict[str, Any]] = []
    for window in WINDOWS:
        for symbol in sorted({one.symbol for one in sources}):
            cut = cut_out(window, [one for one in sources if one.symbol == symbol])
            share = cut.share if cut else 0.0
            there = share >= COVERED_MIN
            covered.append({"window": window.name, "symbol": symbol, "covered": there, "share": round(share, 4)})
            if cut is None or not there:
                continue
            for scenario in SCENARIOS:
                words = f"crash {window.name} {scenario.replace('_', ' ')}"
                found = _through(trier, specialists, cut, costs, code, seed, scenario, words)
                _join(columns, f"stress_{window.name.replace('-', '_')}_{scenario}", found)
    worst = [values for name, values in columns.items() if name.endswith("_worse_net")]
    columns["stress_worst_net"] = np.min(worst, axis=0) if worst else np.zeros(len(specialists))
    return columns, covered


def _through(
    trier: Trier,
    specialists: Sequence[Specialist],
    cut: Cut,
    costs: Costs,
    code: str,
    seed: int,
    scenario: str,
    words: str,
) -> Floats:
    """(configurations, 3): net log return, worst drawdown of any regime, trades."""
    worse = scenario == "worse"
    paid = harsher(costs) if worse else costs
    rows = len(cut.candles)
    ground = Ground(
        trier.bundle(cut.candles, cut.content_hash, blind_bars(rows, seed) if worse else None),
        (0, cut.begin, rows),
        ((0,), (1,)),
        (paid.fee_ppm, paid.half_spread_ppm, paid.latency_bars),
        code,
    )
    whole = np.zeros((len(specialists), 3))
    for places, totals, _ in trier.results(ground, specialists, words):
        of = totals[:, 0]
        figures = (of[..., _NET].sum(axis=1), of[..., _DRAWDOWN].max(axis=1), of[..., _TRADES].sum(axis=1))
        whole[list(places)] = np.stack(figures, axis=1)
    return whole


def _join(columns: dict[str, Floats], begin: str, found: Floats) -> None:
    """One symbol more: sums, and the worst drawdown of any."""
    for at, name in enumerate(("net", "drawdown", "trades")):
        before = columns.get(f"{begin}_{name}", np.zeros(len(found)))
        columns[f"{begin}_{name}"] = np.maximum(before, found[:, at]) if name == "drawdown" else before + found[:, at]
