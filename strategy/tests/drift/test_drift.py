"""No alarm while a bot does what was expected, however long and however often it is asked; one soon after it stops."""

import math

import numpy as np
import pytest

from quantumflow.drift import ALARM_AT, BETS, TRADES_MIN, drift_of

MEAN, ERROR, DEVIATION = 0.0004, 0.0001, 0.003
LONG = 2_000


def _returns(seed: int, mean: float, count: int) -> np.ndarray:
    """Heavy tails: Student's t of 4 degrees, scaled to the deviation."""
    return mean + DEVIATION * np.random.default_rng(seed).standard_t(4, count) / math.sqrt(2.0)


def _alarmed(returns: np.ndarray) -> int | None:
    return drift_of(returns.tolist(), MEAN, ERROR, DEVIATION).alarmed_at


def test_what_is_as_bad_as_the_expectation_allows_alarms_no_oftener_than_was_promised() -> None:
    floor = MEAN - 1.645 * ERROR
    alarms = sum(_alarmed(_returns(seed, floor, LONG)) is not None for seed in range(60))
    # At most LONG / ALARM_AT, one in five: more than 20 of 60 has a chance below 1 %.
    assert alarms <= 20


def test_what_is_as_expected_alarms_hardly_ever() -> None:
    assert sum(_alarmed(_returns(seed, MEAN, LONG)) is not None for seed in range(60)) <= 3


def test_an_edge_that_turns_into_a_loss_is_told_soon_even_after_a_long_good_time() -> None:
    waits = []
    for seed in range(20):
        good, bad = _returns(seed, 2 * MEAN, 1_000), _returns(seed + 1_000, -3 * MEAN, 1_500)
        at = _alarmed(np.concatenate([good, bad]))
        assert at is not None
        assert at > 1_000
        waits.append(at - 1_000)
    assert np.median(waits) < 250


def test_the_interval_holds_the_true_mean_at_all_times_together() -> None:
    outside = 0
    for seed in range(60):
        returns = _returns(seed, MEAN, 400).tolist()
        looks = [drift_of(returns[:count], MEAN, ERROR, DEVIATION) for count in range(TRADES_MIN, 401, 20)]
        outside += any(not one.low <= MEAN <= one.high for one in looks)  # type: ignore[operator]  # enough trades
    assert outside <= 8  # of 60 at 5 %: more has a chance below 1 %


def test_few_trades_have_no_interval_and_an_alarm_stays() -> None:
    few = drift_of([0.001] * (TRADES_MIN - 1), MEAN, ERROR, DEVIATION)
    assert (few.low, few.high, few.alarmed_at) == (None, None, None)
    fell = drift_of([-DEVIATION] * 400 + [DEVIATION] * 400, MEAN, ERROR, DEVIATION)
    assert fell.alarmed_at is not None
    assert fell.score < ALARM_AT
    with pytest.raises(ValueError, match="deviation"):
        drift_of([0.0], MEAN, ERROR, 0.0)


def test_one_trade_is_the_formula() -> None:
    one = drift_of([-0.002], MEAN, ERROR, DEVIATION)
    away = (MEAN - 1.645 * ERROR + 0.002) / DEVIATION
    assert one.score == pytest.approx(sum(1.0 + bet * away for bet in BETS) / len(BETS))
