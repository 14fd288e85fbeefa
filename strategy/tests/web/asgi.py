"""Asks an application without a socket: one request, one answer."""

import asyncio
import json
from typing import Any, NamedTuple

import httpx
from fastapi import FastAPI


class Client:
    """Every request carries `headers`."""

    def __init__(self, app: FastAPI, headers: dict[str, str] | None = None) -> None:
        self._transport = httpx.ASGITransport(app, raise_app_exceptions=True)
        self._headers = headers or {}

    def request(self, method: str, path: str, headers: dict[str, str] | None = None, **more: Any) -> httpx.Response:
        return asyncio.run(self._ask(method, path, {**self._headers, **(headers or {})}, more))

    def get(self, path: str, headers: dict[str, str] | None = None) -> httpx.Response:
        return self.request("GET", path, headers)

    async def _ask(self, method: str, path: str, headers: dict[str, str], more: dict[str, Any]) -> httpx.Response:
        async with httpx.AsyncClient(transport=self._transport, base_url="http://localhost") as client:
            return await client.request(method, path, headers=headers, **more)


class Refused(NamedTuple):
    """How a WebSocket was turned away before the upgrade."""

    status: int
    error: str
    headers: dict[str, str]


def handshake(app: FastAPI, path: str, headers: dict[str, str] | None = None, peer: str = "127.0.0.1") -> Refused:
    """The refusal of a handshake; status 101 if it was taken."""
    sent: list[dict[str, Any]] = []
    target, _, query = path.partition("?")
    given = {"host": "localhost", **(headers or {})}
    scope = {
        "type": "websocket",
        "path": target,
        "raw_path": target.encode(),
        "query_string": query.encode(),
        "headers": [(name.lower().encode(), value.encode()) for name, value in given.items()],
        "client": (peer, 1),
        "subprotocols": [part.strip() for part in given.get("sec-websocket-protocol", "").split(",") if part.strip()],
        "extensions": {"websocket.http.response": {}},
    }

    async def receive() -> dict[str, Any]:
        return {"type": "websocket.connect"} if not any(m["type"] == "websocket.accept" for m in sent) else GONE

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    asyncio.run(app(scope, receive, send))  # type: ignore[arg-type]
    if sent[0]["type"] == "websocket.accept":
        return Refused(101, "", {})
    named = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return Refused(sent[0]["status"], json.loads(sent[1]["body"])["error"], named)


GONE = {"type": "websocket.disconnect", "code": 1001}
