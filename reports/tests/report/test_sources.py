"""One account, four ways to read it, one set of numbers; and what is refused on the way."""

import gzip
import json
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from quantumflow.appliance_client import AppliancePages
from quantumflow.errors import ApplianceRefused, JournalRefused, QuantumFlowError
from quantumflow.exports import JournalPages, export_to, verify_beside
from quantumflow.journal.chain import GENESIS, Row, row_hash
from quantumflow.journal.export import export_line
from quantumflow.overview import Sources
from quantumflow.web.app import WebSources, make_app
from quantumflow.web.who import Tokens
from quantumflow_reports.build import make_report
from quantumflow_reports.source import open_source
from report.lives import HOUR, MINUTE, Life

TOKEN = "t" * 43
QUIET = {"log_level": "critical", "http": "h11", "ws": "none", "lifespan": "off"}


@pytest.fixture
def life(tmp_path: Path) -> Life:
    life = Life(tmp_path / "data").begin(simulated=True)
    for step in range(5):
        life.round_trip(6_000_000 + step, 6_002_000)
        life.wait(MINUTE).equity(life.books.cash)
    life.flush()
    return life


@contextmanager
def served(journal: Path) -> Iterator[str]:
    """The real web application over a journal, on a port of loopback."""
    sources = Sources(journal, journal.parent / "t.json", journal.parent / "m.json")
    app = make_app(WebSources(sources, "sim", list), Tokens([TOKEN]))
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, **QUIET))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(timeout=30)


def quiet(_: int, __: int) -> None:
    """Nobody watches."""


def numbers(file: Path) -> dict[str, Any]:
    return make_report(open_source(file), file.parent / "none").numbers.as_json()


def test_a_journal_its_export_and_a_running_appliance_say_the_same(life: Life, tmp_path: Path) -> None:
    results = life.journal.parent / "verify" / "results.jsonl"
    results.parent.mkdir()
    results.write_text('{"at_ns":1,"day":"2026-03-01","result":"identical"}\nnot json\n', encoding="utf-8")
    local, remote = tmp_path / "local.gz", tmp_path / "remote.gz"
    export_to(local, JournalPages(life.journal), quiet)
    with served(life.journal) as url:
        done = export_to(remote, AppliancePages(url, TOKEN), quiet)
    assert numbers(life.journal) == numbers(local) == numbers(remote)
    assert done.events == numbers(life.journal)["chain"]["events"]
    plain = tmp_path / "plain.ndjson"
    plain.write_bytes(gzip.decompress(remote.read_bytes()))
    assert numbers(plain) == numbers(local)
    assert json.loads(verify_beside(remote).read_text(encoding="utf-8"))["result"] == "identical"


def test_an_export_goes_on_where_it_ended(life: Life, tmp_path: Path) -> None:
    file = tmp_path / "export.gz"
    first = export_to(file, JournalPages(life.journal), quiet)
    size = file.stat().st_size
    unchanged = export_to(file, JournalPages(life.journal), quiet)
    assert (unchanged.before, unchanged.events, file.stat().st_size) == (first.events, first.events, size)
    life.wait(HOUR).round_trip(6_000_000, 6_100_000)
    life.flush()
    second = export_to(file, JournalPages(life.journal), quiet)
    assert second.before == first.events < second.events
    assert numbers(file) == numbers(life.journal)


@pytest.mark.parametrize("cut", [1, 7, 20])
def test_a_half_written_end_is_cut_off_and_asked_for_again(life: Life, tmp_path: Path, cut: int) -> None:
    file = tmp_path / "export.gz"
    export_to(file, JournalPages(life.journal), quiet)
    life.wait(HOUR).round_trip(6_000_000, 6_100_000)
    life.flush()
    before = file.stat().st_size
    export_to(file, JournalPages(life.journal), quiet)
    whole = file.read_bytes()
    file.write_bytes(whole[:-cut])
    done = export_to(file, JournalPages(life.journal), quiet)
    assert done.cut_bytes == len(whole) - cut - before
    assert file.read_bytes() == whole


def test_another_account_is_not_mixed_in(life: Life, tmp_path: Path) -> None:
    file = tmp_path / "export.gz"
    export_to(file, JournalPages(life.journal), quiet)
    kept = file.read_bytes()
    other = Life(tmp_path / "other").begin()
    for _ in range(9):
        other.round_trip(6_000_000, 6_002_000)
    for journal in (other.close(), Life(tmp_path / "empty").close()):
        with pytest.raises(ApplianceRefused) as refused:
            export_to(file, JournalPages(journal), quiet)
        assert refused.value.name == "other_journal"
        assert file.read_bytes() == kept


TAMPERED = [
    ("a price", lambda lines: [line.replace(b'\\"price\\":6000001', b'\\"price\\":6000002') for line in lines]),
    ("an event left out", lambda lines: lines[:9] + lines[10:]),
    ("an event twice", lambda lines: [*lines[:9], lines[8], *lines[9:]]),
    ("two turned", lambda lines: [*lines[:8], lines[9], lines[8], *lines[10:]]),
    ("a hash", lambda lines: [lines[0].replace(b'"hash":"', b'"hash":"0')[:-3] + b'"}\n', *lines[1:]]),
    ("the recorded time", lambda lines: [line.replace(b'"recorded_ns":1', b'"recorded_ns":2') for line in lines]),
    ("a key more", lambda lines: [line.replace(b'{"seq"', b'{"x":1,"seq"') for line in lines]),
    ("no line at all", lambda _: [b"hello\n"]),
]


@pytest.mark.parametrize(("what", "change"), TAMPERED, ids=[what for what, _ in TAMPERED])
def test_a_changed_export_is_refused(life: Life, tmp_path: Path, what: str, change: Any) -> None:
    file = tmp_path / "export.gz"
    export_to(file, JournalPages(life.journal), quiet)
    lines = gzip.decompress(file.read_bytes()).splitlines(keepends=True)
    changed = change(lines)
    assert changed != lines
    file.write_bytes(gzip.compress(b"".join(changed)))
    with pytest.raises(JournalRefused) as refused:
        numbers(file)
    assert refused.value.name in {"chain_broken", "export_damaged"}


def test_an_export_of_nothing_makes_no_file(tmp_path: Path) -> None:
    done = export_to(tmp_path / "export.gz", JournalPages(Life(tmp_path / "empty").close()), quiet)
    assert (done.events, (tmp_path / "export.gz").exists()) == (0, False)


def test_an_empty_file_is_no_journal(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    with pytest.raises(ApplianceRefused, match="no_journal"):
        open_source(tmp_path / "empty")


def test_the_sample_is_what_was_exported() -> None:
    sample = numbers(Path(__file__).parents[2] / "sample" / "simulated.ndjson.gz")
    assert sample["chain"]["head_hash"] == "2db0710f7d5ee7a3f61ee168d5c21bf08270cc42cc8fb8274ebb68cfcaebda79"
    assert sample["simulated"] == "SIMULATED"


def test_a_changed_journal_is_refused(life: Life) -> None:
    journal = life.close()
    with sqlite3.connect(journal) as database:
        database.execute("DROP TRIGGER events_are_never_changed")
        database.execute(
            "UPDATE events SET payload = replace(payload, '\"qty\":1000', '\"qty\":1001') WHERE kind = 'fill'"
        )
    with pytest.raises(JournalRefused, match="chain_broken"):
        numbers(journal)


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("http://example.org", "url_refused"),
        ("ftp://127.0.0.1", "url_refused"),
        ("https://user:secret@example.org", "url_refused"),
        ("https://example.org/path", "url_refused"),
        ("https://example.org?token=x", "url_refused"),
        ("https://", "url_refused"),
        ("https://[", "url_refused"),
    ],
)
def test_an_address_that_would_show_the_token_is_refused(url: str, name: str) -> None:
    with pytest.raises(ApplianceRefused) as refused:
        AppliancePages(url, TOKEN)
    assert refused.value.name == name
    assert TOKEN not in str(refused.value)


def test_a_wrong_token_and_silence_are_told_apart(life: Life) -> None:
    waits: list[float] = []
    with served(life.journal) as url:
        with pytest.raises(QuantumFlowError) as refused:
            AppliancePages(url, "x" * 43, waits.append).after(0)
        assert (refused.value.name, waits) == ("appliance_refused", [])
    with pytest.raises(QuantumFlowError) as refused:
        AppliancePages(url, TOKEN, waits.append).after(0)
    assert refused.value.name == "appliance_unreachable"
    assert waits == sorted(waits)
    assert len(waits) == 5


@pytest.mark.parametrize(
    ("kind", "payload", "at_ns"),
    [
        ("feed", '{"symbol":"BTCUSDT"}', 1),
        ("signal", '{"signal":1,"outcome":"ordered","bid":"x","ask":1}', 1),
        ("equity", '{"equity_e8":1,"peak_e8":99999999999999999999999999}', 2**70),
        ("equity", '{"equity_e8":{},"peak_e8":1}', 1),
        ("feed", '{"symbol":1,"state":"live"}', -1),
    ],
)
def test_events_that_fit_their_chain_and_mean_nothing_are_refused_by_name(
    tmp_path: Path, kind: str, payload: str, at_ns: int
) -> None:
    row = Row(1, 0, at_ns, 1, kind, payload)
    file = tmp_path / "forged.ndjson"
    file.write_bytes(export_line(row, row_hash(GENESIS, row)) if at_ns < 2**63 else b"[]\n")
    with pytest.raises(JournalRefused) as refused:
        numbers(file)
    assert refused.value.name in {"events_unreadable", "events_disagree", "export_damaged"}
