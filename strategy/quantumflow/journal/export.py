"""The journal as text that can be carried away and is still checked: one JSON line an event, with its chain hash. Pure.

A line holds every column of the row, the payload as the very text that was hashed, and the hash in hex. Whoever reads
the lines from the first on needs nothing else to know that none was changed, left out or put in.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import msgspec

from quantumflow.errors import JournalRefused
from quantumflow.journal.chain import Row, row_hash
from quantumflow.journal.standing import Standing
from quantumflow.journal.totals import BooksDisagree

__all__ = ["EXPORT_VERSION", "LINE_BYTES_MAX", "Event", "checked", "export_line", "row_of_line"]

EXPORT_VERSION = 1
LINE_BYTES_MAX = 1_048_576
"""A longer line is refused before it is parsed; the longest payloads, sessions with 16 instruments, have some 10 kB."""


class Event(NamedTuple):
    """An event that was checked: its row, and its payload as values."""

    row: Row
    payload: Mapping[str, Any]


class _Line(msgspec.Struct, forbid_unknown_fields=True):
    """The layout of a line, version EXPORT_VERSION."""

    seq: int
    session: int
    event_ns: int
    recorded_ns: int
    kind: str
    payload: str
    hash: str


_DECODER = msgspec.json.Decoder(_Line)
_ENCODER = msgspec.json.Encoder()


def export_line(row: Row, chained: bytes) -> bytes:
    """One event, newline included."""
    return _ENCODER.encode(_Line(*row, chained.hex())) + b"\n"


def row_of_line(text: bytes, where: str) -> tuple[Row, bytes]:
    """The row and its hash as the line claims it. Raises JournalRefused("export_damaged")."""
    if len(text) > LINE_BYTES_MAX:
        raise JournalRefused("export_damaged", f"{where}: a line of {len(text)} bytes, at most {LINE_BYTES_MAX}")
    try:
        line = _DECODER.decode(text)
        chained = bytes.fromhex(line.hash)
    except (msgspec.DecodeError, ValueError) as error:
        raise JournalRefused("export_damaged", f"{where}: not a line of an export: {error}") from None
    return Row(line.seq, line.session, line.event_ns, line.recorded_ns, line.kind, line.payload), chained


def checked(rows: Iterable[tuple[Row, bytes]], standing: Standing, where: str) -> Iterator[Event]:
    """Takes each row into `standing` and hands it on. Raises JournalRefused that names the first that does not fit."""
    for row, stored in rows:
        previous = standing.head
        chained = row_hash(previous.hash, row)
        if row.seq != previous.seq + 1 or chained != stored:
            detail = f"{where}: event {previous.seq + 1} is not the one that was written after event {previous.seq}"
            raise JournalRefused("chain_broken", detail)
        try:
            payload = msgspec.json.decode(row.payload)
            standing.take(row, payload, chained)
        except (BooksDisagree, msgspec.DecodeError, ArithmeticError, KeyError, TypeError, ValueError) as error:
            raise JournalRefused("events_disagree", f"{where}: event {row.seq}: {error}") from error
        yield Event(row, payload)
