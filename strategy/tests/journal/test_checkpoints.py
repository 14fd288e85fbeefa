"""Checkpoints: a start that believes one knows what a start that read everything knows, and what damage each finds."""

import random
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from journal.recompute import complaints
from journal.sample import RECORDED_NS, Life, journal_of, lived
from journal.test_recovery import changed
from quantumflow.errors import JournalRefused
from quantumflow.journal.anchor import Anchor, AnchorFile
from quantumflow.journal.recovery import Recovered, recover
from quantumflow.journal.schema import connect_reader
from quantumflow.journal.standing import CHECKPOINT_EVENTS, CHECKPOINTS_KEPT, Checkpoint, Standing
from quantumflow.journal.verify import check_journal

EVERY = 40
"""Events between the checkpoints of these tests."""


def restarted(directory: Path) -> Recovered:
    """A start. Its writer does not wait for the disk: no power is cut here."""
    recovered = recover(*journal_of(directory), RECORDED_NS, checkpoint_events=EVERY)
    recovered.writer._connection.execute("PRAGMA synchronous = OFF")
    return recovered


def checkpoints(directory: Path) -> list[Checkpoint]:
    with closing(connect_reader(directory / "journal.db")) as connection:
        rows = connection.execute("SELECT seq, content, hash FROM checkpoints ORDER BY seq")
        return [Checkpoint(*row) for row in rows]


def long_life(directory: Path, trips: int = 14) -> Life:
    """A session long enough for several checkpoints, not ended, and some events after the last."""
    life = Life(restarted(directory).writer)
    life.begin()
    for trip in range(trips):
        life.round_trip(6_000_000 + 13 * trip, 1_001 + trip)
    return life


def copied(directory: Path, name: str) -> Path:
    copy = directory / name
    copy.mkdir()
    for path in journal_of(directory):
        shutil.copy(path, copy)
    return copy


def without_checkpoints(directory: Path) -> Path:
    """The same journal for a start that has to read everything."""
    copy = copied(directory, "whole")
    changed(copy / "journal.db", "DELETE FROM checkpoints")
    return copy


def random_session(life: Life, rng: random.Random) -> None:
    """Orders that are filled, filled in part, refused, or left open; some sessions end, some are interrupted."""
    held = life.books.held.get(("imbalance", "BTCUSDT"), (0, 0, 0))[0]
    part: dict[str, int] = {}
    for _ in range(rng.randrange(12)):
        side = "sell" if held > 0 and rng.random() < 0.5 else "buy"
        qty = held if side == "sell" else rng.randrange(1, 900)
        order = life.order(side, qty)
        if rng.random() < 0.1:
            continue
        if rng.random() < 0.2:
            life.verdict(order, 0, "refuse", "drawdown")
            life.commit(life.ended(order, "refused", "drawdown"))
            continue
        life.verdict(order, qty)
        part[order] = rng.randrange(1, qty + 1)
        life.filled(order, side, 6_000_000 + rng.randrange(-500, 500), part[order], ends=part[order] == qty)
        held += part[order] if side == "buy" else -part[order]
    if rng.random() < 0.5:
        for order, judged in tuple(life.writer.totals.open_orders.items()):
            if not judged:
                life.verdict(order, 0, "refuse", "risk_timeout")
            life.commit(life.ended(order, "cancelled", filled=part.get(order, 0)))
        life.writer.end_session(life.now_ns, RECORDED_NS, "stopping")


@pytest.mark.parametrize("seed", range(6))
def test_a_start_from_a_checkpoint_knows_what_a_start_from_the_first_event_knows(seed: int, tmp_path: Path) -> None:
    rng = random.Random(seed)
    life = Life(restarted(tmp_path).writer)
    since = 0
    for session in range(6):
        life.begin(deposit=session == 0)
        random_session(life, rng)
        life.writer.close()
        whole = recover(*journal_of(without_checkpoints(tmp_path)), RECORDED_NS)
        recent = restarted(tmp_path)
        assert whole.since == 0
        since = max(since, recent.since)
        assert recent.misfit is None
        assert recent[1:4] == whole[1:4]
        assert recent.writer.totals == whole.writer.totals
        assert (recent.writer.seq, recent.writer.digest()) == (whole.writer.seq, whole.writer.digest())
        whole.writer.close()
        shutil.rmtree(tmp_path / "whole")
        life.writer = recent.writer
    life.writer.close()
    assert since > 0
    assert complaints(tmp_path / "journal.db") == []
    assert check_journal(*journal_of(tmp_path)).standing.head.seq == life.writer.seq


def test_a_checkpoint_is_stored_every_so_many_events_and_at_the_end_of_a_session(tmp_path: Path) -> None:
    life = long_life(tmp_path)
    first, second = checkpoints(tmp_path)
    assert EVERY <= second.seq - first.seq < EVERY + 3
    assert 0 < life.writer.seq - second.seq < EVERY
    life.writer.end_session(life.now_ns, RECORDED_NS, "stopping")
    assert [kept.seq for kept in checkpoints(tmp_path)] == [second.seq, life.writer.seq]


def test_a_start_reads_no_more_than_two_intervals(tmp_path: Path) -> None:
    life = long_life(tmp_path, trips=60)
    life.writer.close()
    recovered = restarted(tmp_path)
    assert 0 < life.writer.seq - recovered.since <= 2 * EVERY + 6
    assert CHECKPOINTS_KEPT == 2
    assert CHECKPOINT_EVENTS >= 1_000


def test_a_checkpoint_says_of_a_standing_all_that_it_knows(tmp_path: Path) -> None:
    life = long_life(tmp_path, trips=3)
    life.order("buy", 5)
    standing = life.writer._standing
    again = Standing.of(standing.checkpoint())
    assert again.checkpoint() == standing.checkpoint()
    assert again.totals == standing.totals
    assert again.digest.hex() == standing.digest.hex()


def test_damage_before_the_checkpoints_is_named_by_the_whole_check_while_a_start_goes_on(tmp_path: Path) -> None:
    opening = recovered_opening(tmp_path)
    changed(tmp_path / "journal.db", "UPDATE events SET payload = replace(payload, '0', '1') WHERE seq IN (7, 9)")
    with pytest.raises(JournalRefused, match="event 7 is not what was written") as refused:
        check_journal(*journal_of(tmp_path))
    assert refused.value.name == "chain_broken"
    recovered = restarted(tmp_path)
    assert recovered.opening == opening
    recovered.writer.close()


def recovered_opening(directory: Path) -> Any:
    """A long life, interrupted; what a start of a copy of it finds."""
    long_life(directory).writer.close()
    recovered = restarted(copied(directory, "before"))
    recovered.writer.close()
    return recovered.opening


@pytest.mark.parametrize("place", ["between the checkpoints", "after the newer"])
def test_damage_after_the_older_checkpoint_is_refused_at_the_start(place: str, tmp_path: Path) -> None:
    long_life(tmp_path).writer.close()
    older, newer = checkpoints(tmp_path)
    seq = (older if place.startswith("between") else newer).seq + 2
    changed(tmp_path / "journal.db", f"UPDATE events SET recorded_ns = recorded_ns + 1 WHERE seq = {seq}")  # noqa: S608 (a number)
    with pytest.raises(JournalRefused, match=f"event {seq} is not what was written"):
        restarted(tmp_path)


MISFITS = [
    ("a_digit_of_its_content", "content = replace(content, '\"cash_e8\":', '\"cash_e8\":1')", "not what its hash"),
    ("its_hash", "hash = zeroblob(32)", "not what its hash"),
    ("its_place", "seq = seq - 1", "its content is of event"),
    ("another_place_far_ahead", "seq = seq + 1000000", "its content is of event"),
]


@pytest.mark.parametrize("which", ["min", "max"])
@pytest.mark.parametrize(("change", "reason"), [row[1:] for row in MISFITS], ids=[row[0] for row in MISFITS])
def test_a_changed_checkpoint_is_not_believed_and_everything_is_read(
    which: str, change: str, reason: str, tmp_path: Path
) -> None:
    opening = recovered_opening(tmp_path)
    one = f"(SELECT {which}(seq) FROM checkpoints)"  # noqa: S608 (a word of this test)
    changed(tmp_path / "journal.db", f"UPDATE checkpoints SET {change} WHERE seq = {one}")  # noqa: S608 (a word of this test)
    recovered = restarted(tmp_path)
    assert reason in str(recovered.misfit)
    assert recovered.since == 0
    assert recovered.opening == opening
    recovered.writer.close()
    again = restarted(tmp_path)
    assert (again.misfit, again.since) == (None, recovered.writer.seq), "the next one has taken their place"


@pytest.mark.parametrize("which", [0, 1])
def test_a_forged_checkpoint_with_a_right_hash_is_found_by_what_the_events_make(which: int, tmp_path: Path) -> None:
    opening = recovered_opening(tmp_path)
    standing = Standing.of(checkpoints(tmp_path)[which])
    standing.totals.refused += 1
    forged = standing.checkpoint()
    changed(tmp_path / "journal.db")
    database = sqlite3.connect(tmp_path / "journal.db")
    database.execute("UPDATE checkpoints SET content = ?, hash = ? WHERE seq = ?", (*forged[1:], forged.seq))
    database.commit()
    database.close()
    with pytest.raises(JournalRefused, match=f"checkpoint {forged.seq}: it is not what the events up to it make"):
        check_journal(*journal_of(tmp_path))
    recovered = restarted(tmp_path)
    assert "it is not what the events up to it make" in str(recovered.misfit)
    assert recovered.opening == opening


def test_a_tail_that_was_lost_with_its_checkpoint_is_seen_by_the_anchor(tmp_path: Path) -> None:
    long_life(tmp_path).writer.close()
    _, newer = checkpoints(tmp_path)
    changed(
        tmp_path / "journal.db",
        f"DELETE FROM checkpoints WHERE seq = {newer.seq}",  # noqa: S608 (a number)
        f"DELETE FROM events WHERE seq >= {newer.seq}",  # noqa: S608 (a number)
    )
    with pytest.raises(JournalRefused, match="journal_behind_anchor"):
        restarted(tmp_path)


def test_totals_are_held_to_the_projections_from_a_checkpoint_on(tmp_path: Path) -> None:
    long_life(tmp_path).writer.close()
    for name, statement in (
        ("cash", "UPDATE account SET cash_e8 = cash_e8 + 1"),
        ("position", "UPDATE positions SET cost_e8 = cost_e8 + 1"),
        ("fill", "DELETE FROM fills WHERE fill = (SELECT max(fill) FROM fills)"),
    ):
        copy = copied(tmp_path, name)
        changed(copy / "journal.db", statement)
        with pytest.raises(JournalRefused, match="totals_disagree"):
            restarted(copy)


def test_the_whole_check_can_be_made_beside_a_writer_that_goes_on(tmp_path: Path) -> None:
    life = long_life(tmp_path)
    assert check_journal(*journal_of(tmp_path)).standing.head.seq == life.writer.seq
    life.round_trip(6_000_000, 5)
    assert check_journal(*journal_of(tmp_path)).standing.head.seq == life.writer.seq
    with pytest.raises(JournalRefused, match="journal_locked"):
        AnchorFile(tmp_path / "journal.anchor")


def test_a_journal_without_checkpoints_is_read_whole_and_gets_one(tmp_path: Path) -> None:
    lived(tmp_path, trips=2).writer.close()
    recovered = restarted(tmp_path)
    assert (recovered.since, recovered.misfit) == (0, None)
    assert [kept.seq for kept in checkpoints(tmp_path)] == [recovered.writer.seq]


def test_flipped_bits_of_a_long_journal_never_pass_with_other_totals(tmp_path: Path) -> None:
    opening = recovered_opening(tmp_path)
    whole = (tmp_path / "journal.db").read_bytes()
    found = {"refused": 0, "passed": 0}
    for place in range(100, len(whole), len(whole) // 100):
        copy = copied(tmp_path, f"copy{place}")
        content = bytearray(whole)
        content[place] ^= 1 << (place % 8)
        (copy / "journal.db").write_bytes(content)
        try:
            recovered = restarted(copy)
        except JournalRefused:
            found["refused"] += 1
            continue
        assert recovered.opening == opening
        recovered.writer.close()
        found["passed"] += 1
    assert min(found.values()) > 0


def test_a_checkpoint_whose_event_has_another_hash_is_not_believed(tmp_path: Path) -> None:
    """Sound in itself, of another history: everything is read, and the misfit is told."""
    life = long_life(tmp_path)
    life.writer.close()
    statements = []
    for checkpoint in checkpoints(tmp_path):
        standing = Standing.of(checkpoint)
        standing.head = Anchor(checkpoint.seq, bytes(32))
        forged = standing.checkpoint()
        statements.append(
            f"UPDATE checkpoints SET content = '{forged.content}', hash = x'{forged.hash.hex()}'"  # noqa: S608 (what this test made)
            f" WHERE seq = {checkpoint.seq}"
        )
    changed(tmp_path / "journal.db", *statements)
    recovered = restarted(tmp_path)
    assert recovered.since == 0
    assert "its event has another hash" in str(recovered.misfit)
    assert recovered.writer.totals == life.writer.totals
