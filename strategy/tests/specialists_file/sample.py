"""A document as a search writes it."""

import copy
from typing import Any

from quantumflow.reversion import make_specialist

__all__ = ["a_document"]


def a_document() -> dict[str, Any]:
    fields = {**make_specialist({"mode": "pivot", "lookback": 90}).values(), "mode": "pivot"}
    expected = {"mean_log_return": 0.0004, "standard_error": 1e-05, "deviation": 0.003, "trades": 812, "win_rate": 0.58}
    one = {**fields, "config_id": "0123456789abcdef", "scores": {"robustness": 0.4, "stability": -1.0}}
    provenance = {
        "ledger": "minutes",
        "ledger_digest": "a" * 64,
        "space_digest": "b" * 64,
        "code_version": "0.1.0",
        "data": {"BTCUSDT_1m": "c" * 64},
        "created_ns": 1_732_600_000_000_000_000,
        "trials": 12_288,
    }
    luck = {"chance": 0.02, "threshold": 0.05, "sentence": "chance that this is luck: 2 %", "accepted": ""}
    specialists = {name: {**one, "expected": expected} for name in ("BULL", "BEAR", "SIDEWAYS", "STRESS")}
    return copy.deepcopy({"provenance": provenance, "luck": luck, "specialists": specialists})
