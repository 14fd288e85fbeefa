"""The ratios against definitions written a second time, and against a library of the field."""

import math
import statistics
from collections.abc import Callable, Sequence
from random import Random

import empyrical
import numpy as np
import pytest

from quantumflow_reports.bootstrap import DRAW_MAX, with_interval
from quantumflow_reports.curve import Close
from quantumflow_reports.figures import Estimate, estimate_text
from quantumflow_reports.ratios import (
    DAYS_MIN,
    calmar,
    expectancy,
    profit_factor,
    returns_between,
    sharpe,
    sortino,
    win_rate,
)

Ratio = Callable[[Sequence[float]], Estimate]


def series(seed: int, count: int, drift: float = 0.0) -> list[float]:
    random = Random(seed)
    return [random.gauss(drift, 0.02) for _ in range(count)]


@pytest.mark.parametrize("seed", range(8))
def test_ratios_are_those_of_the_library(seed: int) -> None:
    returns = series(seed, 7 + 40 * seed, drift=0.001 * (seed - 3))
    array = np.array(returns)
    assert sharpe(returns).value == pytest.approx(empyrical.sharpe_ratio(array, annualization=365), rel=1e-9)
    assert sortino(returns).value == pytest.approx(empyrical.sortino_ratio(array, annualization=365), rel=1e-9)
    assert calmar(returns).value == pytest.approx(empyrical.calmar_ratio(array, annualization=365), rel=1e-9)


@pytest.mark.parametrize("seed", range(4))
def test_ratios_are_their_definitions(seed: int) -> None:
    returns = series(100 + seed, 50)
    year = math.sqrt(365)
    assert sharpe(returns).value == pytest.approx(statistics.mean(returns) / statistics.stdev(returns) * year)
    losses = [value if value < 0 else 0.0 for value in returns]
    downside = math.sqrt(sum(loss * loss for loss in losses) / 50)
    assert sortino(returns).value == pytest.approx(statistics.mean(returns) / downside * year)
    worth = [math.prod(1 + value for value in returns[:k]) for k in range(51)]
    fall = max(1 - worth[k] / max(worth[: k + 1]) for k in range(51))
    assert calmar(returns).value == pytest.approx((worth[-1] ** (365 / 50) - 1) / fall)


def test_trips_are_counted_by_their_signs() -> None:
    nets = [30.0, -10.0, 0.0, -5.0, 15.0]
    assert win_rate(nets).value == 2 / 5
    assert profit_factor(nets).value == 45 / 15
    assert expectancy(nets).value == 6.0


@pytest.mark.parametrize("ratio", [sharpe, sortino, calmar])
def test_a_few_days_give_no_annual_figure(ratio: Ratio) -> None:
    assert ratio(series(1, DAYS_MIN - 1)).value is None
    assert ratio(series(1, DAYS_MIN)).value is not None


@pytest.mark.parametrize(
    ("ratio", "values", "why"),
    [
        (sharpe, [0.01] * 30, "every period had the same return"),
        (sharpe, [0.1 + 0.2] * 30, "every period had the same return"),
        (sharpe, [0.0] * 30, "every period had the same return"),
        (sortino, [0.01] * 30, "no losing period"),
        (calmar, [0.01] * 30, "no period closed below an earlier one"),
        (calmar, [0.01] * 29 + [-1.0], "nothing was left"),
        (calmar, [9.0] * 29 + [-0.1], "growth too large to be told for a year"),
        (profit_factor, [1.0, 2.0], "no losing trip"),
        (profit_factor, [], "no round trip yet"),
        (win_rate, [], "no round trip yet"),
        (expectancy, [], "no round trip yet"),
    ],
)
def test_what_cannot_be_said_says_why(ratio: Ratio, values: list[float], why: str) -> None:
    figure = with_interval(ratio, values)
    assert (figure.value, figure.low, figure.high, figure.why) == (None, None, None, why)
    assert estimate_text(figure) == f"n/a ({why})"


def test_returns_leave_deposits_out() -> None:
    closes = [Close(1, 1_010, 1_000), Close(2, 2_020, 1_000), Close(5, 1_818, 0)]
    assert returns_between(closes) == [pytest.approx(0.01), pytest.approx(10 / 1_010), pytest.approx(-0.1)]


def test_a_loss_of_everything_ends_the_returns() -> None:
    assert returns_between([Close(1, 0, 1_000), Close(2, 0, 0), Close(3, 0, 0)]) == [-1.0]
    assert returns_between([Close(1, 0, 0)]) == []


def test_an_interval_is_the_same_each_time_and_holds_the_figure() -> None:
    values = series(5, 200, 0.002)
    first, again = with_interval(sharpe, values), with_interval(sharpe, values)
    assert first == again
    assert first.low is not None
    assert first.high is not None
    assert first.value is not None
    assert first.low < first.value < first.high


def test_an_interval_of_a_mean_is_as_wide_as_theory_says() -> None:
    for count in (400, 4 * DRAW_MAX):
        figure = with_interval(expectancy, series(6, count))
        assert figure.low is not None
        assert figure.high is not None
        assert figure.high - figure.low == pytest.approx(2 * 1.96 * 0.02 / math.sqrt(count), rel=0.15)


def test_few_values_have_no_interval() -> None:
    assert with_interval(expectancy, [1.0] * 9).low is None


def test_what_never_varied_has_no_interval() -> None:
    figure = with_interval(win_rate, [-1.0] * 55)
    assert (figure.value, figure.low, figure.high) == (0.0, None, None)
