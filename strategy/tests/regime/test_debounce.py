"""Debounce: what flickers changes nothing, what forbids or limits trading stands at once."""

from itertools import groupby

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from quantumflow.regime import Regime, debounced

REGIMES = st.lists(st.sampled_from(list(Regime)), max_size=60)


def _naive(regimes: list[Regime], bars: int) -> list[Regime]:
    """What stands: the newest regime whose run of equal bars was long enough, or that does not wait."""
    out: list[Regime] = []
    standing = Regime.UNKNOWN
    for regime, run in groupby(regimes):
        for length, _ in enumerate(run, start=1):
            if length >= bars or regime in (Regime.UNKNOWN, Regime.STRESS):
                standing = regime
            out.append(standing)
    return out


@settings(deadline=None)
@given(regimes=REGIMES, bars=st.integers(1, 10))
def test_a_regime_stands_after_so_many_bars_in_a_row(regimes: list[Regime], bars: int) -> None:
    assert list(debounced(np.array(regimes, np.int8), bars)) == _naive(regimes, bars)


@settings(deadline=None)
@given(regimes=REGIMES)
def test_with_one_bar_nothing_waits(regimes: list[Regime]) -> None:
    assert list(debounced(np.array(regimes, np.int8), 1)) == regimes


@settings(deadline=None)
@given(regimes=REGIMES, bars=st.integers(1, 10))
def test_unknown_and_stress_are_never_late(regimes: list[Regime], bars: int) -> None:
    for seen, standing in zip(regimes, debounced(np.array(regimes, np.int8), bars), strict=True):
        if seen in (Regime.UNKNOWN, Regime.STRESS):
            assert standing == seen
