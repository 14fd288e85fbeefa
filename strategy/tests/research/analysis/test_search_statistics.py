"""What a search needs: PBO, the reality check and SPA; on noise, on a planted edge, against arch and naive loops."""

import math
from itertools import combinations

import numpy as np
import pytest
from arch.bootstrap import SPA

from quantumflow.research.analysis.overfitting import backtest_overfitting
from quantumflow.research.analysis.reality import reality_check, superior_ability
from quantumflow.research.analysis.resample import resampled_places
from research.analysis.series import Floats, trials

DRAWS = 2_000


def naive_pbo(returns: Floats, blocks: int) -> float:
    parts = np.split(returns, blocks)
    lower = 0
    splits = list(combinations(range(blocks), blocks // 2))
    for chosen in splits:
        inside = np.concatenate([parts[k] for k in chosen])
        outside = np.concatenate([parts[k] for k in range(blocks) if k not in chosen])
        best = int(np.argmax(inside.mean(axis=0) / inside.std(axis=0, ddof=1)))
        ratios = outside.mean(axis=0) / outside.std(axis=0, ddof=1)
        rank = (ratios <= ratios[best]).sum() / (returns.shape[1] + 1)
        lower += math.log(rank / (1 - rank)) <= 0
    return lower / len(splits)


@pytest.mark.parametrize("seed", range(3))
def test_pbo_is_the_naive_one(seed: int) -> None:
    returns = trials(seed, 48, 9)
    found = backtest_overfitting(returns, 6)
    assert found.probability == pytest.approx(naive_pbo(returns, 6))
    assert len(found.logits) == math.comb(6, 3)


def test_pbo_of_noise_is_near_a_half_and_of_an_edge_near_none() -> None:
    noisy = [backtest_overfitting(trials(seed, 240, 40), 10).probability for seed in range(12)]
    assert np.mean(noisy) == pytest.approx(0.5, abs=0.12)
    found = backtest_overfitting(trials(1, 240, 40, edge=0.5), 10)
    assert found.probability < 0.01
    assert found.loss_probability < 0.01
    assert found.outside.mean() == pytest.approx(0.5, abs=0.1)


def test_a_trial_that_never_trades_has_rank_without_a_division_by_nothing() -> None:
    returns = trials(2, 64, 5)
    returns[:, 3] = 0.0
    found = backtest_overfitting(returns, 8)
    assert np.isfinite(found.logits).all()
    assert np.isfinite(found.outside).all()


@pytest.mark.parametrize(("shape", "blocks"), [((64, 1), 8), ((64, 5), 7), ((15, 5), 8), ((64, 5), 22)])
def test_pbo_refuses_what_it_cannot_cut(shape: tuple[int, int], blocks: int) -> None:
    with pytest.raises(ValueError, match="blocks"):
        backtest_overfitting(np.ones(shape), blocks)


def test_the_reality_check_has_the_library_s_p_value() -> None:
    """Without studentising, arch's `upper` is White's p-value."""
    for edge in (0.0, 0.12):
        differences = trials(4, 250, 30, edge)
        theirs = SPA(
            np.zeros(250), -differences, block_size=4, reps=DRAWS, bootstrap="stationary", studentize=False, seed=1
        )
        theirs.compute()
        ours = reality_check(differences, DRAWS, 4.0, seed=1)
        assert ours.p_value == pytest.approx(float(theirs.pvalues["upper"]), abs=0.035)
        assert ours.best == int(np.argmax(differences.mean(axis=0)))
        assert ours.statistic == pytest.approx(math.sqrt(250) * differences.mean(axis=0).max())


def test_superior_ability_is_its_definition_in_loops() -> None:
    differences = trials(7, 60, 4) + np.array([0.0, 0.1, -0.6, 0.05])
    count, block, draws = 60, 3.0, 200
    means = differences.mean(axis=0)
    deviations = np.array([_deviation(differences[:, k], block) for k in range(4)])
    statistic = max(0.0, max(math.sqrt(count) * means / deviations))
    threshold = -math.sqrt(2 * math.log(math.log(count)))
    beyond = np.zeros(3)
    for places in np.concatenate(list(resampled_places(count, draws, block, 5))):
        drawn = differences[places].mean(axis=0)
        for way in range(3):
            best = 0.0
            for k in range(4):
                z = math.sqrt(count) * means[k] / deviations[k]
                centre = (max(means[k], 0.0), means[k] if z >= threshold else 0.0, means[k])[way]
                best = max(best, math.sqrt(count) * (drawn[k] - centre) / deviations[k])
            beyond[way] += best >= statistic
    found = superior_ability(differences, draws, block, 5)
    assert found.statistic == pytest.approx(statistic)
    assert [found.lower, found.consistent, found.upper] == pytest.approx((beyond / draws).tolist())
    assert found.lower <= found.consistent <= found.upper


def _deviation(values: Floats, block: float) -> float:
    centred, count, stay = values - values.mean(), len(values), 1 - 1 / block
    variance = float(centred @ centred) / count
    for lag in range(1, count):
        weight = (count - lag) / count * stay**lag + lag / count * stay ** (count - lag)
        variance += 2 * weight * float(centred[lag:] @ centred[:-lag]) / count
    return math.sqrt(variance)


def test_noise_is_called_luck_as_often_as_promised_and_an_edge_is_found() -> None:
    noisy = [trials(seed, 120, 25) for seed in range(100, 160)]
    for test in (
        lambda values: reality_check(values, 300, 2.0, 1).p_value,
        lambda values: superior_ability(values, 300, 2.0, 1).consistent,
    ):
        called = np.mean([test(values) < 0.1 for values in noisy])
        assert called <= 0.22, "of 60 worthless searches a tenth is significant at 10 %; 0.22 is three deviations more"
        assert test(trials(9, 250, 25, edge=0.35)) < 0.01


def test_hopeless_trials_weaken_white_s_test_and_not_hansen_s() -> None:
    able = trials(11, 250, 10, edge=0.22)
    hopeless = np.random.default_rng(1).normal(-1.0, 12.0, (250, 300))
    with_them = np.hstack([able, hopeless])
    assert superior_ability(with_them, 500, 2.0, 1).consistent < 0.1
    assert reality_check(with_them, 500, 2.0, 1).p_value > 0.3


def test_a_search_of_nothing_that_differs_is_luck() -> None:
    nothing = superior_ability(np.zeros((50, 3)), 100, 2.0, 1)
    assert (nothing.statistic, nothing.consistent) == (0.0, 1.0)
