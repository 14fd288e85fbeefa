"""Train and test do not touch: whatever the plan, no bar of train is within purge or embargo of a bar of test."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quantumflow.errors import ResearchRefused
from quantumflow.research.search.folds import SCHEMES, FoldPlan, folds_of, segments

PLANS = st.builds(
    FoldPlan,
    st.sampled_from(SCHEMES),
    st.integers(2, 7),
    st.integers(0, 200),
    st.integers(0, 40),
    st.integers(0, 40),
)


@given(PLANS, st.integers(50, 600))
def test_no_bar_of_train_is_within_purge_or_embargo_of_a_bar_of_test(plan: FoldPlan, bars: int) -> None:
    try:
        folds = folds_of(plan, bars)
    except ResearchRefused:
        return  # too few bars for the plan; the last test here has what it says
    assert len(folds) == plan.count
    cuts, members = segments(folds, bars)
    assert cuts[0] == 0
    assert cuts[-1] == bars
    seen: set[int] = set()
    for number, fold in enumerate(folds):
        tests = set(range(*fold.test))
        trains = {bar for span in fold.train for bar in range(*span)}
        assert tests
        assert trains
        assert not tests & seen
        seen |= tests
        for bar in trains:
            assert not tests & set(range(bar - plan.embargo_bars, bar + plan.purge_bars + 1))
        for begin, row in zip(cuts[:-1], members, strict=True):
            assert row[2 * number] == (begin in tests)
            assert row[2 * number + 1] == (begin in trains)
        if plan.scheme == "walk_forward":
            assert max(trains) < min(tests)


def test_tests_cover_all_that_follows_the_first_train() -> None:
    folds = folds_of(FoldPlan("walk_forward", 3, 100, 10, 5), 410)
    assert [fold.test for fold in folds] == [(110, 210), (210, 310), (310, 410)]
    assert [fold.train for fold in folds] == [((0, 100),), ((100, 200),), ((200, 300),)]
    crossed = folds_of(FoldPlan("crossed", 3, 0, 10, 5), 300)
    assert crossed[1].train == ((0, 90), (205, 300))


def test_too_few_bars_are_refused_with_the_plan() -> None:
    with pytest.raises(ResearchRefused, match="folds_refused: 100 bars are too few for 3 folds of walk_forward"):
        folds_of(FoldPlan("walk_forward", 3, 100, 10, 5), 100)
