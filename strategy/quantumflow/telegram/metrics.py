"""Telegram's figures for Prometheus, out of the last status that was written."""

from collections.abc import Mapping
from typing import Any

from quantumflow.exposition import Exposition
from quantumflow.metrics_door import own_memory

__all__ = ["telegram_metrics"]

_COUNTERS = {
    "sent": "Parts of messages that were taken.",
    "commands": "Commands that were given.",
    "told_seq": "The journal's event up to which everything was gathered.",
}
_GAUGES = {
    "on_its_way": "Parts of the message that is on its way.",
    "failures_in_a_row": "Calls that failed since the last that did not.",
}


def telegram_metrics(status: Mapping[str, Any]) -> str:
    """A figure that is not known yet is left out."""
    told = Exposition()
    for name, text in _COUNTERS.items():
        value = status.get(name)
        told.counter(f"quantumflow_telegram_{name}_total", text, [] if value is None else [({}, value)])
    for name, text in _GAUGES.items():
        told.gauge(f"quantumflow_telegram_{name}", text, [({}, status.get(name))])
    answered = status.get("answered_ns")
    text = "When the server last answered, UTC."
    told.gauge("quantumflow_telegram_answered_time_seconds", text, [({}, answered and answered / 1e9)])
    own_memory(told, "telegram")
    return told.text()
