"""Who may open a WebSocket: turned away before the upgrade, with a status and a name."""

from contextlib import ExitStack
from pathlib import Path

import pytest
from journal.sample import lived
from websockets.exceptions import InvalidStatus

from quantumflow.web.app import make_app
from quantumflow.web.guard import SOCKETS_OF_ADDRESS_MAX, WRONG_TOKENS_BURST
from quantumflow.web.who import Hosts, Tokens
from web.asgi import Client, handshake
from web.served import LOOPBACK, TOKEN, eventually, said, served, sources_of

OTHER = "w" * 43
READ = {"authorization": f"Bearer {TOKEN}"}
BROWSER = {"sec-websocket-protocol": f"quantumflow.v1, quantumflow.token.{TOKEN}"}
GUESS = {"sec-websocket-protocol": f"quantumflow.v1, quantumflow.token.{OTHER}"}

# What comes with the handshake, and the status and name of the answer.
HANDSHAKES: list[tuple[str, dict[str, str], int, str]] = [
    ("/ws/events", READ, 101, ""),
    ("/ws/events", BROWSER, 101, ""),
    ("/ws/events", {**BROWSER, "origin": "http://localhost"}, 101, ""),
    ("/ws/events", {}, 401, "unauthorised"),
    ("/ws/events", {"authorization": f"Bearer {OTHER}"}, 401, "unauthorised"),
    ("/ws/events", GUESS, 401, "unauthorised"),
    ("/ws/events", {"sec-websocket-protocol": f"quantumflow.token.{TOKEN}"}, 401, "unauthorised"),
    ("/ws/events", {"sec-websocket-protocol": "quantumflow.v1"}, 401, "unauthorised"),
    (f"/ws/events?token={TOKEN}", {}, 401, "unauthorised"),
    ("/ws/events", {**READ, **GUESS}, 401, "unauthorised"),
    ("/ws/events", {**BROWSER, "origin": "https://elsewhere.example"}, 403, "origin_refused"),
    ("/ws/events", {**BROWSER, "origin": "null"}, 403, "origin_refused"),
    ("/ws/events", {**BROWSER, "origin": "http://localhost.elsewhere.example"}, 403, "origin_refused"),
    ("/ws/events", {**BROWSER, "host": "elsewhere.example"}, 421, "host_refused"),
    ("/ws/events?after=x", READ, 400, "bad_request"),
    ("/ws/events?before=1", READ, 400, "bad_request"),
    ("/ws/events?kinds=fill,nonsense", READ, 400, "bad_request"),
    ("/ws/bot/nobody/status", READ, 404, "no_such_bot"),
    ("/ws/portfolio/nobody", READ, 404, "no_such_bot"),
    ("/ws/market/BTCUSDT", READ, 503, "no_market"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "headers", "status", "error"), HANDSHAKES)
def test_a_handshake_is_taken_or_refused_by_name(
    tmp_path: Path, path: str, headers: dict[str, str], status: int, error: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("quantumflow.web.market_reader.CATCH_UP_SECONDS_MAX", 0.01)
    lived(tmp_path)
    answer = handshake(make_app(sources_of(tmp_path), Tokens([TOKEN]), hosts=LOOPBACK), path, headers)
    assert (answer.status, answer.error) == (status, error)


def test_before_the_first_session_there_is_nothing_to_tell(tmp_path: Path) -> None:
    assert handshake(make_app(sources_of(tmp_path), Tokens([TOKEN])), "/ws/events", READ).status == 503


def test_a_page_that_was_named_may_ask(tmp_path: Path) -> None:
    lived(tmp_path)
    named = Hosts(frozenset({"localhost"}), frozenset({"https://page.example"}))
    app = make_app(sources_of(tmp_path), Tokens([TOKEN]), hosts=named)
    assert handshake(app, "/ws/events", {**BROWSER, "origin": "https://page.example"}).status == 101
    assert handshake(app, "/ws/events", {**BROWSER, "origin": "http://page.example"}).status == 403


def test_guesses_wait_and_the_right_token_does_not(tmp_path: Path) -> None:
    lived(tmp_path)
    app = make_app(sources_of(tmp_path), Tokens([TOKEN]))
    wrong = {"authorization": f"Bearer {OTHER}"}
    codes = [handshake(app, "/ws/events", wrong).status for _ in range(WRONG_TOKENS_BURST + 2)]
    assert codes == [401] * WRONG_TOKENS_BURST + [429] * 2
    assert handshake(app, "/ws/events", READ).status == 101
    assert Client(app, READ).get("/api/v1/account").status_code == 200


@pytest.mark.parametrize("headers", [{"Host": "elsewhere.example"}, {"Origin": "https://elsewhere.example"}])
def test_requests_too_come_by_our_name_and_from_our_page(tmp_path: Path, headers: dict[str, str]) -> None:
    lived(tmp_path)
    app = make_app(sources_of(tmp_path), Tokens([TOKEN]), hosts=LOOPBACK)
    answer = Client(app, {"Authorization": f"Bearer {TOKEN}"}).get("/api/v1/account", headers)
    assert answer.json() in ({"error": "host_refused"}, {"error": "origin_refused"})
    assert Client(app).get("/healthz", headers).status_code == 200, "a health check comes by an address"


def test_one_address_has_so_many_sockets_and_no_more(tmp_path: Path) -> None:
    lived(tmp_path)
    with served(sources_of(tmp_path)) as running:
        with ExitStack() as stack:
            sockets = [stack.enter_context(running.socket("/ws/events")) for _ in range(SOCKETS_OF_ADDRESS_MAX)]
            assert [said(socket)["type"] for socket in sockets] == ["hello"] * SOCKETS_OF_ADDRESS_MAX
            assert {socket.subprotocol for socket in sockets} == {"quantumflow.v1"}, "the token is not said back"
            with pytest.raises(InvalidStatus) as refused, running.socket("/ws/events"):
                pass
            assert refused.value.response.status_code == 429
            assert b"too_many_sockets" in (refused.value.response.body or b"")
        eventually(lambda: running.app.state.sockets.open == 0)
        with running.socket("/ws/events") as socket:
            assert said(socket)["type"] == "hello"
