"""The one writer: what happened together is one transaction, and it has happened when `commit` returns.

Only recovery makes a Writer. A failed write ends the process: whether it reached the disk is unknown, and only the next
start, which looks, may decide.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import apsw

from quantumflow.commands.standing import StandingCommands
from quantumflow.crash_points import reach
from quantumflow.errors import JournalFailed
from quantumflow.journal.anchor import AnchorFile
from quantumflow.journal.chain import Row, row_hash
from quantumflow.journal.projections import project, project_account
from quantumflow.journal.records import KINDS, Record, canonical
from quantumflow.journal.schema import UNSURE
from quantumflow.journal.standing import CHECKPOINT_EVENTS, CHECKPOINTS_KEPT, Standing
from quantumflow.journal.totals import BooksDisagree, Totals
from quantumflow.journal.whereabouts import Whereabouts

__all__ = ["RECORDS_MAX", "Writer"]

RECORDS_MAX = 4096
"""Events of one transaction; more than the engine's outbox holds."""

_INSERT = "INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?)"


class Writer:
    """Appends events, keeps the chain, the projections, the totals, the checkpoints and the anchor in step.

    `checkpoints` are the stored ones that were verified; the next one throws away what is not among them. With
    `transaction_events` above 1, as in a backtest, what is committed is on disk only once there are so many events, and
    at the end of a session: the events, their hashes and their digest are the same.
    """

    def __init__(
        self,
        connection: apsw.Connection,
        anchor: AnchorFile,
        standing: Standing,
        checkpoints: Sequence[int] = (),
        checkpoint_events: int = CHECKPOINT_EVENTS,
        transaction_events: int = 1,
    ) -> None:
        self._transaction_events = transaction_events
        self._connection = connection
        self._anchor = anchor
        self._standing = standing
        self._recorded_ns = 0
        self._committed = standing.head
        self._checkpoints = list(checkpoints)
        self._checkpoint_events = checkpoint_events
        self._whereabouts: Whereabouts | None = None

    @property
    def seq(self) -> int:
        """The last committed event."""
        return self._committed.seq

    @property
    def totals(self) -> Totals:
        """The account as the events make it."""
        return self._standing.totals

    @property
    def commands(self) -> StandingCommands:
        """What the operator's commands so far amount to."""
        return self._standing.commands

    @property
    def event_ns(self) -> int:
        """Event time of the last event."""
        return self._standing.event_ns

    @property
    def session(self) -> int:
        """The running session; before the first, 0."""
        return self._standing.session

    def digest(self) -> str:
        """The digest of the running session so far."""
        return self._standing.digest.hex()

    def begin_session(self, event_ns: int, recorded_ns: int, payload: Mapping[str, Any]) -> None:
        """Opens the next session. `payload` says what the session is made of (see live.py)."""
        self.commit([Record("session_started", event_ns, {"session": self.session + 1, **payload})], recorded_ns)

    def end_session(self, event_ns: int, recorded_ns: int, reason: str, frame_seq: int = 0, past_left: int = 0) -> None:
        """Closes the running session; its digest is fixed from here on. Where it stood in the frames: see joined."""
        place = {"frame_seq": frame_seq, "past_left": past_left}
        payload = {"session": self.session, "reason": reason, "digest": self.digest(), **place}
        self.commit([Record("session_ended", event_ns, payload)], recorded_ns)

    def commit(self, records: Sequence[Record], recorded_ns: int) -> None:
        """Appends `records` in one transaction. When it returns they are on disk; when it raises, nobody knows."""
        if not records:
            return
        if len(records) > RECORDS_MAX:
            raise JournalFailed("too_many_records", f"{len(records)} events in one transaction, at most {RECORDS_MAX}")
        try:
            reach("trader.before_begin")
            if not self._connection.in_transaction:
                self._connection.execute("BEGIN IMMEDIATE")
            self._append(records, recorded_ns)
            ended = records[-1].kind == "session_ended"
            if not ended and self._standing.head.seq - self._committed.seq < self._transaction_events:
                return
            self._keep_checkpoint(ended)
            reach("trader.before_commit")
            self._connection.execute("COMMIT")
        except apsw.Error as error:
            raise JournalFailed(
                "commit_failed",
                f"{type(error).__name__}: {error}; make room on the disk, check it, and start again;"
                " if it comes back, `quantumflow doctor --deep` names what is damaged",
            ) from error
        except BooksDisagree as error:
            raise JournalFailed(
                "books_disagree", f"{error}; nothing of this transaction was kept. This is a defect: report it"
            ) from error
        reach("trader.after_commit")
        self._committed = self._standing.head
        self._anchor.write(self._committed)
        self._require_the_files()
        reach("trader.after_anchor")

    def fills_after(self, fill: int) -> Iterator[tuple[int, dict[str, Any]]]:
        """Committed fills newer than `fill`, oldest first: event time and payload."""
        rows = self._connection.execute(
            "SELECT e.event_ns, e.payload FROM fills f JOIN events e ON e.seq = f.event_seq WHERE f.fill > ?"
            " ORDER BY f.fill",
            (fill,),
        )
        for event_ns, payload in rows:
            yield event_ns, json.loads(payload)

    def command_of(self, key: str) -> dict[str, Any] | None:
        """The command that was journaled under `key`: its event's place and payload; None if there is none."""
        columns = ("event_seq", "session", "event_ns", "recorded_ns")
        row = self._connection.execute(
            f"SELECT {', '.join(f'c.{name}' for name in columns)}, e.payload"  # noqa: S608 (our own columns)
            " FROM commands c JOIN events e ON e.seq = c.event_seq WHERE c.key = ?",
            (key,),
        ).fetchone()
        return None if row is None else {**dict(zip(columns, row, strict=False)), **json.loads(row[-1])}

    def deposited_ns(self) -> int:
        """Event time of the deposit; 0 before it."""
        found = self._connection.execute("SELECT min(event_ns) FROM events WHERE kind = 'deposit'").get
        return int(found or 0)

    def currency(self) -> str | None:
        """What the account counts in, as its deposit says; None before it."""
        payload = self._connection.execute("SELECT payload FROM events WHERE kind = 'deposit' ORDER BY seq LIMIT 1").get
        return None if payload is None else str(json.loads(payload)["currency"])

    def unsure_orders(self, limit: int) -> list[tuple[str, str, int]]:
        """The last refused orders of which core_risk may yet hear: client id, reason, event time."""
        rows = self._connection.execute(
            f"SELECT client_id, reason, changed_ns FROM orders WHERE {UNSURE} ORDER BY number DESC LIMIT ?",  # noqa: S608 (our own condition)
            (limit,),
        )
        return [(order, reason, changed_ns) for order, reason, changed_ns in rows][::-1]

    def close(self) -> None:
        """Lets go of the file and the lock; the write-ahead log is folded in."""
        self._connection.close()
        self._anchor.close()

    def _require_the_files(self) -> None:
        """What was committed counts only where the next start will look for it."""
        if self._whereabouts is None:  # the write-ahead log is there from the first commit on
            path = Path(self._connection.db_filename("main"))
            self._whereabouts = Whereabouts((path, path.with_name(path.name + "-wal"), self._anchor.path))
        lost = self._whereabouts.lost()
        if lost is not None:
            raise JournalFailed(
                "journal_gone",
                f"{lost} was deleted or moved while it was written; put it back, or restore a backup, and start again",
            )

    def _append(self, records: Sequence[Record], recorded_ns: int) -> None:
        standing = self._standing
        # A clock that is set back does not make later events look earlier; the next start follows it.
        self._recorded_ns = recorded_ns = max(self._recorded_ns, recorded_ns)
        touched: set[tuple[str, str]] = set()
        for kind, event_ns, payload in records:
            if kind not in KINDS:
                raise JournalFailed("unknown_kind", f"{kind!r} is no event of the journal; this is a defect: report it")
            session = standing.session + (kind == "session_started")
            row = Row(standing.head.seq + 1, session, event_ns, recorded_ns, kind, canonical(payload))
            chained = row_hash(standing.head.hash, row)
            self._connection.execute(_INSERT, (*row, chained))
            reach("trader.after_insert")
            standing.take(row, payload, chained)
            project(self._connection, row, payload)
            if kind == "fill":
                touched.add((payload["bot"], payload["symbol"]))
        project_account(self._connection, standing.totals, touched, records[-1].event_ns)

    def _keep_checkpoint(self, ended: bool) -> None:
        """Stores what the events so far amount to, if it is time, and throws away all checkpoints but the last."""
        last = self._checkpoints[-1] if self._checkpoints else 0
        if not ended and self._standing.head.seq - last < self._checkpoint_events:
            return
        checkpoint = self._standing.checkpoint()
        kept = self._checkpoints[1 - CHECKPOINTS_KEPT :]
        self._connection.execute(
            f"DELETE FROM checkpoints WHERE seq NOT IN ({', '.join('?' * len(kept))})",  # noqa: S608 (question marks only)
            kept,
        )
        reach("trader.during_checkpoint")
        self._connection.execute("INSERT INTO checkpoints VALUES (?, ?, ?)", checkpoint)
        self._checkpoints = [*kept, checkpoint.seq]
