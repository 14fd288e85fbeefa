"""/metrics on loopback: a thread that tells what the program last said of itself, and shares nothing else with it."""

import contextlib
import resource
import socket
import threading
from collections.abc import Callable
from pathlib import Path

from quantumflow.errors import SettingsRefused
from quantumflow.exposition import CONTENT_TYPE, Exposition, resident_bytes

__all__ = ["own_memory", "serve_metrics"]

REQUEST_SECONDS_MAX = 2.0
REQUEST_BYTES_MAX = 8_192
WAITING_MAX = 8
"""Connections that wait for their turn; more are refused by the kernel."""


def serve_metrics(address: tuple[str, int], tell: Callable[[], str]) -> None:
    """Serves until the process ends, one question at a time. Raises SettingsRefused if the port is taken."""
    host, port = address
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(WAITING_MAX)
    except OSError as error:
        raise SettingsRefused("metrics_listen", f"{host}:{port}: {error.strerror}; give a free port") from error
    threading.Thread(target=_serve, args=(listener, tell), name="metrics", daemon=True).start()


def own_memory(exposition: Exposition, program: str) -> None:
    """What this process takes, as the kernel counts it."""
    resident = resident_bytes(Path("/proc/self/statm").read_text(encoding="ascii"), resource.getpagesize())
    text = "Memory of the process in RAM."
    exposition.gauge("quantumflow_process_resident_bytes", text, [({"program": program}, resident)])


def _serve(listener: socket.socket, tell: Callable[[], str]) -> None:
    while True:
        channel, _ = listener.accept()
        with channel, contextlib.suppress(OSError):
            channel.settimeout(REQUEST_SECONDS_MAX)
            channel.sendall(_answer(_request(channel), tell))


def _request(channel: socket.socket) -> bytes:
    """The head of a request, or as much of it as came."""
    read = b""
    while b"\r\n\r\n" not in read and len(read) < REQUEST_BYTES_MAX:
        data = channel.recv(REQUEST_BYTES_MAX)
        if not data:
            break
        read += data
    return read


def _answer(request: bytes, tell: Callable[[], str]) -> bytes:
    line = request.split(b"\r\n", 1)[0].split(b" ")
    if len(line) != 3 or line[0] != b"GET":
        return _packed("405 Method Not Allowed", "")
    return _packed("200 OK", tell()) if line[1] == b"/metrics" else _packed("404 Not Found", "")


def _packed(status: str, text: str) -> bytes:
    body = text.encode("utf-8")
    head = f"HTTP/1.1 {status}\r\nContent-Type: {CONTENT_TYPE}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n"
    return head.encode("ascii") + b"\r\n" + body
