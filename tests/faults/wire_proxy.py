"""Stands between market_data and the exchange, or between market_data and its readers, and spoils how bytes come."""

import contextlib
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

__all__ = ["Trickle", "passed_frames", "trickled"]

READ_BYTES = 65_536
SINGLE_BYTES = 100
"""Of each piece; all of it would be slower than the market."""
Pass = Callable[[socket.socket, bytes], None]
"""Sends what came towards the client."""


class Trickle:
    """How the exchange's bytes reach the client now."""

    def __init__(self) -> None:
        self.single = True
        """The first SINGLE_BYTES of each piece, headers and lengths among them, come one a packet."""
        self.frozen = threading.Event()
        """Set: the next piece is sent by half, and then nothing more until it is cleared."""

    def __call__(self, towards: socket.socket, piece: bytes) -> None:
        if self.frozen.is_set():
            towards.sendall(piece[: len(piece) // 2])
            piece = piece[len(piece) // 2 :]
            while self.frozen.is_set():
                time.sleep(0.01)
        if not self.single:
            towards.sendall(piece)
            return
        for place in range(min(len(piece), SINGLE_BYTES)):
            towards.sendall(piece[place : place + 1])
        towards.sendall(piece[SINGLE_BYTES:])


class _Proxy:
    """Accepts and forwards until it is closed. `passing` makes what sends towards one client."""

    def __init__(
        self, listener: socket.socket, connect: Callable[[], socket.socket], passing: Callable[[], Pass]
    ) -> None:
        self._listener, self._connect, self._passing = listener, connect, passing
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
                server = self._connect()
            except OSError:
                if self._listener.fileno() < 0:
                    return
                client.close()
                continue
            if client.family == socket.AF_INET:
                client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=_connected, args=(client, server, self._passing()), daemon=True).start()


def _connected(client: socket.socket, server: socket.socket, passing: Pass) -> None:
    """Both directions until both have ended."""
    with client, server:
        back = threading.Thread(target=_forward, args=(client, server, socket.socket.sendall), daemon=True)
        back.start()
        _forward(server, client, passing)
        back.join()


def _forward(source: socket.socket, target: socket.socket, send: Pass) -> None:
    with contextlib.suppress(OSError):
        while piece := source.recv(READ_BYTES):
            send(target, piece)
    for end in (source, target):
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


def trickled(port: int, target_port: int, trickle: Trickle) -> _Proxy:
    """The exchange at another port of loopback, its bytes as `trickle` lets them pass."""
    listener = socket.create_server(("127.0.0.1", port))
    return _Proxy(listener, lambda: socket.create_connection(("127.0.0.1", target_port)), lambda: trickle)


def passed_frames(path: Path, real: Path, build: str) -> _Proxy:
    """market_data's socket at another path, its Hello of another build."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(str(path))
    listener.listen()

    def connect() -> socket.socket:
        channel = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            channel.connect(str(real))
        except OSError:
            channel.close()
            raise
        return channel

    return _Proxy(listener, connect, lambda: _OtherBuild(build))


class _OtherBuild:
    """Replaces the build in the first frame of a connection."""

    def __init__(self, build: str) -> None:
        self._build, self._waiting, self._greeted = build, b"", False

    def __call__(self, towards: socket.socket, piece: bytes) -> None:
        if self._greeted:
            towards.sendall(piece)
            return
        self._waiting += piece
        if len(self._waiting) < 4 or len(self._waiting) < 4 + int.from_bytes(self._waiting[:4]):
            return
        end = 4 + int.from_bytes(self._waiting[:4])
        hello = msgspec.msgpack.decode(self._waiting[4:end])
        hello[4] = self._build
        frame = msgspec.msgpack.encode(hello)
        towards.sendall(len(frame).to_bytes(4) + frame + self._waiting[end:])
        self._greeted = True
