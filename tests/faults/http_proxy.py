"""Stands between market_data and the exchange and reads HTTP and WebSocket, so that a row can answer in its place."""

import contextlib
import re
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator

__all__ = ["Frame", "Middle", "Reply", "frame_bytes"]

Reply = Iterable[bytes]
"""Pieces sent in place of the exchange's answer; the connection closes behind them."""
Frame = tuple[int, bytes]
"""The first byte of a WebSocket frame of the exchange's (FIN, reserved bits, opcode) and its payload."""
READ_BYTES = 65_536
HEAD_BYTES_MAX = 65_536


def frame_bytes(first: int, payload: bytes, masked: bool = False) -> bytes:
    """A WebSocket frame. `masked`: with a key of zeros, as no server may send it."""
    mask = 0x80 if masked else 0
    size = len(payload)
    if size < 126:
        length = bytes([mask | size])
    elif size < 1 << 16:
        length = bytes([mask | 126]) + size.to_bytes(2)
    else:
        length = bytes([mask | 127]) + size.to_bytes(8)
    return bytes([first]) + length + (bytes(4) if masked else b"") + payload


class Middle:
    """Listens on loopback. What is not answered by `answer` or changed by `frames` passes as it is."""

    def __init__(self, port: int, target_port: int) -> None:
        self.answer: Callable[[str], Reply | None] = lambda _path: None
        """Asked with each request's path."""
        self.frames: Callable[[Frame], Iterable[bytes]] = lambda frame: (frame_bytes(*frame),)
        """What is sent for each frame of the exchange's."""
        self.early = b""
        """Sent before the head of each answer of REST."""
        self.upgrades: list[float] = []
        """When each WebSocket connection was asked for."""
        self._target = target_port
        self._listener = socket.create_server(("127.0.0.1", port))
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with contextlib.ExitStack() as exits:
            exits.enter_context(contextlib.suppress(OSError))
            server = exits.enter_context(socket.create_connection(("127.0.0.1", self._target)))
            for channel in (client, server):
                exits.callback(_shut, channel)
            reader, answers = _Reader(client), _Reader(server)
            while head := reader.head():
                path = head.split(b" ", 2)[1].decode()
                upgrade = re.search(rb"(?i)^upgrade: *websocket", head, re.MULTILINE) is not None
                if upgrade:
                    self.upgrades.append(time.monotonic())
                reply = self.answer(path)
                if reply is not None:
                    for piece in reply:
                        client.sendall(piece)
                    return
                server.sendall(head)
                answered = answers.head()
                if upgrade:
                    client.sendall(answered)
                    threading.Thread(target=_pass, args=(reader, server), daemon=True).start()
                    for frame in answers.frames():
                        for piece in self.frames(frame):
                            client.sendall(piece)
                    return
                client.sendall(self.early + answered + answers.body(answered))


class _Reader:
    """Heads, bodies and frames from a stream; short at its end."""

    def __init__(self, channel: socket.socket) -> None:
        self.channel, self.waiting = channel, b""

    def head(self) -> bytes:
        while b"\r\n\r\n" not in self.waiting and len(self.waiting) < HEAD_BYTES_MAX:
            piece = self.channel.recv(READ_BYTES)
            if not piece:
                return b""
            self.waiting += piece
        head, mark, self.waiting = self.waiting.partition(b"\r\n\r\n")
        return head + mark

    def body(self, head: bytes) -> bytes:
        told = re.search(rb"(?i)^content-length: *(\d+)", head, re.MULTILINE)
        return self.take(int(told[1])) if told else b""

    def take(self, count: int) -> bytes:
        while len(self.waiting) < count:
            piece = self.channel.recv(READ_BYTES)
            if not piece:
                raise ConnectionError
            self.waiting += piece
        taken, self.waiting = self.waiting[:count], self.waiting[count:]
        return taken

    def frames(self) -> Iterator[Frame]:
        while True:
            first, size = self.take(2)
            if size == 126:
                size = int.from_bytes(self.take(2))
            elif size == 127:
                size = int.from_bytes(self.take(8))
            yield first, self.take(size)


def _shut(channel: socket.socket) -> None:
    """Tells the other side too: closing alone does not while a thread waits in `recv`."""
    with contextlib.suppress(OSError):
        channel.shutdown(socket.SHUT_RDWR)
    channel.close()


def _pass(source: _Reader, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        target.sendall(source.waiting)
        while piece := source.channel.recv(READ_BYTES):
            target.sendall(piece)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)
