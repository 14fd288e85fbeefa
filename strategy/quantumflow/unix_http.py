"""One blocking keep-alive HTTP/1.1 connection over a Unix socket: a request, an answer, one deadline for all of it.

Parsing is h11's. After any failure the connection is gone and the next request opens another; nothing is tried twice.
"""

import contextlib
import socket
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import h11

__all__ = ["ANSWER_BYTES_MAX", "HttpAnswer", "UnixHttp"]

ANSWER_BYTES_MAX = 1 << 20
"""Bytes of one body; more is refused before it is kept."""
READ_BYTES = 65_536
HEADER_BYTES_MAX = 16_384


class HttpAnswer(NamedTuple):
    """One whole answer."""

    status: int
    body: bytes


class UnixHttp:
    """A connection to `path`, opened when it is needed."""

    def __init__(self, path: Path, headers: tuple[tuple[str, str], ...], monotonic: Callable[[], float]) -> None:
        self._path = path
        self._headers = (("Host", "localhost"), *headers)
        self._monotonic = monotonic
        self._socket: socket.socket | None = None
        self._http = h11.Connection(h11.CLIENT)

    def request(self, method: str, target: str, body: bytes, seconds: float) -> HttpAnswer:
        """Raises TimeoutError, OSError or h11.ProtocolError; the connection is closed then."""
        deadline = self._monotonic() + seconds
        try:
            return self._exchange(method, target, body, deadline)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.close()
            self._socket = None

    def _exchange(self, method: str, target: str, body: bytes, deadline: float) -> HttpAnswer:
        channel = self._connected(deadline)
        length = ("Content-Length", str(len(body)))
        head = h11.Request(method=method, target=target, headers=[*self._headers, length])
        out = self._http.send(head) or b""
        if body:
            out += self._http.send(h11.Data(data=body)) or b""
        self._http.send(h11.EndOfMessage())
        channel.settimeout(self._left(deadline))
        channel.sendall(out)
        answer = self._answer(channel, deadline)
        if self._http.our_state is h11.MUST_CLOSE or self._http.their_state is h11.MUST_CLOSE:
            self.close()
        else:
            self._http.start_next_cycle()
        return answer

    def _answer(self, channel: socket.socket, deadline: float) -> HttpAnswer:
        status, parts, size, silent = 0, [], 0, True
        while True:
            event = self._http.next_event()
            if event is h11.NEED_DATA:
                channel.settimeout(self._left(deadline))
                data = channel.recv(READ_BYTES)
                if not data and silent:
                    raise ConnectionResetError("closed before an answer")
                silent = False
                self._http.receive_data(data)
            elif isinstance(event, h11.Response):
                status = event.status_code
            elif isinstance(event, h11.Data):
                size += len(event.data)
                if size > ANSWER_BYTES_MAX:
                    raise h11.RemoteProtocolError(f"more than {ANSWER_BYTES_MAX} bytes of body")
                parts.append(bytes(event.data))
            elif isinstance(event, h11.EndOfMessage):
                return HttpAnswer(status, b"".join(parts))
            else:
                raise h11.RemoteProtocolError(f"{type(event).__name__} before the end of the answer")

    def _connected(self, deadline: float) -> socket.socket:
        if self._socket is None:
            channel = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            try:
                channel.settimeout(self._left(deadline))
                channel.connect(str(self._path))
            except BaseException:
                channel.close()
                raise
            self._socket = channel
            self._http = h11.Connection(h11.CLIENT, max_incomplete_event_size=HEADER_BYTES_MAX)
        return self._socket

    def _left(self, deadline: float) -> float:
        left = deadline - self._monotonic()
        if left <= 0:
            raise TimeoutError("the answer did not come in time")
        return left
