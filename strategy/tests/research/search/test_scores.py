"""Figures of sums: equal to the figures of the trades themselves; neighbours and folds decide about stability."""

import math

import numpy as np
import pytest

from quantumflow.research.search.scores import PROFIT_FACTOR_MAX, figures, regime_figures, stabilities
from quantumflow.research.search.simulator import FIELDS, REGIME_ROWS

WEIGHTS = {"STRESS": 0.1, "BULL": 0.3, "BEAR": 0.3, "SIDEWAYS": 0.3}
AT = {name: place for place, name in enumerate(FIELDS)}


def sums(returns: np.ndarray) -> np.ndarray:
    made = np.zeros(len(FIELDS))
    made[AT["trades"]], made[AT["wins"]] = len(returns), (returns > 0).sum()
    made[AT["net_log_return"]], made[AT["net_log_return_squares"]] = returns.sum(), (returns**2).sum()
    made[AT["net_log_gains"]] = returns[returns > 0].sum()
    made[AT["net_log_loss_squares"]] = (returns[returns < 0] ** 2).sum()
    path = np.concatenate([[0.0], returns.cumsum()])
    made[AT["worst_drawdown"]] = (np.maximum.accumulate(path) - path).max()
    return made


def test_figures_are_those_of_the_trades() -> None:
    returns = np.random.default_rng(1).normal(0.001, 0.01, (2, 3, len(REGIME_ROWS), 40))
    totals = np.array([[[[sums(returns[s, f, r]) for r in range(4)] for f in range(3)] for s in range(2)]])
    found = {name: values[0] for name, values in figures(totals, 2.0, WEIGHTS).items()}
    whole = returns.ravel()
    a_year = math.sqrt(len(whole) / 2.0)
    assert found["trades"] == 960
    assert found["sharpe"] == pytest.approx(whole.mean() / whole.std(ddof=1) * a_year)
    losses = np.minimum(whole, 0.0)
    assert found["sortino"] == pytest.approx(whole.mean() / math.sqrt((losses**2).mean()) * a_year)
    assert found["profit_factor"] == pytest.approx(whole[whole > 0].sum() / -losses.sum())
    assert found["calmar"] == pytest.approx(whole.sum() / 2.0 / found["worst_drawdown"])
    squashed = []
    for row in range(4):
        of = returns[:, :, row].ravel()
        t = of.mean() / (of.std(ddof=1) / math.sqrt(len(of)))
        squashed.append(t / (1 + abs(t)))
        name = REGIME_ROWS[row].name
        assert regime_figures(totals)[f"standard_error_{name}"][0] == pytest.approx(of.std(ddof=1) / math.sqrt(len(of)))
    weights = [WEIGHTS[regime.name] for regime in REGIME_ROWS]
    assert found["robustness"] == pytest.approx(np.dot(squashed, weights))


def test_without_trades_or_losses_a_figure_is_a_number() -> None:
    empty = figures(np.zeros((1, 1, 1, 4, len(FIELDS))), 1.0, WEIGHTS)
    assert all(values[0] == 0.0 for values in empty.values())
    won = np.zeros((1, 1, 1, 4, len(FIELDS)))
    won[0, 0, 0, 1] = sums(np.full(50, 0.01) + np.arange(50) * 1e-5)
    found = figures(won, 1.0, WEIGHTS)
    assert found["profit_factor"][0] == PROFIT_FACTOR_MAX
    assert np.isfinite([values[0] for values in found.values()]).all()


def test_a_peak_among_bad_neighbours_is_less_stable_than_a_plateau() -> None:
    totals = np.zeros((3, 1, 2, 4, len(FIELDS)))
    totals[..., AT["net_log_return"]] = 0.1
    indices = [(0,), (1,), (2,)]
    plateau = stabilities(totals, np.array([0.5, 0.6, 0.5]), indices)
    peak = stabilities(totals, np.array([-0.5, 0.6, -0.5]), indices)
    assert plateau[1] == 1.0
    assert peak[1] == pytest.approx(2 / 3)
    assert peak[0] == 0.0
