"""Walk-forward: what train alone chose before each fold, and what that did in the fold's own test. Pure.

The choice is promotion's own, one a regime and fold. `signals` are decisions to enter and to leave; an end of the
minutes leaves without one. `robustness` is the search's: t / (1 + |t|) of the trades at hand, 0 below 30 of them.
`stability` is the chosen configuration's in the ledger, over all folds: no single fold has one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from quantumflow.research.promotion.choice import Step, expectation_of, ratios, walk_forward
from quantumflow.research.promotion.outcomes import Outcomes
from quantumflow.research.search.ledger import PARTS, REGIMES
from quantumflow.research.search_report.intervals import student, wilson

__all__ = ["FoldRow", "Tally", "WalkForward", "tally_of", "walk_forward_of"]


@dataclass(frozen=True, slots=True)
class Tally:
    """Trades out of sample. `net` and `mean` are log returns after costs; intervals are of 95 %, None without a trade;
    `mean_interval` is promotion's, between trades or folds, whichever is wider, None below two folds that traded."""

    trades: int
    wins: int
    win_interval: tuple[float, float] | None
    signals: int
    net: float
    mean_interval: tuple[float, float] | None
    robustness: float
    folds_won: int
    folds_traded: int

    @property
    def win_rate(self) -> float | None:
        return self.wins / self.trades if self.trades else None


@dataclass(frozen=True, slots=True)
class FoldRow:
    """One regime in one fold; without a `config_id` nothing traded enough in train to be chosen."""

    regime: str
    fold: int
    config_id: str | None
    train_ratio: float | None
    stability: float | None
    test: Tally


@dataclass(frozen=True, slots=True)
class WalkForward:
    """A row a regime and fold; sums by regime, by symbol, and of everything."""

    folds: tuple[FoldRow, ...]
    regimes: Mapping[str, Tally]
    symbols: Mapping[str, Tally]
    whole: Tally


def walk_forward_of(outcomes: Outcomes, stability: Mapping[str, float]) -> WalkForward:
    """`stability` of each configuration, by id."""
    places = {name: at for at, name in enumerate(outcomes.ids)}
    chosen = {regime: walk_forward(outcomes, regime) for regime in REGIMES}
    rows = []
    pieces: dict[tuple[str, str], list[tuple[Step, int]]] = {}
    for regime, steps in chosen.items():
        for at, step in enumerate(steps):
            own = []
            for number, symbol in enumerate(outcomes.symbols):
                place = None if step.config_id is None else places[step.config_id]
                piece = _piece(outcomes, regime, place, number, at)
                own.append(piece)
                pieces.setdefault((regime, symbol), []).append(piece)
            known = step.config_id is not None
            rows.append(
                FoldRow(
                    regime,
                    step.fold,
                    step.config_id,
                    step.train_ratio if known else None,
                    stability[str(step.config_id)] if known else None,
                    tally_of(own),
                )
            )
    return WalkForward(
        tuple(rows),
        {
            regime: tally_of([one for key, some in pieces.items() if key[0] == regime for one in some])
            for regime in REGIMES
        },
        {
            symbol: tally_of([one for key, some in pieces.items() if key[1] == symbol for one in some])
            for symbol in outcomes.symbols
        },
        tally_of([one for some in pieces.values() for one in some]),
    )


def tally_of(pieces: Sequence[tuple[Step, int]]) -> Tally:
    """Of (step, positions that ended because the minutes did); steps of one fold are added up."""
    folds: dict[int, list[float]] = {}
    for step, _ in pieces:
        sums = folds.setdefault(step.fold, [0.0, 0.0, 0.0, 0.0])
        for at, value in enumerate((step.trades, step.wins, step.net, step.squares)):
            sums[at] += value
    steps = [Step(fold, None, 0.0, int(one[0]), int(one[1]), one[2], one[3]) for fold, one in sorted(folds.items())]
    trades, wins = (sum(getattr(one, name) for one in steps) for name in ("trades", "wins"))
    net, squares = sum(one.net for one in steps), sum(one.squares for one in steps)
    expected = expectation_of(steps)
    half = student(sum(one.trades > 0 for one in steps)) * expected.standard_error
    ratio = float(ratios(np.array([float(trades)]), np.array([net]), np.array([squares]))[0])
    return Tally(
        trades,
        wins,
        wilson(wins, trades),
        2 * trades - sum(gaps for _, gaps in pieces),
        net,
        (expected.mean - half, expected.mean + half) if expected.standard_error > 0.0 else None,
        ratio / (1.0 + abs(ratio)) if np.isfinite(ratio) else 0.0,
        sum(one.net > 0.0 for one in steps),
        sum(one.trades > 0 for one in steps),
    )


def _piece(outcomes: Outcomes, regime: str, place: int | None, symbol: int, fold: int) -> tuple[Step, int]:
    """One configuration's test of a fold, symbol and regime."""
    number = outcomes.folds[fold]
    if place is None:
        return Step(number, None, 0.0), 0
    at = (place, symbol, fold, PARTS.index("test"), REGIMES.index(regime))
    names = ("trades", "wins", "net_log_return", "net_log_return_squares", "gap_ends")
    trades, wins, net, squares, gaps = (float(outcomes.figures[name][at]) for name in names)
    return Step(number, outcomes.ids[place], 0.0, int(trades), int(wins), net, squares), int(gaps)
