"""The hash of each journal row over all its columns and the row before it, and the digest of a session. Pure."""

import hashlib
from typing import NamedTuple

__all__ = ["DIGEST_LEAVES_OUT", "GENESIS", "Row", "SessionDigest", "row_hash"]

GENESIS = hashlib.sha256(b"quantumflow journal 1").digest()
"""What the first row's hash is chained to."""

SESSION_GENESIS = hashlib.sha256(b"quantumflow session 1").digest()
"""The digest of a session without events."""

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
    seq, session, event_ns, recorded_ns, kind, payload = row
    text = f"{seq}|{session}|{event_ns}|{recorded_ns}|{kind}|{payload}"
    return hashlib.sha256(previous + text.encode()).digest()


class SessionDigest:
    """SHA-256, for each event of a session in order, over the digest before it and `event_ns|kind|payload`.

    It depends on content in event time alone: the same frames and the same answers give the same digest on any day.
    It is a chain and no running hash, so that a checkpoint can hold it: a session may last for months.
    """

    def __init__(self, so_far: bytes = SESSION_GENESIS) -> None:
        self._digest = so_far

    def add(self, event_ns: int, kind: str, payload: str) -> None:
        if kind not in DIGEST_LEAVES_OUT:
            self._digest = hashlib.sha256(self._digest + f"{event_ns}|{kind}|{payload}".encode()).digest()

    def hex(self) -> str:
        return self._digest.hex()
