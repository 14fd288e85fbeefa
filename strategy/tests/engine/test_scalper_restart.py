"""After a restart FF and LR decide what they would have decided: who entered, and for how long, is the journal's."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest

from engine.scalper_market import FIRST_NS, MINUTE, a_world, candle, closes_of, minutes, scalper, steps
from engine.world import DEPOSIT, SECOND, opening
from quantumflow.engine import State
from quantumflow.journal.records import record_of
from quantumflow.journal.recovery import opening_of
from quantumflow.journal.totals import Totals
from quantumflow.outputs import Output
from quantumflow.regime_vocabulary import Regime
from quantumflow.specs import BotSpec, Opening
from quantumflow.vocabulary import OutputKind

REGIMES = ("stress", "bull", "bear", "sideways")
LIVED = 1_240
"""Minutes; decisions begin after 1,000."""
HELD_BARS = 6
_UNSEEN = ("last_id", "volatility", "volatility_z", "atr", "momentum")


def _bots() -> list[BotSpec]:
    """Each regime's specialist leaves after another time and at another score, so that it matters who entered."""
    ff: dict[str, float] = {}
    for number, regime in enumerate(REGIMES):
        ff |= {f"{regime}_entry_score": 0.8, f"{regime}_lookback": 20.0 + 20.0 * number}
        ff |= {f"{regime}_exit_score": -3.0, f"{regime}_hold_bars": 9.0 + 4.0 * number, f"{regime}_stop_atr": 900.0}
    lr = {"entry_score": 0.8, "exit_score": -3.0, "hold_bars": 14.0, "stop_atr": 900.0}
    return [scalper("ff", "ff", 7_000, **ff), scalper("lr", "lr", 3_000, **lr)]


def _world(account: Opening) -> State:
    return a_world(*_bots(), short=True, account=account)


def _journaled(told: Iterable[Output], totals: Totals) -> None:
    for output in told:
        record = record_of(output, ["ff", "lr"], ["BTCUSDT"])
        totals.apply(record.kind, record.event_ns, record.payload)


def _decisions(told: Iterable[Output]) -> list[tuple[Any, ...]]:
    """Signals, and what was seen with each; without the features of books that scalpers do not look at."""
    kinds = (OutputKind.SIGNAL, OutputKind.SPECIALIST)
    chosen = [one for one in told if one.kind in kinds and one.values["signal"] != 0]
    return [
        (one.kind, one.event_ns, one.bot, {name: value for name, value in one.values.items() if name not in _UNSEEN})
        if one.kind is OutputKind.SIGNAL
        else (one.kind, one.event_ns, one.bot, dict(one.values))
        for one in chosen
    ]


def _restarted(totals: Totals, closes: Any, forgets: bool) -> State:
    """A new engine of what the journal says, that was given the last minutes as history."""
    found = opening_of(totals)
    if forgets:
        held = tuple(replace(one, entry_regime=0, entry_bar_ns=0) for one in found.positions)
        found = replace(found, positions=held)
    state = _world(found)
    now_ns = FIRST_NS + len(closes) * MINUTE + 20 * SECOND
    history = [candle(FIRST_NS + number * MINUTE, int(close)) for number, close in enumerate(closes)][-1_100:]
    for told in steps(state, [({**fields, "recv_ns": now_ns}, None, None) for fields, _, _ in history]):
        assert _decisions(told) == []
    return state


@pytest.mark.parametrize("forgets", [False, True])
def test_a_restarted_session_decides_what_one_that_went_on_decides(forgets: bool) -> None:
    """And one that forgets does not: the test can fail."""
    closes = closes_of(21, LIVED)
    account = opening(10 * DEPOSIT)
    state, totals = _world(account), Totals(cash_e8=account.cash_e8, peak_e8=account.peak_e8)
    instrument = state.instruments[0]
    totals.value = {"BTCUSDT": (int(instrument["value_num"]), int(instrument["value_den"]))}
    compared = differing = 0
    rows = minutes(closes)
    for at, told in enumerate(steps(state, rows)):
        _journaled(told, totals)
        slot = state.slots[0, 0]
        minute_ends = at % 3 == 2
        moved_on = slot["bar_entry_regime"] not in (Regime.UNKNOWN, slot["bar_regime"])
        if minute_ends and slot["qty"] != 0 and slot["bars_held"] == HELD_BARS and moved_on and not totals.open_orders:
            position = totals.positions["ff", "BTCUSDT"]
            assert (Regime[position.entry_regime.upper()], position.entry_bar_ns) == (
                slot["bar_entry_regime"],
                slot["bar_since_ns"],
            )
            compared += 1
            differing += _next_decisions(totals, closes, at // 3 + 1, forgets) != _next_decisions_of(
                state, rows, at + 1
            )
    assert compared >= 2
    assert (differing > 0) is forgets


def _next_decisions(totals: Totals, closes: Any, minute: int, forgets: bool) -> list[tuple[Any, ...]]:
    state = _restarted(totals, closes[:minute], forgets)
    more = minutes(closes[minute : minute + 30], FIRST_NS + minute * MINUTE)
    return [one for told in steps(state, more, 3 * minute + 1) for one in _decisions(told)]


def _next_decisions_of(state: State, rows: list[Any], at: int) -> list[tuple[Any, ...]]:
    went_on = State(*(part.copy() for part in state))
    return [one for told in steps(went_on, rows[at : at + 90], at + 1) for one in _decisions(told)]
