"""Latency, fees, queue, impact and fills by name. What each assumes stands in broker/FILLS.md.

A name chooses values of BrokerSpec; the broker is the live one, whatever is chosen.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from quantumflow.errors import ResearchRefused
from quantumflow.specs import BrokerSpec
from quantumflow.vocabulary import FillModel, ImpactModel, QueueModel

__all__ = ["FEES", "FILLS", "IMPACT", "LATENCY", "QUEUE", "chosen", "described"]

CONFIGURED = "configured"
_KNOTS = 7
_US_MAX = 60_000_000

LATENCY: Mapping[str, tuple[int, ...]] = {
    "none": (0,) * _KNOTS,
    "colocated": (200, 350, 500, 800, 1_500, 5_000, 20_000),
    "home": (8_000, 12_000, 18_000, 28_000, 45_000, 90_000, 150_000),
    "far": (90_000, 120_000, 150_000, 190_000, 260_000, 500_000, 1_500_000),
}
"""Microseconds at 0, 25, 50, 75, 90, 99, 100 % of orders. `constant:MICROSECONDS` is the same for each."""

FEES: Mapping[str, tuple[int, int]] = {
    "none": (0, 0),
    "spot": (1_000, 1_000),
    "spot_bnb": (750, 750),
    "maker_free": (0, 1_000),
}
"""Maker and taker, millionths. `MAKER:TAKER` in millionths chooses any other."""

QUEUE: Mapping[str, QueueModel] = {model.name.lower(): model for model in QueueModel}
IMPACT: Mapping[str, ImpactModel] = {model.name.lower(): model for model in ImpactModel}
FILLS: Mapping[str, FillModel] = {model.name.lower(): model for model in FillModel}


def chosen(broker: BrokerSpec, latency: str, fees: str, queue: str, impact: str, fill_model: str) -> BrokerSpec:
    """The broker with the named models in place of its own; an empty name leaves it. Raises ResearchRefused."""
    changes: dict[str, Any] = {}
    if latency not in ("", CONFIGURED):
        changes["latency_us"] = _latency(latency)
    if fees not in ("", CONFIGURED):
        changes["maker_fee_ppm"], changes["taker_fee_ppm"] = _fees(fees)
    if queue:
        changes["queue_model"] = int(_named("queue", queue, QUEUE))
    if impact:
        changes["impact_model"] = int(_named("impact", impact, IMPACT))
    if fill_model:
        changes["fill_model"] = int(_named("fills", fill_model, FILLS))
    if changes.get("fill_model") and (queue or impact):
        raise ResearchRefused(
            "unknown_model", f"--fills {fill_model}: it knows no queue and no impact; leave out --queue and --impact"
        )
    return replace(broker, **changes)


def described(broker: BrokerSpec) -> dict[str, Any]:
    """What was in force, in words and numbers."""
    return {
        "latency_us": list(broker.latency_us),
        "fees_ppm": {"maker": broker.maker_fee_ppm, "taker": broker.taker_fee_ppm},
        "queue": QueueModel(broker.queue_model).name.lower(),
        "impact": ImpactModel(broker.impact_model).name.lower(),
        "fill_model": FillModel(broker.fill_model).name.lower(),
    }


def _latency(name: str) -> tuple[int, ...]:
    word, _, value = name.partition(":")
    if word == "constant" and value.isdecimal() and int(value) <= _US_MAX:
        return (int(value),) * _KNOTS
    knots: tuple[int, ...] = _named("latency", name, LATENCY, "constant:MICROSECONDS")
    return knots


def _fees(name: str) -> tuple[int, int]:
    maker, _, taker = name.partition(":")
    if maker.isdecimal() and taker.isdecimal() and max(int(maker), int(taker)) < 1_000_000:
        return int(maker), int(taker)
    found: tuple[int, int] = _named("fees", name, FEES, "MAKER:TAKER in millionths")
    return found


def _named(what: str, name: str, known: Mapping[str, Any], other: str = "") -> Any:
    if name not in known:
        choices = ", ".join((*known, *([other] if other else [])))
        raise ResearchRefused("unknown_model", f"--{what} {name!r}: known are {choices}")
    return known[name]
