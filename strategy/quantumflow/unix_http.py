"""One blocking keep-alive HTTP/1.1 connection over a Unix socket: a request, an answer, one deadline for all of it.

Answers are parsed by httptools (llhttp), which takes a twelfth of the time of a parser in Python; this is the order
path. After any failure the connection is gone and the next request opens another; nothing is tried twice.
"""

import contextlib
import socket
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from httptools import HttpParserError, HttpResponseParser

__all__ = ["ANSWER_BYTES_MAX", "HttpAnswer", "HttpBroken", "UnixHttp"]

ANSWER_BYTES_MAX = 1 << 20
"""Bytes of one answer, head and body; more is refused."""
READ_BYTES = 65_536


class HttpBroken(Exception):
    """What came back is no whole HTTP answer to one request."""


class HttpAnswer(NamedTuple):
    """One whole answer."""

    status: int
    body: bytes


class UnixHttp:
    """A connection to `path`, opened when it is needed. `headers` go with every request."""

    def __init__(self, path: Path, headers: tuple[tuple[str, str], ...], monotonic: Callable[[], float]) -> None:
        for name, value in headers:
            if not (name + value).isascii() or not value.isprintable():
                raise ValueError(f"header {name} has a value that cannot be sent")
        self._path = path
        self._head = "".join(f"{name}: {value}\r\n" for name, value in (("Host", "localhost"), *headers))
        self._monotonic = monotonic
        self._socket: socket.socket | None = None

    def request(self, method: str, target: str, body: bytes, seconds: float) -> HttpAnswer:
        """Raises TimeoutError, another OSError, or HttpBroken; the connection is closed then."""
        deadline = self._monotonic() + seconds
        try:
            return self._exchange(method, target, body, deadline)
        except BaseException:  # an interrupt too: the rest of its answer would be taken for the next one's
            self.close()
            raise

    def close(self) -> None:
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.close()
            self._socket = None

    def _exchange(self, method: str, target: str, body: bytes, deadline: float) -> HttpAnswer:
        channel = self._connected(deadline)
        head = f"{method} {target} HTTP/1.1\r\n{self._head}Content-Length: {len(body)}\r\n\r\n"
        channel.settimeout(self._left(deadline))
        channel.sendall(head.encode("ascii") + body)
        parts = _Parts()
        parser = HttpResponseParser(parts)
        size = 0
        while not parts.whole:
            channel.settimeout(self._left(deadline))
            data = channel.recv(READ_BYTES)
            if not data:
                raise HttpBroken("it ended in the middle") if size else ConnectionResetError("closed before an answer")
            size += len(data)
            if size > ANSWER_BYTES_MAX:
                raise HttpBroken(f"more than {ANSWER_BYTES_MAX} bytes")
            try:
                parser.feed_data(data)
            except HttpParserError as error:
                raise HttpBroken(str(error)) from error
        if parts.answers != 1:
            raise HttpBroken("more came than one answer")
        if not parts.keep_alive(parser):
            self.close()
        return HttpAnswer(parser.get_status_code(), b"".join(parts.body))

    def _connected(self, deadline: float) -> socket.socket:
        if self._socket is None:
            channel = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            try:
                channel.settimeout(self._left(deadline))
                channel.connect(str(self._path))
            except BaseException:  # an interrupt too: nobody else knows this descriptor
                channel.close()
                raise
            self._socket = channel
        return self._socket

    def _left(self, deadline: float) -> float:
        left = deadline - self._monotonic()
        if left <= 0:
            raise TimeoutError("the answer did not come in time")
        return left


class _Parts:
    """What the parser calls while it reads."""

    def __init__(self) -> None:
        self.body: list[bytes] = []
        self.answers = 0
        self.whole = False
        self._closes = False

    def on_message_begin(self) -> None:
        self.answers += 1

    def on_header(self, name: bytes, value: bytes) -> None:
        self._closes = self._closes or (name.lower() == b"connection" and value.lower() == b"close")

    def on_body(self, body: bytes) -> None:
        self.body.append(body)

    def on_message_complete(self) -> None:
        self.whole = True

    def keep_alive(self, parser: HttpResponseParser) -> bool:
        """Whether the connection may be used again."""
        return not self._closes and parser.get_http_version() == "1.1"
