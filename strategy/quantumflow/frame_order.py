"""Where a frame ends in a stream, and which frame may follow which: what every reader of market.sock holds to. Pure."""

from struct import Struct
from typing import Any

from quantumflow.errors import FrameRefused, SequenceBroken
from quantumflow.frame_layout import BOOK, FRAME_BYTES_MAX, GOODBYE, HEARTBEAT, HELLO, SKIPPED

__all__ = ["LENGTH_BYTES", "FrameOrder", "end_of_frame"]

LENGTH_BYTES = 4
_LENGTH = Struct(">I")


def end_of_frame(waiting: bytes, place: int) -> int | None:
    """Where the frame that begins at `place` ends; None if it is not whole yet. Its length is checked before that."""
    if len(waiting) - place < LENGTH_BYTES:
        return None
    (length,) = _LENGTH.unpack_from(waiting, place)
    if length > FRAME_BYTES_MAX:
        raise FrameRefused("too_long", f"{length} bytes, at most {FRAME_BYTES_MAX}")
    end: int = place + LENGTH_BYTES + length
    return end if end <= len(waiting) else None


class FrameOrder:
    """The rule of `seq`: Hello, the frames that repeat the past, then no hole that a Skipped frame does not explain."""

    def __init__(self) -> None:
        self._past: int | None = None
        self._next = 0
        self._kept = 0
        self._kept_to = 0

    def admit(self, frame: list[Any]) -> None:
        """Takes the next frame of the connection. Raises SequenceBroken if it is not the next."""
        kind, seq = frame[0], frame[1]
        if seq == self._next and self._past == 0 == self._kept and BOOK <= kind <= HEARTBEAT:
            self._next += 1
            return
        if kind == GOODBYE and frame[3] in ("reader_too_slow", "too_many_readers"):
            return
        if self._past is None or kind == HELLO:
            self._begin(frame)
        elif self._past > 0:
            self._past -= 1
            self._require(seq < self._next, f"seq {seq} among the frames that repeat the past before {self._next}")
        elif self._kept > 0:
            self._kept -= 1
            self._require(self._next <= seq <= self._kept_to, f"seq {seq}, not of {self._next} … {self._kept_to}")
            self._next = seq + 1 if self._kept else self._kept_to + 1
        elif kind == SKIPPED:
            self._require(frame[3] == self._next, f"skipped from {frame[3]}, expected {self._next}")
            self._kept, self._kept_to = seq - frame[3] + 1 - frame[4], seq
            self._next = frame[3] if self._kept else seq + 1
        else:
            self._require(seq == self._next, f"seq {seq}, expected {self._next}")
            self._next += 1

    def _begin(self, frame: list[Any]) -> None:
        self._require(self._past is None and frame[0] == HELLO, f"kind {frame[0]}: Hello comes first, and once")
        self._next, self._past = frame[9], frame[10]

    @staticmethod
    def _require(ok: bool, what: str) -> None:
        if not ok:
            raise SequenceBroken("sequence_broken", what)
