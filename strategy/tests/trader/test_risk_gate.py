"""What core_risk is told after a silence: each fill it lacks, in order, and the end of orders it may still hold."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from journal.sample import lived

from quantumflow.errors import RiskFailed
from quantumflow.journal.records import Record
from quantumflow.journal.totals import Totals
from quantumflow.risk_client import RiskClient
from quantumflow.trader.requests import done_of, mark_body
from quantumflow.trader.risk_gate import UNSURE_MAX, RiskGate
from quantumflow.vocabulary import Refusal
from trader.market import BUILD
from trader.risk import RiskBooks, RiskSocket


@pytest.fixture
def client(tmp_path: Path) -> Iterator[RiskClient]:
    client = RiskClient(tmp_path / "risk.sock", "token", BUILD, 0.5)
    yield client
    client.close()


def told(books: RiskBooks, path: str) -> list[object]:
    name = {"/v1/fills": "fill_id", "/v1/orders/done": "client_id"}[path]
    return [content[name] for asked, content in books.requests if asked == path]


def test_a_handshake_delivers_what_is_missing_and_nothing_else(client: RiskClient, tmp_path: Path) -> None:
    life, books = lived(tmp_path, trips=3), RiskBooks()
    running = life.order("buy", 5)
    life.verdict(running, 5)
    books.verdicts = {f"imbalance-{k:08}": {} for k in range(1, 8)}
    books.fills = {1: {}, 2: {}}
    books.open = {"imbalance-00000006", running}
    with RiskSocket(tmp_path / "risk.sock", books):
        gate = RiskGate(client, life.writer, [("imbalance-00000099", "risk_timeout", 5)])
        assert not gate.is_open
        assert gate.try_open(9)
        assert told(books, "/v1/fills") == [3, 4, 5, 6]
        assert told(books, "/v1/orders/done") == ["imbalance-00000099", "imbalance-00000006"]
        assert books.open == {running}
        assert books.deposits == {"opening": 1_000_000_000_000}
        asked = len(books.requests)
        assert gate.try_open(9)
        assert len(books.requests) == asked


def test_an_order_that_ends_while_the_gate_is_closed_is_told_at_the_next_handshake(
    client: RiskClient, tmp_path: Path
) -> None:
    life, books = lived(tmp_path, trips=0), RiskBooks()
    gate = RiskGate(client, life.writer, [])
    order = life.order("buy", 5)
    life.verdict(order, 0, "refuse", "risk_timeout")
    ended = life.ended(order, "refused", "risk_timeout")
    life.commit(ended)
    gate.deliver([ended])
    with RiskSocket(tmp_path / "risk.sock", books):
        assert gate.try_open(9)
        assert books.done == [order]
        assert life.writer.unsure_orders(UNSURE_MAX) == [(order, "risk_timeout", ended.event_ns)]


def test_a_delivery_that_fails_closes_the_gate_and_loses_nothing(client: RiskClient, tmp_path: Path) -> None:
    life, books = lived(tmp_path, trips=0), RiskBooks()
    with RiskSocket(tmp_path / "risk.sock", books):
        gate = RiskGate(client, life.writer, [])
        assert gate.try_open(9)
        order = life.order("buy", 5)
        books.verdicts[order] = {}
        life.verdict(order, 5)
        fill = life.filled(order, "buy", 6_000_000, 5, ends=False)
        ended = life.ended(order, "filled", filled=5)
        life.commit(ended)
        books.raw = b"nonsense\r\n\r\n"
        gate.deliver([fill, ended])
        assert gate.refusal is Refusal.RISK_MALFORMED_ANSWER
        with pytest.raises(RiskFailed):
            gate.mark(mark_body(life.writer.totals, "s-1", 1, 9))
        books.raw = None
        assert gate.mark(mark_body(life.writer.totals, "s-1", 1, 9)).agree
        assert gate.reconcile == "agree"
        assert list(books.fills) == [1]
        assert books.done == [order]


def test_a_closed_gate_asks_nobody(client: RiskClient, tmp_path: Path) -> None:
    gate = RiskGate(client, lived(tmp_path, trips=0).writer, [])
    assert not gate.try_open(9)
    assert gate.refusal is Refusal.RISK_UNREACHABLE


@pytest.mark.parametrize(
    ("state", "reason", "is_told"),
    [
        ("filled", None, True),
        ("cancelled", "ioc_remainder", True),
        ("expired", "order_deadline", True),
        ("refused", "leverage", False),
        ("refused", "risk_timeout", True),
        ("refused", "verdict_expired", True),
        ("working", None, False),
    ],
)
def test_core_risk_is_told_of_ends_that_are_not_its_own(state: str, reason: str | None, is_told: bool) -> None:
    record = Record("order_state", 7, {"order": "imbalance-00000001", "state": state, "reason": reason})
    assert (done_of(record) is not None) is is_told


def test_a_mark_lists_every_position_there_ever_was(tmp_path: Path) -> None:
    totals: Totals = lived(tmp_path, trips=1).writer.totals
    (position,) = mark_body(totals, "s-1", 1, 9)["positions"]
    assert (position["bot"], position["symbol"], position["qty"]) == ("imbalance", "BTCUSDT", 0)
