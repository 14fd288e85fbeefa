"""Statistics of scalpers: what a journal's events add up to, trip by trip."""

import math
from typing import Any

import pytest

from quantumflow.journal.scalpers import scalper_statistics

E8 = 10**8


class Told:
    """Events as the journal has them."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self._signal = 0

    def add(self, kind: str, **payload: Any) -> None:
        self.events.append({"kind": kind, "event_ns": len(self.events), "payload": payload})

    def signal(self, kind: str, outcome: str, regime: str, bot: str = "ff") -> None:
        self._signal += 1
        self.add("signal", signal=self._signal, signal_kind=kind, outcome=outcome, bot=bot)
        self.add("specialist", signal=self._signal, regime=regime, bot=bot)

    def trade(self, kind: str, regime: str, side: str, worth: float, left: int, bot: str = "ff") -> None:
        self.signal(kind, "ordered", regime, bot)
        order = f"{bot}-{self._signal:08d}"
        self.add("order", order=order, signal=self._signal)
        money = {"notional_e8": round(worth * E8), "fee_e8": round(worth * E8) // 1000}
        self.add("fill", order=order, bot=bot, symbol="BTCUSDT", side=side, position_qty=left, **money)


def test_a_trip_counts_for_the_regime_it_was_entered_in_and_its_return_is_after_fees() -> None:
    told = Told()
    told.trade("entry", "bull", "buy", 1000.0, 10)
    told.trade("exit_stress", "stress", "sell", 600.0, 4)
    told.trade("exit_target", "stress", "sell", 440.0, 0)
    told.trade("entry", "bear", "sell", 500.0, -5)
    tallies, trips = scalper_statistics(told.events)
    (trip,) = trips
    assert (trip.bot, trip.regime, trip.left_by) == ("ff", "bull", "exit_target")
    assert trip.net_e8 == round((1040 - 1000 - 2.04) * E8)
    assert trip.log_return == pytest.approx(math.log((1040 - 1.02) / (1000 + 1.02)))
    bull, bear = tallies["ff", "bull"], tallies["ff", "bear"]
    assert (bull.entries, bull.trips, bull.wins, bull.left_by) == (1, 1, 1, {"exit_target": 1})
    assert (bear.entries, bear.trips) == (1, 0)


def test_what_a_command_leaves_ends_the_trip_and_not_the_next_one() -> None:
    """An operator's exit is a signal without a specialist."""
    told = Told()
    told.trade("entry", "bull", "buy", 1000.0, 10)
    told.add("signal", signal=50, signal_kind="exit_command", outcome="ordered", bot="ff")
    told.add("order", order="ff-50", signal=50)
    money = {"notional_e8": 900 * E8, "fee_e8": E8}
    told.add("fill", order="ff-50", bot="ff", symbol="BTCUSDT", side="sell", position_qty=0, **money)
    told.trade("entry", "bear", "buy", 500.0, 5)
    told.trade("exit_target", "bear", "sell", 510.0, 0)
    _, (left, taken) = scalper_statistics(told.events)
    assert (left.regime, left.left_by, left.net_e8) == ("bull", "exit_command", -102 * E8)
    assert (taken.regime, taken.net_e8) == ("bear", round((10 - 1.01) * E8))


def test_conflicts_are_counted_and_bots_that_are_no_scalpers_are_not() -> None:
    told = Told()
    told.signal("entry", "conflict", "sideways", "lr")
    told.signal("entry", "short_disabled", "sideways", "lr")
    told.add("specialist", signal=None, regime="bull", bot="lr")
    told.add("signal", signal=99, signal_kind="entry", outcome="ordered", bot="imbalance")
    told.add("order", order="imbalance-1", signal=99)
    money = {"notional_e8": E8, "fee_e8": 1}
    told.add("fill", order="imbalance-1", bot="imbalance", symbol="BTCUSDT", side="buy", position_qty=1, **money)
    tallies, trips = scalper_statistics(told.events)
    assert trips == []
    assert set(tallies) == {("lr", "sideways")}
    assert (tallies["lr", "sideways"].signals, tallies["lr", "sideways"].conflicts) == (2, 1)
