"""Bytes of the market socket → events: the Python reader of market_data/PROTOCOL.md, version 1.

`FrameReader` cuts a stream into frames, holds them to their layout (frame_layout.py) and to the rule of `seq`, and
fills preallocated Events: a Book's levels are copied as they stand, without a loop. What is not an event (Hello, the
reason of a Status, Skipped, Goodbye) comes beside them as small frozen values. No socket, no clock.
"""

import sys
from collections.abc import Callable
from struct import Struct
from typing import Any, NamedTuple

import numpy as np

from quantumflow.errors import FeedBroken, FrameRefused
from quantumflow.events import DEPTH, HEAD, Events, empty_events
from quantumflow.frame_layout import (
    BOOK,
    CANDLE,
    FRAME_BYTES_MAX,
    GOODBYE,
    HEARTBEAT,
    HELLO,
    LEVEL_BYTES,
    SKIPPED,
    STATUS,
    TRADE,
    decode_frame,
)
from quantumflow.frame_order import LENGTH_BYTES, FrameOrder, end_of_frame
from quantumflow.specs import InstrumentSpec
from quantumflow.vocabulary import EventKind, FeedState

__all__ = ["BATCH_EVENTS_MAX", "Batch", "FrameReader", "Goodbye", "Hello", "Note", "Skipped", "Status"]

BATCH_EVENTS_MAX = 1024
"""Events decoded at once; the rest of what was read waits in the reader."""
PUSHED_BYTES_MAX = 4 * FRAME_BYTES_MAX
"""Bytes that may wait in a reader, cut or uncut."""

_SIDE_BYTES = DEPTH * LEVEL_BYTES
_HEAD = Struct("<21q4d")
_LEVELS = Struct(f"{_SIDE_BYTES}s{_SIDE_BYTES}s")
"""The best DEPTH levels of each side: what is more is cut off, what is missing is filled up with nothing."""

if _HEAD.size != HEAD.itemsize or sys.byteorder != "little":  # levels and heads are copied as little-endian bytes
    raise ImportError("events.HEAD is not 21 integers and 4 floats, or this machine is not little-endian")


class Hello(NamedTuple):
    """The first frame: who speaks, of what, and where the live frames begin."""

    seq: int
    recv_ns: int
    build: str
    session: str
    venue: str
    simulated: bool
    clock: str
    next_seq: int
    catch_up: int
    instruments: tuple[InstrumentSpec, ...]


class Status(NamedTuple):
    """A Status frame's words; the event beside it has its numbers."""

    seq: int
    recv_ns: int
    instrument: int
    state: FeedState
    reason: str
    epoch: int


class Skipped(NamedTuple):
    """Book frames were left out for this reader."""

    to: int
    recv_ns: int
    first: int
    left_out: int


class Goodbye(NamedTuple):
    """The feed ends, or ends for this reader."""

    seq: int
    recv_ns: int
    reason: str
    counters: tuple[tuple[int, ...], ...]


Note = Hello | Status | Skipped | Goodbye


class Batch(NamedTuple):
    """What `take` decoded: the first `heads` of `events.heads`, valid until the next `take`, and the notes beside."""

    events: Events
    heads: int
    notes: tuple[Note, ...]


class FrameReader:
    """One connection's bytes, pushed as they come and taken as events. A new connection needs a new reader."""

    def __init__(self, capacity: int = BATCH_EVENTS_MAX) -> None:
        self._events = empty_events(capacity, capacity)
        self._heads = self._events.heads.view(np.uint8).data
        self._levels = self._events.levels.view(np.uint8).reshape(-1).data
        self._capacity = capacity
        self._waiting = b""
        self._order = FrameOrder()
        self._broken: FeedBroken | None = None

    def push(self, data: bytes) -> None:
        """Adds what was read. Take until nothing comes before the next push."""
        if len(self._waiting) + len(data) > PUSHED_BYTES_MAX:
            raise FrameRefused("too_long", f"more than {PUSHED_BYTES_MAX} bytes wait; take before you push")
        self._waiting += data

    def take(self) -> Batch:
        """Decodes whole frames, at most `capacity`; a batch ends behind Hello, Skipped or Goodbye. Empty: all is taken.

        Raises FeedBroken; the frames before the broken one are given first.
        """
        if self._broken is not None:
            raise self._broken
        waiting, place, count, rows = self._waiting, 0, 0, 0
        notes: list[Note] = []
        try:
            while count < self._capacity:
                end = end_of_frame(waiting, place)
                if end is None:
                    break
                frame = decode_frame(waiting[place + LENGTH_BYTES : end])
                self._order.admit(frame)
                place = end
                note = _NOTES.get(frame[0])
                if note is not None:
                    notes.append(note(frame))
                    if frame[0] in (HELLO, GOODBYE, SKIPPED):
                        break
                if frame[0] == BOOK or frame[0] in _EVENTS:
                    rows += self._write(frame, count, rows)
                    count += 1
        except FeedBroken as broken:
            self._broken = broken
            if count == 0 and not notes:
                raise
        self._waiting = waiting[place:]
        return Batch(self._events, count, tuple(notes))

    def end(self) -> None:
        """The stream has ended. Raises FrameRefused `truncated` if that was inside a frame."""
        if self._waiting:
            raise FrameRefused("truncated", f"the stream ended {len(self._waiting)} bytes into a frame")

    def _write(self, frame: list[Any], at: int, row: int) -> int:
        """Puts a frame into head `at`; a Book's levels into `row`. Returns the rows used."""
        kind = frame[0]
        if kind != BOOK:
            _HEAD.pack_into(self._heads, at * _HEAD.size, *_EVENTS[kind](frame))
            return 0
        _, seq, recv_ns, instrument, event_ns, epoch, last_id, state, bids, asks, low, high, *floats = frame
        _LEVELS.pack_into(self._levels, row * _LEVELS.size, bids, asks)
        counts = (min(len(bids) // LEVEL_BYTES, DEPTH), min(len(asks) // LEVEL_BYTES, DEPTH))
        head = (_BOOK, instrument, seq, recv_ns, event_ns, epoch, last_id, 0, 0, 0, state, 0, 0, low, high)
        _HEAD.pack_into(self._heads, at * _HEAD.size, *head, 0, 0, 0, row, *counts, *floats)
        return 1


def _hello(frame: list[Any]) -> Hello:
    _, seq, recv_ns, _, build, session, venue, simulated, clock, next_seq, catch_up, rows = frame
    instruments = tuple(InstrumentSpec(*row) for row in rows)
    return Hello(seq, recv_ns, build, session, venue, simulated, clock, next_seq, catch_up, instruments)


def _status(frame: list[Any]) -> Status:
    _, seq, recv_ns, instrument, state, reason, epoch = frame
    return Status(seq, recv_ns, instrument, FeedState(state), reason, epoch)


def _skipped(frame: list[Any]) -> Skipped:
    return Skipped(*frame[1:])


def _goodbye(frame: list[Any]) -> Goodbye:
    return Goodbye(frame[1], frame[2], frame[3], tuple(tuple(row) for row in frame[4]))


_NOTES: dict[int, Callable[[list[Any]], Note]] = {HELLO: _hello, STATUS: _status, SKIPPED: _skipped, GOODBYE: _goodbye}

_BOOK, _TRADE, _CANDLE, _STATUS, _HEARTBEAT = (
    int(EventKind[name]) for name in ("BOOK", "TRADE", "CANDLE", "STATUS", "HEARTBEAT")
)
_NO_BOOK = (-1, 0, 0, 0.0, 0.0, 0.0, 0.0)
"""levels_row, the two counts and the floats of an event that is not a Book."""


def _trade_head(frame: list[Any]) -> tuple[int | float, ...]:
    _, seq, recv_ns, instrument, event_ns, trade_id, price, qty, aggressor = frame
    head = (_TRADE, instrument, seq, recv_ns, event_ns, 0, trade_id, price, qty, aggressor)
    return (*head, 0, 0, 0, 0, 0, 0, 0, 0, *_NO_BOOK)


def _candle_head(frame: list[Any]) -> tuple[int | float, ...]:
    _, seq, recv_ns, instrument, open_ns, first, high, low, close, volume, _, _, closed, origin = frame
    head = (_CANDLE, instrument, seq, recv_ns, 0, 0, open_ns, 0, 0, 0, 0, origin, int(closed))
    return (*head, first, high, low, close, volume, *_NO_BOOK)


def _status_head(frame: list[Any]) -> tuple[int | float, ...]:
    _, seq, recv_ns, instrument, state, _, epoch = frame
    return (_STATUS, instrument, seq, recv_ns, 0, epoch, 0, 0, 0, 0, state, 0, 0, 0, 0, 0, 0, 0, *_NO_BOOK)


def _heartbeat_head(frame: list[Any]) -> tuple[int | float, ...]:
    return (_HEARTBEAT, -1, frame[1], frame[2], *(0,) * 14, *_NO_BOOK)


_EVENTS = {
    TRADE: _trade_head,
    CANDLE: _candle_head,
    STATUS: _status_head,
    HEARTBEAT: _heartbeat_head,
}
