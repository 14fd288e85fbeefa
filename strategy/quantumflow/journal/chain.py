"""The hash of each journal row over all its columns and the row before it, and the digest of a session. Pure."""

import hashlib
from typing import NamedTuple

__all__ = ["DIGEST_LEAVES_OUT", "GENESIS", "Row", "SessionDigest", "row_hash"]

GENESIS = hashlib.sha256(b"quantumflow journal 1").digest()
"""What the first row's hash is chained to."""

DIGEST_LEAVES_OUT = ("session_started", "session_ended")
"""Kinds that speak of a run rather than of the market: two replays of one recording differ in these alone."""


class Row(NamedTuple):
    """One row of `events`, every column but its hash."""

    seq: int
    session: int
    event_ns: int
    recorded_ns: int
    kind: str
    payload: str


def row_hash(previous: bytes, row: Row) -> bytes:
    """SHA-256 of the hash before and of every column; `|` cannot occur in a column before the payload."""
    return hashlib.sha256(previous + "|".join(map(str, row)).encode()).digest()


class SessionDigest:
    """SHA-256 over `event_ns|kind|payload` and a line feed of each event of a session, in order.

    It depends on content in event time alone: the same frames and the same answers give the same digest on any day.
    """

    def __init__(self) -> None:
        self._hash = hashlib.sha256()

    def add(self, event_ns: int, kind: str, payload: str) -> None:
        if kind not in DIGEST_LEAVES_OUT:
            self._hash.update(f"{event_ns}|{kind}|{payload}\n".encode())

    def hex(self) -> str:
        return self._hash.hexdigest()
