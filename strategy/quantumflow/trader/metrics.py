"""The trader's figures for Prometheus, out of the last status it wrote."""

from collections.abc import Mapping
from typing import Any

from quantumflow.exposition import Exposition
from quantumflow.metrics_door import own_memory
from quantumflow.vocabulary import FeedState

__all__ = ["trader_metrics"]

_COUNTERS = {
    "signals": "Signals, executed or not.",
    "orders": "Orders made.",
    "refused": "Orders refused.",
    "fills": "Fills committed.",
    "journal_seq": "Events in the journal.",
}
_GAUGES = {
    "cash_e8": "Cash, 10^-8 of the quote currency.",
    "equity_e8": "Marked equity, 10^-8 of the quote currency.",
    "peak_e8": "Highest marked equity, 10^-8 of the quote currency.",
    "drawdown_ppm": "Drawdown from the peak, millionths.",
    "open_orders": "Orders that are not done.",
    "feed_connections": "Connections to market_data made by this process.",
}
_TALLIES = {
    "signals": ("quantumflow_trader_signal_outcomes_total", "outcome", "Signals by what became of them."),
    "fills": ("quantumflow_trader_fill_liquidity_total", "liquidity", "Fills by liquidity."),
    "order_ends": ("quantumflow_trader_order_ends_total", "reason", "Orders that ended unfilled, by reason."),
    "feed_changes": ("quantumflow_trader_feed_changes_total", "state", "Books that came into a state."),
}
Status = Mapping[str, Any]


def trader_metrics(status: Status) -> str:
    """All families; those that nobody knows yet are empty."""
    told = Exposition()
    for name, text in _COUNTERS.items():
        value = status.get(name)
        told.counter(f"quantumflow_trader_{name}_total", text, [] if value is None else [({}, value)])
    for name, text in _GAUGES.items():
        told.gauge(f"quantumflow_trader_{name}", text, [({}, status.get(name))])
    why = status.get("why_not_trading")
    text = "1 while nothing keeps it from trading; else 0, with the reason."
    told.gauge("quantumflow_trader_trading", text, [({"why_not": why or ""}, int(why is None))])
    reconciled = {"agree": 1, "mismatch": 0}.get(status.get("reconcile") or "")
    told.gauge("quantumflow_trader_reconcile", "1: both sets of books agree, 0: they differ.", [({}, reconciled)])
    event_ns = status.get("event_ns")
    seconds = None if event_ns is None else event_ns / 1e9
    told.gauge("quantumflow_trader_event_time_seconds", "Time of the newest event, UTC.", [({}, seconds)])
    _tell_books(told, status.get("instruments") or {})
    _tell_tally(told, status.get("tally") or {})
    _tell_stages(told, status.get("latency_us") or {})
    own_memory(told, "trader")
    return told.text()


def _tell_books(told: Exposition, instruments: Status) -> None:
    states = [state.name.lower() for state in FeedState]
    rows = [
        ({"instrument": symbol, "state": state}, int(seen.get("state") == state))
        for symbol, seen in instruments.items()
        for state in states
    ]
    told.gauge("quantumflow_trader_book_state", "1 for the state of each book, as the engine has it.", rows)
    ages = [({"instrument": symbol}, seen.get("book_age_ms")) for symbol, seen in instruments.items()]
    text = "Age of each book, by event time."
    told.gauge("quantumflow_trader_book_age_seconds", text, [(k, v if v is None else v / 1e3) for k, v in ages])


def _tell_tally(told: Exposition, tally: Status) -> None:
    frames = tally.get("frames")
    text = "Frames that the engine consumed."
    told.counter("quantumflow_trader_frames_total", text, [] if frames is None else [({}, frames)])
    rows = [({"verdict": verdict, "refusal": refusal}, count) for verdict, refusal, count in tally.get("verdicts", ())]
    told.counter("quantumflow_trader_verdicts_total", "Verdicts on orders, by word and refusal.", rows)
    for key, (name, label, text) in _TALLIES.items():
        told.counter(name, text, [({label: word}, count) for word, count in tally.get(key, {}).items()])


def _tell_stages(told: Exposition, stages: Status) -> None:
    """One family: the stages have the same buckets."""
    upper = next((figures["upper_us"] for figures in stages.values() if figures.get("upper_us")), ())
    rows = [
        ({"stage": stage}, figures["counts"], figures["sum_us"] / 1e6)
        for stage, figures in stages.items()
        if figures.get("counts")
    ]
    text = "Of the trader: decision (a frame's read to the order), verdict, commit, arrival (receipt to all it caused)."
    told.histogram("quantumflow_trader_stage_seconds", text, [bound / 1e6 for bound in upper], rows)
