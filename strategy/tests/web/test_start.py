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
from quantumflow.web.serve import WebSettings, read_web_settings, serve, web_token

SETTINGS: dict[str, Any] = {
    "host": "127.0.0.1",
    "proxy": "none",
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


def token_of(environment: dict[str, str], **settings: Any) -> str:
    return web_token(WebSettings(**{**SETTINGS, **settings}), environment)


def test_the_environments_token_stands_over_the_file(tmp_path: Path) -> None:
    file = tmp_path / "web_token"
    file.write_text("f" * 43 + "\n", encoding="utf-8")
    file.chmod(0o600)
    assert token_of({}, token_file=str(file)) == "f" * 43
    assert token_of({"QF_WEB__TOKEN": "e" * 32}, token_file=str(file)) == "e" * 32


def refusal(environment: dict[str, str], **settings: Any) -> str:
    with pytest.raises(SettingsRefused) as caught:
        token_of(environment, **settings)
    return caught.value.name


def test_a_token_that_protects_nothing_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "web_token"
    assert refusal({}, token_file=str(file)) == "token_unreadable"
    file.write_text("f" * 43, encoding="utf-8")
    file.chmod(0o644)
    assert refusal({}, token_file=str(file)) == "token_open"
    file.chmod(0o600)
    file.write_text("short", encoding="utf-8")
    assert refusal({}, token_file=str(file)) == "token_too_short"
    assert refusal({"QF_WEB__TOKEN": "x" * 31}) == "token_too_short"


def test_beyond_loopback_a_chosen_token_is_needed(tmp_path: Path) -> None:
    file = tmp_path / "web_token"
    file.write_text("f" * 43, encoding="utf-8")
    file.chmod(0o600)
    assert refusal({}, host="192.0.2.1", token_file=str(file)) == "token_needed"
    assert token_of({"QF_WEB__TOKEN": "e" * 32}, host="192.0.2.1") == "e" * 32


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
