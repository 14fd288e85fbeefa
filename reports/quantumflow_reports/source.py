"""Where events come from, a file each time: a journal, or an export of one. The chain is checked from the first on."""

import gzip
import zlib
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import apsw
import msgspec

from quantumflow.errors import ApplianceRefused, JournalRefused
from quantumflow.journal.chain import Row
from quantumflow.journal.export import LINE_BYTES_MAX, Event, checked, row_of_line
from quantumflow.journal.schema import connect_reader, sqlite_gate
from quantumflow.journal.standing import Standing
from quantumflow_reports.numbers import VerifyRun

__all__ = ["Source", "open_source", "read_verify_runs"]

ROWS_A_READ = 10_000
"""Rows of one question to the journal: no read transaction lasts, so the writer's log is folded in meanwhile."""
VERIFY_BYTES_MAX = 4_194_304
"""Of the file of replay results its end is read."""
_SQLITE = b"SQLite format 3\0"
_GZIP = b"\x1f\x8b"


@dataclass(slots=True)
class Source:
    """Events that are checked as they are read. `standing` is what those read so far amount to."""

    file: Path
    standing: Standing = field(default_factory=Standing)

    def events(self) -> Iterator[Event]:
        """Every event from the first on. Raises JournalRefused at the first that does not fit."""
        with self.file.open("rb") as stream:
            head = stream.read(len(_SQLITE))
        rows = _journal_rows(self.file) if head == _SQLITE else _export_rows(self.file, head.startswith(_GZIP))
        return checked(rows, self.standing, str(self.file))


def open_source(file: Path) -> Source:
    """A journal or an export. Raises ApplianceRefused("no_journal")."""
    if not file.is_file() or file.stat().st_size == 0:
        raise ApplianceRefused(
            "no_journal", f"{file} is no file, or an empty one: name a journal.db, an export, or a data directory"
        )
    return Source(file)


def _journal_rows(file: Path) -> Iterator[tuple[Row, bytes]]:
    sqlite_gate()
    seq = 0
    try:
        with closing(connect_reader(file)) as connection:
            while True:
                before = seq
                for *row, stored in connection.execute(
                    "SELECT seq, session, event_ns, recorded_ns, kind, payload, hash FROM events WHERE seq > ?"
                    " ORDER BY seq LIMIT ?",
                    (seq, ROWS_A_READ),
                ):
                    yield Row(*row), stored
                    seq = row[0]
                if seq == before:
                    return
    except (apsw.Error, UnicodeDecodeError) as error:
        raise JournalRefused("journal_unreadable", f"{file}: what follows event {seq}: {error}") from error


def _export_rows(file: Path, packed: bool) -> Iterator[tuple[Row, bytes]]:
    number = 0
    try:
        with gzip.GzipFile(file, "rb") if packed else file.open("rb") as stream:
            while line := stream.readline(LINE_BYTES_MAX + 1):
                number += 1
                yield row_of_line(line, f"{file}, line {number}")
    except (OSError, EOFError, zlib.error) as error:
        raise JournalRefused("export_damaged", f"{file}: what follows line {number} cannot be read: {error}") from error


class _Told(msgspec.Struct):
    """The part of a line of verify/results.jsonl that is shown; other keys are let be."""

    at_ns: int
    day: str
    result: str
    session: int | None = None
    programs: dict[str, "_Program"] = {}
    seconds: float | None = None


class _Program(msgspec.Struct):
    digest: str | None = None


def read_verify_runs(file: Path) -> tuple[VerifyRun, ...]:
    """The replays that were told, oldest first; lines that cannot be read are left out. None if there is no file."""
    try:
        with file.open("rb") as stream:
            size = stream.seek(0, 2)
            stream.seek(max(0, size - VERIFY_BYTES_MAX))
            lines = stream.read(VERIFY_BYTES_MAX).splitlines()
    except FileNotFoundError:
        return ()
    runs = []
    for line in lines:
        try:
            told = msgspec.json.decode(line, type=_Told)
        except msgspec.DecodeError:
            continue
        trader = told.programs.get("trader", _Program())
        runs.append(VerifyRun(told.at_ns, told.day, told.session, told.result, trader.digest, told.seconds))
    return tuple(runs)
