"""The two sets of books: the trader's journal and core_risk's own account say the same, to the unit."""

import http.client
import json
import socket
from pathlib import Path
from typing import Any

import pytest

from end_to_end.journal import ask
from end_to_end.recompute import Books, recompute
from end_to_end.stage import Stage, stage

SECONDS_MAX = 120.0
FILL_FIGURES = ("fill_id", "client_id", "side", "price", "qty", "notional_e8", "fee_e8")
FILLS = "SELECT fill, client_id, side, price, qty, notional_e8, fee_e8 FROM fills ORDER BY fill"


class Ended:
    """What both programs hold after a replay of the made captures."""

    def __init__(self, scene: Stage) -> None:
        self.books: Books = recompute(scene.directory.journal)
        self.state = get(scene, "/v1/state")
        self.log = [json.loads(line.split(" ", 2)[2]) for line in scene.directory.risk_log.read_text().splitlines()]
        self.fills = ask(scene.directory.journal, FILLS)
        self.orders = ask(scene.directory.journal, "SELECT client_id, verdict FROM orders ORDER BY number")


@pytest.fixture(scope="module")
def ended(made_captures: list[Path]) -> Ended:
    with stage(made_captures) as scene:
        scene.documents["market_data"]["replay"]["wait_readers"] = 2
        scene.documents["trader"]["risk_answer_timeout_ms"] = 30_000
        for program in ("market_data", "core_risk"):
            scene.start(program)
        assert scene.start("trader").wait(timeout=SECONDS_MAX) == 0, scene.log("trader")
        return Ended(scene)


def get(scene: Stage, path: str) -> dict[str, Any]:
    """One question to core_risk on its socket."""
    connection = http.client.HTTPConnection("core_risk", timeout=10)
    connection.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.sock.connect(str(scene.risk_socket))
    connection.request("GET", path, headers={"Authorization": f"Bearer {scene.token}"})
    answer = connection.getresponse()
    text = answer.read()
    connection.close()
    assert answer.status == 200, text
    state = json.loads(text)
    assert isinstance(state, dict)
    return state


def test_cash_and_positions_are_the_recomputed_ones(ended: Ended) -> None:
    assert ended.books.complaints == []
    assert ended.state["fills"] == ended.books.fills > 0
    assert ended.state["cash_e8"] == ended.books.cash
    theirs = {
        (row["bot"], row["symbol"]): {name: row[name] for name in ("qty", "cost_e8", "realised_e8")}
        for row in ended.state["positions"]
    }
    assert theirs == ended.books.positions


def test_core_risks_log_holds_every_fill_once_as_the_journal_does(ended: Ended) -> None:
    logged = [event for event in ended.log if event["event"] == "fill"]
    assert [tuple(row[name] for name in FILL_FIGURES) for row in logged] == ended.fills


def test_every_order_was_asked_once_and_has_the_verdict_that_was_given(ended: Ended) -> None:
    given = [(event["client_id"], event["outcome"].split()[0]) for event in ended.log if event["event"] == "check"]
    assert given == ended.orders
    assert len({client_id for client_id, _ in given}) == len(given) > 0


def test_nothing_is_left_reserved_when_every_order_is_done(ended: Ended) -> None:
    assert ended.state["open_orders"] == []
