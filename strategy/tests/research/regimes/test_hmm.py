"""The model finds planted regimes, filters without looking ahead, and is measured on bars that it has not seen."""

import numpy as np
import numpy.typing as npt
import pytest

from quantumflow.errors import ResearchRefused
from quantumflow.regime import Regime
from quantumflow.research.regimes import compare_regimes, filter_states, fit_hmm, longest_stretch, observations

ROWS = 16_000


def _market(seed: int) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
    """Closes of a market that is wild in stretches, and where it is."""
    random = np.random.default_rng(seed)
    wild = np.repeat(random.random(ROWS // 250) < 0.3, 250)
    return 60_000 * np.exp(np.cumsum(random.normal(0, 1, ROWS) * np.where(wild, 4e-3, 4e-4))), wild


def test_planted_regimes_are_found_and_the_same_data_give_the_same_model() -> None:
    closes, wild = _market(1)
    seen = observations(closes)
    model = fit_hmm(seen[: ROWS // 2], states=2)
    found = filter_states(model, seen)[ROWS // 2 :]
    settled = np.convolve(wild, np.ones(41), "same")[ROWS // 2 :] % 41 == 0
    assert np.mean(found[settled] == wild[ROWS // 2 :][settled]) > 0.95
    again = fit_hmm(seen[: ROWS // 2], states=2)
    assert all(np.array_equal(getattr(model, name), getattr(again, name)) for name in ("moves", "means", "variances"))
    assert model.moves.sum(axis=1) == pytest.approx([1.0, 1.0])


def test_a_filtered_state_does_not_change_with_what_comes_later() -> None:
    closes, _ = _market(2)
    model = fit_hmm(observations(closes[: ROWS // 2]))
    whole = filter_states(model, observations(closes))
    for cut in (100, 5_000, ROWS - 1):
        changed = closes.copy()
        changed[cut:] = closes[cut] * np.linspace(1, 2, ROWS - cut)
        assert np.array_equal(filter_states(model, observations(changed))[:cut], whole[:cut])
    assert (whole[:60] == -1).all()
    assert (whole[60:] >= 0).all()


def test_both_are_measured_on_the_part_that_the_model_has_not_seen() -> None:
    closes, _ = _market(3)
    found = compare_regimes(closes)
    assert found.bars <= ROWS // 2
    assert set(found.rules) == {regime.name.lower() for regime in Regime} - {"unknown"}
    for measured in (found.rules, found.states):
        assert sum(one.share for one in measured.values()) == pytest.approx(1.0)
    assert sum(sum(row.values()) for row in found.agreement.values()) == pytest.approx(1.0)
    assert found.states["3"].next_volatility > 3 * found.states["0"].next_volatility
    assert 0.3 < found.separation_states <= 1.0


def test_too_few_bars_are_refused_and_the_longest_stretch_is_taken() -> None:
    with pytest.raises(ResearchRefused, match="too_few_bars"):
        compare_regimes(np.full(5_000, 3.0))
    assert longest_stretch(np.array([1, 2, 3, 5, 6, 7, 8, 20]) * 60, 60) == slice(3, 7)
    assert longest_stretch(np.array([60, 120]), 60) == slice(0, 2)
