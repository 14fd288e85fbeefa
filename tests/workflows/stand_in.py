"""An appliance, GitHub's issues and Telegram's Bot API, as far as the workflows ask them, on a port of loopback."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

__all__ = ["GITHUB_TOKEN", "READ_TOKEN", "TELEGRAM_TOKEN", "World", "serving"]

READ_TOKEN = "read-token-of-thirty-two-characters-or-more"  # noqa: S105 (of this stand-in, as the next two)
GITHUB_TOKEN = "canary-github-token"  # noqa: S105 (a canary)
TELEGRAM_TOKEN = "12345:canary-telegram-token"  # noqa: S105 (a canary)


@dataclass
class World:
    """Who answers what. `status` and `answer` are /readyz's."""

    status: int = 200
    answer: Any = field(default_factory=lambda: {"ready": True, "reasons": []})
    ready_from_look: int | None = None
    telegram_status: int = 200
    github_status: int | None = None
    issues: list[dict[str, Any]] = field(default_factory=list)
    comments: list[tuple[int, str]] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)
    looks: int = 0
    address: str = ""

    def unready(self, *reasons: Any) -> None:
        self.status, self.answer = 503, {"ready": False, "reasons": list(reasons)}

    def ready(self) -> None:
        self.status, self.answer = 200, {"ready": True, "reasons": []}

    def environment(self) -> dict[str, str]:
        """What the job would hand to the step."""
        return {
            "APPLIANCE_URL": self.address,
            "QF_WEB__TOKEN": READ_TOKEN,
            "GITHUB_TOKEN": GITHUB_TOKEN,
            "GITHUB_REPOSITORY": "owner/name",
            "GITHUB_API_URL": self.address,
            "TELEGRAM_API_URL": self.address,
            "TELEGRAM_TOKEN": TELEGRAM_TOKEN,
            "TELEGRAM_CHAT": "42",
            "HEALTH_LOOK_SECONDS": "0",
        }

    def reply(self, method: str, path: str, token: str | None, body: dict[str, Any]) -> tuple[int, Any]:
        target, _, query = path.partition("?")
        if target == "/readyz":
            return self._readyz(token)
        if target == f"/bot{TELEGRAM_TOKEN}/sendMessage":
            if self.telegram_status == 200:
                assert body["chat_id"] == "42"
                self.messages.append(body["text"])
            return self.telegram_status, {"ok": self.telegram_status == 200}
        if target.startswith("/repos/owner/name/issues") and token == f"Bearer {GITHUB_TOKEN}":
            if self.github_status is not None:
                return self.github_status, {"message": "no"}
            return self._issues(method, target.removeprefix("/repos/owner/name/issues").split("/"), query, body)
        return 404, {"message": "not found"}

    def _readyz(self, token: str | None) -> tuple[int, Any]:
        self.looks += 1
        if token != f"Bearer {READ_TOKEN}":
            return 401, {"error": "unauthorised"}
        if self.ready_from_look is not None and self.looks >= self.ready_from_look:
            return 200, {"ready": True, "reasons": []}
        return self.status, self.answer

    def _issues(self, method: str, parts: list[str], query: str, body: dict[str, Any]) -> tuple[int, Any]:
        if method == "GET":
            assert "state=open" in query
            assert "labels=appliance-health" in query
            return 200, [issue for issue in self.issues if issue["state"] == "open"]
        if method == "POST" and parts == [""]:
            assert body["labels"] == ["appliance-health"]
            self.issues.append({"number": 7 + len(self.issues), "state": "open", **body})
            return 201, self.issues[-1]
        [issue] = [one for one in self.issues if one["number"] == int(parts[1])]
        if method == "POST" and parts[2:] == ["comments"]:
            self.comments.append((issue["number"], body["body"]))
            return 201, {}
        assert method == "PATCH"
        issue.update(body)
        return 200, issue


@contextmanager
def serving(world: World) -> Iterator[World]:
    """`world.address` answers while the block runs."""

    class Handler(BaseHTTPRequestHandler):
        def _any(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else {}
            status, answer = world.reply(self.command, self.path, self.headers.get("Authorization"), body)
            content = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PATCH = _any  # noqa: N815 (the names that http.server asks for)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    world.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield world
    finally:
        server.shutdown()
        thread.join(timeout=30)
        server.server_close()
