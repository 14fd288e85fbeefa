"""Everything the report is made of, from one pass over the events. Pure; bounded but for 24 bytes a round trip."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from quantumflow.errors import JournalRefused
from quantumflow.journal.expectations import EXPECTATION_KINDS, Expectations
from quantumflow.journal.export import Event
from quantumflow.journal.records import TERMINAL
from quantumflow_reports.curve import Curve
from quantumflow_reports.presence import Presence
from quantumflow_reports.realism import Realism
from quantumflow_reports.tallies import Tallies
from quantumflow_reports.trips import Trips

__all__ = ["Facts", "facts_of"]

Payload = Mapping[str, Any]
NS_MAX = 2**63 - 1


class Facts:
    """What the events so far say."""

    def __init__(self) -> None:
        self.curve = Curve()
        self.trips = Trips()
        self.presence = Presence()
        self.realism = Realism()
        self.tallies = Tallies()
        self.expectations = Expectations()
        self.currency: str | None = None
        self.cash_e8 = 0
        self.events = 0
        self.first_ns = 0
        self.last_ns = 0

    def take(self, event: Event) -> None:
        """The next event."""
        row, payload = event
        if not 0 <= row.event_ns <= NS_MAX:
            raise ValueError(f"{row.event_ns} ns is no time")
        self.events += 1
        self.first_ns = self.first_ns or row.event_ns
        self.last_ns = max(self.last_ns, row.event_ns)
        if row.kind in EXPECTATION_KINDS:
            self.expectations.take({"kind": row.kind, "event_ns": row.event_ns, "payload": payload})
        if row.kind == "session_started":
            self.presence.session_started(row.event_ns, payload)
            self.realism.session_started(payload)
            return
        self.presence.tick(row.event_ns, bool(self.trips.positions))
        handler = _HANDLERS.get(row.kind)
        if handler is not None:
            handler(self, row.event_ns, payload)

    def finish(self) -> None:
        """No event follows. An account that is flat is worth its cash."""
        self.presence.finish()
        if self.events and not self.trips.positions and self.currency is not None:
            peak_e8 = max(self.cash_e8, self.curve.last.peak_e8 if self.curve.last else 0)
            self.curve.mark(self.last_ns, self.cash_e8, peak_e8)


def facts_of(events: Iterable[Event]) -> Facts:
    """All events. Raises JournalRefused("events_unreadable") at one that fits its chain but is none of ours.

    An export may come from anybody.
    """
    facts = Facts()
    for event in events:
        try:
            facts.take(event)
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            detail = f"event {event.row.seq} ({type(error).__name__}): this build writes none such"
            raise JournalRefused("events_unreadable", detail) from error
    facts.finish()
    return facts


def _deposit(facts: Facts, at_ns: int, payload: Payload) -> None:
    facts.currency = facts.currency or str(payload["currency"])
    facts.cash_e8 += payload["amount_e8"]
    facts.curve.deposit(at_ns, payload["amount_e8"])


def _signal(facts: Facts, _: int, payload: Payload) -> None:
    facts.tallies.outcomes[str(payload["outcome"])] += 1
    facts.realism.signal(payload)


def _order(facts: Facts, _: int, payload: Payload) -> None:
    facts.tallies.orders += 1
    facts.realism.order(payload)


def _verdict(facts: Facts, _: int, payload: Payload) -> None:
    facts.tallies.reduced += payload["verdict"] == "reduce"
    facts.realism.verdict(payload)


def _fill(facts: Facts, at_ns: int, payload: Payload) -> None:
    closed_e8 = facts.trips.fill(at_ns, payload)
    facts.tallies.fill(at_ns, payload, closed_e8)
    facts.realism.fill(payload)
    facts.cash_e8 = payload["cash_e8"]
    facts.presence.sessions[-1].fills += 1


def _order_state(facts: Facts, _: int, payload: Payload) -> None:
    if payload["state"] in TERMINAL:
        facts.tallies.order_ended(payload)
        facts.realism.order_ended(payload, payload["symbol"])


def _equity(facts: Facts, at_ns: int, payload: Payload) -> None:
    facts.curve.mark(at_ns, payload["equity_e8"], payload["peak_e8"])


def _feed(facts: Facts, at_ns: int, payload: Payload) -> None:
    facts.presence.feed_state(at_ns, payload)


def _trading(facts: Facts, at_ns: int, payload: Payload) -> None:
    facts.presence.trading_state(at_ns, payload)


def _session_ended(facts: Facts, _: int, payload: Payload) -> None:
    facts.presence.session_ended(payload)


_HANDLERS: dict[str, Callable[[Facts, int, Payload], None]] = {
    "deposit": _deposit,
    "signal": _signal,
    "order": _order,
    "verdict": _verdict,
    "fill": _fill,
    "order_state": _order_state,
    "equity": _equity,
    "feed": _feed,
    "trading": _trading,
    "session_ended": _session_ended,
}
