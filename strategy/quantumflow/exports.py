"""An export on disk: made from a journal or from a running appliance, continued where it ended, checked throughout.

The file is a row of gzip members, each a page of lines (journal/export.py) that was written whole. What a killed run
left half written is cut off, and what follows is asked for again: nothing is lost and nothing stands twice.
"""

import os
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import BinaryIO, NamedTuple, Protocol

from quantumflow.errors import ApplianceRefused, JournalRefused
from quantumflow.journal.chain import Row
from quantumflow.journal.export import checked, export_line, row_of_line
from quantumflow.journal.reader import JournalReader
from quantumflow.journal.standing import Standing

__all__ = [
    "HEAD_HEADER",
    "PAGE_BYTES_MAX",
    "PAGE_EVENTS",
    "EventPage",
    "EventPages",
    "Exported",
    "JournalPages",
    "export_to",
    "verify_beside",
]

HEAD_HEADER = "Quantumflow-Head"
"""Of an answer with events: the number of the journal's last one."""
PAGE_EVENTS = 5_000
"""Events of one page at most."""
PAGE_BYTES_MAX = 8_388_608
"""Of a page's lines: a server ends a page at half of this, and no reader unpacks more."""
_GZIP = 31
"""zlib's name for: one gzip member."""

Told = Callable[[int, int], None]
"""Hears how far it is: the last event kept, and the last there is."""


class EventPage(NamedTuple):
    """Rows with their hashes, and the journal's last event when they were read."""

    rows: list[tuple[Row, bytes]]
    head: int


class EventPages(Protocol):
    """Where pages come from."""

    def after(self, seq: int) -> EventPage: ...

    def verify_lines(self) -> bytes:
        """The results of replays, one JSON object a line, oldest first."""


class JournalPages:
    """Pages of a journal on this machine."""

    def __init__(self, journal: Path) -> None:
        self._journal = journal

    def after(self, seq: int) -> EventPage:
        with JournalReader(self._journal) as reader:
            head = reader.head()
            return EventPage(list(reader.chained(seq, PAGE_EVENTS)), head.seq if head else 0)

    def verify_lines(self) -> bytes:
        try:
            return (self._journal.parent / "verify" / "results.jsonl").read_bytes()
        except FileNotFoundError:
            return b""


class Exported(NamedTuple):
    """What an export holds now."""

    file: Path
    before: int
    """Events that were there already."""
    events: int
    head_hash: str
    cut_bytes: int
    """Of an end that was half written."""


def verify_beside(file: Path) -> Path:
    """Where an export keeps the results of replays."""
    return file.with_name(file.name + ".verify.jsonl")


def export_to(file: Path, pages: EventPages, told: Told) -> Exported:
    """Brings `file` up to the head that the source has at the beginning. Raises by name; then what was kept is good."""
    standing = Standing()
    cut = _resume(file, standing)
    before = standing.head.seq
    goal: int | None = None
    with closing(_Appender(file)) as appender:
        while goal is None or standing.head.seq < goal:
            page = pages.after(standing.head.seq)
            if page.head < standing.head.seq:
                raise _other_journal(file, f"it has {page.head} events, {standing.head.seq} are kept")
            goal = page.head if goal is None else goal
            if not page.rows:
                break
            if page.rows[0][0].seq != standing.head.seq + 1:
                raise _other_journal(file, f"event {page.rows[0][0].seq} came after {standing.head.seq}")
            try:
                for _ in checked(page.rows, standing, "the appliance's journal"):
                    pass
            except JournalRefused as error:
                if before and standing.head.seq == before:
                    raise _other_journal(file, error.detail) from error
                raise
            appender.append(page.rows)
            told(standing.head.seq, goal)
    told_results = pages.verify_lines()
    if told_results:
        _replace(verify_beside(file), told_results)
    head_hash = standing.head.hash.hex() if standing.head.seq else ""
    return Exported(file, before, standing.head.seq, head_hash, cut)


def _other_journal(file: Path, why: str) -> ApplianceRefused:
    detail = f"{file} is not of this journal: {why}; move it away to begin a new export"
    return ApplianceRefused("other_journal", detail)


class _Appender:
    """Writes members to the end of a file, which the first one makes; each is on disk when `append` returns."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._sink: BinaryIO | None = None

    def append(self, rows: Iterable[tuple[Row, bytes]]) -> None:
        packer = zlib.compressobj(6, zlib.DEFLATED, _GZIP)
        packed = [packer.compress(export_line(row, chained)) for row, chained in rows]
        try:
            if self._sink is None:
                self._file.parent.mkdir(parents=True, exist_ok=True)
                self._sink = self._file.open("ab")
            self._sink.write(b"".join([*packed, packer.flush()]))
            self._sink.flush()
            os.fsync(self._sink.fileno())
        except OSError as error:
            raise ApplianceRefused("export_unwritable", f"{self._file}: {error.strerror}") from None

    def close(self) -> None:
        if self._sink is not None:
            self._sink.close()


def _resume(file: Path, standing: Standing) -> int:
    """Takes what `file` holds into `standing`; bytes of a half-written end, which are cut off."""
    if not file.exists():
        return 0
    good = 0
    for start, text in _members(file):
        lines = [row_of_line(line, f"{file}, byte {start}") for line in text.splitlines()]
        for _ in checked(lines, standing, str(file)):
            pass
        good = start
    size = file.stat().st_size
    if good < size:
        os.truncate(file, good)
    return size - good


def _members(file: Path) -> Iterator[tuple[int, bytes]]:
    """Each whole member's content, and the byte behind it. What follows the last whole one is left to the caller."""
    behind = 0
    with file.open("rb") as stream:
        rest = b""
        while True:
            unpacker = zlib.decompressobj(_GZIP)
            parts, size = [], 0
            packed = rest or stream.read(65_536)
            if not packed:
                return
            read = 0
            while packed:
                try:
                    part = unpacker.decompress(packed, PAGE_BYTES_MAX - size + 1)
                except zlib.error as error:
                    raise JournalRefused("export_damaged", f"{file}: behind byte {behind}: {error}") from None
                parts.append(part)
                size += len(part)
                if size > PAGE_BYTES_MAX:
                    raise JournalRefused("export_damaged", f"{file}: a page of over {PAGE_BYTES_MAX} bytes")
                read += len(packed) - len(unpacker.unconsumed_tail) - len(unpacker.unused_data)
                if unpacker.eof:
                    break
                packed = unpacker.unconsumed_tail or stream.read(65_536)
            if not unpacker.eof:
                return
            rest = unpacker.unused_data
            behind += read
            yield behind, b"".join(parts)


def _replace(file: Path, content: bytes) -> None:
    beside = file.with_name(file.name + ".new")
    beside.write_bytes(content)
    beside.replace(file)
