"""Whatever comes back from core_risk's socket: an approval of this very order, or a refusal by name."""

import contextlib
import json
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from quantumflow.errors import RiskFailed
from quantumflow.risk_answers import Approved, AskedOrder, order_hash
from quantumflow.risk_client import FillRejected, RiskClient
from quantumflow.vocabulary import Refusal, VerdictKind
from trader.market import BUILD
from trader.risk import RiskBooks, RiskSocket

ORDER = AskedOrder(
    client_id="imbalance-00000017",
    bot="imbalance",
    symbol="BTCUSDT",
    side="buy",
    type="market",
    qty=1200,
    limit_price=None,
    reference_price=6_183_764,
    reduce_only=False,
    market_session="s-1",
    as_of_seq=5120,
    event_ns=1_723_161_301_000_000_000,
)
SECONDS = 0.3


@pytest.fixture
def books() -> RiskBooks:
    return RiskBooks()


@pytest.fixture
def client(tmp_path: Path, books: RiskBooks) -> Iterator[RiskClient]:
    client = RiskClient(tmp_path / "risk.sock", "token", BUILD, SECONDS)
    with RiskSocket(tmp_path / "risk.sock", books):
        yield client
    client.close()


def refused(act: Callable[[], Any]) -> Refusal:
    with pytest.raises(RiskFailed) as failed:
        act()
    return failed.value.refusal


def test_an_approval_is_about_this_order(client: RiskClient) -> None:
    judged = client.check(ORDER)
    assert judged.kind is VerdictKind.APPROVE
    assert judged.approved is not None
    assert (judged.approved.client_id, judged.approved.qty) == (ORDER.client_id, ORDER.qty)


def test_the_connection_is_kept(client: RiskClient, books: RiskBooks) -> None:
    for _ in range(20):
        client.check(ORDER)
    assert len(books.requests) == 20


def test_the_hash_is_over_the_words_of_the_contract() -> None:
    limited = replace(ORDER, type="limit", limit_price=6_183_000, reduce_only=True)
    assert order_hash(ORDER) != order_hash(limited)
    for name, value in (("qty", 1201), ("side", "sell"), ("event_ns", 1), ("symbol", "ETHUSDT"), ("bot", "other")):
        assert order_hash(replace(ORDER, **{name: value})) != order_hash(ORDER)


MALFORMED, VERSION = Refusal.RISK_MALFORMED_ANSWER, Refusal.RISK_VERSION_MISMATCH
VERDICTS = [
    ("another_orders_hash", {"order_hash": "0" * 64}, MALFORMED),
    ("another_orders_id", {"client_id": "imbalance-00000018"}, MALFORMED),
    ("another_time", {"event_ns": 5}, MALFORMED),
    ("an_unknown_verdict", {"verdict": "maybe"}, MALFORMED),
    ("more_than_asked", {"qty": 1201}, MALFORMED),
    ("an_approval_of_less", {"qty": 1199}, MALFORMED),
    ("a_reduction_to_all", {"verdict": "reduce"}, MALFORMED),
    ("a_reduction_to_nothing", {"verdict": "reduce", "qty": 0}, MALFORMED),
    ("a_negative_quantity", {"verdict": "reduce", "qty": -5}, MALFORMED),
    ("a_fraction", {"qty": 1200.0}, MALFORMED),
    ("a_text_for_a_number", {"qty": "1200"}, MALFORMED),
    ("a_truth_for_a_number", {"verdict": "reduce", "qty": True}, MALFORMED),
    ("an_approval_with_a_refusal", {"refusal": "order_size"}, MALFORMED),
    ("a_refusal_without_a_name", {"verdict": "refuse", "qty": 0}, MALFORMED),
    ("a_refusal_of_an_unknown_name", {"verdict": "refuse", "qty": 0, "refusal": "no_mood"}, MALFORMED),
    ("a_refusal_with_a_quantity", {"verdict": "refuse", "qty": 1, "refusal": "order_size"}, MALFORMED),
    ("a_refusal_that_is_not_its_own", {"verdict": "refuse", "qty": 0, "refusal": "no_liquidity"}, MALFORMED),
    ("an_extra_field", {"and_also": 1}, MALFORMED),
    ("a_field_missing", {"log_seq": None}, MALFORMED),
    ("a_rule_with_an_extra_field", {"rules": [{"rule": "a", "value": 1, "limit": 1, "ok": True, "x": 1}]}, MALFORMED),
    ("another_build", {"build": "9.9.9"}, VERSION),
    ("expired", {"expires_ns": ORDER.event_ns - 1}, Refusal.VERDICT_EXPIRED),
]


@pytest.mark.parametrize(("changed", "refusal"), [row[1:] for row in VERDICTS], ids=[row[0] for row in VERDICTS])
def test_a_verdict_that_cannot_be_believed_is_a_refusal(
    client: RiskClient, books: RiskBooks, changed: dict[str, Any], refusal: Refusal
) -> None:
    books.changed = changed
    assert refused(lambda: client.check(ORDER)) is refusal
    books.changed = {}
    assert client.check(ORDER).approved is not None


def test_a_reduction_and_a_refusal_are_verdicts(client: RiskClient, books: RiskBooks) -> None:
    books.changed = {"verdict": "reduce", "qty": 700}
    judged = client.check(ORDER)
    assert judged.approved is not None
    assert judged.approved.qty == 700
    books.changed = {"verdict": "refuse", "qty": 0, "refusal": "leverage"}
    judged = client.check(ORDER)
    assert judged.approved is None
    assert judged.refusal is Refusal.LEVERAGE


def body_of(text: bytes, status: str = "200 OK") -> bytes:
    return b"HTTP/1.1 %s\r\nContent-Length: %d\r\n\r\n%s" % (status.encode(), len(text), text)


def error_of(name: str, status: str) -> bytes:
    return body_of(json.dumps({"error": name, "detail": "why"}).encode(), status)


ANSWERS = [
    ("garbage", b"\x00\xff\x13\x37 not http\r\n\r\n", MALFORMED),
    ("half_a_body", b'HTTP/1.1 200 OK\r\nContent-Length: 4000\r\n\r\n{"build":', MALFORMED),
    ("half_a_head", b"HTTP/1.1 200 OK\r\nContent-", MALFORMED),
    ("a_web_page", body_of(b"<html>It works!</html>"), MALFORMED),
    ("nothing_in_it", body_of(b""), MALFORMED),
    ("not_utf8", body_of(b'{"build":"\xff\xfe"}'), MALFORMED),
    ("nested_for_ever", body_of(b"[" * 100_000), MALFORMED),
    ("a_list", body_of(b"[]"), MALFORMED),
    ("closed_at_once", b"", Refusal.RISK_UNREACHABLE),
    ("more_than_its_bound", body_of(b" " * (1 << 20) + b"{}"), MALFORMED),
    ("headers_for_ever", b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 9000, MALFORMED),
    ("its_log_failed", error_of("log_failed", "503 Service Unavailable"), Refusal.RISK_UNREACHABLE),
    ("too_many_wait", error_of("busy", "503 Service Unavailable"), Refusal.RISK_UNREACHABLE),
    ("another_version", error_of("version_mismatch", "426 Upgrade Required"), VERSION),
    ("wrong_token", error_of("unauthorised", "401 Unauthorized"), Refusal.RISK_UNREACHABLE),
    ("the_id_used_before", error_of("client_id_reused", "409 Conflict"), Refusal.RECONCILE_MISMATCH),
    ("an_error_without_words", body_of(b"oops", "500 Internal Server Error"), MALFORMED),
    ("moved", b"HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n", MALFORMED),
]


@pytest.mark.parametrize(("raw", "refusal"), [row[1:] for row in ANSWERS], ids=[row[0] for row in ANSWERS])
def test_an_answer_that_is_none_is_a_refusal_and_the_next_one_is_asked_afresh(
    client: RiskClient, books: RiskBooks, raw: bytes, refusal: Refusal
) -> None:
    books.raw = raw
    assert refused(lambda: client.check(ORDER)) is refusal
    books.raw = None
    assert client.check(ORDER).approved is not None


def test_silence_is_a_refusal_within_the_deadline(client: RiskClient, books: RiskBooks) -> None:
    books.hang_seconds = 10 * SECONDS
    assert refused(lambda: client.check(ORDER)) is Refusal.RISK_TIMEOUT
    books.hang_seconds = 0.0
    assert client.check(ORDER).approved is not None


def test_an_answer_byte_by_byte_has_one_deadline_for_all_of_it(tmp_path: Path) -> None:
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(tmp_path / "risk.sock"))
    listener.listen()

    def drip() -> None:
        channel, _ = listener.accept()
        with channel, contextlib.suppress(BrokenPipeError):
            for byte in b"HTTP/1.1 200 OK\r\n":
                channel.sendall(bytes([byte]))
                threading.Event().wait(SECONDS / 5)

    threading.Thread(target=drip, daemon=True).start()
    client = RiskClient(tmp_path / "risk.sock", "token", BUILD, SECONDS)
    assert refused(lambda: client.check(ORDER)) is Refusal.RISK_TIMEOUT
    client.close()
    listener.close()


def test_an_absent_socket_is_a_refusal(tmp_path: Path) -> None:
    client = RiskClient(tmp_path / "nobody.sock", "token", BUILD, SECONDS)
    assert refused(lambda: client.check(ORDER)) is Refusal.RISK_UNREACHABLE


def test_an_approval_cannot_be_made_by_hand() -> None:
    with pytest.raises(TypeError, match="made by a verdict"):
        Approved("imbalance-00000017", 1200, object())


def test_a_fill_that_core_risk_disputes_is_told_apart(client: RiskClient, books: RiskBooks) -> None:
    for error, status, booked in (
        ("fill_disagrees", "422 Unprocessable", True),
        ("fill_changed", "409 Conflict", False),
        ("fill_out_of_order", "409 Conflict", False),
    ):
        books.raw = error_of(error, status)
        with pytest.raises(FillRejected) as rejected:
            client.fill({"fill_id": 1})
        assert rejected.value.booked is booked
        assert rejected.value.refusal is Refusal.RECONCILE_MISMATCH


def test_an_answer_about_another_order_is_malformed(client: RiskClient, books: RiskBooks) -> None:
    answer = {"build": BUILD, "client_id": "imbalance-00000002", "known": True, "log_seq": 1}
    books.raw = body_of(json.dumps(answer).encode())
    assert refused(lambda: client.done("imbalance-00000001", "ended", 1)) is MALFORMED
