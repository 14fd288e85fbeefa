"""What stands before every route: nobody without a token, nothing but short GETs and commands, nobody too often.

The read token may look. The control token may look too, and may POST to CONTROL_PATHS; without one nobody may.
Denial is the rule and OPEN_PATHS the exception, so a route that is added later is closed until somebody opens it here.
"""

import hmac
import ipaddress
import json
import time
from collections.abc import Callable, Iterable
from typing import Any, Literal

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from quantumflow.web.rate import RateLimit

__all__ = ["BODY_BYTES_MAX", "CONTROL_PATHS", "HEADER_BYTES_MAX", "OPEN_PATHS", "TOKEN_CHARS_MIN", "Guard"]

OPEN_PATHS = frozenset({"/healthz"})
CONTROL_PATHS = frozenset({"/api/v1/commands"})
BODY_BYTES_MAX = 65_536
COMMANDS_PER_SECOND = 1.0
COMMANDS_BURST = 10
TOKEN_CHARS_MIN = 32
TARGET_BYTES_MAX = 4_096
HEADER_BYTES_MAX = 16_384
REQUESTS_PER_SECOND = 20.0
REQUESTS_BURST = 100
WRONG_TOKENS_PER_SECOND = 0.2
WRONG_TOKENS_BURST = 10
ADDRESSES_MAX = 1_024

PROXIES = {"none": None, "fly": (b"fly-client-ip", ipaddress.ip_network("172.16.0.0/12"))}
"""The header in which a proxy names the client, and from where alone it is believed: Fly's proxy reaches a machine from
this network, other machines of the same organisation from fdaa::/16, and on 0.0.0.0 they do not reach it at all."""

_HEADERS = (
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'; base-uri 'none'"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-store"),
    (b"cross-origin-resource-policy", b"same-origin"),
)


class Guard:
    """ASGI middleware. `token`, or `control_token` if there is one, is what `Authorization: Bearer` must carry.

    `proxy` is a name of PROXIES.
    """

    def __init__(
        self,
        app: ASGIApp,
        token: str,
        control_token: str | None = None,
        monotonic: Callable[[], float] = time.monotonic,
        proxy: str = "none",
    ) -> None:
        for one in (token, control_token):
            if one is not None and len(one) < TOKEN_CHARS_MIN:
                raise ValueError(f"a web token has {len(one)} characters; it needs {TOKEN_CHARS_MIN}")
        if token == control_token:
            raise ValueError("the read token and the control token are the same")
        self._app = app
        self._expected = b"Bearer " + token.encode("utf-8")
        self._control = None if control_token is None else b"Bearer " + control_token.encode("utf-8")
        self._commands = RateLimit(COMMANDS_PER_SECOND, COMMANDS_BURST, ADDRESSES_MAX)
        self._monotonic = monotonic
        self._proxy = PROXIES[proxy]
        self._requests = RateLimit(REQUESTS_PER_SECOND, REQUESTS_BURST, ADDRESSES_MAX)
        self._wrong = RateLimit(WRONG_TOKENS_PER_SECOND, WRONG_TOKENS_BURST, ADDRESSES_MAX)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            return  # a WebSocket is not even answered: there is none here
        refusal = self._refuse(scope)
        if refusal is not None:
            await _answer(send, *refusal)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *_HEADERS]
            await send(message)

        await self._app(scope, _bounded(receive), send_with_headers)

    def _refuse(self, scope: Scope) -> tuple[int, str, list[tuple[bytes, bytes]]] | None:
        """Status, name and headers of a refusal; None lets the request through."""
        address, now = self._address(scope), self._monotonic()
        is_open = scope["path"] in OPEN_PATHS
        if not self._requests.allows(address, now):
            return 429, "too_many_requests", [(b"retry-after", b"5")]
        posts = scope["method"] == "POST" and scope["path"] in CONTROL_PATHS
        if scope["method"] != "GET" and not posts:
            return 405, "method_not_allowed", [(b"allow", b"GET")]
        if len(scope["raw_path"]) + len(scope["query_string"]) > TARGET_BYTES_MAX:
            return 414, "target_too_long", []
        headers: list[tuple[bytes, bytes]] = scope["headers"]
        if sum(len(name) + len(value) for name, value in headers) > HEADER_BYTES_MAX:
            return 431, "headers_too_long", []
        if not posts and _has_body(headers):
            return 413, "body_not_allowed", [(b"connection", b"close")]
        holds = self._holds(headers)
        # Who guesses tokens shuts nobody out of the same address: neither a health check nor who has the right one.
        if not is_open and holds is None:
            if not self._wrong.allows(address, now):
                return 429, "too_many_requests", [(b"retry-after", b"5")]
            return 401, "unauthorised", [(b"www-authenticate", b"Bearer")]
        return self._refuse_command(headers, holds, address, now) if posts else None

    def _refuse_command(
        self, headers: list[tuple[bytes, bytes]], holds: str | None, address: str, now: float
    ) -> tuple[int, str, list[tuple[bytes, bytes]]] | None:
        """A command needs the other token, a body of a known and small size, and patience."""
        if holds != "control":
            return 403, "control_token_needed", []
        length = dict(headers).get(b"content-length", b"")
        if not length.isdigit() or dict(headers).get(b"transfer-encoding") is not None:
            return 411, "length_needed", [(b"connection", b"close")]
        if len(length) > 9 or int(length) > BODY_BYTES_MAX:
            return 413, "body_too_long", [(b"connection", b"close")]
        if not self._commands.allows(address, now):
            return 429, "too_many_requests", [(b"retry-after", b"5")]
        return None

    def _address(self, scope: Scope) -> str:
        """Who asks: the client that the proxy names, if it is the proxy that says so; else the other end."""
        client: tuple[str, int] | None = scope.get("client")
        peer = client[0] if client else "unknown"
        if self._proxy is None:
            return peer
        header, network = self._proxy
        named = [value for name, value in scope["headers"] if name == header]
        try:
            if len(named) == 1 and ipaddress.ip_address(peer) in network:
                return str(ipaddress.ip_address(named[0].decode("ascii")))
        except ValueError:
            pass
        return peer

    def _holds(self, headers: Iterable[tuple[bytes, bytes]]) -> Literal["read", "control"] | None:
        """Which token came. Both are compared, in constant time; exactly one header counts."""
        given = [value for name, value in headers if name == b"authorization"]
        if len(given) != 1:
            return None
        reads = hmac.compare_digest(given[0], self._expected)
        controls = self._control is not None and hmac.compare_digest(given[0], self._control)
        return "control" if controls else "read" if reads else None


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


async def _answer(send: Send, status: int, error: str, headers: list[tuple[bytes, bytes]]) -> None:
    body: dict[str, Any] = {"error": error}
    content = json.dumps(body).encode()
    plain = [(b"content-type", b"application/json"), (b"content-length", str(len(content)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": [*plain, *headers, *_HEADERS]})
    await send({"type": "http.response.body", "body": content})
