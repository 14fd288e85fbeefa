"""The anchor: the journal's last (seq, hash) in a file of its own, fsynced after each commit.

A hash chain cannot see that its tail is missing (one flipped bit in SQLite's write-ahead log drops everything after
it, and the file still checks). The anchor can: it is never ahead of a journal that lost nothing. Two slots are written
in turn, so that a torn write leaves the one before. The file is also the writer's lock.
"""

import fcntl
import hashlib
import os
import re
from pathlib import Path
from typing import NamedTuple

from quantumflow.crash_points import reach
from quantumflow.errors import JournalFailed, JournalRefused

__all__ = ["JOURNAL_LOCKED", "Anchor", "AnchorFile", "read_anchor"]

JOURNAL_LOCKED = "journal_locked"
"""The refusal's name while another trader writes."""

_SLOT = re.compile(rb"([0-9]{20}) ([0-9a-f]{64}) ([0-9a-f]{16})\n")
_SLOT_BYTES = 20 + 1 + 64 + 1 + 16 + 1


class Anchor(NamedTuple):
    """A row of the journal that was committed."""

    seq: int
    hash: bytes


class AnchorFile:
    """An open, locked anchor file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(self._fd)
            raise JournalRefused(
                JOURNAL_LOCKED, f"another trader holds {path}; stop it, or start with another --data-dir"
            ) from error

    def read(self) -> Anchor | None:
        """The newest whole slot; None if nothing was ever written."""
        return _newest(self.path, os.pread(self._fd, 2 * _SLOT_BYTES, 0))

    def write(self, anchor: Anchor) -> None:
        """Puts `anchor` in the slot that is not the newest and waits until it is on disk."""
        text = f"{anchor.seq:020d} {anchor.hash.hex()}".encode()
        line = text + b" " + _check(text) + b"\n"
        try:
            os.pwrite(self._fd, line, _SLOT_BYTES * self._older_slot())
            reach("trader.after_anchor_write")
            os.fdatasync(self._fd)
        except OSError as error:
            raise JournalFailed("anchor_failed", f"{self.path}: {error}; free the disk and start again") from error

    def close(self) -> None:
        os.close(self._fd)

    def _older_slot(self) -> int:
        content = os.pread(self._fd, 2 * _SLOT_BYTES, 0)
        first, second = (_parse(content[start : start + _SLOT_BYTES]) for start in (0, _SLOT_BYTES))
        if first is None:
            return 0
        return 1 if second is None or second < first else 0


def read_anchor(path: Path) -> Anchor | None:
    """The newest whole slot, without the lock: for a look beside a trader that goes on writing."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise JournalRefused("anchor_unreadable", f"{path}: {error}; let this user read it") from error
    return _newest(path, content[: 2 * _SLOT_BYTES])


def _newest(path: Path, content: bytes) -> Anchor | None:
    slots = [_parse(content[start : start + _SLOT_BYTES]) for start in (0, _SLOT_BYTES)]
    whole = [slot for slot in slots if slot is not None]
    if not whole and content.strip(b"\0"):
        raise JournalRefused(
            "anchor_unreadable",
            f"{path} holds no whole entry; restore it with the journal from one backup, or move the data"
            " directory aside to begin a new account",
        )
    return max(whole, default=None)


def _parse(slot: bytes) -> Anchor | None:
    match = _SLOT.fullmatch(slot)
    if match is None or match.group(3) != _check(slot[:-18]):
        return None
    return Anchor(int(match.group(1)), bytes.fromhex(match.group(2).decode()))


def _check(text: bytes) -> bytes:
    return hashlib.sha256(text).hexdigest()[:16].encode()
