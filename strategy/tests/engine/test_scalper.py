"""FF and LR, minute by minute: what they see, when they may not, who wins, and what they never do."""

import math
import time
from collections.abc import Iterable

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.scalper_market import FIRST_NS, MINUTE, a_world, candle, closes_of, minutes, scalper, steps
from engine.world import SECOND, book, play, stream
from quantumflow.features.bars import take_candle
from quantumflow.kernel import compiled
from quantumflow.outputs import Output
from quantumflow.regime import WINDOW, regimes_of
from quantumflow.regime_vocabulary import Mode, Regime
from quantumflow.reversion import atr_series, half_life_series, score_series
from quantumflow.state import BARS_KEPT, PARAMETERS_MAX
from quantumflow.strategies.scalper_declared import PARAMETERS_FF, PARAMETERS_LR
from quantumflow.vocabulary import OutputKind, Side, SignalKind, SignalOutcome

EAGER = {f"{regime}_entry_score": 0.4 for regime in ("stress", "bull", "bear", "sideways")}
EAGER_FF = {
    **EAGER,
    **{f"{name[:-11]}lookback": 20.0 for name in EAGER},
    **{f"{name[:-11]}exit_score": -0.2 for name in EAGER},
}
EAGER_LR = {"entry_score": 0.4, "lookback": 200.0, "exit_score": -0.2}
CYCLE_SECONDS_MAX = 1.0


def _of(told: Iterable[Output], kind: OutputKind, bot: int | None = None) -> list[Output]:
    return [each for each in told if each.kind is kind and bot in (None, each.bot)]


def _kinds(told: Iterable[Output], bot: int) -> set[tuple[SignalKind, SignalOutcome]]:
    signals = _of(told, OutputKind.SIGNAL, bot)
    return {(SignalKind(each.values["signal_kind"]), SignalOutcome(each.values["outcome"])) for each in signals}


def test_bars_fill_in_order_and_begin_again_after_a_hole_or_half_a_minute() -> None:
    instrument = a_world(scalper("lr", "lr")).instruments[0]
    rows = [candle(FIRST_NS + n * MINUTE, 1_000 + n) for n in (0, 1, 1, 0, 2, 4, 5)]
    rows += [candle(FIRST_NS + 6 * MINUTE, 1_006, closed=0), candle(FIRST_NS + 6 * MINUTE, 1_006, code=3)]
    rows += [candle(FIRST_NS + 7 * MINUTE, 1_007), candle(FIRST_NS + 8 * MINUTE, 1_008)]
    taken = []
    for head in stream(rows).heads:
        taken.append((bool(take_candle(instrument, head)), int(instrument["bars"])))
    assert [bars for _, bars in taken] == [1, 2, 2, 2, 3, 1, 2, 2, 0, 1, 2]
    assert [new for new, _ in taken] == [True, True, False, False, True, True, True, False, True, True, True]
    assert instrument["closes"][-2:].tolist() == [1_007.0, 1_008.0]
    assert (instrument["highs"][-1], instrument["lows"][-1]) == (1_028.0, 988.0)


def test_nothing_is_wanted_before_the_window_is_full_and_then_what_the_whole_series_says_bit_for_bit() -> None:
    closes = closes_of(3, 1_250)
    state = a_world(scalper("ff", "ff", **EAGER_FF), scalper("lr", "lr"), short=True)
    told = play(state, stream(minutes(closes)))
    seen = _of(told, OutputKind.SPECIALIST)
    assert min(each.values["bar_ns"] for each in seen) == FIRST_NS + (WINDOW - 1) * MINUTE
    regimes = regimes_of(closes)
    bars = (closes, closes + 20, closes - 20)
    score, atr, life = score_series(Mode.REGRESSION, 180, *bars), atr_series(14, *bars), half_life_series(100, closes)
    for each in seen:
        row = (each.values["bar_ns"] - FIRST_NS) // MINUTE
        assert each.values["regime"] == regimes[row]
        if each.bot == 1:
            assert (each.values["score"], each.values["atr"]) == (score[row], atr[row])
            assert each.values["half_life"] == life[row]
    changes = [row for row in range(WINDOW - 1, len(closes)) if regimes[row] != regimes[row - 1]]
    ff = [each.values["bar_ns"] for each in seen if each.bot == 0 and each.values["signal"] == 0]
    assert [(at - FIRST_NS) // MINUTE for at in ff] == changes
    assert (SignalKind.ENTRY, SignalOutcome.ORDERED) in _kinds(told, 0) & _kinds(told, 1)


def test_history_that_is_told_late_fills_the_bars_and_enters_nothing() -> None:
    closes = closes_of(4, 1_100)
    late = FIRST_NS + 1_100 * MINUTE + 11 * SECOND
    rows = [
        ({**candle(FIRST_NS + n * MINUTE, int(close))[0], "recv_ns": late}, None, None)
        for n, close in enumerate(closes)
    ]
    rows.append(book(late + SECOND, [(closes[-1] - 5, 10**7)], [(closes[-1] + 5, 10**7)]))
    state = a_world(scalper("ff", "ff", **EAGER_FF), short=True)
    assert _of(play(state, stream(rows)), OutputKind.SIGNAL) == []
    assert state.instruments[0]["bars"] == BARS_KEPT
    assert state.slots[0, 0]["bar_regime"] == Regime.UNKNOWN
    more = closes_of(5, 60, float(closes[-1]))
    told = play(state, stream(minutes(more, FIRST_NS + 1_100 * MINUTE), len(rows) + 1))
    assert (SignalKind.ENTRY, SignalOutcome.ORDERED) in _kinds(told, 0)


def test_what_is_held_when_the_regime_becomes_unknown_is_left() -> None:
    closes = closes_of(6, 1_200)
    state = a_world(scalper("lr", "lr", **EAGER_LR))
    after = []
    for told in steps(state, rows := minutes(closes)):
        after += told
        if state.slots[0, 0]["qty"] > 0:
            break
    assert state.slots[0, 0]["qty"] > 0
    then = int(state.core[0]["now_ns"]) // MINUTE * MINUTE + 3 * MINUTE
    told = play(state, stream(minutes(closes[-2:], then), len(rows) + 1))
    assert {kind for kind, _ in _kinds(told, 0)} == {SignalKind.EXIT_UNKNOWN}
    assert state.slots[0, 0]["qty"] == 0


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    seed=st.integers(0, 2**32), lr_first=st.booleans(), lookback=st.integers(5, 60), latency=st.sampled_from([8, 3_000])
)
def test_scalpers_never_hold_opposite_positions_and_ff_wins(
    seed: int, lr_first: bool, lookback: int, latency: int
) -> None:
    fast = {f"{name[:-11]}lookback": float(lookback) for name in EAGER}
    bots = [scalper("ff", "ff", 7_000, **{**EAGER_FF, **fast}), scalper("lr", "lr", 3_000, **EAGER_LR)]
    bots = bots[::-1] if lr_first else bots
    ff, lr = (1, 0) if lr_first else (0, 1)
    state = a_world(*bots, short=True, latency_us=(latency * 1_000,) * 7)
    told: list[Output] = []
    for some in steps(state, minutes(closes_of(seed, 1_160))):
        told += some
        qty = state.slots[:, 0]["qty"]
        assert qty.min() >= 0 or qty.max() <= 0
        entering = [
            1 if order["side"] == Side.BUY else -1
            for order in state.orders[: int(state.core[0]["open_orders"])]
            if not order["reduce_only"]
        ]
        assert len({*entering, *np.sign(qty[qty != 0]).tolist()}) <= 1
    assert (SignalKind.EXIT_CONFLICT, SignalOutcome.ORDERED) not in _kinds(told, ff)
    for signal in _of(told, OutputKind.SIGNAL, ff):
        assert signal.values["signal_kind"] != SignalKind.EXIT_CONFLICT
    both = _kinds(told, ff) | _kinds(told, lr)
    assert (SignalKind.ENTRY, SignalOutcome.ORDERED) in both


def test_a_wish_against_ffs_is_told_as_conflict_and_lr_makes_way_for_it() -> None:
    state = a_world(scalper("lr", "lr", 3_000, **EAGER_LR), scalper("ff", "ff", 7_000, **EAGER_FF), short=True)
    told = play(state, stream(minutes(closes_of(11, 1_600))))
    assert (SignalKind.ENTRY, SignalOutcome.CONFLICT) in _kinds(told, 0)
    assert (SignalKind.EXIT_CONFLICT, SignalOutcome.ORDERED) in _kinds(told, 0)
    waited = [each for each in _of(told, OutputKind.SIGNAL, 1) if each.values["outcome"] == SignalOutcome.CONFLICT]
    ordered = {
        each.event_ns // MINUTE: each.values["side"]
        for each in _of(told, OutputKind.SIGNAL, 1)
        if each.values["signal_kind"] == SignalKind.ENTRY and each.values["outcome"] == SignalOutcome.ORDERED
    }
    assert waited
    assert any(ordered.get(each.event_ns // MINUTE) == each.values["side"] for each in waited)


def test_wishes_that_agree_blend_by_capital() -> None:
    same = {"mode": 0.0, "lookback": 30.0, "entry_score": 1.5}
    ff = {f"{name[:-11]}{field}": value for name in EAGER for field, value in same.items()}
    state = a_world(scalper("ff", "ff", 7_000, **ff), scalper("lr", "lr", 3_000, **{**same, "entry_score": 1.2}))
    told = play(state, stream(minutes(closes_of(12, 1_300))))
    signals = {bot: {each.event_ns: each for each in _of(told, OutputKind.SIGNAL, bot)} for bot in (0, 1)}
    alone = {each.values["signal"]: each.values["confidence"] for each in _of(told, OutputKind.SPECIALIST)}
    agreed = 0
    for at, one in signals[0].items():
        other = signals[1].get(at)
        if other is None or {one.values["signal_kind"], other.values["signal_kind"]} != {SignalKind.ENTRY}:
            continue
        mean = 0.7 * alone[one.values["signal"]] + 0.3 * alone[other.values["signal"]]
        assert one.values["confidence"] == pytest.approx(mean) == other.values["confidence"]
        agreed += one.values["outcome"] == other.values["outcome"] == SignalOutcome.ORDERED
    assert agreed > 0


def test_in_stress_ff_holds_no_more_than_its_cap() -> None:
    cap = 0.05
    state = a_world(scalper("ff", "ff", 10_000, **EAGER_FF, stress_share_max=cap), short=True)
    stressed, reduced = 0, 0
    rows = minutes(closes_of(13, 1_500))
    for row, told in zip(rows, steps(state, rows), strict=True):
        reduced += (SignalKind.EXIT_STRESS, SignalOutcome.ORDERED) in _kinds(told, 0)
        slot = state.slots[0, 0]
        settled = int(state.core[0]["now_ns"]) - int(slot["bar_ns"]) - MINUTE > SECOND // 2
        if row[1] is not None and settled and slot["bar_regime"] == Regime.STRESS and slot["qty"] != 0:
            stressed += 1
            worth = abs(int(slot["qty"])) * float(state.instruments[0]["closes"][-1]) * 10 / 10**8
            assert worth <= cap * 10_000 * 1.02
    assert stressed > 0
    assert reduced > 0


def test_the_parameters_are_those_of_the_specialists_and_fit_the_state() -> None:
    assert len(PARAMETERS_FF) <= PARAMETERS_MAX
    assert len({each.name for each in PARAMETERS_FF}) == len(PARAMETERS_FF)
    lr = {each.name: each.default for each in PARAMETERS_LR}
    assert (lr["mode"], lr["lookback"]) == (Mode.REGRESSION, 180)
    for each in (*PARAMETERS_FF, *PARAMETERS_LR):
        assert each.low <= each.default <= each.high


def test_six_instruments_are_decided_well_within_a_second() -> None:
    if not compiled():
        pytest.skip("NUMBA_DISABLE_JIT is set: plain Python is not what is measured")
    symbols = tuple(f"C{k}USDT" for k in range(6))
    state = a_world(scalper("ff", "ff", symbols=symbols), scalper("lr", "lr", symbols=symbols), symbols=symbols)
    rows = [row for k in range(6) for row in minutes(closes_of(k, WINDOW), k=k)]
    rows.sort(key=lambda row: row[0]["recv_ns"])
    play(state, stream(rows))
    last = [row for k in range(6) for row in minutes(closes_of(k, 1), FIRST_NS + WINDOW * MINUTE, k=k)]
    last.sort(key=lambda row: row[0]["recv_ns"])
    cycle = stream(last, len(rows) + 1)
    began = time.perf_counter()
    play(state, cycle)
    assert time.perf_counter() - began < CYCLE_SECONDS_MAX
    assert all(math.isfinite(each) for each in state.slots[:, :]["bar_score"].ravel())
