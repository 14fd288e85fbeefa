"""What stands before every route: nobody without a token, nothing but short GETs and commands, nobody too often.

The read token may look. The control token may look too, and may POST to CONTROL_PATHS; without one nobody may.
Denial is the rule and OPEN_PATHS the exception, so a route that is added later is closed until somebody opens it here.
Who has the right token is counted apart from who has not: guesses, however many, shut nobody else out.
"""

import asyncio
import json
import logging
import os
import time
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from quantumflow.web.rate import RateLimit
from quantumflow.web.who import ANY_HOST, SUBPROTOCOL, Hosts, Tokens, address_of, headers_of

__all__ = ["BODY_BYTES_MAX", "CONTROL_PATHS", "HEADER_BYTES_MAX", "OPEN_PATHS", "Guard"]

OPEN_PATHS = frozenset({"/healthz"})
CONTROL_PATHS = frozenset({"/api/v1/commands"})
BODY_BYTES_MAX = 65_536
COMMANDS_PER_SECOND = 1.0
COMMANDS_BURST = 10
TARGET_BYTES_MAX = 4_096
HEADER_BYTES_MAX = 16_384
REQUESTS_PER_SECOND = 20.0
REQUESTS_BURST = 100
WRONG_TOKENS_PER_SECOND = 0.2
WRONG_TOKENS_BURST = 10
ADDRESSES_MAX = 1_024
REQUEST_SECONDS_MAX = 15.0
"""Of one request, its body's arrival included."""
SOCKETS_MAX = 32
SOCKETS_OF_ADDRESS_MAX = 8

_HEADERS = (
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'; base-uri 'none'"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-store"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
_SECURE = (b"strict-transport-security", b"max-age=31536000")
"""Where a proxy speaks TLS for us."""

Refusal = tuple[int, str, list[tuple[bytes, bytes]]]

_log = logging.getLogger("quantumflow.web")


class Guard:
    """ASGI middleware. `proxy` is a name of PROXIES; `open_paths` are answered without a token.

    `answered` counts answers by their status.
    """

    def __init__(
        self,
        app: ASGIApp,
        tokens: Tokens,
        hosts: Hosts = ANY_HOST,
        monotonic: Callable[[], float] = time.monotonic,
        proxy: str = "none",
        open_paths: frozenset[str] = OPEN_PATHS,
        answered: Counter[int] | None = None,
    ) -> None:
        self._app = app
        self._tokens = tokens
        self._hosts = hosts
        self._monotonic = monotonic
        self._proxy = proxy
        self._open_paths = open_paths
        self._answered: Counter[int] = Counter() if answered is None else answered
        self._headers = _HEADERS if proxy == "none" else (*_HEADERS, _SECURE)
        self._holders = RateLimit(REQUESTS_PER_SECOND, REQUESTS_BURST, ADDRESSES_MAX)
        self._of_all = RateLimit(REQUESTS_PER_SECOND, REQUESTS_BURST, ADDRESSES_MAX)
        self._wrong = RateLimit(WRONG_TOKENS_PER_SECOND, WRONG_TOKENS_BURST, ADDRESSES_MAX)
        self._commands = RateLimit(COMMANDS_PER_SECOND, COMMANDS_BURST, ADDRESSES_MAX)
        self._sockets: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await self._socket(scope, receive, send)
        elif scope["type"] == "http":
            await self._request(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _request(self, scope: Scope, receive: Receive, send: Send) -> None:
        number = os.urandom(6).hex().encode()
        refusal, begun = self._refuse(scope), False

        async def send_with_headers(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                self._answered[message["status"]] += 1
                own = list(message.get("headers", ()))
                names = {name for name, _ in own}
                added = [one for one in self._headers if one[0] not in names]
                message["headers"] = [*own, *added, (b"x-request-id", number)]
                if message["status"] >= 500:
                    _log.warning("%s %s: %d, request %s", scope["method"], scope["path"], message["status"], number)
            await send(message)

        if refusal is not None:
            await _answer(send_with_headers, *refusal)
            return
        try:
            async with asyncio.timeout(REQUEST_SECONDS_MAX):
                await self._app(scope, _bounded(receive), send_with_headers)
        except TimeoutError:
            if not begun:
                await _answer(send_with_headers, 503, "took_too_long", [(b"retry-after", b"5")])

    def _refuse(self, scope: Scope) -> Refusal | None:
        """Status, name and headers of a refusal; None lets the request through."""
        address, now = address_of(scope, self._proxy), self._monotonic()
        headers: list[tuple[bytes, bytes]] = scope["headers"]
        is_open = scope["path"] in self._open_paths
        holds = self._tokens.of_request(headers)
        if not is_open and holds is None:
            return self._stranger(address, now)
        if not (self._of_all if holds is None else self._holders).allows(address, now):
            return _too_many()
        posts = scope["method"] == "POST" and scope["path"] in CONTROL_PATHS
        if scope["method"] != "GET" and not posts:
            return 405, "method_not_allowed", [(b"allow", b"GET")]
        if len(scope["raw_path"]) + len(scope["query_string"]) > TARGET_BYTES_MAX:
            return 414, "target_too_long", []
        if sum(len(name) + len(value) for name, value in headers) > HEADER_BYTES_MAX:
            return 431, "headers_too_long", []
        if not posts and _has_body(headers):
            return 413, "body_not_allowed", [(b"connection", b"close")]
        refusal = None if is_open else self._refuse_place(headers)
        if refusal is None and posts:
            refusal = self._refuse_command(headers, holds, address, now)
        return refusal

    def _stranger(self, address: str, now: float) -> Refusal:
        """Who guesses tokens shuts nobody out of the same address: neither a health check nor who has the right one."""
        if not self._wrong.allows(address, now):
            return _too_many()
        return 401, "unauthorised", [(b"www-authenticate", b"Bearer")]

    def _refuse_place(self, headers: list[tuple[bytes, bytes]]) -> Refusal | None:
        """By another name than ours, or from another's page."""
        if not self._hosts.knows(headers):
            return 421, "host_refused", []
        return None if self._hosts.allows_page(headers) else (403, "origin_refused", [])

    def _refuse_command(
        self, headers: list[tuple[bytes, bytes]], holds: str | None, address: str, now: float
    ) -> Refusal | None:
        """A command needs the other token, a body of a known and small size, and patience."""
        if holds != "control":
            return 403, "control_token_needed", []
        length = dict(headers).get(b"content-length", b"")
        if not length.isdigit() or dict(headers).get(b"transfer-encoding") is not None:
            return 411, "length_needed", [(b"connection", b"close")]
        if len(length) > 9 or int(length) > BODY_BYTES_MAX:
            return 413, "body_too_long", [(b"connection", b"close")]
        return None if self._commands.allows(address, now) else _too_many()

    async def _socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Everything is refused before the upgrade; what goes on has no token in it any more."""
        address = address_of(scope, self._proxy)
        refusal = self._refuse_socket(scope, address)
        if refusal is not None:
            self._answered[refusal[0]] += 1
            await _turn_away(scope, receive, send, *refusal)
            return
        chosen = [name for name in scope.get("subprotocols", ()) if name == SUBPROTOCOL]
        self._sockets[address] += 1
        try:
            await self._app({**scope, "headers": headers_of(scope["headers"]), "subprotocols": chosen}, receive, send)
        finally:
            self._sockets[address] -= 1
            if self._sockets[address] <= 0:
                del self._sockets[address]

    def _refuse_socket(self, scope: Scope, address: str) -> Refusal | None:
        headers, now = scope["headers"], self._monotonic()
        holds = self._tokens.of_socket(headers)
        if holds is None:
            return self._stranger(address, now)
        if not self._holders.allows(address, now):
            return _too_many()
        refusal = self._refuse_place(headers)
        if refusal is not None:
            return refusal
        if self._sockets.total() >= SOCKETS_MAX:
            return 503, "too_many_sockets", [(b"retry-after", b"5")]
        if self._sockets[address] >= SOCKETS_OF_ADDRESS_MAX:
            return 429, "too_many_sockets", [(b"retry-after", b"5")]
        return None


def _too_many() -> Refusal:
    return 429, "too_many_requests", [(b"retry-after", b"5")]


def _bounded(receive: Receive) -> Receive:
    """A body that is longer than it may be ends as if the sender had gone."""
    size = 0

    async def bounded() -> Message:
        nonlocal size
        message = await receive()
        size += len(message.get("body", b""))
        return message if size <= BODY_BYTES_MAX else {"type": "http.disconnect"}

    return bounded


def _has_body(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    """Nothing here is asked for with a body."""
    for name, value in headers:
        if name == b"transfer-encoding" or (name == b"content-length" and value.strip() != b"0"):
            return True
    return False


async def _turn_away(
    scope: Scope, receive: Receive, send: Send, status: int, error: str, headers: list[tuple[bytes, bytes]]
) -> None:
    """Refuses the upgrade as HTTP, with the refusal's name where the server can say it."""
    await receive()
    if "websocket.http.response" in scope.get("extensions", {}):
        await _answer(send, status, error, headers, "websocket.http")
    else:
        await send({"type": "websocket.close", "code": 1008, "reason": error})


async def _answer(send: Send, status: int, error: str, headers: list[tuple[bytes, bytes]], kind: str = "http") -> None:
    body: dict[str, Any] = {"error": error}
    content = json.dumps(body).encode()
    plain = [(b"content-type", b"application/json"), (b"content-length", str(len(content)).encode())]
    await send({"type": f"{kind}.response.start", "status": status, "headers": [*plain, *headers]})
    await send({"type": f"{kind}.response.body", "body": content})
