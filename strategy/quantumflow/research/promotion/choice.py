"""The choice: one configuration a regime, and what choosing so was worth. Pure.

chosen        the largest t = mean / standard error of a trade's net log return, among those with TRADES_MIN trades
promoted      chosen by every test fold together, all symbols: nothing that was looked at to search decides
expectation   what the same choice earned where it had not looked: of each fold the configuration chosen by its train
              part alone, on its test part. The figures of the promoted one itself are the best of many and promise too
              much; these are not. Their standard error is the larger of two: between trades, and between folds
              (each fold a cluster: W. Cochran, Sampling Techniques, 3rd edition, 1977, section 6.4), which counts what
              trades of one time have in common.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtr

from quantumflow.research.promotion.outcomes import Floats, Outcomes
from quantumflow.research.search.scores import TRADES_MIN

__all__ = ["Expectation", "Step", "best_of", "expectation_of", "ratios", "test_ratios", "walk_forward"]


@dataclass(frozen=True, slots=True)
class Step:
    """One fold: who was chosen before it (none if no configuration had enough trades), and what it did in it."""

    fold: int
    config_id: str | None
    train_ratio: float
    trades: int = 0
    wins: int = 0
    net: float = 0.0
    squares: float = 0.0


@dataclass(frozen=True, slots=True)
class Expectation:
    """A trade's mean log return after costs out of sample. `p_value`: of a mean this high without any edge."""

    mean: float
    standard_error: float
    deviation: float
    trades: int
    wins: int
    p_value: float

    @property
    def win_rate(self) -> float:
        return self.wins / self.trades if self.trades else 0.0


def ratios(trades: Floats, net: Floats, squares: Floats) -> Floats:
    """t of many at once; −∞ where there are too few trades or all are alike."""
    enough = trades >= TRADES_MIN
    count = np.where(enough, trades, 2.0)
    mean = net / count
    spread = np.sqrt(np.maximum(squares - count * mean**2, 0.0) / (count - 1.0))
    varied = enough & (spread > 1e-12)
    return np.where(varied, mean * np.sqrt(count) / np.where(varied, spread, 1.0), -np.inf)


def test_ratios(outcomes: Outcomes, regime: str) -> Floats:
    """t of each configuration over all test folds and symbols."""
    names = ("trades", "net_log_return", "net_log_return_squares")
    trades, net, squares = (outcomes.by_fold(name, "test", regime).sum(axis=1) for name in names)
    return ratios(trades, net, squares)


def best_of(values: Floats) -> int | None:
    """The largest; of equal ones the first by id. None if none has enough trades."""
    best = int(values.argmax())
    return best if values[best] > -np.inf else None


def walk_forward(outcomes: Outcomes, regime: str) -> list[Step]:
    """A step a fold: chosen by train, judged by test."""
    names = ("trades", "wins", "net_log_return", "net_log_return_squares")
    train = [outcomes.by_fold(name, "train", regime) for name in names]
    test = [outcomes.by_fold(name, "test", regime) for name in names]
    steps = []
    for place, fold in enumerate(outcomes.folds):
        seen = ratios(train[0][:, place], train[2][:, place], train[3][:, place])
        best = best_of(seen)
        if best is None:
            steps.append(Step(fold, None, 0.0))
            continue
        trades, wins, net, squares = (float(one[best, place]) for one in test)
        steps.append(Step(fold, outcomes.ids[best], float(seen[best]), int(trades), int(wins), net, squares))
    return steps


def expectation_of(steps: Sequence[Step]) -> Expectation:
    """Of all folds together. Without two folds that traded nothing is expected, and the p-value is 1."""
    trades, wins = sum(one.trades for one in steps), sum(one.wins for one in steps)
    folds = [one for one in steps if one.trades]
    if len(folds) < 2 or trades < TRADES_MIN:
        return Expectation(0.0, 0.0, 0.0, trades, wins, 1.0)
    mean = math.fsum(one.net for one in folds) / trades
    squares = math.fsum(one.squares for one in folds)
    deviation = math.sqrt(max(squares - trades * mean**2, 0.0) / (trades - 1))
    apart = math.fsum((one.net - mean * one.trades) ** 2 for one in folds) * len(folds) / (len(folds) - 1)
    error = max(deviation / math.sqrt(trades), math.sqrt(apart) / trades)
    p_value = float(stdtr(len(folds) - 1, -mean / error)) if error > 0.0 else 1.0
    return Expectation(mean, error, deviation, trades, wins, p_value)
