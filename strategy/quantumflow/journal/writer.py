"""The one writer: what happened together is one transaction, and it has happened when `commit` returns.

Only recovery makes a Writer. A failed write ends the process: whether it reached the disk is unknown, and only the next
start, which looks, may decide.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import apsw

from quantumflow.crash_points import reach
from quantumflow.errors import JournalFailed
from quantumflow.journal.anchor import Anchor, AnchorFile
from quantumflow.journal.chain import Row, SessionDigest, row_hash
from quantumflow.journal.projections import project, project_account
from quantumflow.journal.records import Record, canonical, word
from quantumflow.journal.totals import BooksDisagree, Totals
from quantumflow.vocabulary import Refusal

__all__ = ["RECORDS_MAX", "Writer"]

RECORDS_MAX = 4096
"""Events of one transaction; more than the engine's outbox holds."""

_UNSURE = tuple(
    word(refusal)
    for refusal in (
        Refusal.RISK_UNREACHABLE,
        Refusal.RISK_TIMEOUT,
        Refusal.RISK_MALFORMED_ANSWER,
        Refusal.RISK_VERSION_MISMATCH,
        Refusal.VERDICT_EXPIRED,
        Refusal.RESTART_BEFORE_VERDICT,
        Refusal.CANCELLED_AT_RESTART,
    )
)
"""Reasons after which core_risk may hold, or come to hold, a reservation for an order that is over."""

_INSERT = "INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?)"


class Writer:
    """Appends events, keeps the chain, the projections, the totals and the anchor in step."""

    def __init__(
        self, connection: apsw.Connection, anchor: AnchorFile, head: Anchor, session: int, totals: Totals
    ) -> None:
        self._connection = connection
        self._anchor = anchor
        self._head = head
        self._session = session
        self._digest = SessionDigest()
        self.totals = totals

    @property
    def seq(self) -> int:
        """The last committed event."""
        return self._head.seq

    @property
    def session(self) -> int:
        """The running session; before the first, 0."""
        return self._session

    def digest(self) -> str:
        """The digest of the running session so far."""
        return self._digest.hex()

    def resume(self, digest: SessionDigest) -> None:
        """Takes up the digest of a session that is to be ended after an interruption."""
        self._digest = digest

    def begin_session(self, event_ns: int, recorded_ns: int, payload: Mapping[str, Any]) -> None:
        """Opens the next session. `payload` says what the session is made of (see live.py)."""
        self._session += 1
        self._digest = SessionDigest()
        self.commit([Record("session_started", event_ns, {"session": self._session, **payload})], recorded_ns)

    def end_session(self, event_ns: int, recorded_ns: int, reason: str) -> None:
        """Closes the running session; its digest is fixed from here on."""
        payload = {"session": self._session, "reason": reason, "digest": self.digest()}
        self.commit([Record("session_ended", event_ns, payload)], recorded_ns)

    def commit(self, records: Sequence[Record], recorded_ns: int) -> None:
        """Appends `records` in one transaction. When it returns they are on disk; when it raises, nobody knows."""
        if not records:
            return
        if len(records) > RECORDS_MAX:
            raise JournalFailed("too_many_records", f"{len(records)} events in one transaction, at most {RECORDS_MAX}")
        try:
            reach("before_begin")
            self._connection.execute("BEGIN IMMEDIATE")
            head = self._append(records, recorded_ns)
            reach("before_commit")
            self._connection.execute("COMMIT")
        except apsw.Error as error:
            raise JournalFailed(
                "commit_failed", f"{type(error).__name__}: {error}; make room on the disk, check it, and start again"
            ) from error
        except BooksDisagree as error:
            raise JournalFailed(
                "books_disagree", f"{error}; nothing of this transaction was kept. This is a defect: report it"
            ) from error
        reach("after_commit")
        self._head = head
        self._anchor.write(head)

    def fills_after(self, fill: int) -> Iterator[tuple[int, dict[str, Any]]]:
        """Committed fills newer than `fill`, oldest first: event time and payload."""
        rows = self._connection.execute(
            "SELECT e.event_ns, e.payload FROM fills f JOIN events e ON e.seq = f.event_seq WHERE f.fill > ?"
            " ORDER BY f.fill",
            (fill,),
        )
        for event_ns, payload in rows:
            yield event_ns, json.loads(payload)

    def deposited_ns(self) -> int:
        """Event time of the deposit; 0 before it."""
        found = self._connection.execute("SELECT min(event_ns) FROM events WHERE kind = 'deposit'").get
        return int(found or 0)

    def unsure_orders(self, limit: int) -> list[tuple[str, str, int]]:
        """The last refused orders of which core_risk may yet hear: client id, reason, event time."""
        names = ", ".join("?" * len(_UNSURE))
        rows = self._connection.execute(
            f"SELECT client_id, reason, changed_ns FROM orders WHERE reason IN ({names})"  # noqa: S608
            " ORDER BY number DESC LIMIT ?",
            (*_UNSURE, limit),
        )
        return [(order, reason, changed_ns) for order, reason, changed_ns in rows][::-1]

    def close(self) -> None:
        """Lets go of the file and the lock; the write-ahead log is folded in."""
        self._connection.close()
        self._anchor.close()

    def _append(self, records: Sequence[Record], recorded_ns: int) -> Anchor:
        head = self._head
        touched: set[tuple[str, str]] = set()
        for kind, event_ns, payload in records:
            text = canonical(payload)
            row = Row(head.seq + 1, self._session, event_ns, recorded_ns, kind, text)
            head = Anchor(row.seq, row_hash(head.hash, row))
            self._connection.execute(_INSERT, (*row, head.hash))
            self.totals.apply(kind, payload)
            project(self._connection, row, payload)
            self._digest.add(event_ns, kind, text)
            if kind == "fill":
                touched.add((payload["bot"], payload["symbol"]))
        project_account(self._connection, self.totals, touched, records[-1].event_ns)
        return head
