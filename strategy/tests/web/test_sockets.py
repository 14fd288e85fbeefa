"""What the WebSockets tell, over the real server: in order, resumable, and worked out once for all who look."""

import json
import socket as sockets
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from journal.sample import Life, lived
from trader.market import MarketSocket, hello, market, packed
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection

from quantumflow.web import protocols
from quantumflow.web.app import WebSources
from quantumflow.web.sockets import CLIENT_SPOKE, SOURCE_LOST
from web.served import TOKEN, Served, eventually, said, served, sources_of

CANDLE = packed(4, 5, 1_700_000_000_000_000_000, 0, 1_699_999_980_000_000_000, 10, 12, 9, 11, 50, 20, 7, True, 0)
STATUS = packed(5, 4, 1_700_000_000_000_000_000, 0, 2, "snapshot_applied", 1)


def market_frames(seconds: int) -> list[bytes]:
    """Two frames that repeat the present, then the market."""
    return [hello(next_seq=6, catch_up=2), STATUS, CANDLE, *market(seconds, first_seq=6)]


def events_of(running: Served, query: str, upto: int) -> list[dict[str, Any]]:
    """Events from the socket until seq `upto`."""
    items: list[dict[str, Any]] = []
    with running.socket(f"/ws/events{query}") as socket:
        assert said(socket)["type"] == "hello"
        while True:
            message = said(socket)
            items += message.get("items", [])
            if message["seq"] >= upto:
                return items


def test_events_come_in_order_without_a_hole_and_go_on_where_one_stopped(tmp_path: Path) -> None:
    life = lived(tmp_path, trips=30)
    upto = life.writer.seq
    with served(sources_of(tmp_path)) as running:
        everything = events_of(running, "?after=0", upto)
        assert [item["seq"] for item in everything] == list(range(1, upto + 1))
        assert set(everything[0]) == {"seq", "session", "event_ns", "recorded_ns", "kind", "payload"}
        assert [item["seq"] for item in events_of(running, "?after=100", upto)] == list(range(101, upto + 1))
        fills = events_of(running, "?after=0&kinds=fill,deposit", upto)
        assert {item["kind"] for item in fills} == {"fill", "deposit"}
        assert len(fills) == 61


def test_without_a_place_only_what_comes_is_told(tmp_path: Path) -> None:
    life = lived(tmp_path)
    with served(sources_of(tmp_path)) as running, running.socket("/ws/events") as socket:
        assert said(socket) == {"type": "hello", "version": 1, "seq": life.writer.seq, "resumed": False}
        before = life.writer.seq
        life.round_trip(6_000_100, 7)
        seqs: list[int] = []
        while len(seqs) < life.writer.seq - before:
            seqs += [item["seq"] for item in said(socket)["items"]]
        assert seqs == list(range(before + 1, life.writer.seq + 1))


def test_a_place_of_another_journal_is_not_gone_on_from(tmp_path: Path) -> None:
    life = lived(tmp_path)
    with served(sources_of(tmp_path)) as running, running.socket("/ws/events?after=999999") as socket:
        assert said(socket) == {"type": "hello", "version": 1, "seq": life.writer.seq, "resumed": False}


def counted(sources: WebSources, clients: int, life: Life) -> int:
    """Questions to the journal while `clients` follow the same events, none of which is old."""
    opened = 0
    open_journal = sources.journal

    def counting() -> Any:
        nonlocal opened
        opened += 1
        return open_journal()

    sources.journal = counting  # type: ignore[method-assign]  # a method of a dataclass, counted for this test
    with served(sources) as running, ExitStack() as stack:
        following = [stack.enter_context(running.socket("/ws/events")) for _ in range(clients)]
        for socket in following:
            said(socket)
        before, seq = opened, life.writer.seq
        life.round_trip(6_000_100, 7)
        for socket in following:
            seen = seq
            while seen < life.writer.seq:
                seen = said(socket)["seq"]
        return opened - before


def test_eight_clients_read_the_journal_as_often_as_one(tmp_path: Path) -> None:
    life = lived(tmp_path)
    one = counted(sources_of(tmp_path), 1, life)
    eight = counted(sources_of(tmp_path), 8, life)
    assert eight <= 2 * one + 4, (one, eight)


def test_the_market_is_told_whole_and_then_what_changes(tmp_path: Path) -> None:
    lived(tmp_path)
    sources = sources_of(tmp_path)
    with MarketSocket(tmp_path / "market.sock", market_frames(60), pace=0.02, chunk=2), served(sources) as running:
        with running.socket("/ws/market/BTCUSDT") as socket, running.socket("/ws/market/BTCUSDT") as other:
            first, snapshot = said(socket), said(socket)
            assert (first["type"], first["tick_e8"], first["resumed"]) == ("hello", 1_000_000, False)
            assert snapshot["type"] == "snapshot"
            assert snapshot["feed"]["connected"]
            assert (snapshot["feed"]["state"], snapshot["feed"]["reason"]) == ("live", "snapshot_applied")
            assert snapshot["candles"][0]["close"] == 11
            ticks = [said(socket) for _ in range(12)]
            assert {tick["type"] for tick in ticks} == {"tick"}
            assert [tick["seq"] for tick in ticks] == sorted(tick["seq"] for tick in ticks)
            books = [tick["book"] for tick in ticks if tick["book"]]
            assert all(len(book["bids"]) == 20 and book["bids"][0][0] < book["asks"][0][0] for book in books)
            told = [trade["trade_id"] for tick in ticks for trade in tick["trades"]]
            seen = [trade["trade_id"] for trade in snapshot["trades"]]
            assert told
            assert [*seen, *told] == list(range(5, told[-1] + 1, 10)), "no trade is missing, none is told twice"
            last = ticks[-1]["seq"]
            said(other)
        assert sources.market.connections == 1, "one reader, however many look"
        with running.socket(f"/ws/market/BTCUSDT?after={last}") as again:
            assert said(again)["resumed"]
            following = said(again)
            assert (following["type"], following["seq"] > last) == ("tick", True)
            later = [trade["trade_id"] for trade in following["trades"]]
            assert later == list(range(told[-1] + 10, told[-1] + 10 * len(later) + 1, 10))


def test_a_place_that_is_too_long_ago_is_told_whole(tmp_path: Path) -> None:
    lived(tmp_path)
    published = MarketSocket(tmp_path / "market.sock", market_frames(60), pace=0.02, chunk=2)
    with published, served(sources_of(tmp_path)) as running, running.socket("/ws/market/BTCUSDT?after=1") as socket:
        assert not said(socket)["resumed"]
        assert said(socket)["type"] == "snapshot"


def test_what_is_lost_is_said_and_found_again(tmp_path: Path) -> None:
    lived(tmp_path)
    path = tmp_path / "market.sock"
    with served(sources_of(tmp_path)) as running, ExitStack() as stack:
        with MarketSocket(path, market_frames(20), pace=0.02):
            socket = stack.enter_context(running.socket("/ws/market/BTCUSDT"))
            assert [said(socket)["type"] for _ in range(2)] == ["hello", "snapshot"]
        path.unlink()
        while (message := said(socket)).get("feed", {}).get("connected", True):
            pass
        assert message["feed"]["state"] == "disconnected"
        with MarketSocket(path, market_frames(20), pace=0.02):
            kinds = set()
            while message["type"] != "snapshot":
                message = said(socket)
                kinds.add(message["type"])
            assert "hello" in kinds, "a gap between two connections is said"
            assert message["feed"]["connected"]


def test_the_portfolio_and_a_bot_are_told_whole(tmp_path: Path) -> None:
    life = lived(tmp_path)
    with served(sources_of(tmp_path)) as running:
        with running.socket("/ws/portfolio/all") as socket:
            assert said(socket)["portfolio"] == "all"
            first = said(socket)
            assert (first["type"], first["seq"]) == ("portfolio", life.writer.seq)
            assert first["account"]["cash_e8"] == life.books.cash
            assert [fill["fill"] for fill in first["fills"]] == [6, 5, 4, 3, 2, 1]
            assert first["status"]["why_not_trading"]["reason"] == "not_running"
            life.round_trip(6_000_100, 7)
            while said(socket)["fills"][0]["fill"] != 8:
                pass
        with running.socket("/ws/bot/imbalance/status") as socket:
            assert said(socket)["bot"] == "imbalance"
            status = said(socket)
            assert (status["type"], status["bot"]["fills"], status["signal"]["signal"]) == ("status", 8, 8)
        with running.socket("/ws/portfolio/imbalance") as socket:
            said(socket)
            assert said(socket)["account"] is None


@pytest.mark.parametrize("path", ["/ws/events", "/ws/portfolio/all", "/ws/bot/imbalance/status"])
def test_a_source_that_is_lost_ends_the_socket_and_is_named(tmp_path: Path, path: str) -> None:
    lived(tmp_path)
    with served(sources_of(tmp_path)) as running, running.socket(path) as socket:
        assert said(socket)["type"] == "hello"
        (tmp_path / "journal.db").unlink()
        code, reason = ended(socket)
        assert code == SOURCE_LOST
        assert reason in ("no_journal", "journal_unreadable"), "the second if it goes while it is opened"


def test_a_bot_that_is_removed_is_told_no_more(tmp_path: Path) -> None:
    lived(tmp_path)
    sources = sources_of(tmp_path)
    now_ns = time.time_ns() + 60_000_000_000  # fresh, however slow this machine is
    sources.files.trader_status.write_text(json.dumps({"written_ns": now_ns, "bots": {"imbalance": {}, "second": {}}}))
    with served(sources) as running, running.socket("/ws/bot/second/status") as socket:
        assert [said(socket)["type"] for _ in range(2)] == ["hello", "status"]
        sources.files.trader_status.write_text(json.dumps({"written_ns": now_ns, "bots": {"imbalance": {}}}))
        assert ended(socket) == (SOURCE_LOST, "no_such_bot")


def ended(socket: ClientConnection) -> tuple[int, str]:
    """What the connection is closed with, after whatever is still told."""
    for _ in range(50):
        try:
            said(socket)
        except ConnectionClosed as closed:
            return (-1, "") if closed.rcvd is None else (closed.rcvd.code, closed.rcvd.reason)
    raise AssertionError("it is told on and on")


def test_a_client_has_nothing_to_say(tmp_path: Path) -> None:
    lived(tmp_path)
    with served(sources_of(tmp_path)) as running, running.socket("/ws/events") as socket:
        said(socket)
        socket.send("hello")
        assert ended(socket)[0] == CLIENT_SPOKE


def test_a_client_that_takes_nothing_is_cut_off_and_others_are_not_held_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(protocols, "TAKE_SECONDS_MAX", 0.3)
    monkeypatch.setattr(protocols, "SOCKET_BUFFER_BYTES", 4_096)
    life = lived(tmp_path, trips=60)
    with served(sources_of(tmp_path)) as running:
        stuck = sockets.create_connection(("127.0.0.1", running.port))
        stuck.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 4_096)
        head = (
            "GET /ws/events?after=0 HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
            f"Authorization: Bearer {TOKEN}\r\n\r\n"
        )
        stuck.sendall(head.encode())
        tail = running.app.state.sockets.tail
        eventually(lambda: tail.followers == 1)
        everything = events_of(running, "?after=0", life.writer.seq)
        assert len(everything) == life.writer.seq
        eventually(lambda: tail.followers == 0)
        stuck.close()


def test_a_head_that_does_not_come_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocols, "HEAD_SECONDS_MAX", 0.2)
    with served(sources_of(tmp_path)) as running:
        slow = sockets.create_connection(("127.0.0.1", running.port), timeout=30)
        slow.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127")
        assert slow.recv(1) == b"", "the connection is ended"
        quick = sockets.create_connection(("127.0.0.1", running.port), timeout=30)
        quick.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        assert json.loads(quick.recv(65_536).split(b"\r\n\r\n")[1] or quick.recv(100)) == {"ok": True}
        slow.close()
        quick.close()
