"""Random requests at the two servers: answered or hung up on, never by a 500, and without the token nothing changes.

What is sent are whole requests changed at random: method, path, headers, body. `FUZZ_CASES` (of each server, default
300) and `FUZZ_SEED` choose another run.
"""

import json
import os
import random
import re
import shutil
import socket
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from journal.sample import lived  # type: ignore[import-not-found]  # pytest's pythonpath has it
from web.served import TOKEN, served, sources_of  # type: ignore[import-not-found]  # as above

from crash.core_alone import CoreAlone
from crash.history import risk_records
from crash.house import House
from fuzz.mutator import changed
from quantumflow.appliance.programs import find_programs
from quantumflow.build import build_id
from quantumflow.errors import ApplianceRefused
from reliability.tally import tallied

CASES = int(os.environ.get("FUZZ_CASES", "300"))
SEED = int(os.environ.get("FUZZ_SEED", "20240808"))
ANSWER_SECONDS_MAX = 5.0
PATIENCE_SECONDS = 0.05
OPEN = "nobody"
"""In place of a token: what everybody on the machine may send."""

Connect = Callable[[], socket.socket]


def request(method: str, path: str, token: str, body: bytes = b"", *headers: str) -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost", f"Authorization: Bearer {token}", *headers]
    if body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "Connection: close", "", ""]).encode() + body


def said(**content: object) -> bytes:
    return json.dumps(content).encode()


def answered(connect: Connect, data: bytes, patience: float = PATIENCE_SECONDS) -> int | None:
    """The status of the first answer; None if it hung up without one.

    A request that lost its end is waited for by the server: after `patience` it is told that no more comes.
    """
    with connect() as channel:
        try:
            channel.settimeout(patience)
            channel.sendall(data)
            try:
                head = channel.recv(65_536)
            except TimeoutError:
                channel.shutdown(socket.SHUT_WR)
                channel.settimeout(ANSWER_SECONDS_MAX)
                head = channel.recv(65_536)
        except OSError:
            return None
    found = re.match(rb"HTTP/1\.[01] (\d{3})", head)
    return int(found[1]) if found else None


def driven(connect: Connect, given: list[bytes], seed: str) -> list[tuple[bytes, int | None]]:
    draw = random.Random(seed)
    return [(data, answered(connect, data)) for data in [*given, *(changed(draw, given) for _ in range(CASES))]]


def held(answers: list[tuple[bytes, int | None]]) -> list[int]:
    """No answer is a 500, some are answers; gives their statuses."""
    for data, status in answers:
        assert status != 500, f"seed {SEED}: {data!r}"
    statuses = [status for _, status in answers if status is not None]
    assert len(statuses) > len(answers) // 10, "too few requests were answered at all"
    return statuses


@pytest.fixture
def core() -> Iterator[CoreAlone]:
    try:
        find_programs()
    except ApplianceRefused as refused:
        pytest.skip(f"the programs are not built: {refused}")
    root = Path(tempfile.mkdtemp(prefix="qf-"))
    with ExitStack() as exits:
        exits.callback(shutil.rmtree, root, ignore_errors=True)
        alone = CoreAlone(House(root, exits))
        alone.start()
        yield alone


def to_core_risk(token: str) -> list[bytes]:
    order = {
        "client_id": "imbalance-00000001",
        "bot": "imbalance",
        "symbol": "BTCUSDT",
        "side": "buy",
        "kind": "limit",
        "tif": "gtc",
        "post_only": False,
        "reduce_only": False,
        "qty": 1000,
        "limit": 6_000_000,
        "event_ns": 5,
    }
    fill = {
        "fill_id": 1,
        "client_id": "imbalance-00000001",
        "bot": "imbalance",
        "symbol": "BTCUSDT",
        "side": "buy",
        "price": 6_000_000,
        "qty": 1000,
        "liquidity": "taker",
        "notional_e8": 60_000_000_000,
        "fee_e8": 60_000_000,
        "event_ns": 5,
    }
    build = build_id()
    return [
        request("GET", "/v1/state", token),
        request("GET", "/healthz", token),
        request("POST", "/v1/orders/check", token, said(build=build, **order)),
        request("POST", "/v1/orders/done", token, said(build=build, client_id="a-1", reason="noted", event_ns=1)),
        request("POST", "/v1/halt", token, said(build=build, reason="why", event_ns=1)),
        request("POST", "/v1/fills", token, said(build=build, **fill)),
        request("POST", "/v1/bots", token, said(build=build, bots={"imbalance": {"capital_e8": 100_000_000_000}})),
    ]


def test_core_risk_answers_or_hangs_up_and_obeys_nobody_without_the_token(core: CoreAlone) -> None:
    path = core.house.directory.run / "risk.sock"
    log = core.house.directory.risk_log

    def connect() -> socket.socket:
        channel = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        channel.connect(str(path))
        return channel

    with tallied("fuzz", "HTTP: core_risk", "random requests", "no 500; nothing noted without the token") as told:
        before = len(risk_records(log)[0])
        answers = driven(connect, to_core_risk(OPEN), f"{SEED} core_risk")
        statuses = held(answers)
        records, complaints = risk_records(log)
        assert complaints == []
        assert len(records) == before, "a record was written for nobody"
        answers += driven(connect, to_core_risk(core.house.token), f"{SEED} core_risk, with the token")
        held(answers)
        state = request("GET", "/v1/state", core.house.token)
        assert answered(connect, state, ANSWER_SECONDS_MAX) == 200, "it answers afterwards"
        assert risk_records(log)[1] == []
        told |= {"runs": len(answers), "seed": str(SEED), "refused": sum(status >= 400 for status in statuses)}


PATHS = ("/", "/healthz", "/readyz", "/metrics", "/openapi.json", "/api/v1/status", "/api/v1/fills?limit=5")
MORE_PATHS = ("/api/v1/orders?before=9", "/api/v1/why/1", "/api/v1/equity", "/api/v1/export", "/api/v1/journal/events")
COMMAND = {"command": "pause", "reason": "why", "bot": "imbalance", "key": "k-1"}


def to_the_web(token: str) -> list[bytes]:
    upgrade = ("Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==")
    return [
        *(request("GET", path, token) for path in (*PATHS, *MORE_PATHS)),
        *(request("POST", "/api/v1/commands", token, said(**COMMAND)) for _ in range(8)),
        request("GET", "/api/v1/ws", token, b"", *upgrade),
        request("HEAD", "/api/v1/status", token, b"", "Accept-Encoding: gzip", "X-Forwarded-For: 1.2.3.4"),
    ]


def test_the_web_answers_or_hangs_up_and_shows_nobody_anything_without_the_token(tmp_path: Path) -> None:
    life = lived(tmp_path)
    seq = life.writer.seq
    with (
        tallied("fuzz", "HTTP: the web", "random requests", "no 500; nothing taken without the token") as told,
        served(sources_of(tmp_path)) as web,
    ):

        def connect() -> socket.socket:
            return socket.create_connection(("127.0.0.1", web.port), ANSWER_SECONDS_MAX)

        without = driven(connect, to_the_web(OPEN), f"{SEED} the web")
        for data, status in without:
            assert status is None or status >= 300 or not data.startswith((b"POST", b"GET /api/")), data
        refused = sum(status >= 400 for status in held(without))
        answers = driven(connect, to_the_web(TOKEN), f"{SEED} the web, with the token")
        held(answers)
        began = time.monotonic()
        assert answered(connect, request("GET", "/healthz", TOKEN), ANSWER_SECONDS_MAX) is not None
        assert time.monotonic() - began < ANSWER_SECONDS_MAX, "it is as quick as before"
        assert life.writer.seq == seq
        told |= {"runs": len(without) + len(answers), "seed": str(SEED), "refused": refused}
    life.writer.close()
