"""Probabilistic and deflated Sharpe ratio against the papers' own examples, scipy, and simulation."""

import math

import numpy as np
import pytest
import scipy.stats

from quantumflow.research.analysis.enough import NOT_ENOUGH
from quantumflow.research.analysis.luck import (
    RETURNS_MIN,
    deflated_sharpe,
    expected_best_sharpe,
    kurtosis,
    probabilistic_sharpe,
    skewness,
    track_record_min,
)
from quantumflow_reports.ratios import sharpe_a_period
from research.analysis.series import noise, trials


def with_moments(count: int, sharpe: float, skew: float, kurt: float) -> list[float]:
    """Returns with exactly these sample figures: the moments of three points, weighted, then scaled and moved."""
    # A distribution on {−a, 0, b} with mean 0 and variance 1 has skewness b − a and kurtosis b² − ab + a².
    product = kurt - skew**2
    low = (-skew + math.sqrt(skew**2 + 4 * product)) / 2
    high = low + skew
    down, up = round(count / (low * (low + high))), round(count / (high * (low + high)))
    values = np.array([-low] * down + [high] * up + [0.0] * (count - down - up))
    values = (values - values.mean()) / values.std(ddof=1) + sharpe
    return [float(value) for value in values]


def test_the_moments_are_scipy_s() -> None:
    returns = np.random.default_rng(1).standard_t(5, 300)
    assert skewness(returns) == pytest.approx(scipy.stats.skew(returns))
    assert kurtosis(returns) == pytest.approx(scipy.stats.kurtosis(returns, fisher=False))


def test_the_deflated_ratio_is_that_of_its_paper_s_example() -> None:
    """Bailey and López de Prado 2014, "A numerical example": 1,250 days, annual ratio 2.5, skewness −3, kurtosis 10.

    Of 100 trials whose annual ratios vary by 1/2: expected best 0.1132 a day, deflated 0.9004. Of 46: 0.9505.
    """
    variance = 1 / (2 * 250)
    assert expected_best_sharpe(100, variance) == pytest.approx(0.1132, abs=5e-5)
    daily = 2.5 / math.sqrt(250)
    for count, told in ((100, 0.9004), (46, 0.9505)):
        best = expected_best_sharpe(count, variance)
        spread = 1 + 3 * daily + (10 - 1) / 4 * daily**2
        exact = scipy.stats.norm.cdf((daily - best) * math.sqrt(1249) / math.sqrt(spread))
        assert exact == pytest.approx(told, abs=1e-4)


@pytest.mark.parametrize(("count", "sharpe", "skew", "kurt"), [(1_250, 0.158, -1.0, 5.0), (24, 0.458, 0.2, 2.2)])
def test_probability_and_record_are_their_formulas_written_again(
    count: int, sharpe: float, skew: float, kurt: float
) -> None:
    returns = with_moments(count, sharpe, skew, kurt)
    own = np.mean(returns) / np.std(returns, ddof=1)
    third, fourth = scipy.stats.skew(returns), scipy.stats.kurtosis(returns, fisher=False)
    for against in (0.0, 0.1):
        spread = 1 - third * own + (fourth - 1) / 4 * own**2
        exact = scipy.stats.norm.cdf((own - against) * math.sqrt((count - 1) / spread))
        assert probabilistic_sharpe(returns, against).value == pytest.approx(exact, rel=1e-9)
        least = 1 + spread * (scipy.stats.norm.ppf(0.95) / (own - against)) ** 2
        assert track_record_min(returns, against).value == pytest.approx(least, rel=1e-9)


def test_a_record_of_the_least_length_is_just_probable_enough() -> None:
    returns = noise(2, 400, 0.002).tolist()
    least = track_record_min(returns, 0.0, 0.95).value
    own = sharpe_a_period(returns).value
    assert least is not None
    assert own is not None
    spread = 1 - skewness(returns) * own + (kurtosis(returns) - 1) / 4 * own**2
    assert scipy.stats.norm.cdf(own * math.sqrt((least - 1) / spread)) == pytest.approx(0.95)


@pytest.mark.parametrize("count", [2, 10, 100, 1_000])
def test_the_best_of_worthless_trials_is_as_good_as_expected(count: int) -> None:
    """The formula is an approximation for many trials; simulated maxima of normal draws stand beside it."""
    maxima = np.random.default_rng(3).normal(size=(4_000, count)).max(axis=1)
    assert expected_best_sharpe(count, 1.0) == pytest.approx(maxima.mean(), abs=0.12 if count < 10 else 0.06)


def test_the_best_of_many_worthless_trials_is_deflated_and_an_edge_is_not() -> None:
    worthless = trials(5, 500, 200)
    best = worthless[:, np.argmax(worthless.mean(axis=0) / worthless.std(axis=0))]
    assert (probabilistic_sharpe(best.tolist()).value or 0) > 0.95
    assert (deflated_sharpe(best.tolist(), trials=200).value or 1) < 0.8
    edge = trials(5, 500, 200, edge=0.3)[:, 0]
    assert (deflated_sharpe(edge.tolist(), trials=200).value or 0) > 0.99


def test_one_trial_deflates_nothing() -> None:
    returns = noise(6, 100, 0.004).tolist()
    assert deflated_sharpe(returns, 1) == probabilistic_sharpe(returns)


def test_what_cannot_be_said_says_why() -> None:
    few, constant, losing = noise(1, RETURNS_MIN - 1).tolist(), [0.01] * 50, noise(1, 50, -0.05).tolist()
    for figure in (probabilistic_sharpe(few), deflated_sharpe(few, 5), track_record_min(few)):
        assert figure.value is None
        assert str(figure.why).startswith(NOT_ENOUGH)
    assert probabilistic_sharpe(constant).why == "every period had the same return"
    assert str(track_record_min(losing).why).startswith("no length is enough")
