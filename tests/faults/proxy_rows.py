"""Rows of what a proxy, a captive portal or a broken server puts on the way: HTTP that is not the venue's."""

import time
from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise

from faults.http_proxy import Frame, Middle, Reply, frame_bytes
from faults.processes import free_port
from faults.row import BOOKS_AFTER, HIT, Row, Scene

__all__ = ["PROXY_ROWS"]

PORTAL = b"<html><body>Please sign in to this network</body></html>"
LIE = b'{"stream":"btcusdt@depth@100ms","data":{"e":"depthUpdate","E":1,"s":"BTCUSDT","U":1,"u":2,"b":[],"a":[]}}'
MEMORY_KIB_MAX = 65_536
"""More resident memory than before; far below what is sent."""
SECONDS_MAX = 90.0
_TEXT, _PING, _CONTINUED, _MORE = 0x81, 0x89, 0x00, 0x01


def _behind(stage: Scene) -> Middle:
    """market_data reaches the exchange through somebody who reads along."""
    port = free_port()
    middle = Middle(port, stage.exchange.port)
    stage.exits.callback(middle.close)
    stage.market.config["venue"] |= {"rest_url": f"http://127.0.0.1:{port}", "ws_url": f"ws://127.0.0.1:{port}"}
    stage.begin()
    return middle


def _answer(status: str, body: bytes = b"", *headers: str) -> bytes:
    head = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


def _first(times: int, reply: Callable[[], Reply], where: Callable[[str], bool]) -> Callable[[str], Reply | None]:
    """The reply to the first so many requests that it is for; the exchange's own to all others."""
    left = [times]

    def answer(path: str) -> Reply | None:
        if not where(path) or left[0] == 0:
            return None
        left[0] -= 1
        return reply()

    return answer


def _is_stream(path: str) -> bool:
    return path.startswith(("/stream", "/ws"))


def _is_snapshot(path: str) -> bool:
    return path.startswith("/api/v3/depth")


def _upgrade(case: str, inject: str, reply: Callable[[], Reply], least: float = 0.0, times: int = 2) -> Row:
    """The connection breaks, and the next ones are answered by somebody else."""

    def act(stage: Scene) -> str:
        middle = _behind(stage)
        at, before = time.monotonic(), len(middle.upgrades)
        middle.answer = _first(times, reply, _is_stream)
        stage.exchange.fault({"abrupt_close": {}})
        stage.passes(at, ("disconnected", "live"), SECONDS_MAX)
        stage.all_live(BOOKS_AFTER)
        asked = middle.upgrades[before:]
        assert len(asked) == times + 1, f"{len(asked)} connections were asked for"
        waits = [later - one for one, later in pairwise(asked)]
        assert min(waits) >= least, f"asked again after {min(waits):.1f} s, told to wait {least:g} s"
        return stage.way(at)

    return Row(
        case,
        f"the connection breaks; {inject}",
        "no byte of it is taken for the market; live again",
        act=act,
        stage=Scene,
    )


def _snapshot(case: str, inject: str, reply: Callable[[], Reply], words: str = "resyncing") -> Row:
    """The snapshot after a gap is answered by somebody else, once."""

    def act(stage: Scene) -> str:
        middle = _behind(stage)
        at, memory = time.monotonic(), stage.market.rss_kib
        middle.answer = _first(1, reply, _is_snapshot)
        stage.exchange.fault({"gap": {"events": 1}}, HIT)
        stage.passes(at, (words, "live"), SECONDS_MAX)
        stage.all_live(BOOKS_AFTER)
        grown = stage.market.rss_kib - memory
        assert grown < MEMORY_KIB_MAX, f"{grown} KiB more"
        return f"{stage.way(at)}; {grown} KiB more memory"

    expect = "no part of it is used, memory is bounded; live with the good one"
    return Row(
        case, f"a gap, and the snapshot {inject}", expect, act=act, changes={"rest_check_seconds": 0}, stage=Scene
    )


def _stream(case: str, inject: str, spoil: Callable[[Frame], Iterable[bytes]], breaks: bool, times: int = 1) -> Row:
    """Frames of the stream are spoiled, so many of them."""

    def act(stage: Scene) -> str:
        middle = _behind(stage)
        at, memory, left = time.monotonic(), stage.market.rss_kib, [times]

        def frames(frame: Frame) -> Iterable[bytes]:
            if left[0] == 0 or frame[0] != _TEXT:
                return (frame_bytes(*frame),)
            left[0] -= 1
            return spoil(frame)

        middle.frames = frames
        if breaks:
            stage.passes(at, ("disconnected", "live"), SECONDS_MAX)
        else:
            time.sleep(3)
            assert left[0] == 0, f"{left[0]} frames were not yet spoiled"
            assert not stage.watch.since(at, HIT), f"it did not stay live: {stage.told(at)}"
        stage.all_live(BOOKS_AFTER)
        grown = stage.market.rss_kib - memory
        assert grown < MEMORY_KIB_MAX, f"{grown} KiB more"
        return f"{stage.way(at)}; {grown} KiB more memory"

    expect = "the connection is given up, memory is bounded; live again" if breaks else "nothing changes: live and true"
    return Row(case, inject, expect, act=act, stage=Scene)


def _dripping() -> Iterator[bytes]:
    """A body that never ends: a byte, and another, each long before a read would time out."""
    yield b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n{"
    while True:
        yield b" "
        time.sleep(0.2)


def _endless_head() -> Iterator[bytes]:
    yield b"HTTP/1.1 200 OK\r\n"
    for number in range(20_000):
        yield f"X-Junk-{number}: {'x' * 1000}\r\n".encode()


def _endless_body() -> Iterator[bytes]:
    yield b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    while True:
        yield b"10000\r\n" + b" " * 65_536 + b"\r\n"


def _endless_message(frame: Frame) -> Iterator[bytes]:
    """A message whose last part never comes."""
    yield frame_bytes(_MORE, frame[1][:1])
    while True:
        yield frame_bytes(_CONTINUED, b" " * 65_536)


_SNAPSHOT = b'{"lastUpdateId":1,"bids":[["1.00","1.0"]],"asks":[["2.00","1.0"]]}'

PROXY_ROWS = (
    _upgrade("X80-portal", "a captive portal answers", lambda: (_answer("200 OK", PORTAL),)),
    _upgrade(
        "X80-accept",
        "a server that is none of WebSocket's agrees with a wrong key, and sends an update",
        lambda: (
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\n\r\n" + frame_bytes(_TEXT, LIE),
        ),
    ),
    _upgrade("X80-busy", "a proxy answers 503", lambda: (_answer("503 Service Unavailable", PORTAL),)),
    _upgrade(
        "X80-429",
        "the next is answered 429 with Retry-After 5",
        lambda: (_answer("429 Too Many Requests", b"", "Retry-After: 5"),),
        least=5.0,
        times=1,
    ),
    _upgrade("X80-head", "a head without end", _endless_head, times=1),
    _snapshot(
        "X81-longer",
        "is said to be longer than it is",
        lambda: (b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n" + _SNAPSHOT,),
    ),
    _snapshot(
        "X81-shorter",
        "is said to be shorter than it is",
        lambda: (b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n" + _SNAPSHOT,),
    ),
    _snapshot(
        "X81-both",
        "has a length and comes in chunks, which say different things",
        lambda: (b'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"las\r\n0\r\n\r\n',),
    ),
    _snapshot("X81-drip", "drips a byte at a time, for ever", _dripping),
    _snapshot("X81-head", "has a head without end", _endless_head),
    _snapshot("X81-body", "has a body without end", _endless_body),
    _stream(
        "X82-twice",
        "a hundred messages come twice, as if two connections answered",
        lambda frame: (frame_bytes(*frame),) * 2,
        breaks=False,
        times=100,
    ),
    _stream(
        "X82-pings",
        "5,000 pings in one piece",
        lambda frame: (frame_bytes(_PING, b"still there?") * 5_000, frame_bytes(*frame)),
        breaks=False,
    ),
    _stream(
        "X82-masked", "a frame is masked, as no server may", lambda frame: (frame_bytes(*frame, masked=True),), True
    ),
    _stream(
        "X82-reserved", "a frame has a reserved bit set", lambda frame: (frame_bytes(frame[0] | 0x40, frame[1]),), True
    ),
    _stream("X82-endless", "a message in parts has no last one", _endless_message, breaks=True),
)
