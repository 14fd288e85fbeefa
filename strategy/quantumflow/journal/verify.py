"""Whether a journal can be believed: its structure, its chain, its anchor, its totals. Nothing is repaired.

Two checks, which say the same of a whole journal (a test holds them together):

whole   every event from the first on, every checkpoint, SQLite's integrity_check of the file. Grows with the journal.
recent  from the older of the two kept checkpoints on, and integrity_check of the tables that do not grow. Bounded.

A start makes the recent check where it can, and the whole one where there is no checkpoint or one does not fit; the
reason is handed back to be logged. `quantumflow doctor --deep` makes the whole one beside a running trader.

Which damage is found when:
- an event after the older checkpoint, a lost tail, a wrong account or position: at each start, which is refused;
- an event before it, or the tables' copies of it, or the structure of those pages: by the whole check alone. A start
  goes on, because nothing that comes rests on them: the account stands in two checkpoints, one of which is recomputed
  from the other, and in the projections. What is damaged is evidence, and doctor names the first event of it;
- a checkpoint: at the next start, which then makes the whole check, and trusts no checkpoint but those that follow;
- a bit in a column of orders, signals or fills which no count depends on: by neither. The events are what counts.
"""

from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import apsw
import msgspec

from quantumflow.errors import JournalRefused
from quantumflow.journal.anchor import Anchor, read_anchor
from quantumflow.journal.chain import Row, row_hash
from quantumflow.journal.projections import account_row
from quantumflow.journal.schema import connect_reader, sqlite_gate
from quantumflow.journal.standing import Checkpoint, CheckpointMisfit, Standing
from quantumflow.journal.totals import BooksDisagree, Totals

__all__ = ["RESTORE", "Verified", "check_journal", "verify", "walk_to"]

RESTORE = "move the data directory aside, and go on from a backup (`quantumflow restore`) or from nothing"

_BOUNDED_TABLES = ("account", "positions", "sessions", "checkpoints")
"""What a start can afford to check page by page; sessions grow by a row a start."""


class Verified(NamedTuple):
    """A journal that passed. `since` is the event after which it was read: 0 if the whole check was made."""

    standing: Standing
    since: int
    checkpoints: tuple[int, ...]
    """The checkpoints that fit; others are to be thrown away."""
    misfit: str | None
    """Why a checkpoint was not believed and the whole check was made."""


class _Mark(NamedTuple):
    """Where a check began, as numbers of rows that it takes as given."""

    orders: int = 0
    signals: int = 0
    fills: int = 0


def verify(connection: apsw.Connection, path: Path, anchor: Anchor | None) -> Verified:
    """The check of a start. Raises JournalRefused with what is wrong and what to do."""
    misfit = None
    try:
        try:
            verified = _recent(connection, path, anchor)
            if verified is not None:
                return verified
        except CheckpointMisfit as error:
            misfit = str(error)
        _check_structure(connection, path)
        return _whole(connection, path, anchor, misfit)
    except apsw.Error as error:
        raise JournalRefused("journal_unreadable", f"{path}: {error}; {RESTORE}") from error


def check_journal(path: Path, anchor_path: Path) -> Verified:
    """The whole check, beside a trader that goes on writing. Raises JournalRefused that names the first bad event."""
    sqlite_gate()
    anchor = read_anchor(anchor_path)  # first: an anchor is written after its transaction, so the journal is not behind
    try:
        with closing(connect_reader(path)) as connection:
            connection.execute("BEGIN")
            verified = _whole(connection, path, anchor, None)
            _check_structure(connection, path)
    except apsw.Error as error:
        raise JournalRefused("journal_unreadable", f"{path}: {error}; {RESTORE}") from error
    if verified.misfit is not None:
        raise JournalRefused("checkpoint_disagrees", f"{path}: {verified.misfit}; the next start makes the whole check")
    return verified


def walk_to(path: Path, standing: Standing, seq: int) -> None:
    """Takes the events after `standing` up to `seq` into it. Raises JournalRefused that names the first bad one."""
    try:
        with closing(connect_reader(path)) as connection:
            _walk(connection, path, standing, {}, seq)
    except apsw.Error as error:
        raise JournalRefused("journal_unreadable", f"{path}: {error}; {RESTORE}") from error


def _recent(connection: apsw.Connection, path: Path, anchor: Anchor | None) -> Verified | None:
    """From the older checkpoint on; None if there is none. Raises CheckpointMisfit or JournalRefused."""
    try:
        checkpoints = _checkpoints(connection)
    except (apsw.Error, UnicodeDecodeError) as error:
        raise CheckpointMisfit(f"checkpoints cannot be read: {error}") from error
    standings = []
    for checkpoint in checkpoints:
        standings.append(_standing_of(connection, checkpoint))
    if not standings:
        return None
    for table in _BOUNDED_TABLES:
        _check_structure(connection, path, table)
    standing = standings[0]
    since = standing.head.seq
    given = _Mark(standing.totals.orders, standing.totals.signals, standing.totals.fills)
    misfit = _walk(connection, path, standing, {checkpoint.seq: checkpoint for checkpoint in checkpoints})
    if misfit is not None:
        raise CheckpointMisfit(misfit)
    _check_anchor(connection, path, anchor, standing.head)
    _check_projections(connection, path, standing.totals, given)
    return Verified(standing, since, tuple(checkpoint.seq for checkpoint in checkpoints), None)


def _whole(connection: apsw.Connection, path: Path, anchor: Anchor | None, misfit: str | None) -> Verified:
    """From the first event on. With a misfit already known the checkpoints are looked at no more."""
    checkpoints: dict[int, Checkpoint] = {}
    if misfit is None:
        try:
            checkpoints = {checkpoint.seq: checkpoint for checkpoint in _checkpoints(connection)}
        except (apsw.Error, UnicodeDecodeError) as error:
            misfit = f"checkpoints cannot be read: {error}"
    standing = Standing()
    misfit = _walk(connection, path, standing, checkpoints) or misfit
    _check_anchor(connection, path, anchor, standing.head)
    _check_projections(connection, path, standing.totals, _Mark())
    beyond = [seq for seq in checkpoints if seq > standing.head.seq]
    if beyond:
        misfit = misfit or f"checkpoint {beyond[0]}: the journal ends before it"
    return Verified(standing, 0, () if misfit else tuple(checkpoints), misfit)


def _checkpoints(connection: apsw.Connection) -> list[Checkpoint]:
    rows = connection.execute("SELECT seq, content, hash FROM checkpoints ORDER BY seq")
    return [Checkpoint(*row) for row in rows]


def _standing_of(connection: apsw.Connection, checkpoint: Checkpoint) -> Standing:
    """What a checkpoint says, if its event is in the journal with its hash."""
    try:
        standing = Standing.of(checkpoint)
        stored = connection.execute("SELECT hash FROM events WHERE seq = ?", (checkpoint.seq,)).get
    except (CheckpointMisfit, apsw.Error) as error:
        raise CheckpointMisfit(f"checkpoint {checkpoint.seq}: {error}") from error
    if stored != standing.head.hash:
        raise CheckpointMisfit(f"checkpoint {checkpoint.seq}: its event has another hash")
    return standing


def _walk(
    connection: apsw.Connection,
    path: Path,
    standing: Standing,
    checkpoints: Mapping[int, Checkpoint],
    until: int | None = None,
) -> str | None:
    """Takes every event after `standing` into it: chain and totals. The answer names a checkpoint that differs."""
    misfit = None
    for row, stored in _events(connection, path, standing.head.seq):
        if until is not None and row.seq > until:
            break
        previous = standing.head
        expected = row_hash(previous.hash, row)
        if row.seq != previous.seq + 1 or expected != stored:
            raise JournalRefused("chain_broken", f"{path}: event {previous.seq + 1} is not what was written; {RESTORE}")
        try:
            standing.take(row, msgspec.json.decode(row.payload), expected)
        except (BooksDisagree, KeyError, TypeError) as error:
            raise JournalRefused("events_disagree", f"{path}: event {row.seq}: {error}; {RESTORE}") from error
        if row.seq in checkpoints and checkpoints[row.seq] != standing.checkpoint():
            misfit = misfit or f"checkpoint {row.seq}: it is not what the events up to it make"
    return misfit


def _events(connection: apsw.Connection, path: Path, after: int) -> Iterator[tuple[Row, bytes]]:
    columns = "seq, session, event_ns, recorded_ns, kind, payload, hash"
    seq = after
    try:
        for *row, stored in connection.execute(
            f"SELECT {columns} FROM events WHERE seq > ? ORDER BY seq",  # noqa: S608 (our own columns)
            (after,),
        ):
            yield Row(*row), stored
            seq = row[0]
    except UnicodeDecodeError as error:
        raise JournalRefused("chain_broken", f"{path}: event {seq + 1} is not what was written; {RESTORE}") from error
    except apsw.Error as error:
        raise JournalRefused(
            "journal_unreadable", f"{path}: what follows event {seq} cannot be read: {error}; {RESTORE}"
        ) from error


def _check_structure(connection: apsw.Connection, path: Path, table: str | None = None) -> None:
    """SQLite's own look at the pages of a table, or of the whole file."""
    try:
        found = [row[0] for row in connection.execute(f"PRAGMA integrity_check{f'({table})' if table else ''}")]
    except apsw.Error as error:
        raise JournalRefused("journal_unreadable", f"{path}: {error}; {RESTORE}") from error
    if found != ["ok"]:
        raise JournalRefused("integrity_check_failed", f"{path}: {found[0]}; {RESTORE}")


def _check_anchor(connection: apsw.Connection, path: Path, anchor: Anchor | None, head: Anchor) -> None:
    """The anchor may be behind the journal by what was committed since, never ahead of it, nor of another journal."""
    if anchor is None:
        if head.seq > 0:
            raise JournalRefused("anchor_missing", f"{path} has {head.seq} events and its anchor none; {RESTORE}")
        return
    if anchor.seq > head.seq:
        raise JournalRefused(
            "journal_behind_anchor",
            f"{path} is behind its anchor by {anchor.seq - head.seq} events, committed and now gone; {RESTORE}",
        )
    stored = connection.execute("SELECT hash FROM events WHERE seq = ?", (anchor.seq,)).get
    if stored != anchor.hash:
        raise JournalRefused("anchor_disagrees", f"{path}: event {anchor.seq} is not the anchored one; {RESTORE}")


def _check_projections(connection: apsw.Connection, path: Path, totals: Totals, given: _Mark) -> None:
    """The tables that readers see are what the events make; rows up to `given` are not counted again."""
    account = connection.execute("SELECT * FROM account").fetchall()
    positions = {
        (row[0], row[1]): tuple(row[2:7]) for row in connection.execute("SELECT * FROM positions ORDER BY bot, symbol")
    }
    recomputed = {
        key: (position.qty, position.cost_e8, position.realised_e8, position.fees_e8, position.fills)
        for key, position in totals.positions.items()
    }
    counts = tuple(
        begin + connection.execute(f"SELECT count(*) FROM {table} WHERE {key} > ?", (begin,)).get  # noqa: S608 (our own names)
        for table, key, begin in (
            ("orders", "number", given.orders),
            ("signals", "signal", given.signals),
            ("fills", "fill", given.fills),
        )
    )
    wanted = (totals.orders, totals.signals, totals.fills)
    if account != [(1, *account_row(totals))] or positions != recomputed or counts != wanted:
        raise JournalRefused("totals_disagree", f"{path}: the stored account is not what its events make; {RESTORE}")
