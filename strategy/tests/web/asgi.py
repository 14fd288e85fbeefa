"""Asks an application without a socket: one request, one answer."""

import asyncio
from typing import Any

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
