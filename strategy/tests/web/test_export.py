"""The journal over the API: bounded pages in order, each event with the hash that was stored."""

import gzip
import json
import threading
from pathlib import Path

import pytest
from fastapi import FastAPI
from journal.sample import Life, lived

from quantumflow.exports import HEAD_HEADER, PAGE_EVENTS
from quantumflow.journal.export import checked, row_of_line
from quantumflow.journal.standing import Standing
from quantumflow.overview import Sources
from quantumflow.web import export
from quantumflow.web.app import WebSources, make_app
from quantumflow.web.who import Tokens
from web.asgi import Client

TOKEN = "t" * 43
READ = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture
def life(tmp_path: Path) -> Life:
    return lived(tmp_path, trips=4)


def app_of(directory: Path) -> FastAPI:
    sources = Sources(directory / "journal.db", directory / "t.json", directory / "m.json")
    return make_app(WebSources(sources, "replay", list), Tokens([TOKEN]))


@pytest.fixture
def client(life: Life, tmp_path: Path) -> Client:
    return Client(app_of(tmp_path), READ)


def test_pages_make_the_whole_chain(client: Client, life: Life) -> None:
    standing = Standing()
    while True:
        answer = client.get(f"/api/v1/journal?after={standing.head.seq}&limit=7")
        assert answer.headers[HEAD_HEADER] == str(life.writer.seq)
        assert answer.headers["content-type"] == "application/x-ndjson; version=1"
        lines = answer.content.splitlines()
        if not lines:
            break
        assert len(lines) <= 7
        for _ in checked([row_of_line(line, "answer") for line in lines], standing, "answer"):
            pass
    assert standing.head.seq == life.writer.seq
    assert standing.totals.cash_e8 == life.books.cash


def test_a_line_has_the_columns_of_the_event_and_its_hash(client: Client) -> None:
    first = json.loads(client.get("/api/v1/journal?limit=1").content)
    assert list(first) == ["seq", "session", "event_ns", "recorded_ns", "kind", "payload", "hash"]
    assert (first["seq"], first["kind"], len(first["hash"])) == (1, "session_started", 64)


def test_it_is_packed_for_who_understands_that(client: Client) -> None:
    plain = client.get("/api/v1/journal", headers={"Accept-Encoding": "identity"})
    packed = client.get("/api/v1/journal", headers={"Accept-Encoding": "gzip"})
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.content == plain.content
    assert packed.headers["vary"] == "Accept-Encoding"
    assert len(gzip.compress(plain.content)) < len(plain.content) / 2


@pytest.mark.parametrize(
    "query", ["after=-1", "limit=0", f"limit={PAGE_EVENTS + 1}", "after=x", "before=1", "after=1&limit=1&x=1"]
)
def test_what_is_out_of_bounds_is_refused(client: Client, query: str) -> None:
    assert client.get(f"/api/v1/journal?{query}").status_code == 400


def test_a_page_ends_where_its_bytes_do(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "SERVED_BYTES_MAX", 1)
    assert len(client.get("/api/v1/journal").content.splitlines()) == 1


def test_one_page_is_made_at_a_time(tmp_path: Path, life: Life, monkeypatch: pytest.MonkeyPatch) -> None:
    app = app_of(tmp_path)
    begun, go_on = threading.Event(), threading.Event()

    def slow(*_: object) -> bytes:
        begun.set()
        assert go_on.wait(60)
        return b""

    monkeypatch.setattr(export, "_page", slow)
    codes: list[int] = []
    first = threading.Thread(target=lambda: codes.append(Client(app, READ).get("/api/v1/journal").status_code))
    first.start()
    assert begun.wait(60)
    busy = Client(app, READ).get("/api/v1/journal")
    go_on.set()
    first.join(60)
    assert (busy.status_code, busy.json(), busy.headers["retry-after"]) == (503, {"error": "export_busy"}, "2")
    assert codes == [200]


def test_beyond_the_end_there_is_nothing(client: Client, life: Life) -> None:
    answer = client.get("/api/v1/journal?after=999999")
    assert (answer.status_code, answer.content) == (200, b"")


def test_results_of_replays_are_told_and_torn_lines_left_out(client: Client, tmp_path: Path) -> None:
    assert client.get("/api/v1/verify").json() == {"items": []}
    (tmp_path / "verify").mkdir()
    (tmp_path / "verify/results.jsonl").write_text('{"result":"identical"}\n[1]\n{"result":', encoding="utf-8")
    assert client.get("/api/v1/verify").json() == {"items": [{"result": "identical"}]}
