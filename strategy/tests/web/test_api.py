"""The read API over a real journal: who may ask, what is answered, what is refused."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute, APIWebSocketRoute
from journal.sample import Life, lived

from quantumflow.overview import Sources
from quantumflow.web.app import WebSources, make_app
from quantumflow.web.guard import OPEN_PATHS, WRONG_TOKENS_BURST
from quantumflow.web.who import Tokens
from web.asgi import Client, handshake

TOKEN = "t" * 43
NOW_NS = 1_000_000_000_000
READ = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture
def life(tmp_path: Path) -> Life:
    """Three round trips, so six fills, and one order without a verdict."""
    life = lived(tmp_path)
    life.order("buy", 9)
    return life


class World:
    """The files that the API looks at, and how core_risk answers."""

    def __init__(self, directory: Path) -> None:
        self.sources = Sources(directory / "journal.db", directory / "t.json", directory / "m.json")
        self.risk: list[str] = []
        self.trader(why_not_trading=None)
        self.market_data()

    def trader(self, age_ns: int = 0, **values: Any) -> None:
        common = {"written_ns": NOW_NS - age_ns, "final": False, "reconcile": "agree", "equity_e8": 5, "fills": 6}
        self.sources.trader_status.write_text(json.dumps({**common, **values}), encoding="utf-8")

    def market_data(self, age_ns: int = 0) -> None:
        values = {"written_ns": NOW_NS - age_ns, "final": False, "instruments": {"BTCUSDT": {"state": "live"}}}
        self.sources.market_data_status.write_text(json.dumps(values), encoding="utf-8")

    def app(self) -> FastAPI:
        return make_app(WebSources(self.sources, "replay", lambda: self.risk), Tokens([TOKEN]), lambda: NOW_NS)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


@pytest.fixture
def client(world: World, life: Life) -> Client:
    return Client(world.app(), READ)


def routes(app: FastAPI) -> list[str]:
    return [route.path for route in app.routes if isinstance(route, APIRoute)]


def test_every_route_but_healthz_needs_the_token(world: World, life: Life) -> None:
    found = routes(world.app())
    sockets = [route.path for route in world.app().routes if isinstance(route, APIWebSocketRoute)]
    assert len(found) + len(sockets) == len(world.app().routes), "a kind of route that this test does not know"
    assert len(found) >= 20
    for path in found:
        client = Client(world.app())
        status = client.get(re.sub(r"\{[a-z_:]+\}", "1", path)).status_code
        assert status == (200 if path in OPEN_PATHS else 401), path
    assert set(found) >= OPEN_PATHS
    for path in sockets:
        assert handshake(world.app(), path).status == 401, path


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer ", f"Bearer {TOKEN}x", f"bearer {TOKEN}", TOKEN, f"Bearer  {TOKEN}", f"Basic {TOKEN}"],
)
def test_only_the_exact_token_counts(world: World, header: str) -> None:
    client = Client(world.app())
    answer = client.get("/api/v1/status", headers={"Authorization": header})
    assert answer.status_code == 401
    assert answer.json() == {"error": "unauthorised"}


def test_a_token_in_the_address_is_not_looked_at(world: World) -> None:
    client = Client(world.app())
    assert client.get(f"/api/v1/status?token={TOKEN}").status_code == 401


def test_healthz_says_nothing_else(client: Client) -> None:
    assert client.get("/healthz").json() == {"ok": True}


def test_who_guesses_tokens_waits(world: World) -> None:
    client = Client(world.app())
    codes = [client.get("/readyz").status_code for _ in range(WRONG_TOKENS_BURST + 1)]
    assert codes == [401] * WRONG_TOKENS_BURST + [429]


def test_wrong_tokens_do_not_make_the_process_look_dead(world: World) -> None:
    client = Client(world.app())
    for _ in range(WRONG_TOKENS_BURST + 1):
        client.get("/readyz")
    assert client.get("/healthz").status_code == 200
    assert client.get("/readyz", headers=READ).status_code != 429, "who has the right token is not shut out"


@pytest.mark.parametrize("path", ["/healthz", "/api/v1/status", "/nowhere", "/api/v1/fills?limit=0"])
def test_every_answer_has_the_headers(client: Client, path: str) -> None:
    headers = client.get(path).headers
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in headers["content-security-policy"]
    assert headers["referrer-policy"] == "no-referrer"
    assert "access-control-allow-origin" not in headers


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"])
@pytest.mark.parametrize("path", ["/healthz", "/api/v1/fills"])
def test_nothing_can_be_changed(client: Client, method: str, path: str) -> None:
    answer = client.request(method, path)
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET"


def test_bodies_long_targets_and_long_headers_are_refused(client: Client) -> None:
    assert client.request("GET", "/api/v1/fills", content=b"x").status_code == 413
    assert client.get("/api/v1/fills?before=" + "1" * 5000).status_code == 414
    assert client.get("/api/v1/fills", headers={"X-Long": "x" * 20_000}).status_code == 431


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=501",
        "limit=x",
        "before=0",
        "before=-1",
        "before=9999999999999999999999",
        "page=2",
        "limit=1.5",
    ],
)
@pytest.mark.parametrize("path", ["orders", "fills", "signals"])
def test_a_parameter_is_refused_by_its_name(client: Client, path: str, query: str) -> None:
    answer = client.get(f"/api/v1/{path}?{query}")
    assert answer.status_code == 400
    assert answer.json()["detail"][0]["parameter"] == query.partition("=")[0]


def test_a_route_without_parameters_refuses_every_one(client: Client) -> None:
    assert client.get("/api/v1/account?limit=1").status_code == 400


def test_pages_follow_each_other_without_a_hole(client: Client) -> None:
    seen: list[int] = []
    query = "limit=4"
    while True:
        page = client.get(f"/api/v1/fills?{query}").json()
        seen += [row["fill"] for row in page["items"]]
        if page["next"] is None:
            break
        query = f"limit=4&before={page['next']}"
    assert seen == [6, 5, 4, 3, 2, 1]


def test_a_fill_comes_with_its_evidence(client: Client) -> None:
    story = client.get("/api/v1/fills/1").json()
    assert set(story) == {"fill", "fill_model", "order", "verdict", "signal", "words"}
    assert story["fill_model"] == "model"
    assert story["fill"]["display"]["price"] == "60000"
    assert story["verdict"]["rules"] == [{"rule": "order_size", "value": 1, "limit": 2, "ok": True}]
    assert client.get("/api/v1/fills/7").json() == {"error": "no_such_fill"}
    assert client.get("/api/v1/fills/-1").status_code == 404
    assert client.get("/api/v1/fills/one").status_code == 400


def test_the_account_is_the_journals(client: Client, life: Life) -> None:
    account = client.get("/api/v1/account").json()
    assert account["cash_e8"] == life.books.cash
    assert client.get("/api/v1/positions").json()["items"][0]["qty"] == 0
    assert client.get("/api/v1/status").json()["fills"] == 6


def test_before_the_first_session_there_is_nothing_to_read(world: World) -> None:
    client = Client(world.app(), READ)
    assert client.get("/api/v1/fills").status_code == 503
    assert client.get("/api/v1/status").json()["journal"] == "none yet"


def test_a_damaged_journal_is_an_answer_and_not_a_crash(world: World) -> None:
    world.sources.journal.write_bytes(b"not a database at all" * 100)
    client = Client(world.app(), READ)
    assert client.get("/api/v1/fills").json() == {"error": "journal_unreadable"}
    assert "cannot be read" in client.get("/api/v1/status").json()["journal"]


def test_ready_while_an_order_would_be_let_through(client: Client) -> None:
    assert client.get("/readyz").json() == {"ready": True, "reasons": []}


# How the trader, market_data and core_risk stand, and the reasons.
NOT_READY: list[tuple[dict[str, Any], int, list[str], list[str]]] = [
    ({"why_not_trading": "risk_unreachable"}, 0, [], ["trader: risk_unreachable"]),
    ({"why_not_trading": "geo_blocked"}, 0, [], ["trader: geo_blocked"]),
    ({"why_not_trading": None, "age_ns": 6 * 10**9}, 0, [], ["trader: not_running"]),
    ({"why_not_trading": None, "final": True}, 0, [], ["trader: not_running"]),
    ({"why_not_trading": None, "reconcile": "mismatch"}, 0, [], ["trader: reconcile_mismatch"]),
    ({"why_not_trading": None}, 6 * 10**9, [], ["market_data: not_running"]),
    ({"why_not_trading": None}, 0, ["halted"], ["core_risk: halted"]),
    ({"why_not_trading": "paused"}, 0, [], []),
    ({"why_not_trading": "warming_up"}, 0, [], []),
]


@pytest.mark.parametrize(("trader", "feed_age_ns", "risk", "reasons"), NOT_READY)
def test_every_reason_of_the_system_is_named(
    client: Client, world: World, trader: dict[str, Any], feed_age_ns: int, risk: list[str], reasons: list[str]
) -> None:
    world.trader(**trader)
    world.market_data(feed_age_ns)
    world.risk = risk
    answer = client.get("/readyz")
    assert answer.json() == {"ready": not reasons, "reasons": reasons}
    assert answer.status_code == (503 if reasons else 200)
