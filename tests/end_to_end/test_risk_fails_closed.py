"""Whatever stands in core_risk's place, no order goes through without its word, and the reason can be read."""

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from end_to_end.appliance import wait_until
from end_to_end.capture_maker import write_capture
from end_to_end.journal import ask
from end_to_end.recompute import recompute
from end_to_end.stage import Stage, impostor, stage

SECONDS_MAX = 120.0
MADE_SECONDS = 60
Answer = Callable[[bytes], bytes | None]


@pytest.fixture(scope="module")
def capture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A minute of one symbol, in which the strategy sees something."""
    path = tmp_path_factory.mktemp("capture") / "made.txt"
    write_capture(path, "BTCUSDT", 6_000_000, MADE_SECONDS, seed=3)
    return path


def silence(_request: bytes) -> bytes | None:
    return None


def noise(_request: bytes) -> bytes | None:
    return b"\x00\xff\x13 not http at all\r\n\r\n"


def page(_request: bytes) -> bytes | None:
    body = b"<html>It works!</html>"
    return b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)


def half(_request: bytes) -> bytes | None:
    return b'HTTP/1.1 200 OK\r\nContent-Length: 4000\r\n\r\n{"build":'


def other_build(_request: bytes) -> bytes | None:
    body = json.dumps({"program": "core_risk", "build": "9.9.9+other", "api": 1, "limits_version": "0" * 12}).encode()
    return b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)


@pytest.mark.parametrize(
    ("answer", "reasons"),
    [
        (None, {"risk_unreachable"}),
        (silence, {"risk_timeout", "risk_unreachable"}),
        (noise, {"risk_malformed_answer", "risk_unreachable"}),
        (page, {"risk_malformed_answer", "risk_unreachable"}),
        (half, {"risk_malformed_answer", "risk_timeout", "risk_unreachable"}),
        (other_build, {"risk_version_mismatch"}),
    ],
    ids=["absent", "hung", "noise", "web_page", "half_an_answer", "other_build"],
)
def test_no_order_goes_through(capture: Path, answer: Answer | None, reasons: set[str]) -> None:
    with stage([capture]) as scene:
        if answer is None:
            _run_to_the_end(scene)
        else:
            with impostor(scene.risk_socket, answer) as requests:
                _run_to_the_end(scene)
                assert requests
        journal = scene.directory.journal
        assert ask(journal, "SELECT count(*) FROM fills") == [(0,)]
        assert ask(journal, "SELECT count(*) FROM verdicts WHERE verdict <> 'refuse'") == [(0,)]
        assert ask(journal, "SELECT count(*) FROM signals")[0][0] > 0, "the capture makes no signal: a test of nothing"
        said = {row[0] for row in ask(journal, "SELECT DISTINCT refusal FROM verdicts")}
        assert said <= reasons
        assert _said_why(scene) & reasons
        assert recompute(journal).complaints == []


def _said_why(scene: Stage) -> set[str]:
    """The reasons that the journal gives for not trading."""
    rows = ask(scene.directory.journal, "SELECT payload FROM events WHERE kind IN ('trading', 'verdict')")
    payloads = [json.loads(row[0]) for row in rows]
    return {payload.get("reason") or payload.get("refusal") for payload in payloads}


def _run_to_the_end(scene: Stage) -> None:
    scene.start("market_data")
    trader = scene.start("trader")
    assert trader.wait(timeout=SECONDS_MAX) == 0, scene.log("trader")


def test_trading_begins_by_itself_when_core_risk_comes(capture: Path) -> None:
    with stage([capture], speed=6.0) as scene:
        scene.start("market_data")
        trader = scene.start("trader")
        wait_until(lambda: _why(scene) == "risk_unreachable", 10, "the status says that core_risk is absent")
        scene.start("core_risk")
        wait_until(lambda: _why(scene) in {None, "warming_up", "book_not_live"}, 10, "the status says that it is back")
        assert trader.wait(timeout=SECONDS_MAX) == 0, scene.log("trader")
        assert recompute(scene.directory.journal).complaints == []


def _why(scene: Stage) -> str | None:
    status = scene.status("trader")
    if not status:
        time.sleep(0.1)
        return "not_running"
    why = status["why_not_trading"]
    return None if why is None else str(why)
