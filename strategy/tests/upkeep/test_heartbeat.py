"""The heartbeat: sent while all is well, held back while not, bounded when nobody answers, its address never told."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import ClassVar

import pytest

from quantumflow.upkeep.heartbeat import RETRY_SECONDS, Heartbeat
from quantumflow.upkeep.jobs import Ended
from upkeep.settings_maker import settings_document


class FakeBeat:
    """Ends when it is told how."""

    def __init__(self) -> None:
        self.ended: Ended | None = None

    def poll(self) -> Ended | None:
        return self.ended

    def stop(self) -> None:
        self.ended = Ended(None, 0.0, "")


@pytest.fixture
def beats() -> list[FakeBeat]:
    return []


def made(beats: list[FakeBeat]) -> Heartbeat:
    def begin() -> FakeBeat:
        beats.append(FakeBeat())
        return beats[-1]

    return Heartbeat(begin, 3600.0)


def test_one_a_period_while_all_is_well(beats: list[FakeBeat]) -> None:
    heartbeat = made(beats)
    for second in range(0, 7200, 5):
        heartbeat.on_time(True, float(second))
        beats[-1].ended = Ended(0, 0.1, "")
    assert (len(beats), heartbeat.heard) == (2, 2)


def test_silence_while_something_is_wrong_and_at_once_when_it_is_over(beats: list[FakeBeat]) -> None:
    heartbeat = made(beats)
    for second in range(0, 7200, 5):
        heartbeat.on_time(False, float(second))
    assert beats == []
    heartbeat.on_time(True, 7200.0)
    assert len(beats) == 1


def test_one_that_was_not_heard_is_sent_again_soon_and_never_two_at_once(beats: list[FakeBeat]) -> None:
    heartbeat = made(beats)
    for second in range(0, 30, 5):
        heartbeat.on_time(True, float(second))
    assert len(beats) == 1
    beats[0].ended = Ended(1, 10.0, "")
    heartbeat.on_time(True, 30.0)
    heartbeat.on_time(True, 30.0 + RETRY_SECONDS - 1)
    assert len(beats) == 1
    heartbeat.on_time(True, 30.0 + RETRY_SECONDS)
    assert (len(beats), heartbeat.failed) == (2, 1)


def test_without_an_address_nothing_is_sent() -> None:
    heartbeat = Heartbeat(None, 60.0)
    heartbeat.on_time(True, 10**6)
    assert (heartbeat.heard, heartbeat.failed) == (0, 0)


class Outside(BaseHTTPRequestHandler):
    """Answers /good with 200 and everything else with 503."""

    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        Outside.asked.append(self.path)
        self.send_response(200 if self.path == "/good" else 503)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing to the test's output."""


@pytest.fixture
def outside() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), Outside)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize(("path", "status", "said"), [("/good", 0, ""), ("/secret-key-77", 1, "HTTP 503\n")])
def test_a_real_one_asks_once_and_its_output_does_not_hold_the_address(
    tmp_path: Path, outside: str, path: str, status: int, said: str
) -> None:
    file = tmp_path / "upkeep.json"
    file.write_text(json.dumps(settings_document(tmp_path, {}, heartbeat_url=outside + path)), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "quantumflow.upkeep.beat", str(file)], capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stdout, done.stderr) == (status, said, "")


def test_nobody_there_is_a_failure_in_one_word(tmp_path: Path) -> None:
    file = tmp_path / "upkeep.json"
    url = "http://127.0.0.1:9/secret-key-77"
    file.write_text(json.dumps(settings_document(tmp_path, {}, heartbeat_url=url)), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "quantumflow.upkeep.beat", str(file)], capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stdout) == (1, "ConnectionRefusedError\n")
