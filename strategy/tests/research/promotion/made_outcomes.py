"""Outcomes of made-up trials, alike as neighbours of a space are, with an edge in one regime if asked."""

import numpy as np
import pyarrow as pa

from quantumflow.research.promotion.outcomes import Floats, Outcomes
from quantumflow.research.search.ledger import PARTS, REGIMES, Daily

__all__ = ["FOLDS", "made_outcomes"]

FOLDS = 6


def made_outcomes(
    seed: int, configurations: int = 64, days: int = 240, edge: float = 0.0, share: float = 0.8, of: str = "BULL"
) -> tuple[Outcomes, Daily]:
    """A trade a day each. `share` of a day's variance is common to all; eight of the trials earn `edge` a deviation."""
    draw = np.random.default_rng(seed)
    shape = (configurations, len(REGIMES), days)
    common = draw.standard_t(5, (1, *shape[1:]))
    returns = 0.01 * (np.sqrt(share) * common + np.sqrt(1.0 - share) * draw.standard_t(5, shape))
    returns[:8, REGIMES.index(of)] += 0.01 * edge
    ids = tuple(f"{n:016x}" for n in draw.permutation(configurations))
    order = np.argsort(ids)
    returns, ids = returns[order], tuple(sorted(ids))
    test = np.array_split(np.arange(days // 4, days), FOLDS)
    figures = {name: np.zeros((configurations, 1, FOLDS, len(PARTS), len(REGIMES))) for name in _KEPT}
    for fold, span in enumerate(test):
        for part, chosen in (("test", span), ("train", np.arange(span[0]))):
            _add(figures, returns[:, :, chosen], fold, PARTS.index(part))
    outcomes = Outcomes(ids, ("BTCUSDT",), tuple(range(FOLDS)), figures, pa.table({"lookback": list(range(len(ids)))}))
    kept = returns[:, :, days // 4 :]
    names = tuple(one for one in ids for _ in REGIMES)
    daily = Daily(np.arange(kept.shape[2]), names, REGIMES * configurations, kept.reshape(len(names), -1))
    return outcomes, daily


_KEPT = ("trades", "wins", "net_log_return", "net_log_return_squares")


def _add(figures: dict[str, Floats], returns: Floats, fold: int, part: int) -> None:
    figures["trades"][:, 0, fold, part] = returns.shape[2]
    figures["wins"][:, 0, fold, part] = (returns > 0).sum(axis=2)
    figures["net_log_return"][:, 0, fold, part] = returns.sum(axis=2)
    figures["net_log_return_squares"][:, 0, fold, part] = (returns**2).sum(axis=2)
