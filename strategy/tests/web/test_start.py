"""The web program's start: its settings, its token, how often it may be asked, and core_risk behind it."""

import json
import socket
import threading
from pathlib import Path
from typing import Any

import pytest

from quantumflow.errors import SettingsRefused
from quantumflow.exits import ExitCode
from quantumflow.web.rate import RateLimit
from quantumflow.web.readiness import ask_core_risk
from quantumflow.web.serve import WebSettings, read_web_settings, serve, web_tokens

SETTINGS: dict[str, Any] = {
    "host": "127.0.0.1",
    "proxy": "none",
    "hosts": [],
    "origins": [],
    "port": 8080,
    "venue": "sim",
    "journal": "/d/journal.db",
    "token_file": "/d/web_token",
    "control_token_file": "/d/control_token",
    "control_socket": "/d/control.sock",
    "kill_file": "/d/kill",
    "risk_socket": "/d/risk.sock",
    "market_socket": "/d/market.sock",
    "replay": False,
    "trader_status": "/d/t.json",
    "market_data_status": "/d/m.json",
    "log_level": "info",
    "config": {},
}


@pytest.mark.parametrize(
    ("change", "word"),
    [({"port": 0}, "port"), ({"port": "8080"}, "port"), ({"extra": 1}, "extra"), ({"log_level": "loud"}, "log_level")],
)
def test_a_wrong_setting_is_named(tmp_path: Path, change: dict[str, Any], word: str) -> None:
    file = tmp_path / "web.json"
    file.write_text(json.dumps({**SETTINGS, **change}), encoding="utf-8")
    with pytest.raises(SettingsRefused, match=word):
        read_web_settings(file)
    assert serve(file, {}) == ExitCode.USAGE


def given(tmp_path: Path) -> dict[str, Any]:
    """Settings whose token files are there."""
    for name, token in (("web_token", "f" * 43), ("control_token", "c" * 43)):
        (tmp_path / name).write_text(token + "\n", encoding="utf-8")
        (tmp_path / name).chmod(0o600)
    files = {"token_file": str(tmp_path / "web_token"), "control_token_file": str(tmp_path / "control_token")}
    return {**SETTINGS, **files}


def kinds(settings: dict[str, Any], environment: dict[str, str], *tokens: str) -> list[str | None]:
    known = web_tokens(WebSettings(**settings), environment)
    return [known.of_request([(b"authorization", f"Bearer {token}".encode())]) for token in tokens]


def test_the_environments_token_stands_over_the_file(tmp_path: Path) -> None:
    settings = given(tmp_path)
    assert kinds(settings, {}, "f" * 43, "c" * 43) == ["read", "control"]
    assert kinds(settings, {"QF_WEB__TOKEN": "e" * 32}, "e" * 32, "f" * 43) == ["read", None]
    assert kinds(settings, {"QF_WEB__CONTROL_TOKEN": "k" * 32}, "k" * 32, "c" * 43) == ["control", None]


def test_while_a_token_is_exchanged_both_are_taken(tmp_path: Path) -> None:
    settings = given(tmp_path)
    (tmp_path / "web_token").write_text("n" * 32 + "\n" + "f" * 43 + "\n", encoding="utf-8")
    assert kinds(settings, {}, "n" * 32, "f" * 43) == ["read", "read"]
    both = {"QF_WEB__CONTROL_TOKEN": f"{'k' * 32} {'j' * 32}"}
    assert kinds(settings, both, "k" * 32, "j" * 32) == ["control", "control"]
    assert refusal({"QF_WEB__TOKEN": " ".join(letter * 32 for letter in "xyz")}, settings) == "tokens_refused"


def refusal(environment: dict[str, str], settings: dict[str, Any]) -> str:
    with pytest.raises(SettingsRefused) as caught:
        web_tokens(WebSettings(**settings), environment)
    return caught.value.name


def test_a_token_that_protects_nothing_is_refused(tmp_path: Path) -> None:
    settings = given(tmp_path)
    file = tmp_path / "web_token"
    file.chmod(0o644)
    assert refusal({}, settings) == "token_open"
    file.chmod(0o600)
    file.write_text("short", encoding="utf-8")
    assert refusal({}, settings) == "tokens_refused"
    file.write_text("", encoding="utf-8")
    assert refusal({}, settings) == "tokens_refused"
    file.unlink()
    assert refusal({}, settings) == "token_unreadable"
    assert refusal({"QF_WEB__TOKEN": "x" * 31}, settings) == "tokens_refused"
    assert refusal({"QF_WEB__TOKEN": "c" * 43}, settings) == "tokens_refused", "it is the control token"


def test_beyond_loopback_a_chosen_token_is_needed(tmp_path: Path) -> None:
    settings = {**given(tmp_path), "host": "192.0.2.1"}
    assert refusal({}, settings) == "token_needed"
    assert refusal({"QF_WEB__TOKEN": " "}, settings) == "token_needed"
    assert kinds(settings, {"QF_WEB__TOKEN": "e" * 32}, "e" * 32) == ["read"]


def test_a_bucket_fills_with_time_and_addresses_are_bounded() -> None:
    limit = RateLimit(per_second=1.0, burst=2, addresses_max=2)
    assert [limit.allows("a", 0.0) for _ in range(3)] == [True, True, False]
    assert limit.allows("a", 1.0)
    assert not limit.allows("a", 1.5)
    assert limit.allows("b", 1.5)
    assert limit.allows("c", 1.5)
    assert limit.allows("a", 1.5), "the one idle for longest was forgotten, and only that"


def answering(path: Path, answer: bytes) -> None:
    """A server for one request on a Unix socket."""
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(path))
    server.listen()

    def run() -> None:
        connection, _ = server.accept()
        with server, connection:
            connection.recv(65_536)
            connection.sendall(answer)

    threading.Thread(target=run, daemon=True).start()


def http(status: str, body: str) -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()


@pytest.mark.parametrize(
    ("answer", "reasons"),
    [
        (http("200 OK", '{"ready":true,"reasons":[]}'), []),
        (http("503 Service Unavailable", '{"ready":false,"reasons":["halted","no_market"]}'), ["halted", "no_market"]),
        (http("401 Unauthorized", '{"error":"unauthorised"}'), ["malformed_answer"]),
        (http("503 Service Unavailable", "<html>"), ["malformed_answer"]),
        (b"garbage\r\n\r\n", ["unreachable"]),
        (b"", ["unreachable"]),
    ],
)
def test_core_risk_is_asked_and_every_failure_is_a_reason(tmp_path: Path, answer: bytes, reasons: list[str]) -> None:
    answering(tmp_path / "risk.sock", answer)
    assert ask_core_risk(tmp_path / "risk.sock", "token")() == reasons


def test_a_core_risk_that_is_not_there_is_unreachable(tmp_path: Path) -> None:
    assert ask_core_risk(tmp_path / "risk.sock", "token")() == ["unreachable"]
