"""Stands between the trader and the real core_risk, and spoils its answers.

The real engine judges and books; what it really said is kept, so that a row can hold each fill against it.
"""

import http.client
import json
import os
import socket
import socketserver
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

__all__ = ["Reply", "RiskProxy", "Spoil", "answer_bytes"]

Json = dict[str, Any]
Reply = bytes | None
"""Bytes sent back; None: the connection is closed without a word."""
Spoil = Callable[[str, Json, Json], Reply | Json]
"""(path, request, true answer) → an answer in its place, or raw bytes."""
CALL_SECONDS_MAX = 10.0


def answer_bytes(answer: Json, status: int = 200) -> bytes:
    """A whole HTTP answer."""
    body = json.dumps(answer).encode()
    head = f"HTTP/1.1 {status} Spoiled\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


class RiskProxy:
    """Listens in core_risk's place. `spoil` None: everything passes as it is."""

    def __init__(self, listens: Path, real: Path) -> None:
        self.spoil: Spoil | None = None
        self.delay = 0.0
        """Seconds before an answer of /v1/orders/check is sent."""
        self.dead = False
        self.drip = False
        """Answers leave byte by byte."""
        self.granted: dict[str, int] = {}
        """Lots that the real engine granted, by client id."""
        self.asked = 0
        self.spoiled = 0
        self._real = real
        self._server = _Server(str(listens), _Handler)
        self._server.proxy = self
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def forward(self, method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        channel = _UnixConnection(self._real)
        try:
            channel.request(method, path, body, headers)
            answer = channel.getresponse()
            return answer.status, answer.read()
        finally:
            channel.close()

    def note(self, path: str, answer: Json) -> None:
        """Keeps what the real engine granted."""
        if path == "/v1/orders/check" and answer.get("verdict") in ("approve", "reduce"):
            self.granted[answer["client_id"]] = answer["qty"]


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=CALL_SECONDS_MAX)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(CALL_SECONDS_MAX)
        self.sock.connect(os.fspath(self._path))


class _Server(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True
    block_on_close = False
    proxy: RiskProxy

    def handle_error(self, *_: object) -> None:
        """A trader that gave up waiting is no error here."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def log_message(self, *_: object) -> None:
        """Nothing is told."""

    def address_string(self) -> str:
        return "trader"

    def do_GET(self) -> None:
        self._pass()

    def do_POST(self) -> None:
        self._pass()

    def _pass(self) -> None:
        proxy = self.server.proxy
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name: self.headers[name] for name in ("Authorization", "Content-Type") if self.headers[name]}
        if proxy.dead:
            self.close_connection = True
            return
        try:
            status, content = proxy.forward(self.command, self.path, headers, body)
        except (OSError, http.client.HTTPException):
            self.close_connection = True
            return
        answer = json.loads(content) if status == 200 else {}
        proxy.note(self.path, answer)
        proxy.asked += self.path == "/v1/orders/check"
        reply: Reply | Json = f"HTTP/1.1 {status} Passed\r\nContent-Length: {len(content)}\r\n\r\n".encode() + content
        if proxy.spoil is not None and status == 200:
            spoiled = proxy.spoil(self.path, json.loads(body) if body else {}, answer)
            proxy.spoiled += spoiled != answer
            reply = answer_bytes(spoiled) if isinstance(spoiled, dict) else spoiled
        if proxy.delay and self.path == "/v1/orders/check":
            time.sleep(proxy.delay)
        if reply is None:
            self.close_connection = True
            return
        whole = reply if isinstance(reply, bytes) else answer_bytes(reply)
        for piece in (whole[at : at + 1] for at in range(len(whole))) if proxy.drip else (whole,):
            self.wfile.write(piece)
        self.wfile.flush()
