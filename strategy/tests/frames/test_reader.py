"""A stream of frames, cut anywhere: the same events; a hole in it: an error; garbage: a refusal by name."""

import struct
from itertools import pairwise
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quantumflow.errors import FrameRefused, SequenceBroken
from quantumflow.events import DEPTH, HEAD, empty_events, head_row
from quantumflow.frame_layout import decode_frame
from quantumflow.frames import FrameReader, Goodbye, Hello, Note, Skipped, Status
from quantumflow.vocabulary import EventKind, FeedState

UNHURRIED = settings(deadline=None)
"""A busy machine is slow, not wrong."""
INSTRUMENTS = [[0, "BTCUSDT", "BTC", "USDT", 1_000_000, 1_000, 1, 0, 0, "config"]]


def packed(*frame: Any) -> bytes:
    body = msgspec.msgpack.encode(list(frame))
    return len(body).to_bytes(4, "big") + body


def hello(next_seq: int = 1, catch_up: int = 0) -> bytes:
    return packed(1, 0, 5, 1, "b", "s", "replay", False, "recorded", next_seq, catch_up, INSTRUMENTS)


def levels(count: int, first: int = 100) -> bytes:
    return struct.pack(f"<{2 * count}q", *(value for k in range(count) for value in (first + k, 7 + k)))


def book(seq: int, bids: int = 3, asks: int = 2) -> bytes:
    return packed(2, seq, 50 + seq, 0, 9, 1, 77, 2, levels(bids), levels(asks, 200), 90, 300, 0.5, 0.25, -0.5, 150.5)


def trade(seq: int) -> bytes:
    return packed(3, seq, 50 + seq, 0, 9, 400, 101, 6, 1)


def beat(seq: int) -> bytes:
    return packed(6, seq, 50 + seq)


def candle(seq: int) -> bytes:
    return packed(4, seq, 50 + seq, 0, 60, 10, 40, 5, 20, 99, 50, 3, True, 2)


def taken(reader: FrameReader) -> tuple[list[np.void], list[np.ndarray], list[Note]]:
    heads, books, notes = [], [], []
    while True:
        batch = reader.take()
        notes += batch.notes
        for head in batch.events.heads[: batch.heads].copy():
            heads.append(head)
            if head["levels_row"] >= 0:
                books.append(batch.events.levels[head["levels_row"]].copy())
                head["levels_row"] = 0
        if batch.heads == 0 and not batch.notes:
            return heads, books, notes


def read(*frames: bytes) -> tuple[list[np.void], list[np.ndarray], list[Note]]:
    reader = FrameReader()
    reader.push(b"".join(frames))
    return taken(reader)


def as_head(**fields: Any) -> np.void:
    events = empty_events(1, 0)
    events.heads[0] = head_row(**fields)
    return events.heads[0]


def test_each_kind_fills_the_fields_that_its_event_has() -> None:
    heads, books, notes = read(hello(), book(1), trade(2), candle(3), packed(5, 4, 54, 0, 3, "no_depth", 6), beat(5))
    assert heads[0].tolist() == as_head(
        kind=EventKind.BOOK, instrument=0, seq=1, recv_ns=51, event_ns=9, epoch=1, id=77, state=2, window_bid=90,
        window_ask=300, levels_row=0, bid_count=3, ask_count=2, imbalance_best=0.5, imbalance_top=0.25,
        imbalance_weighted=-0.5, microprice=150.5,
    ).tolist()  # fmt: skip
    assert (
        heads[1].tolist()
        == as_head(
            kind=EventKind.TRADE, instrument=0, seq=2, recv_ns=52, event_ns=9, id=400, price=101, qty=6, side=1
        ).tolist()
    )
    assert heads[2].tolist() == as_head(
        kind=EventKind.CANDLE, instrument=0, seq=3, recv_ns=53, id=60, code=2, closed=1, window_bid=10, window_ask=40,
        low=5, close=20, volume=99,
    ).tolist()  # fmt: skip
    assert (
        heads[3].tolist() == as_head(kind=EventKind.STATUS, instrument=0, seq=4, recv_ns=54, epoch=6, state=3).tolist()
    )
    assert heads[4].tolist() == as_head(kind=EventKind.HEARTBEAT, seq=5, recv_ns=55).tolist()
    assert books[0][0, :4].tolist() == [[100, 7], [101, 8], [102, 9], [0, 0]]
    assert books[0][1, :3].tolist() == [[200, 7], [201, 8], [0, 0]]
    assert isinstance(notes[0], Hello)
    assert notes[0].instruments[0].symbol == "BTCUSDT"
    assert notes[1] == Status(4, 54, 0, FeedState.STALE, "no_depth", 6)
    assert set(HEAD.names or ()) >= {"kind", "levels_row"}


def test_more_levels_than_the_engine_keeps_are_cut_and_old_ones_never_stay() -> None:
    _, books, _ = read(hello(), book(1, bids=50, asks=50), book(2, bids=0, asks=1))
    assert books[0][0, :, 0].tolist() == list(range(100, 100 + DEPTH))
    assert books[1][0].tolist() == [[0, 0]] * DEPTH
    reader = FrameReader(capacity=1)
    reader.push(hello() + book(1, bids=20) + book(2, bids=1))
    _, books, _ = taken(reader)
    assert books[1][0].tolist() == [[100, 7]] + [[0, 0]] * (DEPTH - 1)


STREAM = b"".join([hello(), *(book(k) if k % 3 else trade(k) for k in range(1, 40)), packed(8, 40, 99, "stopping", [])])


@UNHURRIED
@given(st.lists(st.integers(0, len(STREAM)), max_size=30), st.integers(1, 50))
def test_cutting_changes_nothing(cuts: list[int], capacity: int) -> None:
    reader = FrameReader(capacity)
    heads, books, notes = [], [], []
    edges = [0, *sorted(cuts), len(STREAM)]
    for start, end in pairwise(edges):
        reader.push(STREAM[start:end])
        more = taken(reader)
        heads, books, notes = heads + more[0], books + more[1], notes + more[2]
    reader.end()
    whole = read(STREAM)
    assert [head.tolist() for head in heads] == [head.tolist() for head in whole[0]]
    assert [one.tolist() for one in books] == [one.tolist() for one in whole[1]]
    assert notes == whole[2]
    assert isinstance(notes[-1], Goodbye)


@UNHURRIED
@given(st.binary(max_size=200))
def test_any_bytes_are_a_frame_or_refused_by_name(body: bytes) -> None:
    assert refusal(body) in {
        None, "not_msgpack", "not_an_array", "wrong_length", "unknown_kind", "wrong_type", "out_of_range"
    }  # fmt: skip


def refusal(body: bytes) -> str | None:
    try:
        decode_frame(body)
    except FrameRefused as refused:
        return refused.name
    return None


@UNHURRIED
@given(st.integers(0, len(book(1)) - 1), st.integers(0, 7))
def test_a_flipped_bit_of_a_book_is_a_book_or_refused_by_name(place: int, bit: int) -> None:
    content = bytearray(hello() + book(1))
    content[len(hello()) + place] ^= 1 << bit
    reader = FrameReader()
    reader.push(bytes(content))
    try:
        taken(reader)
        reader.end()
    except (FrameRefused, SequenceBroken):
        pass


SEQUENCES = [
    ("in_order", [hello(5), beat(5), beat(6)], None),
    ("a_hole", [hello(5), beat(5), beat(7)], "seq 7, expected 6"),
    ("twice", [hello(5), beat(5), beat(5)], "seq 5, expected 6"),
    ("not_from_the_start", [hello(5), beat(6)], "seq 6, expected 5"),
    ("no_hello", [beat(1)], "Hello comes first"),
    ("hello_twice", [hello(1), hello(1)], "Hello comes first, and once"),
    ("the_past_repeated", [hello(50, 3), candle(7), candle(9), beat(3), beat(50)], None),
    ("the_past_from_the_future", [hello(50, 1), candle(50)], "seq 50 among the frames that repeat the past"),
    ("the_past_longer_than_said", [hello(50, 1), candle(7), candle(9)], "seq 9, expected 50"),
    ("books_left_out", [hello(5), packed(7, 9, 60, 5, 3), trade(6), trade(9), beat(10)], None),
    ("all_left_out", [hello(5), packed(7, 9, 60, 5, 5), beat(10)], None),
    ("more_kept_than_said", [hello(5), packed(7, 9, 60, 5, 4), trade(6), trade(7)], "seq 7, expected 10"),
    ("kept_out_of_order", [hello(5), packed(7, 9, 60, 5, 3), trade(8), trade(6)], "seq 6, not of 9 … 9"),
    ("left_out_after_a_hole", [hello(5), packed(7, 9, 60, 6, 2)], "skipped from 6, expected 5"),
    ("turned_away", [packed(8, 0, 60, "too_many_readers", [])], None),
    ("too_slow", [hello(5), beat(5), packed(8, 5, 60, "reader_too_slow", [])], None),
]


@pytest.mark.parametrize(("frames", "problem"), [row[1:] for row in SEQUENCES], ids=[row[0] for row in SEQUENCES])
def test_every_hole_is_explained_or_an_error(frames: list[bytes], problem: str | None) -> None:
    if problem is None:
        read(*frames)
        return
    with pytest.raises(SequenceBroken, match=problem):
        read(*frames)


def test_frames_before_a_broken_one_are_given_first_however_they_were_read() -> None:
    reader = FrameReader()
    reader.push(b"".join([hello(), beat(1), beat(2), beat(9), beat(10)]))
    assert reader.take().notes
    assert reader.take().heads == 2
    for _ in range(2):
        with pytest.raises(SequenceBroken, match="seq 9, expected 3"):
            reader.take()


def test_what_was_left_out_is_told() -> None:
    _, _, notes = read(hello(5), packed(7, 9, 60, 5, 5))
    assert notes[1] == Skipped(9, 60, 5, 5)


def test_a_reader_that_is_not_emptied_refuses_more() -> None:
    reader = FrameReader()
    reader.push(bytes(200_000))
    with pytest.raises(FrameRefused, match="take before you push"):
        reader.push(bytes(200_000))
