"""Commands over the API: the control token's, bounded, with a reason, and handed to the trader as they are."""

import json
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from journal.sample import Life, lived

from quantumflow.commands.request import CommandRequest
from quantumflow.errors import CommandRefused
from quantumflow.strategies.registry import STRATEGIES
from quantumflow.trader.commands import journal_command
from quantumflow.web.app import WebSources, make_app
from quantumflow.web.commands import CommandDoor
from quantumflow.web.guard import BODY_BYTES_MAX, COMMANDS_BURST
from quantumflow.web.who import Tokens
from web.asgi import Client
from web.test_api import READ, TOKEN, World

CONTROL_TOKEN = "c" * 43
CONTROL = {"Authorization": f"Bearer {CONTROL_TOKEN}"}
PATH = "/api/v1/commands"
PAUSE = {"command": "pause", "bot": "imbalance", "reason": "a test", "key": "k-1"}


class Trader:
    """Keeps what it is sent."""

    def __init__(self) -> None:
        self.sent: list[CommandRequest] = []
        self.refusal: CommandRefused | None = None

    def send(self, request: CommandRequest, _: Path, __: Path) -> dict[str, Any]:
        if self.refusal is not None:
            raise self.refusal
        self.sent.append(request)
        return {**request.content(), "event_seq": 7, "duplicate": False}


@pytest.fixture
def trader() -> Trader:
    return Trader()


@pytest.fixture
def app(tmp_path: Path, trader: Trader) -> FastAPI:
    world = World(tmp_path)
    door = CommandDoor(tmp_path / "control.sock", tmp_path / "kill", trader.send)
    sources = WebSources(world.sources, "replay", list, door)
    return make_app(sources, Tokens([TOKEN], [CONTROL_TOKEN]), lambda: 1)


def posted(app: FastAPI, headers: dict[str, str], body: Any = PAUSE, **more: Any) -> Any:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    sent = {"Content-Type": "application/json", **headers}
    return Client(app).request("POST", PATH, sent, content=content, **more)


def test_the_control_token_commands_and_reads(app: FastAPI, trader: Trader, tmp_path: Path) -> None:
    answer = posted(app, CONTROL)
    assert (answer.status_code, answer.json()["event_seq"]) == (200, 7)
    assert trader.sent == [CommandRequest(who="api", **PAUSE)]
    life = lived(tmp_path)
    assert Client(app, CONTROL).get("/api/v1/account").status_code == 200
    said = CommandRequest(command="pause", bot=None, reason="why", who="api", key="k-9")
    journal_command(life.writer, said, 5, life.now_ns, 1)
    (item,) = Client(app, READ).get(PATH).json()["items"]
    assert (item["command"], item["reason"], item["frame_seq"]) == ("pause", "why", 5)


@pytest.mark.parametrize(
    ("headers", "status"),
    [({}, 401), (READ, 403), ({"Authorization": f"Bearer {CONTROL_TOKEN}x"}, 401), ({"Authorization": "Bearer "}, 401)],
)
def test_nobody_else_commands(app: FastAPI, trader: Trader, headers: dict[str, str], status: int) -> None:
    assert posted(app, headers).status_code == status
    assert trader.sent == []


def test_where_no_control_token_is_set_nobody_commands(tmp_path: Path, trader: Trader) -> None:
    door = CommandDoor(tmp_path / "control.sock", tmp_path / "kill", trader.send)
    app = make_app(WebSources(World(tmp_path).sources, "replay", list, door), Tokens([TOKEN]))
    assert posted(app, READ).status_code == 403
    assert posted(app, CONTROL).status_code == 401


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"reason": None}, "reason"),
        ({"reason": ""}, "reason"),
        ({"reason": "x" * 201}, "reason"),
        ({"key": None}, "key"),
        ({"who": "telegram:1"}, "who"),
        ({"bot": 3}, "bot"),
    ],
)
def test_a_wrong_field_is_named(app: FastAPI, trader: Trader, change: dict[str, Any], word: str) -> None:
    answer = posted(app, CONTROL, {**PAUSE, **change})
    assert answer.status_code == 400
    assert answer.json()["detail"][0]["parameter"] == word
    assert trader.sent == []


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff", b"[" * 60_000, b'"text"'])
def test_what_is_no_command_is_a_bad_request(app: FastAPI, trader: Trader, body: bytes) -> None:
    assert posted(app, CONTROL, body).status_code == 400
    assert trader.sent == []


def test_a_body_is_small_and_says_its_length(app: FastAPI, trader: Trader) -> None:
    assert posted(app, CONTROL, b" " * (BODY_BYTES_MAX + 1)).status_code == 413
    assert posted(app, {**CONTROL, "Content-Length": "1" * 30}).status_code == 413
    assert posted(app, {**CONTROL, "Content-Length": "-1"}).status_code == 411
    assert posted(app, {**CONTROL, "Transfer-Encoding": "chunked"}).status_code == 411
    assert posted(app, {**CONTROL, "Content-Length": "10"}, b" " * (BODY_BYTES_MAX + 1)).status_code == 400
    assert trader.sent == []


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("unknown_bot", 400),
        ("key_reused", 409),
        ("kill_file_present", 409),
        ("too_many_commands", 429),
        ("not_running", 503),
        ("no_answer", 503),
    ],
)
def test_what_the_trader_refuses_is_told_by_its_name(app: FastAPI, trader: Trader, name: str, status: int) -> None:
    trader.refusal = CommandRefused(name, "in words")
    answer = posted(app, CONTROL)
    assert (answer.status_code, answer.json()) == (status, {"error": name, "detail": "in words"})


def test_a_kill_that_went_by_the_file_is_accepted_and_says_so(tmp_path: Path) -> None:
    door = CommandDoor(tmp_path / "control.sock", tmp_path / "kill")
    app = make_app(
        WebSources(World(tmp_path).sources, "replay", list, door), Tokens([TOKEN], [CONTROL_TOKEN]), lambda: 1
    )
    answer = posted(app, CONTROL, {**PAUSE, "command": "kill", "bot": None})
    assert (answer.status_code, answer.json()["kill_file"]) == (202, str(tmp_path / "kill"))
    assert (tmp_path / "kill").read_text() == "a test (by api)\n"
    assert posted(app, CONTROL).json()["error"] == "not_running"


def test_commands_have_a_patience_of_their_own(app: FastAPI) -> None:
    answers = [posted(app, CONTROL).status_code for _ in range(COMMANDS_BURST + 1)]
    assert answers == [200] * COMMANDS_BURST + [429]
    assert Client(app, READ).get(PATH).status_code != 429


def test_the_two_tokens_differ() -> None:
    with pytest.raises(ValueError, match="the same"):
        Tokens([TOKEN], [TOKEN])


def test_nothing_else_takes_a_post(app: FastAPI) -> None:
    for path in ("/api/v1/status", "/api/v1/commands/", "/api/v1/commands/1", "/healthz"):
        answer = Client(app, CONTROL).request("POST", path, content=b"{}")
        assert answer.status_code == 405, path


def test_lifes_journal_has_no_commands(tmp_path: Path, app: FastAPI) -> None:
    life: Life = lived(tmp_path)
    assert life.writer.seq > 0
    assert Client(app, READ).get(PATH).json() == {"items": [], "next": None}


def test_a_bot_is_made_by_the_same_door_with_what_it_is_made_of(app: FastAPI, trader: Trader) -> None:
    made = {"strategy": "imbalance", "instruments": ["BTCUSDT"], "capital": "1000.00", "parameters": {"hold_s": 5}}
    answer = posted(app, CONTROL, {**PAUSE, "command": "create_bot", "bot": "calm", **made})
    assert answer.status_code == 200
    (sent,) = trader.sent
    assert (sent.strategy, sent.instruments, sent.capital, sent.parameters) == (
        "imbalance",
        ("BTCUSDT",),
        "1000.00",
        {"hold_s": 5},
    )
    assert posted(app, CONTROL, {**PAUSE, "command": "create_bot", "leverage": 5}).status_code == 400


def test_strategies_come_with_ranges_for_a_form_and_a_broken_file_with_its_reason(app: FastAPI, tmp_path: Path) -> None:
    lived(tmp_path)
    (tmp_path / "strategies").mkdir()
    (tmp_path / "strategies" / "torn.py").write_text("def decide(:\n")
    *ours, torn = Client(app, CONTROL).get("/api/v1/strategies").json()["items"]
    assert [one["name"] for one in ours] == [strategy.name for strategy in STRATEGIES]
    imbalance = next(one for one in ours if one["name"] == "imbalance")
    hold = next(row for row in imbalance["parameters"] if row["name"] == "hold_s")
    assert (hold["minimum"], hold["maximum"], hold["type"]) == (1, 86_400, "number")
    assert [row["name"] for row in imbalance["plots"]][:2] == ["imbalance", "imbalance_weighted"]
    assert torn["name"] == "torn"
    assert "SyntaxError" in torn["problem"]
