"""An appliance's page as far as the smoke test and the workflows ask it, on a free port of loopback."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

__all__ = ["TOKEN", "Page", "serving"]

TOKEN = "a-token-of-thirty-two-characters-and-more"  # noqa: S105 (of this stand-in)


@dataclass
class Page:
    """What it answers. `ready_after`: so many questions are answered 503 first."""

    reasons: list[str] = field(default_factory=list)
    ready_after: int = 0
    healthy_after: int = 0
    status: dict[str, Any] = field(default_factory=lambda: {"venue": "binance", "fills": 3, "equity": "10000.00"})
    asked: list[str] = field(default_factory=list)
    address: str = ""

    def answer(self, path: str, token: str | None) -> tuple[int, dict[str, Any]]:
        self.asked.append(path)
        times = self.asked.count(path)
        if path == "/healthz":
            return (200, {"ok": True}) if times > self.healthy_after else (502, {})
        if token != f"Bearer {TOKEN}":
            return 401, {"error": "unauthorised"}
        if path == "/readyz":
            if times <= self.ready_after:
                return 503, {"ready": False, "reasons": ["trader: book_not_live"]}
            return 503 if self.reasons else 200, {"ready": not self.reasons, "reasons": self.reasons}
        return (200, self.status) if path == "/api/v1/status" else (404, {"error": "not_found"})


@contextmanager
def serving(page: Page) -> Iterator[Page]:
    """`page.address` answers while the block runs."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = page.answer(self.path, self.headers.get("Authorization"))
            content = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    page.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield page
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
