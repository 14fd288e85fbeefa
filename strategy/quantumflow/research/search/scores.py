"""Phase 2: what a configuration is worth, from its sums over trades. Pure; every figure is of one part, test or train.

sharpe         mean over standard deviation of a trade's net log return, times the root of trades a year
sortino        the same over the root mean square of losses
calmar         net log return a year over the worst drawdown of any symbol, fold and regime
profit_factor  gains over losses, PROFIT_FACTOR_MAX at most
robustness     of each regime t = mean / standard error of its trades, squashed to t / (1 + |t|), 0 below TRADES_MIN
               trades; the mean by the regimes' weights. -1 … 1
stability      mean of three shares: of folds with a net profit; of symbols with one; of neighbours – one step in one
               parameter – whose robustness is at least half of its own. 0 where its own robustness is not above 0

A figure without trades is 0. None of them knows how many configurations were tried: that is for the ledger's reader.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from quantumflow.research.search.simulator import FIELDS, REGIME_ROWS

__all__ = ["PROFIT_FACTOR_MAX", "TRADES_MIN", "figures", "regime_figures", "stabilities"]

Floats = npt.NDArray[np.float64]

TRADES_MIN = 30
PROFIT_FACTOR_MAX = 100.0
_AT = {name: place for place, name in enumerate(FIELDS)}


def figures(totals: Floats, years: float, weights: Mapping[str, float]) -> dict[str, Floats]:
    """Of `totals` (configurations, symbols, folds, regimes, FIELDS), all of one part: each figure (configurations,)."""
    whole = _sums(totals, (1, 2, 3))
    trades = whole[:, _AT["trades"]]
    mean, deviation = _moments(whole)
    a_year = trades / years
    losses = whole[:, _AT["net_log_gains"]] - whole[:, _AT["net_log_return"]]
    downside = np.sqrt(_ratio(whole[:, _AT["net_log_loss_squares"]], trades))
    worst = totals[..., _AT["worst_drawdown"]].max(axis=(1, 2, 3), initial=0.0)
    regimes = _squashed(_sums(totals, (1, 2)))
    share = np.array([weights[regime.name] for regime in REGIME_ROWS])
    return {
        "trades": trades,
        "win_rate": _ratio(whole[:, _AT["wins"]], trades),
        "net_log_return": whole[:, _AT["net_log_return"]],
        "mean_log_return": mean,
        "sharpe": _ratio(mean, deviation) * np.sqrt(a_year),
        "sortino": _ratio(mean, downside) * np.sqrt(a_year),
        "calmar": _ratio(whole[:, _AT["net_log_return"]] / years, worst),
        "profit_factor": _profit_factor(whole[:, _AT["net_log_gains"]], losses),
        "worst_drawdown": worst,
        "robustness": _total(regimes * share) / max(float(share.sum()), 1e-12),
    }


def regime_figures(totals: Floats) -> dict[str, Floats]:
    """Of the same, for each regime: trades, mean, standard error of a trade's net log return, win rate, squashed t."""
    whole = _sums(totals, (1, 2))
    squashed = _squashed(whole)
    found = {}
    for row, regime in enumerate(REGIME_ROWS):
        of = whole[:, row]
        trades = of[:, _AT["trades"]]
        mean, deviation = _moments(of)
        found[f"trades_{regime.name}"] = trades
        found[f"mean_log_return_{regime.name}"] = mean
        found[f"standard_error_{regime.name}"] = _ratio(deviation, np.sqrt(trades))
        found[f"win_rate_{regime.name}"] = _ratio(of[:, _AT["wins"]], trades)
        found[f"robustness_{regime.name}"] = squashed[:, row]
    return found


def stabilities(totals: Floats, robustness: Floats, indices: Sequence[Sequence[int]]) -> Floats:
    """(configurations,); `indices` say which choice of each parameter a configuration is, to find its neighbours."""
    net = totals[..., _AT["net_log_return"]]
    folds = np.mean(_total(net.sum(axis=1)) > 0.0, axis=1)
    symbols = np.mean(_total(net.sum(axis=2)) > 0.0, axis=1)
    place = {tuple(one): at for at, one in enumerate(indices)}
    found = np.zeros(len(indices))
    for at, own in enumerate(robustness):
        if own > 0.0:
            near = [place[one] for one in _neighbours(tuple(indices[at])) if one in place]
            agree = float(np.mean(robustness[near] >= own / 2.0)) if near else 0.0
            found[at] = (folds[at] + symbols[at] + agree) / 3.0
    return found


def _neighbours(of: tuple[int, ...]) -> list[tuple[int, ...]]:
    return [(*of[:n], of[n] + step, *of[n + 1 :]) for n in range(len(of)) for step in (-1, 1)]


def _profit_factor(gains: Floats, losses: Floats) -> Floats:
    """Rounding leaves sums of gains alone a hair away from what all together come to: that is no loss."""
    lost = losses > 1e-12 * gains
    return np.where(
        lost, np.minimum(_ratio(gains, losses), PROFIT_FACTOR_MAX), np.where(gains > 0, PROFIT_FACTOR_MAX, 0.0)
    )


def _sums(totals: Floats, axes: tuple[int, ...]) -> Floats:
    return np.asarray(totals.sum(axis=axes))


def _total(values: Floats) -> Floats:
    return np.asarray(values.sum(axis=-1))


def _moments(whole: Floats) -> tuple[Floats, Floats]:
    """Mean and sample standard deviation of a trade's net log return; 0 where there are too few."""
    trades = whole[..., _AT["trades"]]
    mean = _ratio(whole[..., _AT["net_log_return"]], trades)
    squares = whole[..., _AT["net_log_return_squares"]] - trades * mean**2
    return mean, np.sqrt(np.maximum(_ratio(squares, trades - 1.0), 0.0))


def _squashed(whole: Floats) -> Floats:
    trades = whole[..., _AT["trades"]]
    mean, deviation = _moments(whole)
    t = _ratio(mean * np.sqrt(trades), deviation)
    return np.where(trades >= TRADES_MIN, t / (1.0 + np.abs(t)), 0.0)


def _ratio(above: Any, below: Any) -> Floats:
    below = np.asarray(below, np.float64)
    return np.where(below > 0.0, above / np.where(below > 0.0, below, 1.0), 0.0)
