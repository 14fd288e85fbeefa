"""The journal in the writer's place: what a repeated session says is held against what was written, event by event."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from quantumflow.commands.standing import StandingCommands
from quantumflow.journal.chain import Row
from quantumflow.journal.records import Record, canonical
from quantumflow.journal.standing import Standing
from quantumflow.journal.totals import Totals
from quantumflow.parity.rows import SessionRows, StoredRow

__all__ = ["Differs", "OpenOrder", "StoredBooks", "StoryEnds"]


class Differs(Exception):
    """The first event that is not what was written."""

    def __init__(self, stored: StoredRow, found: Mapping[str, Any]) -> None:
        super().__init__(f"event {stored.seq}")
        self.stored = stored
        self.found = found

    def as_json(self) -> dict[str, Any]:
        stored = self.stored.as_json()
        return {"where": f"event {stored.pop('seq')}", "seq": self.stored.seq, "expected": stored, "found": self.found}


class StoryEnds(Exception):
    """The session was ended here: by a kill, or because it still goes on."""


class OpenOrder(NamedTuple):
    """What the end of an interrupted session says of an order."""

    bot: str
    symbol: str
    granted: int
    filled: int


class StoredBooks:
    """Takes what a Session writes; `standing` is what the events so far amount to."""

    def __init__(self, rows: SessionRows, standing: Standing) -> None:
        self.rows = rows
        self.standing = standing
        self.counts = {"events": 0, "orders": 0, "verdicts": 0, "fills": 0}
        self.orders: dict[str, OpenOrder] = {}
        """Those that have not ended."""

    @property
    def totals(self) -> Totals:
        return self.standing.totals

    @property
    def commands(self) -> StandingCommands:
        return self.standing.commands

    @property
    def seq(self) -> int:
        return self.standing.head.seq

    @property
    def event_ns(self) -> int:
        return self.standing.event_ns

    def digest(self) -> str:
        return self.standing.digest.hex()

    def begin_session(self, event_ns: int, recorded_ns: int, payload: Mapping[str, Any]) -> None:
        started = {"session": self.standing.session + 1, **payload}
        self.commit([Record("session_started", event_ns, started)], recorded_ns)

    def end_session(self, event_ns: int, recorded_ns: int, reason: str, frame_seq: int = 0, past_left: int = 0) -> None:
        place = {"frame_seq": frame_seq, "past_left": past_left}
        payload = {"session": self.standing.session, "reason": reason, "digest": self.digest(), **place}
        self.commit([Record("session_ended", event_ns, payload)], recorded_ns)

    def commit(self, records: Sequence[Record], recorded_ns: int) -> None:
        """Holds them against the next events. Raises Differs, or StoryEnds where the session ends before them."""
        del recorded_ns
        for record in records:
            stored = self.rows.peek()
            if stored is None or stored.by_restart:
                raise StoryEnds
            self.match(stored, record)

    def match(self, stored: StoredRow, record: Record) -> None:
        """Takes the next event, which must be this record. Raises Differs."""
        text = canonical(record.payload)
        if (stored.kind, stored.event_ns, stored.payload) != (record.kind, record.event_ns, text):
            raise Differs(stored, {"kind": record.kind, "event_ns": record.event_ns, "payload": dict(record.payload)})
        self._take(stored, record.payload)
        self._note(record)

    def pass_commands(self) -> None:
        """Takes the commands that came after the session's end: they are the next one's affair."""
        while (stored := self.rows.peek()) is not None and stored.kind == "command":
            self._take(stored, stored.content)

    def _take(self, stored: StoredRow, payload: Mapping[str, Any]) -> None:
        self.rows.take()
        session = self.standing.session + (stored.kind == "session_started")
        row = Row(stored.seq, session, stored.event_ns, stored.recorded_ns, stored.kind, stored.payload)
        self.standing.take(row, payload, b"")

    def _note(self, record: Record) -> None:
        kind, payload = record.kind, record.payload
        self.counts["events"] += 1
        if f"{kind}s" in self.counts:
            self.counts[f"{kind}s"] += 1
        if kind == "order":
            self.orders[payload["order"]] = OpenOrder(payload["bot"], payload["symbol"], payload["qty"], 0)
        elif kind == "verdict" and payload["order"] in self.orders and payload["verdict"] != "refuse":
            self.orders[payload["order"]] = self.orders[payload["order"]]._replace(granted=payload["qty"])
        elif kind == "fill":
            order = self.orders[payload["order"]]
            self.orders[payload["order"]] = order._replace(filled=order.filled + payload["qty"])
        for ended in [order for order in self.orders if order not in self.totals.open_orders]:
            del self.orders[ended]
