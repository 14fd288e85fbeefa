"""The only way to a Writer: every check of the journal, then the account to start from. It repairs nothing in silence.

    version of SQLite → lock → integrity_check → hash chain → anchor → totals = projections → open orders are ended

Orders that a session left open are ended by events of that session: there are no fills for a time nobody watched.
"""

import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import apsw
import msgspec

from quantumflow.errors import JournalRefused
from quantumflow.journal.anchor import Anchor, AnchorFile
from quantumflow.journal.chain import GENESIS, Row, SessionDigest, row_hash
from quantumflow.journal.projections import account_row
from quantumflow.journal.records import Record
from quantumflow.journal.schema import connect_writer, sqlite_gate
from quantumflow.journal.totals import BooksDisagree, Totals
from quantumflow.journal.writer import Writer
from quantumflow.specs import Opening, OpenPosition

__all__ = ["Recovered", "opening_of", "recover"]

_RESTORE = "restore journal and anchor from one backup, or move the data directory aside to begin a new account"


class Recovered(NamedTuple):
    """A journal that passed every check, and what the next session begins with."""

    writer: Writer
    opening: Opening
    ended_orders: tuple[str, ...]
    """Client ids that were open and have been ended just now; core_risk is to be told."""
    venue: str | None
    """Venue of the sessions before; None in a new journal."""


class _Read(NamedTuple):
    head: Anchor
    totals: Totals
    session: int
    session_open: bool
    venue: str | None
    digest: SessionDigest
    event_ns: int


def recover(path: Path, anchor_path: Path, recorded_ns: int) -> Recovered:
    """Opens the journal, or raises JournalRefused with what is wrong and what to do."""
    sqlite_gate()
    with ExitStack() as undo:
        anchor_file = AnchorFile(anchor_path)
        undo.callback(anchor_file.close)
        connection = _open(path)
        undo.callback(connection.close)
        read = _read(connection, path)
        _check_anchor(connection, path, anchor_file.read(), read.head)
        _check_projections(connection, path, read.totals)
        undo.pop_all()
    writer = Writer(connection, anchor_file, read.head, read.session, read.totals)
    ended = tuple(read.totals.open_orders)
    if read.session_open:
        _end_session(connection, writer, read, recorded_ns)
    return Recovered(writer, opening_of(read.totals), ended, read.venue)


def opening_of(totals: Totals) -> Opening:
    """The account as the next session finds it."""
    positions = tuple(
        OpenPosition(bot, symbol, position.qty, position.cost_e8, position.realised_e8)
        for (bot, symbol), position in sorted(totals.positions.items())
    )
    return Opening(
        cash_e8=totals.cash_e8,
        peak_e8=totals.peak_e8,
        fees_e8=totals.fees_e8,
        orders=totals.orders,
        signals=totals.signals,
        fills=totals.fills,
        positions=positions,
    )


def _open(path: Path) -> apsw.Connection:
    try:
        connection = connect_writer(path)
        found = [row[0] for row in connection.execute("PRAGMA integrity_check")]
    except apsw.Error as error:
        raise JournalRefused("journal_unreadable", f"{path}: {error}; {_RESTORE}") from error
    if found != ["ok"]:
        raise JournalRefused("integrity_check_failed", f"{path}: {found[0]}; {_RESTORE}")
    _sync_directory(path.parent)
    return connection


def _sync_directory(path: Path) -> None:
    """Names made and names removed are on disk before the first commit.

    SQLite removes the rollback journal of a new file without waiting for it. If a power cut brought it back, the file
    would be rolled back to nothing, and the write-ahead log with every commit in it would be thrown away.
    """
    directory = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def _read(connection: apsw.Connection, path: Path) -> _Read:
    """One walk over the events: chain, totals, and the last session's digest."""
    head, totals, digest = Anchor(0, GENESIS), Totals(), SessionDigest()
    session, session_open, venue, event_ns = 0, False, None, 0
    for row, stored in _events(connection, path):
        expected = row_hash(head.hash, row)
        if row.seq != head.seq + 1 or expected != stored:
            raise JournalRefused("chain_broken", f"{path}: event {head.seq + 1} is not what was written; {_RESTORE}")
        head = Anchor(row.seq, expected)
        payload = msgspec.json.decode(row.payload)
        if row.kind == "session_started":
            session, session_open, venue, digest = row.session, True, payload["venue"], SessionDigest()
        elif row.kind == "session_ended":
            session_open = False
        digest.add(row.event_ns, row.kind, row.payload)
        event_ns = row.event_ns
        try:
            totals.apply(row.kind, payload)
        except (BooksDisagree, KeyError, TypeError) as error:
            raise JournalRefused("events_disagree", f"{path}: event {row.seq}: {error}; {_RESTORE}") from error
    return _Read(head, totals, session, session_open, venue, digest, event_ns)


def _events(connection: apsw.Connection, path: Path) -> Iterator[tuple[Row, bytes]]:
    columns = "seq, session, event_ns, recorded_ns, kind, payload, hash"
    try:
        for *row, stored in connection.execute(f"SELECT {columns} FROM events ORDER BY seq"):  # noqa: S608
            yield Row(*row), stored
    except apsw.Error as error:
        raise JournalRefused("journal_unreadable", f"{path}: {error}; {_RESTORE}") from error


def _check_anchor(connection: apsw.Connection, path: Path, anchor: Anchor | None, head: Anchor) -> None:
    """The anchor may be one transaction behind the journal, never ahead of it, and never about another journal."""
    if anchor is None:
        if head.seq > 0:
            raise JournalRefused("anchor_missing", f"{path} has {head.seq} events and its anchor none; {_RESTORE}")
        return
    if anchor.seq > head.seq:
        raise JournalRefused(
            "journal_behind_anchor",
            f"{path} is behind its anchor by {anchor.seq - head.seq} events, committed and now gone; {_RESTORE}",
        )
    stored = connection.execute("SELECT hash FROM events WHERE seq = ?", (anchor.seq,)).get
    if stored != anchor.hash:
        raise JournalRefused("anchor_disagrees", f"{path}: event {anchor.seq} is not the anchored one; {_RESTORE}")


def _check_projections(connection: apsw.Connection, path: Path, totals: Totals) -> None:
    account = connection.execute("SELECT * FROM account").fetchall()
    positions = {
        (row[0], row[1]): tuple(row[2:7]) for row in connection.execute("SELECT * FROM positions ORDER BY bot, symbol")
    }
    recomputed = {
        key: (position.qty, position.cost_e8, position.realised_e8, position.fees_e8, position.fills)
        for key, position in totals.positions.items()
    }
    counts = {
        table: connection.execute(f"SELECT count(*) FROM {table}").get  # noqa: S608
        for table in ("orders", "signals", "fills")
    }
    wanted = {"orders": totals.orders, "signals": totals.signals, "fills": totals.fills}
    if account != [(1, *account_row(totals))] or positions != recomputed or counts != wanted:
        raise JournalRefused(
            "totals_disagree",
            f"{path}: the stored account is not what its events make; {_RESTORE}",
        )


def _end_session(connection: apsw.Connection, writer: Writer, read: _Read, recorded_ns: int) -> None:
    """Ends what the last session left open, at its last event's time, as events of that session."""
    writer.resume(read.digest)
    records: list[Record] = []
    for order, judged in read.totals.open_orders.items():
        bot, symbol, granted = connection.execute(
            "SELECT bot, symbol, coalesce(granted_qty, qty) FROM orders WHERE client_id = ?", (order,)
        ).get
        filled = connection.execute("SELECT coalesce(sum(qty), 0) FROM fills WHERE client_id = ?", (order,)).get
        head = {"order": order, "bot": bot, "symbol": symbol, "frame_seq": 0}
        if not judged:
            records.append(Record("verdict", read.event_ns, {**head, **_UNASKED}))
        state = ("cancelled", "cancelled_at_restart") if judged else ("refused", "restart_before_verdict")
        ended = {"state": state[0], "reason": state[1], "filled": filled, "remaining": granted - filled}
        records.append(Record("order_state", read.event_ns, {**head, **ended, **_NO_WAY}))
    writer.commit(records, recorded_ns)
    writer.end_session(read.event_ns, recorded_ns, "interrupted")


_UNASKED = {
    "verdict": "refuse",
    "qty": 0,
    "refusal": "restart_before_verdict",
    "order_hash": None,
    "rules": [],
    "limits_version": None,
    "expires_ns": None,
    "log_seq": None,
}
_NO_WAY = {"latency_ns": 0, "arrive_ns": None, "queue_ahead": 0}
