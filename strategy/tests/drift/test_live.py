"""A bot's trips are held against the file's expectation of the regime in which they were entered."""

from typing import Any

from quantumflow.journal.trips import Trip
from quantumflow.reversion import make_specialist
from quantumflow.specialists import RESTING, drifts_of, parse_specialists, signature_of


def _document() -> dict[str, Any]:
    fields = {**make_specialist({"mode": "pivot"}).values(), "mode": "pivot"}
    resting = {**RESTING.values(), "mode": "zscore"}
    expected = {"mean_log_return": 0.001, "standard_error": 0.0, "deviation": 0.003, "trades": 800, "win_rate": 0.6}
    nothing = {"mean_log_return": 0.0, "standard_error": 0.0, "deviation": 0.0, "trades": 0, "win_rate": 0.0}
    digests = dict.fromkeys(("ledger_digest", "space_digest"), "a" * 64)
    counts = {"created_ns": 1, "trials": 12}
    document = {
        "provenance": {"ledger": "one", "code_version": "c", "data": {"made": "d" * 64}, **digests, **counts},
        "luck": {"chance": 0.01, "threshold": 0.05, "sentence": "chance that this is luck: 1.0 %", "accepted": ""},
        "specialists": {
            name: {**fields, "config_id": "0" * 16, "scores": {}, "expected": expected}
            for name in ("BULL", "BEAR", "SIDEWAYS")
        }
        | {"STRESS": {**resting, "config_id": "1" * 16, "scores": {}, "expected": nothing}},
    }
    return {**document, "signature": {"sha256": signature_of(document)}}


def _trip(bot: str, regime: str, log_return: float) -> Trip:
    return Trip(bot, "BTCUSDT", regime, 0, 1, 0, log_return, "exit_target")


def test_each_regime_is_held_against_its_own_trips_of_that_bot_alone() -> None:
    lost = [_trip("ff", "bear", -0.003)] * 100
    trips = [*lost, *[_trip("ff", "bull", 0.0012)] * 50, *[_trip("other", "bull", -0.01)] * 500]
    found = drifts_of(trips, parse_specialists(_document(), "it"), "ff")
    assert set(found) == {"BULL", "BEAR", "SIDEWAYS"}
    assert (found["BULL"].trades, found["BULL"].alarmed_at) == (50, None)
    assert found["BEAR"].alarmed_at is not None
    assert (found["SIDEWAYS"].trades, found["SIDEWAYS"].score) == (0, 0.0)


def test_a_bot_without_trips_has_no_interval() -> None:
    found = drifts_of([], parse_specialists(_document(), "it"), "ff")
    assert all(one.trades == 0 and one.low is None for one in found.values())
