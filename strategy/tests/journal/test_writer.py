"""What a commit is: all of it or nothing, in a chain, and only if the books add up."""

import hashlib
import sqlite3
from collections.abc import Callable
from pathlib import Path

import apsw
import pytest

from journal.recompute import complaints
from journal.sample import RECORDED_NS, Life, journal_of, lived
from quantumflow.errors import JournalFailed
from quantumflow.journal.chain import GENESIS, Row, row_hash
from quantumflow.journal.records import KINDS, Record, canonical, client_id, order_number, record_of
from quantumflow.journal.recovery import recover
from quantumflow.journal.schema import SCHEMA, SCHEMA_VERSION, connect_writer
from quantumflow.journal.writer import RECORDS_MAX
from quantumflow.outputs import FIELDS, Output
from quantumflow.state import OUTBOX_MAX
from quantumflow.vocabulary import OutputKind

LAYOUT = {1: "ada455e259fbe41d", 2: "be1a399eea9978d6", 3: "d9dd08dbce237be2"}
"""Layout version → fingerprint. A change of the layout takes a new version and a line in the changelog."""


def test_the_layout_has_the_fingerprint_of_its_version() -> None:
    text = "\n".join(" ".join(statement.split()) for statement in SCHEMA)
    assert hashlib.sha256(text.encode()).hexdigest()[:16] == LAYOUT[SCHEMA_VERSION]


def test_every_prefix_of_a_life_adds_up(tmp_path: Path) -> None:
    life = lived(tmp_path, trips=0)
    for trip in range(4):
        life.round_trip(6_000_000 + trip, 333 + trip)
        assert complaints(tmp_path / "journal.db") == []


def test_a_fill_that_does_not_add_up_is_not_kept(tmp_path: Path) -> None:
    life = lived(tmp_path, trips=1)
    order = life.order("buy", 100)
    life.verdict(order, 100)
    seq = life.writer.seq
    life.books.cash += 1
    with pytest.raises(JournalFailed, match="cash_e8") as failed:
        life.filled(order, "buy", 6_000_000, 100)
    assert failed.value.name == "books_disagree"
    life.writer.close()
    assert recover(*journal_of(tmp_path), RECORDED_NS).writer.seq > seq
    assert sqlite3.connect(tmp_path / "journal.db").execute("SELECT count(*) FROM fills").fetchone() == (2,)


@pytest.mark.parametrize(
    "statement",
    ["UPDATE events SET payload = '{}' WHERE seq = 1", "DELETE FROM events WHERE seq = 1", "DELETE FROM events"],
)
def test_events_are_append_only(tmp_path: Path, statement: str) -> None:
    lived(tmp_path, trips=1).writer.close()
    connection = connect_writer(tmp_path / "journal.db")
    with pytest.raises(apsw.ConstraintError, match="append-only"):
        connection.execute(statement)
    connection.close()


def test_a_second_verdict_on_an_order_fails_the_commit(tmp_path: Path) -> None:
    life = lived(tmp_path, trips=0)
    order = life.order("buy", 5)
    life.verdict(order, 5)
    with pytest.raises(JournalFailed, match="not waiting for one"):
        life.verdict(order, 5)


def test_a_full_disk_ends_the_writer_and_loses_nothing_committed(tmp_path: Path) -> None:
    life = lived(tmp_path, trips=2)
    connection = life.writer._connection
    connection.execute(f"PRAGMA max_page_count = {connection.pragma('page_count')}")
    with pytest.raises(JournalFailed) as failed:
        many_trips(life)
    assert failed.value.name == "commit_failed"
    committed = life.writer.seq
    life.writer.close()
    assert recover(*journal_of(tmp_path), RECORDED_NS).writer.seq >= committed
    assert complaints(tmp_path / "journal.db") == []


def many_trips(life: Life) -> None:
    for _ in range(200):
        life.round_trip(6_000_000, 100)


def test_too_much_for_one_transaction_is_refused_before_it_begins(tmp_path: Path) -> None:
    life = lived(tmp_path, trips=0)
    with pytest.raises(JournalFailed, match="at most"):
        life.commit(*[Record("feed", 1, {})] * (RECORDS_MAX + 1))
    assert OUTBOX_MAX <= RECORDS_MAX


def test_a_hash_depends_on_every_column() -> None:
    row = Row(1, 1, 2, 3, "feed", "{}")
    others = [row._replace(**{name: row[place] * 2}) for place, name in enumerate(Row._fields)]
    assert len({row_hash(GENESIS, one) for one in [row, *others]}) == 1 + len(Row._fields)


def test_the_digest_does_not_know_when_an_event_was_recorded(tmp_path: Path) -> None:
    digests = set()
    for name, recorded_ns in (("a", 5), ("b", 6)):
        (tmp_path / name).mkdir()
        life = lived(tmp_path / name, trips=1)
        life.writer.commit([Record("feed", 9, {"state": "live"})], recorded_ns)
        digests.add(life.writer.digest())
    assert len(digests) == 1


def test_one_content_has_one_text() -> None:
    assert (
        canonical({"b": 0.1 + 0.2, "a": [True, None, -0.0, "é"]})
        == '{"a":[true,null,-0.0,"é"],"b":0.30000000000000004}'
    )
    with pytest.raises(ValueError, match="not JSON compliant"):
        canonical({"a": float("nan")})


def test_every_output_becomes_an_event_of_its_name() -> None:
    for kind in OutputKind:
        integers, floats = FIELDS[kind]
        values = {**dict.fromkeys(integers, 1), **dict.fromkeys(floats, 0.5)}
        record = record_of(Output(kind, 5, 7, 0, 0, values), ["imbalance"], ["BTCUSDT"])
        assert record.kind == kind.name.lower()
        assert record.kind in KINDS
        assert record.payload["bot"] == "imbalance"
        assert record.payload["symbol"] == "BTCUSDT"
        assert set(values) < set(record.payload)


def test_an_order_is_named_by_its_client_id() -> None:
    assert client_id("imbalance", 17) == "imbalance-00000017"
    assert order_number("two-part-00000018") == 18


@pytest.mark.parametrize("name", ["journal.db", "journal.db-wal", "journal.anchor"])
@pytest.mark.parametrize("away", [Path.unlink, lambda path: path.rename(path.with_name("elsewhere"))])
def test_nothing_counts_as_committed_in_a_file_that_no_start_will_find(
    tmp_path: Path, name: str, away: Callable[[Path], object]
) -> None:
    life = lived(tmp_path, trips=1)
    away(tmp_path / name)
    with pytest.raises(JournalFailed, match=name) as failed:
        life.round_trip(6_000_000, 333)
    assert failed.value.name == "journal_gone"
