"""The events of one session as they stand in the journal, read a page at a time while a trader may write on."""

from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from quantumflow.journal.schema import connect_reader

__all__ = [
    "INPUT_KINDS",
    "SessionRows",
    "SessionSpan",
    "StoredRow",
    "Window",
    "contents_of",
    "session_span",
    "sessions_between",
    "windows_of",
]

PAGE_ROWS = 1_000
_COLUMNS = "seq, event_ns, recorded_ns, kind, payload"
INPUT_KINDS = ("joined", "feed_lost", "skipped", "command")
_RESTART = ("restart_before_verdict", "cancelled_at_restart")


class StoredRow(NamedTuple):
    """One event."""

    seq: int
    event_ns: int
    recorded_ns: int
    kind: str
    payload: str

    @property
    def content(self) -> dict[str, Any]:
        value: dict[str, Any] = msgspec.json.decode(self.payload)
        return value

    @property
    def by_restart(self) -> bool:
        """The next start wrote it, to end what this session had left open."""
        if self.kind == "session_ended":
            return bool(self.content["reason"] == "interrupted")
        if self.kind not in ("verdict", "order_state"):
            return False
        content = self.content
        return content["frame_seq"] == 0 and content.get("refusal" if self.kind == "verdict" else "reason") in _RESTART

    def as_json(self) -> dict[str, Any]:
        return {"seq": self.seq, "kind": self.kind, "event_ns": self.event_ns, "payload": self.content}


class SessionSpan(NamedTuple):
    """Which events are one session's, as of the moment it was looked at."""

    session: int
    first_seq: int
    last_seq: int
    started_ns: int
    """Wall clock."""
    started: dict[str, Any]
    """The payload of session_started."""
    deposit_e8: int
    """What was deposited at its beginning, 0 but for the very first."""
    ended: StoredRow | None
    """Its end, if it has one."""

    @property
    def interrupted(self) -> bool:
        """A restart ended it."""
        return self.ended is not None and self.ended.by_restart


def session_span(path: Path, session: int) -> SessionSpan | None:
    """The session's events so far; None if there is no such session."""
    with closing(connect_reader(path)) as connection:
        connection.execute("BEGIN")
        row = connection.execute(
            "SELECT seq, recorded_ns, payload FROM events WHERE kind = 'session_started' AND session = ?", (session,)
        ).fetchone()
        if row is None:
            return None
        first, started_ns, payload = row
        following = connection.execute(
            "SELECT min(seq) FROM events WHERE kind = 'session_started' AND seq > ?", (first,)
        ).get
        last = following - 1 if following is not None else connection.execute("SELECT max(seq) FROM events").get
        deposit = connection.execute(
            "SELECT payload FROM events WHERE kind = 'deposit' AND seq BETWEEN ? AND ?", (first, last)
        ).get
        ended = connection.execute(
            f"SELECT {_COLUMNS} FROM events WHERE kind = 'session_ended' AND seq BETWEEN ? AND ?",  # noqa: S608 (our own columns)
            (first, last),
        ).fetchone()
    return SessionSpan(
        session,
        first,
        last,
        started_ns,
        msgspec.json.decode(payload),
        msgspec.json.decode(deposit)["amount_e8"] if deposit else 0,
        StoredRow(*ended) if ended else None,
    )


def sessions_between(path: Path, from_ns: int, to_ns: int) -> list[int]:
    """Sessions that were started in that span of the wall clock, oldest first; `to_ns` is not in it."""
    with closing(connect_reader(path)) as connection:
        found = connection.execute(
            "SELECT session FROM sessions WHERE started_recorded_ns >= ? AND started_recorded_ns < ? ORDER BY session",
            (from_ns, to_ns),
        )
        return [int(session) for (session,) in found]


class SessionRows:
    """A session's events in order, one ahead: `peek` shows the next without taking it."""

    def __init__(self, path: Path, span: SessionSpan) -> None:
        self._path = path
        self._next_seq = span.first_seq
        self._last_seq = span.last_seq
        self._page: list[StoredRow] = []
        self._at = 0

    def peek(self) -> StoredRow | None:
        if self._at == len(self._page):
            self._page, self._at = self._read(), 0
        return self._page[self._at] if self._page else None

    def take(self) -> StoredRow:
        row = self.peek()
        if row is None:
            raise LookupError("no event is left")
        self._at += 1
        return row

    def left(self) -> int:
        """How many were not taken."""
        return len(self._page) - self._at + self._last_seq - self._next_seq + 1

    def _read(self) -> list[StoredRow]:
        if self._next_seq > self._last_seq:
            return []
        with closing(connect_reader(self._path)) as connection:
            found = connection.execute(
                f"SELECT {_COLUMNS} FROM events WHERE seq BETWEEN ? AND ? ORDER BY seq LIMIT ?",  # noqa: S608 (our own columns)
                (self._next_seq, self._last_seq, PAGE_ROWS),
            )
            page = [StoredRow(*row) for row in found]
        self._next_seq = page[-1].seq + 1 if page else self._last_seq + 1
        return page


@dataclass(slots=True)
class Window:
    """One connection to market_data: what market_data needs to give its frames again."""

    next_seq: int
    recv_ns: int
    last_seq: int | None = None
    past_left: int = 0
    problem: str | None = None
    """Why the connection was lost; None: the session ended with it, or goes on."""
    skipped: list[tuple[int, int]] = field(default_factory=list)
    before: list[StoredRow] = field(default_factory=list)
    """Commands that came before it, since the connection before was lost."""
    commands: list[StoredRow] = field(default_factory=list)
    """Commands that came while it lasted."""

    def as_json(self) -> dict[str, Any]:
        return {
            "next_seq": self.next_seq,
            "recv_ns": self.recv_ns,
            "last_seq": self.last_seq,
            "skipped": self.skipped,
        }


def contents_of(path: Path, span: SessionSpan, kind: str) -> list[dict[str, Any]]:
    """What a session's events of one kind say, in order."""
    with closing(connect_reader(path)) as connection:
        found = connection.execute(
            "SELECT payload FROM events WHERE kind = ? AND seq BETWEEN ? AND ? ORDER BY seq",
            (kind, span.first_seq, span.last_seq),
        )
        return [msgspec.json.decode(payload) for (payload,) in found]


def windows_of(path: Path, span: SessionSpan) -> tuple[list[Window], list[StoredRow]]:
    """The connections of a session, in order, and the commands that came after the last was lost."""
    windows: list[Window] = []
    loose: list[StoredRow] = []
    for row in _inputs(path, span):
        content = row.content
        last = windows[-1] if windows else None
        connected = last is not None and last.last_seq is None
        if row.kind == "session_ended":
            if last is not None and connected and not row.by_restart:
                last.last_seq, last.past_left = content["frame_seq"], content["past_left"]
            break
        if row.kind == "joined":
            windows.append(Window(content["next_seq"], content["hello_ns"], before=loose))
            loose = []
        elif row.kind == "command":
            (last.commands if last is not None and connected else loose).append(row)
        elif last is None or not connected:
            continue  # a journal that was changed: the repeated session will differ here
        elif row.kind == "skipped":
            last.skipped.append((content["first"], content["frame_seq"]))
        else:
            last.last_seq, last.past_left = content["frame_seq"], content["past_left"]
            last.problem = content["problem"]
    return windows, loose


def _inputs(path: Path, span: SessionSpan) -> list[StoredRow]:
    kinds = (*INPUT_KINDS, "session_ended")
    marks = ", ".join("?" * len(kinds))
    with closing(connect_reader(path)) as connection:
        found = connection.execute(
            f"SELECT {_COLUMNS} FROM events WHERE kind IN ({marks}) AND seq BETWEEN ? AND ? ORDER BY seq",  # noqa: S608 (our own columns, question marks)
            (*kinds, span.first_seq, span.last_seq),
        )
        return [StoredRow(*row) for row in found]
