"""The step of a specialist, as a table that a trader can read; and what a specialist may be."""

import math
from dataclasses import FrozenInstanceError, fields, replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quantumflow.errors import SpecialistRefused
from quantumflow.reversion import SPECIALIST_PARAMETERS, Action, Mode, Specialist, decide, make_specialist

PLAIN = make_specialist({"entry_score": 2, "exit_score": 0.5, "stop_atr": 3, "hold_bars": 60})
WAITS = replace(PLAIN, half_lives=2.0, volatility_min_ppm=500.0)


def _step(specialist: Specialist, **bar: Any) -> Action:
    told = {"score": 0.0, "close": 100.0, "atr": 1.0, "volatility": 0.001, "half_life": 10.0}
    held = {"position": 0, "entered": 0.0, "bars_held": 0}
    return Action(decide(*{**told, **held, **bar}.values(), *specialist.rules))


@pytest.mark.parametrize(
    ("specialist", "bar", "action"),
    [
        (PLAIN, {"score": -1.99}, Action.STAY),
        (PLAIN, {"score": -2.0}, Action.LONG),
        (PLAIN, {"score": 2.0}, Action.SHORT),
        (PLAIN, {"score": math.nan}, Action.STAY),
        (PLAIN, {"score": -3.0, "atr": math.nan}, Action.STAY),
        (PLAIN, {"score": -3.0, "atr": 0.0}, Action.STAY),
        (PLAIN, {"score": -3.0, "volatility": math.nan}, Action.STAY),
        (PLAIN, {"score": -3.0, "half_life": math.inf}, Action.LONG),
        (WAITS, {"score": -3.0, "half_life": math.inf}, Action.STAY),
        (WAITS, {"score": -3.0, "half_life": math.nan}, Action.STAY),
        (WAITS, {"score": -3.0, "volatility": 0.000499}, Action.STAY),
        (WAITS, {"score": -3.0}, Action.LONG),
    ],
)
def test_it_enters_against_a_deviation_when_everything_is_known(
    specialist: Specialist, bar: dict[str, float], action: Action
) -> None:
    assert _step(specialist, **bar) == action


@pytest.mark.parametrize(
    ("specialist", "bar", "action"),
    [
        (PLAIN, {"score": -1.0, "close": 97.01}, Action.STAY),
        (PLAIN, {"score": -1.0, "close": 97.0}, Action.STOP),
        (PLAIN, {"score": -0.51}, Action.STAY),
        (PLAIN, {"score": -0.5}, Action.TARGET),
        (PLAIN, {"score": 4.0, "close": 96.0}, Action.STOP),
        (PLAIN, {"score": -1.0, "bars_held": 59}, Action.STAY),
        (PLAIN, {"score": -1.0, "bars_held": 60}, Action.TIME),
        (PLAIN, {"score": -1.0, "bars_held": 30, "half_life": 1.0}, Action.STAY),
        (WAITS, {"score": -1.0, "bars_held": 19}, Action.STAY),
        (WAITS, {"score": -1.0, "bars_held": 20}, Action.TIME),
        (WAITS, {"score": -1.0, "bars_held": 59, "half_life": math.inf}, Action.STAY),
        (PLAIN, {"score": math.nan, "atr": math.nan, "bars_held": 59}, Action.STAY),
        (PLAIN, {"score": math.nan, "atr": math.nan, "bars_held": 60}, Action.TIME),
    ],
)
def test_it_leaves_by_stop_target_or_time(specialist: Specialist, bar: dict[str, float], action: Action) -> None:
    assert _step(specialist, position=1, entered=100.0, **bar) == action
    mirrored = {**bar, "score": -bar["score"], "close": 200.0 - bar.get("close", 100.0)}
    assert _step(specialist, position=-1, entered=100.0, **mirrored) == action


@settings(deadline=None)
@given(
    score=st.floats(-10, 10), price=st.floats(50, 150), held=st.integers(0, 100), position=st.sampled_from([-1, 0, 1])
)
def test_a_mirrored_market_makes_the_mirrored_step(score: float, price: float, held: int, position: int) -> None:
    bar = {"score": score, "close": price, "position": position, "entered": 100.0, "bars_held": held}
    mirrored = {**bar, "score": -score, "close": 200.0 - price, "position": -position}
    here, there = _step(PLAIN, **bar), _step(PLAIN, **mirrored)
    if abs(price - 97) < 1e-9 or abs(price - 103) < 1e-9 or score == 0.0:
        return  # at the edge rounding decides
    assert there == {Action.LONG: Action.SHORT, Action.SHORT: Action.LONG}.get(here, here)


def test_a_specialist_has_the_declared_fields_and_cannot_be_changed() -> None:
    assert [field.name for field in fields(Specialist)] == [each.name for each in SPECIALIST_PARAMETERS]
    assert make_specialist({"mode": "pivot"}).mode == Mode.PIVOT
    assert make_specialist(PLAIN.values()) == PLAIN
    with pytest.raises(FrozenInstanceError):
        PLAIN.lookback = 7  # type: ignore[misc] # that it is refused is what is tested


@pytest.mark.parametrize(
    ("given_fields", "named"),
    [
        ({"mode": "mean"}, "specialist.mode: found 'mean'; give one of zscore, regression, pivot"),
        ({"mode": 1}, "specialist.mode"),
        ({"lookback": 901}, "specialist.lookback"),
        ({"lookback": 60.5}, "specialist.lookback"),
        ({"atr_bars": 0}, "specialist.atr_bars"),
        ({"entry_score": math.nan}, "specialist.entry_score"),
        ({"entry_score": "2"}, "specialist.entry_score"),
        ({"entry_score": 1.0, "exit_score": 1.0}, "specialist.exit_score"),
        ({"lookbak": 60}, "specialist.lookbak"),
        ({"hold_bars": True}, "specialist.hold_bars"),
    ],
)
def test_what_is_wrong_is_named_by_its_field(given_fields: dict[str, object], named: str) -> None:
    with pytest.raises(SpecialistRefused, match="specialist_refused") as refused:
        make_specialist(given_fields)
    assert named in refused.value.detail
