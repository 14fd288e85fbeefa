"""A made market as frames, and a market socket that publishes it: what the trader needs of market_data, no more."""

import contextlib
import random
import socket
import struct
import threading
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Self

import msgspec

BUILD = "0.1.0+test"
STEP_NS = 100_000_000
START_NS = 1_700_000_000_000_000_000
INSTRUMENTS = [[0, "BTCUSDT", "BTC", "USDT", 1_000_000, 1_000, 1, 0, 500_000_000, "config"]]
LIVE = 2


def packed(*frame: Any) -> bytes:
    body = msgspec.msgpack.encode(list(frame))
    return len(body).to_bytes(4, "big") + body


def hello(
    next_seq: int = 1,
    catch_up: int = 0,
    build: str = BUILD,
    session: str = "s-1",
    clock: str = "recorded",
    instruments: list[list[Any]] | None = None,
    recv_ns: int = START_NS,
) -> bytes:
    rows = INSTRUMENTS if instruments is None else instruments
    venue = "replay" if clock == "recorded" else "sim"
    return packed(1, next_seq - 1, recv_ns, 1, build, session, venue, venue == "sim", clock, next_seq, catch_up, rows)


def side(best: int, step: int, rng: random.Random) -> bytes:
    levels = (value for k in range(20) for value in (best + step * k, 20_000 + rng.randrange(80_000)))
    return struct.pack("<40q", *levels)


def market(seconds: int, seed: int = 1, first_seq: int = 1, start_ns: int = START_NS) -> Iterator[bytes]:
    """Ten books and a trade a second apart; the book leans to one side for some seconds, then the price follows it."""
    rng = random.Random(seed)
    seq, mid, lean = first_seq, 6_000_000, 1
    for step in range(10 * seconds):
        now = start_ns + step * STEP_NS
        if step % 40 == 0:
            lean = rng.choice((-1, 1))
        mid += lean * rng.randrange(0, 60)
        leaning = lean * (0.4 + rng.random() / 2)
        bids, asks = side(mid - 1, -1, rng), side(mid + 1, 1, rng)
        floats = (leaning, leaning, leaning, float(mid))
        yield packed(2, seq, now, 0, now, 1, 1000 + step, LIVE, bids, asks, 0, 0, *floats)
        seq += 1
        if step % 10 == 5:
            yield packed(3, seq, now, 0, now, step, mid + 1, 1 + rng.randrange(50_000), 0)
            seq += 1


def goodbye(frames: int, seconds: int, reason: str = "recording_ended") -> bytes:
    return packed(8, frames + 1, START_NS + seconds * 1_000_000_000, reason, [])


def recording(seconds: int, seed: int = 1) -> list[bytes]:
    """A whole replay: Hello, the market, Goodbye."""
    frames = list(market(seconds, seed))
    return [hello(), *frames, goodbye(len(frames), seconds)]


class MarketSocket:
    """Publishes the same frames to each reader that connects, from the first one, `pace` seconds apart."""

    def __init__(self, path: Path, frames: Iterable[bytes], pace: float = 0.0, chunk: int = 16) -> None:
        self._frames = list(frames)
        self._pace = pace
        self._chunk = chunk
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listener.bind(str(path))
        self._listener.listen(4)
        self._closing = False
        self._readers: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._closing = True
        self._listener.close()
        for reader in self._readers:
            with contextlib.suppress(OSError):
                reader.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        while not self._closing:
            try:
                reader, _ = self._listener.accept()
            except OSError:
                return
            self._readers.append(reader)
            threading.Thread(target=self._publish, args=(reader,), daemon=True).start()

    def _publish(self, reader: socket.socket) -> None:
        with reader:
            try:
                for start in range(0, len(self._frames), self._chunk):
                    reader.sendall(b"".join(self._frames[start : start + self._chunk]))
                    if self._pace:
                        time.sleep(self._pace)
                while not self._closing and reader.recv(1):
                    pass
            except OSError:
                return
