"""A Bot API on loopback that fails as it is told: what came is kept with its time, what comes next is a script.

A step of a script is an HTTP status with its body, or a word: `hang` (nothing is ever said), `garbage` (200, not JSON),
`shut` (the connection ends without an answer), `take_and_shut` (the message is taken, its receipt lost).
"""

import json
import re
import threading
import time
from collections import defaultdict, deque
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple
from urllib.parse import parse_qs

__all__ = ["BOT_ID", "TOKEN", "FakeBotApi", "Sent", "conflict", "too_many"]

BOT_ID = 7000001
TOKEN = f"{BOT_ID}:CANARYcanaryCANARYcanaryCANARY12345"
POLL_SECONDS = 0.2
Step = str | tuple[int, dict[str, Any]]


class Sent(NamedTuple):
    """A message or picture that was taken."""

    at: float
    method: str
    chat: int
    text: str


def too_many(seconds: int) -> Step:
    return 429, {
        "ok": False,
        "error_code": 429,
        "description": f"Too Many Requests: retry after {seconds}",
        "parameters": {"retry_after": seconds},
    }


def conflict() -> Step:
    text = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
    return 409, {"ok": False, "error_code": 409, "description": text}


class FakeBotApi:
    """`script[method]` is used up call by call; then everything works."""

    def __init__(self) -> None:
        self.sent: list[Sent] = []
        self.calls: list[tuple[float, str]] = []
        self.script: defaultdict[str, deque[Step]] = defaultdict(deque)
        self.updates: list[dict[str, Any]] = []
        self.confirmed = 0
        self.open = threading.Event()
        """Cleared: every call is answered with 502."""
        self.open.set()
        self._ending = threading.Event()
        self._lock = threading.Lock()
        fake = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                fake._serve(self)

            def log_message(self, *_: object) -> None:
                """Nothing to the test's output."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}/bot"

    def close(self) -> None:
        self._ending.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def texts(self, chat: int | None = None) -> list[str]:
        return [sent.text for sent in list(self.sent) if chat in (None, sent.chat)]

    def write(self, text: str, user: int, chat: int | None = None, kind: str = "private", age: float = 0.0) -> int:
        """`user` writes to the bot; the number of the update."""
        number = 500 + len(self.updates)
        sender = {"id": user, "is_bot": False, "first_name": "somebody"}
        where = {"id": user if chat is None else chat, "type": kind}
        message = {"message_id": number, "date": int(time.time() - age), "chat": where, "from": sender, "text": text}
        self.updates.append({"update_id": number, "message": message})
        return number

    def _serve(self, request: BaseHTTPRequestHandler) -> None:
        body = request.rfile.read(int(request.headers.get("content-length", 0)))
        token, _, method = request.path.removeprefix("/bot").rpartition("/")
        with self._lock:
            self.calls.append((time.monotonic(), method))
            step = self.script[method].popleft() if self.script[method] else None
        if token != TOKEN:
            _answer(request, 401, {"ok": False, "error_code": 401, "description": "Unauthorized"})
        elif not self.open.is_set():
            _answer(request, 502, None)
        elif step == "hang":
            self._ending.wait(120)
        elif step == "shut":
            request.close_connection = True
        elif step == "garbage":
            _raw(request, 200, b"<html>\xff\xfe not JSON")
        elif isinstance(step, tuple):
            _answer(request, *step)
        else:
            answer = self._good(method, body, request.headers.get("content-type", ""))
            if step == "take_and_shut":
                request.close_connection = True
            else:
                _answer(request, 200, {"ok": True, "result": answer})

    def _good(self, method: str, body: bytes, content_type: str) -> Any:
        if method == "getMe":
            return {"id": BOT_ID, "is_bot": True, "first_name": "fake", "username": "fake_bot"}
        if method == "getUpdates":
            return self._get_updates(parse_qs(body.decode()))
        chat, text = _message(body, content_type)
        with self._lock:
            self.sent.append(Sent(time.monotonic(), method, chat, text))
        return {"message_id": 1, "date": 1_700_000_000, "chat": {"id": chat, "type": "private"}, "text": text}

    def _get_updates(self, asked: dict[str, list[str]]) -> list[dict[str, Any]]:
        self.confirmed = max(self.confirmed, int(asked.get("offset", ["0"])[0]))
        until = time.monotonic() + POLL_SECONDS
        while time.monotonic() < until and int(asked.get("timeout", ["0"])[0]):
            if any(update["update_id"] >= self.confirmed for update in self.updates):
                break
            time.sleep(0.02)
        return [update for update in self.updates if update["update_id"] >= self.confirmed][:10]


def _message(body: bytes, content_type: str) -> tuple[int, str]:
    if content_type.startswith("multipart/"):
        text = body.decode("latin-1")
        fields = dict(re.findall(r'name="(\w+)"\r\n\r\n(.*?)\r\n--', text, flags=re.DOTALL))
        return int(fields["chat_id"]), fields.get("caption", "").encode("latin-1").decode("utf-8")
    fields = {name: values[0] for name, values in parse_qs(body.decode()).items()}
    return int(fields["chat_id"]), fields["text"]


def _answer(request: BaseHTTPRequestHandler, status: int, value: Any) -> None:
    _raw(request, status, b"" if value is None else json.dumps(value).encode())


def _raw(request: BaseHTTPRequestHandler, status: int, data: bytes) -> None:
    request.send_response(status)
    request.send_header("content-type", "application/json")
    request.send_header("content-length", str(len(data)))
    request.end_headers()
    request.wfile.write(data)
