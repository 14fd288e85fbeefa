"""Value at risk three ways: by hand, against empyrical and scipy, and against each other where they must meet."""

import empyrical
import numpy as np
import pytest
import scipy.integrate
import scipy.stats

from quantumflow.research.analysis.enough import NOT_ENOUGH
from quantumflow.research.analysis.tails import historical_tail, monte_carlo_tail, parametric_tail
from research.analysis.series import noise


def test_the_worst_returns_by_hand() -> None:
    returns = [0.01 * k for k in range(-10, 10)]  # −0.10 … 0.09
    tail = historical_tail(returns, 0.15)
    # The quantile at 0.15 · 19 = 2.85 lies between −0.08 and −0.07; the mean is of the three worst.
    assert tail.value_at_risk.value == pytest.approx(0.0715)
    assert tail.conditional.value == pytest.approx(0.09)
    # A tail of 2.4 returns: the third counts by 0.4.
    assert historical_tail(returns, 0.12).conditional.value == pytest.approx((0.10 + 0.09 + 0.4 * 0.08) / 2.4)


@pytest.mark.parametrize("seed", range(5))
def test_the_historical_tail_is_the_library_s(seed: int) -> None:
    returns = noise(seed, 200)
    tail = historical_tail(returns.tolist(), 0.05)
    assert tail.value_at_risk.value == pytest.approx(-empyrical.value_at_risk(returns, 0.05))
    assert tail.conditional.value == pytest.approx(-empyrical.conditional_value_at_risk(returns, 0.05))


def test_the_parametric_tail_is_the_normal_distribution_s() -> None:
    returns = noise(1, 300, 0.001)
    normal = scipy.stats.norm(returns.mean(), returns.std(ddof=1))
    tail, border = parametric_tail(returns.tolist(), 0.01), normal.ppf(0.01)
    assert tail.value_at_risk.value == pytest.approx(-border)
    beyond, _ = scipy.integrate.quad(lambda value: value * normal.pdf(value), -1.0, border)
    assert tail.conditional.value == pytest.approx(-beyond / 0.01, rel=1e-6)


def test_paths_of_one_period_have_the_historical_tail() -> None:
    returns = noise(2, 400).tolist()
    drawn, own = monte_carlo_tail(returns, 0.05, 1, 40_000, seed=1), historical_tail(returns, 0.05)
    assert drawn.value_at_risk.value == pytest.approx(own.value_at_risk.value, rel=0.03)
    assert drawn.conditional.value == pytest.approx(own.conditional.value, rel=0.03)


def test_paths_of_many_independent_periods_widen_by_the_root() -> None:
    returns = noise(3, 1_000, deviation=0.001)
    ten = monte_carlo_tail(returns.tolist(), 0.05, 10, 20_000, seed=1).value_at_risk.value
    exact = -10 * returns.mean() + 1.645 * np.sqrt(10) * returns.std()
    assert ten == pytest.approx(exact, rel=0.06)


def test_the_same_seed_draws_the_same_tail() -> None:
    returns = noise(4, 60).tolist()
    first, again, other = (monte_carlo_tail(returns, 0.05, 5, 500, seed) for seed in (1, 1, 2))
    assert first == again != other


def test_a_tail_without_a_return_in_it_is_not_given() -> None:
    for tail in (
        historical_tail([0.01] * 19, 0.05),
        parametric_tail([], 0.05),
        monte_carlo_tail([0.1], 0.05, 1, 100, 1),
    ):
        assert tail.value_at_risk.value is None
        assert str(tail.conditional.why).startswith(NOT_ENOUGH)
    assert monte_carlo_tail([0.01] * 30, 0.05, 31, 100, 1).value_at_risk.value is None
