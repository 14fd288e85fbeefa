"""The real application behind the real server on a free port of loopback, over a journal and a market socket."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

from quantumflow.overview import Sources
from quantumflow.web.app import WebSources, make_app
from quantumflow.web.market_reader import MarketReader
from quantumflow.web.protocols import HttpProtocol, SocketProtocol
from quantumflow.web.who import Hosts, Tokens

__all__ = ["CONTROL_TOKEN", "TOKEN", "Served", "eventually", "served", "sources_of"]

TOKEN = "t" * 43
CONTROL_TOKEN = "c" * 43
LOOPBACK = Hosts(frozenset({"127.0.0.1", "localhost"}))
SECONDS_MAX = 30.0
"""Of any wait: it only guards against hanging."""


def sources_of(directory: Path) -> WebSources:
    files = Sources(directory / "journal.db", directory / "t.json", directory / "m.json")
    return WebSources(files, "replay", list, market=MarketReader(directory / "market.sock"))


class Served:
    """A running application."""

    def __init__(self, app: FastAPI, port: int) -> None:
        self.app = app
        self.port = port

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def socket(self, path: str) -> AbstractContextManager[ClientConnection]:
        """As a browser does it: the token is a subprotocol, and there is an Origin."""
        offered = [Subprotocol("quantumflow.v1"), Subprotocol(f"quantumflow.token.{TOKEN}")]
        address = f"ws://127.0.0.1:{self.port}{path}"
        return connect(address, subprotocols=offered, origin=Origin(self.origin), open_timeout=SECONDS_MAX)


def said(socket: ClientConnection) -> dict[str, Any]:
    """The next message."""
    message: dict[str, Any] = json.loads(socket.recv(timeout=SECONDS_MAX))
    return message


def eventually(holds: Callable[[], Any]) -> None:
    give_up = time.monotonic() + SECONDS_MAX
    while not holds():
        assert time.monotonic() < give_up, "it did not come true"
        time.sleep(0.02)


@contextmanager
def served(sources: WebSources) -> Iterator[Served]:
    app = make_app(sources, Tokens([TOKEN], [CONTROL_TOKEN]), hosts=LOOPBACK)
    config = uvicorn.Config(
        app,
        host="127.0.0.1",
        port=0,
        http=HttpProtocol,
        ws=SocketProtocol,
        log_config=None,
        timeout_graceful_shutdown=1,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    eventually(lambda: server.started)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield Served(app, port)
    finally:
        server.should_exit = True
        thread.join(SECONDS_MAX)
