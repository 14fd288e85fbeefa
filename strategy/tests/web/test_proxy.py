"""Who asks, when a proxy stands before the page: each client has its own limits, and nobody can pretend."""

import asyncio

import httpx
import pytest
from fastapi import FastAPI

from quantumflow.web.guard import REQUESTS_BURST, Guard
from quantumflow.web.who import Tokens

TOKEN = "t" * 32
PROXY = "172.16.9.2"


def statuses(proxy: str, peer: str, clients: list[str | None]) -> list[int]:
    """The statuses of one request for each of `clients`, in a moment that does not pass, all through `peer`."""
    app = FastAPI()
    app.add_api_route("/healthz", lambda: {"ok": True})
    guard = Guard(app, Tokens([TOKEN]), monotonic=lambda: 0.0, proxy=proxy)

    async def ask() -> list[int]:
        transport = httpx.ASGITransport(guard, client=(peer, 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            headers = [{} if name is None else {"Fly-Client-IP": name} for name in clients]
            return [(await client.get("/healthz", headers=one)).status_code for one in headers]

    return asyncio.run(ask())


def test_clients_behind_the_proxy_have_limits_of_their_own() -> None:
    asked = statuses("fly", PROXY, ["203.0.113.7"] * (REQUESTS_BURST + 1) + ["203.0.113.8"])
    assert asked == [200] * REQUESTS_BURST + [429, 200]


@pytest.mark.parametrize(
    ("proxy", "peer"),
    [("none", PROXY), ("fly", "198.51.100.1"), ("fly", "fdaa:0:5ea6::2")],
)
def test_the_header_counts_only_from_the_proxy(proxy: str, peer: str) -> None:
    names: list[str | None] = [f"203.0.113.{k % 250}" for k in range(REQUESTS_BURST + 1)]
    assert statuses(proxy, peer, names)[-1] == 429


@pytest.mark.parametrize("name", ["", "not-an-address", "203.0.113.7, 203.0.113.8", None])
def test_a_header_that_names_nobody_leaves_the_other_end(name: str | None) -> None:
    assert statuses("fly", PROXY, [name] * (REQUESTS_BURST + 1))[-1] == 429
