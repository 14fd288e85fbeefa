"""Beta and correlation, the order of trades and the serial tests, against the libraries of the field."""

import warnings

import empyrical
import numpy as np
import pytest
import scipy.stats
from arch.unitroot import ADF, KPSS

from quantumflow.research.analysis.benchmark import Benchmark, against_benchmark
from quantumflow.research.analysis.enough import NOT_ENOUGH
from quantumflow.research.analysis.periods import Period
from quantumflow.research.analysis.serial import serial_tests
from quantumflow.research.analysis.trade_order import shuffled_trades
from quantumflow_reports.curve import Close
from research.analysis.series import noise, remembering

HOUR = int(Period.HOUR)


def account(returns: "np.ndarray[tuple[int], np.dtype[np.float64]]") -> tuple[list[Close], list[float]]:
    """Closes of hours 100, 101 …, and the returns, of which the first is that of the deposit's own hour."""
    return [Close(100 + k, 10**12, 0) for k in range(len(returns) + 1)], [0.0, *returns.tolist()]


def benchmark(returns: "np.ndarray[tuple[int], np.dtype[np.float64]]", first_hour: int = 101) -> Benchmark:
    """Its level at the end of hour 100, 101 …"""
    level = 100.0 * np.cumprod(np.concatenate([[1.0], 1.0 + returns]))
    return Benchmark("BTC", (first_hour + np.arange(len(level))) * HOUR, level)


def test_beta_alpha_and_correlation_are_the_libraries() -> None:
    theirs = noise(1, 300)
    ours = 0.4 * theirs + noise(2, 300, 0.001, 0.01)
    found = against_benchmark(*account(ours), benchmark(theirs), Period.HOUR)
    line = scipy.stats.linregress(theirs, ours)
    assert found.periods == 300
    assert found.beta.value == pytest.approx(line.slope)
    assert found.beta.value == pytest.approx(empyrical.beta(ours, theirs))
    assert found.alpha.value == pytest.approx(line.intercept)
    assert found.correlation.value == pytest.approx(line.rvalue)
    assert found.growth.value == pytest.approx(float(np.prod(1 + theirs) - 1))


def test_a_benchmark_is_never_read_before_it_is_known() -> None:
    """A level of one nanosecond after the end of a period is the next period's."""
    theirs = noise(1, 60)
    late = benchmark(theirs)
    shifted = Benchmark("late", late.at_ns + 1, late.level)
    ours = account(theirs)
    assert against_benchmark(*ours, late, Period.HOUR).beta.value == pytest.approx(1.0)
    assert abs(against_benchmark(*ours, shifted, Period.HOUR).correlation.value or 1) < 0.5


def test_where_the_benchmark_has_a_hole_there_is_no_pair() -> None:
    whole = benchmark(noise(1, 60))
    kept = np.r_[0:20, 30:61]
    holed = Benchmark("holed", whole.at_ns[kept], whole.level[kept])
    assert against_benchmark(*account(noise(2, 60)), holed, Period.HOUR).periods < 52


def test_a_benchmark_too_short_or_still_says_so() -> None:
    ours = account(noise(1, 60))
    for other in (benchmark(noise(2, 10)), benchmark(np.zeros(60))):
        found = against_benchmark(*ours, other, Period.HOUR)
        assert found.beta.value is None
        assert str(found.beta.why).startswith(NOT_ENOUGH)


def test_orders_of_trades_by_hand() -> None:
    nets = [100] * 5 + [-100] * 5
    order = shuffled_trades(nets, 2_000, 1)
    assert order.own_fall_e8 == 500, "all losses came last: no order falls deeper"
    assert order.deeper.value == 0.0
    assert order.falls_e8[0] >= 100
    assert order.ends_e8[1] == pytest.approx(0, abs=200)
    assert order.loses.value == pytest.approx(scipy.stats.binom.cdf(4, 10, 0.5), abs=0.04)
    assert shuffled_trades(nets, 2_000, 1) == order != shuffled_trades(nets, 2_000, 2)


def test_a_few_trades_have_no_other_order() -> None:
    for nets in ([], [5], [1] * 9):
        order = shuffled_trades(nets, 100, 1)
        assert order.falls_e8 == order.ends_e8 == ()
        assert str(order.deeper.why).startswith(NOT_ENOUGH)


def test_serial_tests_are_the_other_library_s() -> None:
    for returns in (noise(3, 300), remembering(3, 300, 0.8)):
        adf, kpss, box = serial_tests(returns.tolist())
        assert adf.statistic.value == pytest.approx(ADF(returns, method="aic").stat, rel=1e-6)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # arch tells of a change of its default, to the one that is meant here
            assert kpss.statistic.value == pytest.approx(KPSS(returns).stat, rel=1e-6)
        assert box.statistic.value == pytest.approx(_ljung_box(returns, 10))
        assert box.p_value.value == pytest.approx(scipy.stats.chi2.sf(_ljung_box(returns, 10), 10))


def _ljung_box(values: "np.ndarray[tuple[int], np.dtype[np.float64]]", lags: int) -> float:
    centred, count = values - values.mean(), len(values)
    shares = [float(centred[lag:] @ centred[:-lag]) / float(centred @ centred) for lag in range(1, lags + 1)]
    return count * (count + 2) * sum(share**2 / (count - lag) for lag, share in enumerate(shares, 1))


def test_serial_tests_tell_noise_from_memory_and_from_a_walk() -> None:
    def says(returns: "np.ndarray[tuple[int], np.dtype[np.float64]]") -> list[str]:
        return [test.says for test in serial_tests(returns.tolist())]

    assert says(noise(2, 400)) == ["stationary", "stationarity is not refuted", "no dependence found"]
    assert says(remembering(1, 400, 0.6))[2] == "returns depend on earlier ones"
    assert says(np.cumsum(noise(2, 400)))[:2] == ["a unit root cannot be excluded", "not stationary"]


def test_serial_tests_of_too_little_say_so() -> None:
    for returns in ([], [0.01] * 29, [0.01] * 100):
        for test in serial_tests(returns):
            assert test.p_value.value is None
            assert str(test.p_value.why).startswith(NOT_ENOUGH)
