"""The layout of one market frame, version 1: market_data/PROTOCOL.md as types and ranges. Bytes → a checked array."""

from typing import Any

import msgspec

from quantumflow.errors import FrameRefused
from quantumflow.specs import INSTRUMENTS_MAX
from quantumflow.vocabulary import FeedState

__all__ = [
    "BOOK",
    "CANDLE",
    "FRAME_BYTES_MAX",
    "GOODBYE",
    "HEARTBEAT",
    "HELLO",
    "LEVELS_MAX",
    "LEVEL_BYTES",
    "PROTOCOL",
    "SKIPPED",
    "STATUS",
    "TRADE",
    "decode_frame",
]

PROTOCOL = 1
FRAME_BYTES_MAX = 65_536
LEVELS_MAX = 50
LEVEL_BYTES = 16

HELLO, BOOK, TRADE, CANDLE, STATUS, HEARTBEAT, SKIPPED, GOODBYE = range(1, 9)

_LENGTHS: dict[int, tuple[type, ...]] = {
    HELLO: (int, int, int, int, str, str, str, bool, str, int, int, list),
    BOOK: (int,) * 8 + (bytes, bytes, int, int) + (float,) * 4,
    TRADE: (int,) * 9,
    CANDLE: (int,) * 12 + (bool, int),
    STATUS: (int, int, int, int, int, str, int),
    HEARTBEAT: (int,) * 3,
    SKIPPED: (int,) * 5,
    GOODBYE: (int, int, int, str, list),
}
_INSTRUMENT_ROW = (int, str, str, str, int, int, int, int, int, str)
_COUNTERS_ROW = (int,) * 8
_GOODBYES = ("recording_ended", "stopping", "reader_too_slow", "too_many_readers")
_VENUES = ("binance", "sim", "replay")
_CLOCKS = ("wall", "recorded")
_FILTERS_FROM = ("exchange", "config", "inferred")
_I64_MAX = 2**63 - 1
_SIDE_BYTES_MAX = LEVELS_MAX * LEVEL_BYTES
_STATES_MAX = max(FeedState)
_ORIGIN_MAX = 3


def decode_frame(body: bytes) -> list[Any]:
    """One frame's array, of exactly the types and ranges that PROTOCOL.md gives its kind. Raises FrameRefused."""
    try:
        frame = msgspec.msgpack.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise FrameRefused("not_msgpack", f"{len(body)} bytes: {error}") from error
    if type(frame) is not list:
        raise FrameRefused("not_an_array", f"a frame is an array, not {type(frame).__name__}")
    if not frame:
        raise FrameRefused("wrong_length", "an empty array has no kind")
    kind = frame[0]
    if type(kind) is not int:
        raise FrameRefused("wrong_type", f"kind is {type(kind).__name__}, not int")
    types = _LENGTHS.get(kind)
    if types is None:
        raise FrameRefused("unknown_kind", f"kind {kind}; this reader knows 1 to {GOODBYE}")
    if tuple(map(type, frame)) != types:
        _typed(kind, frame, types)
    _RANGES[kind](frame)
    return frame


def _typed(kind: int, row: Any, types: tuple[type, ...]) -> None:
    if type(row) is not list:
        raise FrameRefused("wrong_type", f"kind {kind}: {type(row).__name__} in place of an array")
    if len(row) != len(types):
        raise FrameRefused("wrong_length", f"kind {kind}: {len(row)} elements, not {len(types)}")
    found = tuple(map(type, row))
    if found != types:
        place = next(k for k, (has, wants) in enumerate(zip(found, types, strict=True)) if has is not wants)
        raise FrameRefused(
            "wrong_type", f"kind {kind}: element {place} is {found[place].__name__}, not {types[place].__name__}"
        )


def _out_of_range(frame: list[Any], what: str) -> FrameRefused:
    return FrameRefused("out_of_range", f"kind {frame[0]}, seq {frame[1]}: {what}")


def _check(frame: list[Any], ok: bool, what: str) -> None:
    if not ok:
        raise _out_of_range(frame, what)


def _natural(frame: list[Any], values: list[int]) -> None:
    if min(values) < 0 or max(values) > _I64_MAX:
        raise _out_of_range(frame, f"an integer outside 0 … {_I64_MAX}")


def _book_range(frame: list[Any]) -> None:
    """Nine frames in ten are books, so this one is written for speed: each check is a comparison, no call."""
    _, seq, recv_ns, instrument, event_ns, epoch, last_id, state, bids, asks, low, high, *floats = frame
    # The bits of all of them together are negative, or too many, if those of one are.
    if not 0 <= seq | recv_ns | instrument | event_ns | epoch | last_id | state | low | high <= _I64_MAX:
        raise _out_of_range(frame, f"an integer outside 0 … {_I64_MAX}")
    if instrument >= INSTRUMENTS_MAX:
        raise _out_of_range(frame, "instrument")
    if state > _STATES_MAX:
        raise _out_of_range(frame, "state")
    if len(bids) > _SIDE_BYTES_MAX or len(bids) % LEVEL_BYTES:
        raise _out_of_range(frame, "bytes of bids")
    if len(asks) > _SIDE_BYTES_MAX or len(asks) % LEVEL_BYTES:
        raise _out_of_range(frame, "bytes of asks")
    best, top, weighted, microprice = floats
    if not (-1.0 <= best <= 1.0 and -1.0 <= top <= 1.0 and -1.0 <= weighted <= 1.0):
        raise _out_of_range(frame, "imbalance")
    if not 0.0 <= microprice <= _I64_MAX:
        raise _out_of_range(frame, "microprice")


def _trade_range(frame: list[Any]) -> None:
    _natural(frame, frame)
    _check(frame, frame[3] < INSTRUMENTS_MAX, "instrument")
    _check(frame, frame[6] > 0 and frame[7] > 0, "price or qty of nothing")
    _check(frame, frame[8] <= 1, "aggressor")


def _candle_range(frame: list[Any]) -> None:
    _natural(frame, [*frame[1:12], frame[13]])
    _check(frame, frame[3] < INSTRUMENTS_MAX, "instrument")
    _check(frame, frame[13] <= _ORIGIN_MAX, "origin")
    _check(frame, min(frame[5:9]) > 0, "price of nothing")


def _status_range(frame: list[Any]) -> None:
    _natural(frame, [frame[1], frame[2], frame[3] + 1, frame[4], frame[6]])
    _check(frame, frame[3] < INSTRUMENTS_MAX, "instrument")
    _check(frame, frame[4] <= _STATES_MAX, "state")


def _heartbeat_range(frame: list[Any]) -> None:
    _natural(frame, frame)


def _skipped_range(frame: list[Any]) -> None:
    _natural(frame, frame)
    _check(frame, 1 <= frame[3] <= frame[1] and 1 <= frame[4] <= frame[1] - frame[3] + 1, "range of skipped frames")


def _goodbye_range(frame: list[Any]) -> None:
    _natural(frame, frame[1:3])
    _check(frame, frame[3] in _GOODBYES, f"reason {frame[3]!r}")
    _check(frame, len(frame[4]) <= INSTRUMENTS_MAX, "instruments")
    for index, row in enumerate(frame[4]):
        _typed(GOODBYE, row, _COUNTERS_ROW)
        _natural(frame, row)
        _check(frame, row[0] == index, f"counters {index}")


def _hello_range(frame: list[Any]) -> None:
    _natural(frame, [*frame[1:4], *frame[9:11]])
    _check(frame, frame[3] == PROTOCOL, f"protocol {frame[3]}; this reader speaks {PROTOCOL}")
    _check(frame, frame[6] in _VENUES, f"venue {frame[6]!r}")
    _check(frame, frame[8] in _CLOCKS, f"clock {frame[8]!r}")
    _check(frame, frame[9] > 0, "next_seq")
    _check(frame, len(frame[11]) <= INSTRUMENTS_MAX, "instruments")
    for index, row in enumerate(frame[11]):
        _typed(HELLO, row, _INSTRUMENT_ROW)
        _natural(frame, [row[0], *row[4:9]])
        _check(frame, row[0] == index and row[4] > 0 and row[5] > 0, f"instrument {index}")
        _check(frame, row[9] in _FILTERS_FROM, f"filters of instrument {index} from {row[9]!r}")


_RANGES = {
    HELLO: _hello_range,
    BOOK: _book_range,
    TRADE: _trade_range,
    CANDLE: _candle_range,
    STATUS: _status_range,
    HEARTBEAT: _heartbeat_range,
    SKIPPED: _skipped_range,
    GOODBYE: _goodbye_range,
}
