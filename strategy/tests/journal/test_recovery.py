"""Start-up: what it accepts, what it ends, and every way in which it refuses."""

import os
import sqlite3
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from journal.recompute import complaints
from journal.sample import DEPOSIT_E8, RECORDED_NS, journal_of, lived
from quantumflow.errors import JournalRefused
from quantumflow.journal.recovery import recover
from quantumflow.journal.schema import sqlite_gate


def changed(path: Path, *statements: str) -> None:
    """Changes the file as no part of the project can: another program, with the triggers gone."""
    database = sqlite3.connect(path)
    for trigger in ("events_are_never_changed", "events_are_never_deleted"):
        database.execute(f"DROP TRIGGER {trigger}")
    for statement in statements:
        database.execute(statement)
    database.commit()
    database.close()


def test_a_new_journal_opens_empty(tmp_path: Path) -> None:
    recovered = recover(*journal_of(tmp_path), RECORDED_NS)
    assert recovered.opening.cash_e8 == 0
    assert recovered.venue is None
    assert recovered.ended_orders == ()


def test_a_new_journal_is_the_owners_alone_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        writer = lived(tmp_path, trips=1).writer
    finally:
        os.umask(before)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    writer.close()
    assert set(modes.values()) == {0o600}, modes
    assert {"journal.db", "journal.db-wal", "journal.anchor"} <= modes.keys()


def test_the_account_is_found_again_to_the_unit(tmp_path: Path) -> None:
    life = lived(tmp_path)
    order = life.order("buy", 500)
    life.verdict(order, 500)
    life.filled(order, "buy", 6_000_000, 500)
    life.writer.end_session(life.now_ns, RECORDED_NS, "stopping")
    life.writer.close()
    recovered = recover(*journal_of(tmp_path), RECORDED_NS)
    opening = recovered.opening
    assert opening.cash_e8 == life.books.cash
    assert opening.fees_e8 == life.books.fees
    assert (opening.orders, opening.signals, opening.fills) == (7, 7, 7)
    (position,) = opening.positions
    assert (position.qty, position.cost_e8, position.realised_e8) == life.books.held["imbalance", "BTCUSDT"]
    assert opening.peak_e8 == DEPOSIT_E8
    assert recovered.venue == "replay"
    assert complaints(tmp_path / "journal.db") == []


def test_open_orders_of_an_interrupted_session_are_ended_in_it(tmp_path: Path) -> None:
    life = lived(tmp_path, trips=1)
    asked = life.order("buy", 300)
    life.verdict(asked, 200, "reduce")
    life.filled(asked, "buy", 6_000_000, 150, ends=False)
    unasked = life.order("buy", 400)
    life.writer.close()
    recovered = recover(*journal_of(tmp_path), RECORDED_NS)
    assert recovered.ended_orders == (asked, unasked)
    assert recovered.opening.fills == 3
    recovered.writer.close()
    database = sqlite3.connect(tmp_path / "journal.db")
    rows = database.execute("SELECT state, reason, verdict, refusal, filled, remaining FROM orders WHERE number > 2")
    assert rows.fetchall() == [
        ("cancelled", "cancelled_at_restart", "reduce", None, 150, 50),
        ("refused", "restart_before_verdict", "refuse", "restart_before_verdict", 0, 400),
    ]
    assert database.execute("SELECT end_reason FROM sessions").fetchall() == [("interrupted",)]
    assert complaints(tmp_path / "journal.db") == []
    assert recover(*journal_of(tmp_path), RECORDED_NS).ended_orders == ()


def test_a_second_trader_is_refused(tmp_path: Path) -> None:
    lived(tmp_path, trips=0)
    with pytest.raises(JournalRefused) as refused:
        recover(*journal_of(tmp_path), RECORDED_NS)
    assert refused.value.name == "journal_locked"


def test_an_old_sqlite_is_refused() -> None:
    with pytest.raises(JournalRefused, match=r"SQLite 3\.51\.2 can lose committed data"):
        sqlite_gate("3.51.2")
    sqlite_gate("3.51.3")


DAMAGE = [
    ("one_column_of_an_event", ["UPDATE events SET event_ns = event_ns + 1 WHERE seq = 5"], "chain_broken"),
    ("the_time_it_was_recorded", ["UPDATE events SET recorded_ns = 78 WHERE seq = 5"], "chain_broken"),
    ("one_digit_of_a_payload", ["UPDATE events SET payload = replace(payload, '6000000', '6000001')"], "chain_broken"),
    ("an_event_taken_out", ["DELETE FROM events WHERE seq = 6"], "chain_broken"),
    (
        "the_newest_event_lost",
        ["DELETE FROM events WHERE seq = (SELECT max(seq) FROM events)"],
        "journal_behind_anchor",
    ),
    ("the_cash", ["UPDATE account SET cash_e8 = cash_e8 + 1"], "totals_disagree"),
    ("the_peak", ["UPDATE account SET peak_e8 = peak_e8 + 1"], "totals_disagree"),
    ("a_position", ["UPDATE positions SET qty = qty + 1"], "totals_disagree"),
    ("a_fill_of_the_projection", ["DELETE FROM fills WHERE fill = 6"], "totals_disagree"),
    ("the_layout", ["PRAGMA user_version = 9"], "other_layout"),
    ("the_program", ["PRAGMA application_id = 9"], "other_layout"),
]


@pytest.mark.parametrize(("statements", "name"), [row[1:] for row in DAMAGE], ids=[row[0] for row in DAMAGE])
def test_a_changed_journal_is_refused_by_name_and_says_what_to_do(
    tmp_path: Path, statements: list[str], name: str
) -> None:
    lived(tmp_path).writer.close()
    changed(tmp_path / "journal.db", *statements)
    with pytest.raises(JournalRefused) as refused:
        recover(*journal_of(tmp_path), RECORDED_NS)
    assert refused.value.name == name
    assert "move the data directory aside" in refused.value.detail


def unmade(path: Path) -> None:
    path.unlink()


def torn(path: Path) -> None:
    path.write_bytes(b"what is this\n" * 9)


def of_another(path: Path) -> None:
    other = path.parent / "other"
    other.mkdir()
    life = lived(other, trips=1)
    life.commit(life.ended(life.order("buy", 1), "working"))
    life.writer.close()
    path.write_bytes((other / "journal.anchor").read_bytes())


@pytest.mark.parametrize(
    ("damage", "name"),
    [(unmade, "anchor_missing"), (torn, "anchor_unreadable"), (of_another, "anchor_disagrees")],
    ids=["missing", "unreadable", "of_another_journal"],
)
def test_an_anchor_that_does_not_fit_is_refused(tmp_path: Path, damage: Callable[[Path], None], name: str) -> None:
    lived(tmp_path).writer.close()
    damage(tmp_path / "journal.anchor")
    with pytest.raises(JournalRefused) as refused:
        recover(*journal_of(tmp_path), RECORDED_NS)
    assert refused.value.name == name


def test_a_torn_slot_of_the_anchor_leaves_the_one_before(tmp_path: Path) -> None:
    lived(tmp_path).writer.close()
    anchor = tmp_path / "journal.anchor"
    content = bytearray(anchor.read_bytes())
    half = len(content) // 2
    newer = 0 if content[:20] > content[half : half + 20] else half
    content[newer + 30] ^= 1
    anchor.write_bytes(content)
    assert recover(*journal_of(tmp_path), RECORDED_NS).opening.fills == 6


def test_a_missing_tail_of_the_log_is_seen_although_the_file_is_whole(tmp_path: Path) -> None:
    """A bit flipped in the write-ahead log takes away all that follows, and SQLite finds nothing wrong."""
    life = lived(tmp_path)
    wal = tmp_path / "journal.db-wal"
    content = bytearray(wal.read_bytes())
    copy = tmp_path / "copy"
    copy.mkdir()
    content[len(content) // 2] ^= 4
    (copy / "journal.db").write_bytes((tmp_path / "journal.db").read_bytes())
    (copy / "journal.db-wal").write_bytes(content)
    (copy / "journal.anchor").write_bytes((tmp_path / "journal.anchor").read_bytes())
    with pytest.raises(JournalRefused) as refused:
        recover(*journal_of(copy), RECORDED_NS)
    assert refused.value.name in {"journal_behind_anchor", "anchor_disagrees"}
    life.writer.close()


def test_flipped_bits_of_the_file_never_pass_with_other_totals(tmp_path: Path) -> None:
    """Every bit of a sample: refused by a name, or the same account as before."""
    lived(tmp_path, trips=2).writer.close()
    path, anchor = journal_of(tmp_path)
    whole, anchored = path.read_bytes(), anchor.read_bytes()
    opening = recover(path, anchor, RECORDED_NS)
    opening.writer.close()
    refusals = 0
    for place in range(100, len(whole), len(whole) // 60):
        copy = tmp_path / f"copy{place}"
        copy.mkdir()
        content = bytearray(whole)
        content[place] ^= 1 << (place % 8)
        (copy / "journal.db").write_bytes(content)
        (copy / "journal.anchor").write_bytes(anchored)
        try:
            found = recover(*journal_of(copy), RECORDED_NS)
        except JournalRefused:
            refusals += 1
            continue
        assert found.opening == opening.opening
        found.writer.close()
    assert refusals > 0
