"""Everything the tearsheet is made of, from one pass over a journal's events. Pure, exact integers.

Beside the report's own facts: every equity row (24 bytes each), every round trip with its way, costs by cause.
"""

from array import array
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from quantumflow.errors import JournalRefused
from quantumflow.journal.export import Event
from quantumflow.journal.records import TERMINAL
from quantumflow.research.analysis.costs import Costs
from quantumflow.research.analysis.excursions import Excursions
from quantumflow_reports.facts import Facts

__all__ = ["Equity", "History", "history_of"]

Payload = Mapping[str, Any]


class Equity(NamedTuple):
    """The account at a moment. `deposits_e8` is all that was paid in until then."""

    at_ns: int
    equity_e8: int
    peak_e8: int
    deposits_e8: int
    exposure_e8: int


class History:
    """What the events so far say."""

    def __init__(self) -> None:
        self.facts = Facts()
        self.excursions = Excursions()
        self.costs = Costs()
        self._columns = tuple(array("q") for _ in Equity._fields)

    def __len__(self) -> int:
        return len(self._columns[0])

    @property
    def equity(self) -> list[Equity]:
        """Every deposit and equity row, in order of time."""
        return [Equity(*row) for row in zip(*self._columns, strict=True)]

    def take(self, event: Event) -> None:
        """The next event. What a fill means is asked of the report's facts, which take it first."""
        row, payload = event
        trips_before = len(self.facts.trips)
        self.facts.take(event)
        match row.kind:
            case "session_started":
                self.excursions.session_started(payload)
                self.costs.session_started(payload)
            case "deposit":
                last = self.facts.curve.last
                if last is not None:
                    self._keep(last.at_ns, last.equity_e8, last.peak_e8, 0)
            case "signal":
                self.excursions.signal(payload)
                self.costs.signal(payload)
            case "order":
                self.costs.order(payload)
            case "fill":
                closed = len(self.facts.trips) > trips_before
                net_e8 = self.facts.trips.net_e8[-1] if closed else None
                self.excursions.fill(row.event_ns, payload, net_e8)
                self.costs.fill(payload)
            case "order_state" if payload["state"] in TERMINAL:
                self.costs.order_ended(payload)
            case "equity":
                self.excursions.equity(payload["equity_e8"])
                self._keep(row.event_ns, payload["equity_e8"], payload["peak_e8"], payload["exposure_e8"])

    def finish(self) -> None:
        """No event follows. An account that is flat is worth its cash: the report adds that row, and so do we."""
        self.facts.finish()
        last = self.facts.curve.last
        if last is not None and len(self):
            self._keep(last.at_ns, last.equity_e8, last.peak_e8, 0 if not self.facts.trips.positions else self._held())

    def _held(self) -> int:
        return self._columns[4][-1]

    def _keep(self, at_ns: int, equity_e8: int, peak_e8: int, exposure_e8: int) -> None:
        row = Equity(at_ns, equity_e8, peak_e8, self.facts.curve.deposits_e8, exposure_e8)
        for column, value in zip(self._columns, row, strict=True):
            column.append(value)


def history_of(events: Iterable[Event]) -> History:
    """All events. Raises JournalRefused("events_unreadable") at one that is none of ours."""
    history = History()
    for event in events:
        try:
            history.take(event)
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            detail = f"event {event.row.seq} ({type(error).__name__}): this build writes none such"
            raise JournalRefused("events_unreadable", detail) from error
    history.finish()
    return history
