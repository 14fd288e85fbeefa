"""A core_risk that approves everything and keeps account: what the trader needs of it, and knobs to misbehave."""

import contextlib
import hashlib
import json
import socket
import socketserver
import threading
import time
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any, Self

from trader.market import BUILD

Content = dict[str, Any]


class RiskBooks:
    """What it has been told, in order, and how it shall answer."""

    def __init__(self) -> None:
        self.build = BUILD
        self.requests: list[tuple[str, Content]] = []
        self.fills: dict[int, Content] = {}
        self.verdicts: dict[str, Content] = {}
        self.open: set[str] = set()
        self.done: list[str] = []
        self.deposits: dict[str, int] = {}
        self.bots: Content = {}
        self.halted: str | None = None
        self.commands = 0
        self.problems: list[str] = []
        self.hang_seconds = 0.0
        self.raw: bytes | None = None
        self.changed: Content = {}
        """Fields that replace those of a verdict; a value of None takes the field away."""

    def answer(self, path: str, content: Content) -> tuple[int, Content]:
        self.requests.append((path, content))
        handler = {
            "/version": self._version,
            "/v1/state": self._state,
            "/v1/deposits": self._deposit,
            "/v1/bots": self._employ,
            "/v1/orders/check": self._check,
            "/v1/orders/done": self._done,
            "/v1/fills": self._fill,
            "/v1/mark": self._mark,
            "/v1/halt": self._halt,
            "/v1/resume": self._resume,
        }[path]
        status, answer = handler(content)
        return status, {"build": self.build, **answer} if status == 200 else answer

    def _version(self, _: Content) -> tuple[int, Content]:
        return 200, {"program": "core_risk", "api": 1, "limits_version": "0" * 12}

    def _state(self, _: Content) -> tuple[int, Content]:
        orders = [{"client_id": order} for order in sorted(self.open)]
        return 200, {"fills": len(self.fills), "commands": self.commands, "open_orders": orders}

    def _employ(self, content: Content) -> tuple[int, Content]:
        self.bots = {name: bot["capital_e8"] for name, bot in content["bots"].items()}
        return 200, {"limits_version": "0" * 12, "log_seq": 1}

    def _deposit(self, content: Content) -> tuple[int, Content]:
        known = content["deposit_id"] in self.deposits
        self.deposits.setdefault(content["deposit_id"], content["amount_e8"])
        return 200, {"duplicate": known, "cash_e8": content["amount_e8"], "log_seq": 1}

    def _check(self, order: Content) -> tuple[int, Content]:
        limit = "-" if order["limit_price"] is None else order["limit_price"]
        reduce_only = "true" if order["reduce_only"] else "false"
        text = "|".join(str(order[name]) for name in ("client_id", "bot", "symbol", "side", "type", "qty"))
        digest = hashlib.sha256(f"{text}|{limit}|{reduce_only}|{order['event_ns']}".encode()).hexdigest()
        if order["bot"] not in self.bots:
            self.problems.append(f"{order['client_id']} asked by a bot that was never named")
        if order["client_id"] in self.done:
            self.problems.append(f"{order['client_id']} asked after its end")
        answer = {
            "client_id": order["client_id"],
            "order_hash": digest,
            "verdict": "approve",
            "qty": order["qty"],
            "refusal": None,
            "rules": [{"rule": "order_size", "value": order["qty"], "limit": 10**9, "ok": True}],
            "event_ns": order["event_ns"],
            "expires_ns": order["event_ns"] + 2_000_000_000,
            "limits_version": "0" * 12,
            "log_seq": len(self.verdicts) + 1,
            **self.changed,
        }
        self.verdicts[order["client_id"]] = order
        self.open.add(order["client_id"])
        return 200, {name: value for name, value in answer.items() if value is not None or name == "refusal"}

    def _done(self, content: Content) -> tuple[int, Content]:
        self.done.append(content["client_id"])
        self.open.discard(content["client_id"])
        return 200, {"client_id": content["client_id"], "known": True, "log_seq": 1}

    def _fill(self, fill: Content) -> tuple[int, Content]:
        number = fill["fill_id"]
        known = self.fills.get(number)
        if known is not None and known != fill:
            self.problems.append(f"fill {number} changed")
            return 409, {"error": "fill_changed", "detail": str(number)}
        if known is None and number != len(self.fills) + 1:
            self.problems.append(f"fill {number} after {len(self.fills)}")
            return 409, {"error": "fill_out_of_order", "detail": str(number)}
        if fill["client_id"] not in self.verdicts:
            self.problems.append(f"fill {number} of an order that was never asked about")
        self.fills[number] = fill
        position = {"qty": 0, "cost_e8": 0, "realised_e8": 0}
        body = {"fill_id": number, "duplicate": known is not None, "fills": len(self.fills), "cash_e8": 0}
        return 200, {**body, "position": position, "log_seq": 1}

    def _mark(self, content: Content) -> tuple[int, Content]:
        agree = content["fills"] == len(self.fills)
        reason = self.halted if agree else "reconcile_mismatch"
        figures = dict.fromkeys(("equity_e8", "peak_e8", "drawdown_ppm", "day_start_e8", "reserved_e8"), 0)
        difference = {"what": "fills", "yours": content["fills"], "ours": len(self.fills)}
        return 200, {
            "agree": agree,
            "differences": [] if agree else [difference],
            "trading": "active" if reason is None else "halted",
            "reason": reason,
            **figures,
            "consecutive_losses": 0,
            "log_seq": 1,
        }

    def _halt(self, said: Content) -> tuple[int, Content]:
        if said["command"] > self.commands:
            self.halted, self.commands = said["reason"], said["command"]
        return self._standing()

    def _resume(self, said: Content) -> tuple[int, Content]:
        if said["command"] > self.commands:
            self.halted, self.commands = None, said["command"]
        return self._standing()

    def _standing(self) -> tuple[int, Content]:
        trading = "active" if self.halted is None else "halted"
        return 200, {"trading": trading, "reason": self.halted, "log_seq": 1}


class RiskSocket:
    """Serves `books` on a Unix socket. One request at a time."""

    def __init__(self, path: Path, books: RiskBooks) -> None:
        path.unlink(missing_ok=True)
        self._server = _Server(str(path), _Handler)
        self._server.books = books
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        for channel in self._server.channels:
            with contextlib.suppress(OSError):
                channel.shutdown(socket.SHUT_RDWR)


class _Server(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True
    block_on_close = False
    books: RiskBooks
    lock = threading.Lock()

    def __init__(self, path: str, handler: type[BaseHTTPRequestHandler]) -> None:
        super().__init__(path, handler)
        self.channels: list[socket.socket] = []

    def handle_error(self, *_: object) -> None:
        """A trader that was killed, or gave up waiting, is no error here."""

    def process_request(self, request: Any, client_address: Any) -> None:
        self.channels.append(request)
        super().process_request(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def _serve(self) -> None:
        books = self.server.books
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        time.sleep(books.hang_seconds)
        if books.raw is not None:
            self.wfile.write(books.raw)
            self.close_connection = True
            return
        with self.server.lock:
            status, answer = books.answer(self.path, json.loads(body) if body else {})
        text = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def address_string(self) -> str:
        return "unix"

    def log_message(self, *_: object) -> None:
        pass
