"""Luck is called luck as often as it should be, and what earns is found."""

import numpy as np
import pytest

from quantumflow.research.promotion.chance import chances_of
from quantumflow.research.promotion.choice import best_of, expectation_of, ratios, walk_forward
from quantumflow.research.promotion.words import luck_sentence, share_text
from quantumflow.research.search.ledger import REGIMES

from .made_outcomes import FOLDS, made_outcomes

SEEDS = range(40)
DAYS = 160
"""Of noise; a quarter of them is before the first test."""


def _least_luck(seed: int, days: int, edge: float, share: float) -> float:
    outcomes, daily = made_outcomes(seed, 32, days, edge, share)
    return min(one.luck for one in chances_of(outcomes, daily, len(outcomes.ids), len(outcomes.ids), seed))


@pytest.mark.parametrize("share", [0.0, 0.9])
def test_worthless_trials_are_called_skill_no_oftener_than_the_threshold_says(share: float) -> None:
    # At 10 %, more than 9 of 40 has a chance below 1 %.
    assert sum(_least_luck(seed, DAYS, 0.0, share) <= 0.10 for seed in SEEDS) <= 9


def test_an_edge_is_found() -> None:
    found = [_least_luck(seed, 240, 0.5, 0.8) for seed in range(20)]
    assert sum(luck <= 0.05 for luck in found) >= 16


def test_more_trials_than_are_in_the_ledger_make_luck_likelier_and_none_less() -> None:
    outcomes, daily = made_outcomes(3, edge=0.3)
    few, many = (chances_of(outcomes, daily, tried, 64, 1) for tried in (64, 64_000))
    for one, other in zip(few, many, strict=True):
        assert one.reality <= other.reality
        assert one.deflated <= other.deflated
        assert one.walk_forward == other.walk_forward
    bull = REGIMES.index("BULL")
    assert few[bull].deflated < many[bull].deflated
    assert (few[bull].trials, many[bull].trials) == (256, 256_000)


def test_a_sample_says_what_all_trials_say() -> None:
    outcomes, daily = made_outcomes(5, configurations=256, edge=0.35)
    whole = chances_of(outcomes, daily, 256, 256, 1)[REGIMES.index("BULL")]
    part = chances_of(outcomes, daily, 256, 64, 1)[REGIMES.index("BULL")]
    assert part.reality == pytest.approx(whole.reality, abs=0.05)


def test_what_is_expected_is_not_the_figure_that_was_best() -> None:
    best, expected = [], []
    for seed in SEEDS:
        outcomes, _ = made_outcomes(seed, share=0.0)
        steps = walk_forward(outcomes, "BEAR")
        expected.append(expectation_of(steps).mean)
        trades, net, squares = (
            outcomes.by_fold(name, "test", "BEAR").sum(axis=1)
            for name in ("trades", "net_log_return", "net_log_return_squares")
        )
        place = best_of(ratios(trades, net, squares))
        assert place is not None
        best.append(net[place] / trades[place])
    assert np.mean(best) > 0.0015
    assert abs(np.mean(expected)) < 3 * np.std(expected) / len(SEEDS) ** 0.5


def test_an_interval_between_folds_holds_what_it_should() -> None:
    # 95 % of 40: 33 or fewer have a chance below 1 %.
    inside = 0
    for seed in SEEDS:
        one = expectation_of(walk_forward(made_outcomes(seed)[0], "BULL"))
        inside += abs(one.mean) <= 2.57 * one.standard_error  # Student's t, FOLDS - 1 = 5 degrees
    assert FOLDS == 6
    assert inside > 33


def test_without_trades_all_is_luck_and_said_so() -> None:
    outcomes, daily = made_outcomes(1)
    outcomes.figures["trades"][:] = 3.0
    one = chances_of(outcomes, daily, 64, 64, 1)[0]
    assert (one.place, one.luck) == (None, 1.0)
    assert luck_sentence(one, 64).startswith("chance that this is luck: 100 %")


def test_the_sentence_has_the_figure_and_what_it_is_made_of() -> None:
    outcomes, daily = made_outcomes(1)
    one = chances_of(outcomes, daily, 12_288, 64, 1)[0]
    said = luck_sentence(one, 12_288)
    assert said.startswith(f"chance that this is luck: {share_text(one.luck)}")
    assert "12,288 configurations" in said
    assert "PBO" in said
    assert [share_text(share) for share in (0.0, 0.004, 0.0996, 0.384, 1.0)] == [
        "below 0.1 %",
        "0.4 %",
        "10 %",
        "38 %",
        "100 %",
    ]
