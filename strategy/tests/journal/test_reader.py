"""What the web and the command line read: pages, one fill's story, figures as people write them."""

from pathlib import Path

import apsw
import pytest

from journal.sample import Life, lived
from quantumflow.errors import JournalRefused
from quantumflow.journal.reader import JournalReader


@pytest.fixture
def life(tmp_path: Path) -> Life:
    """Five round trips, and one order that is not over."""
    life = lived(tmp_path, trips=5)
    life.order("buy", 9)
    return life


def test_pages_follow_each_other_without_a_hole(life: Life, tmp_path: Path) -> None:
    with JournalReader(tmp_path / "journal.db") as journal:
        seen, before = [], None
        while True:
            page = journal.fills(before, limit=3)
            seen += [row["fill"] for row in page.items]
            if page.next is None:
                break
            before = page.next
    assert seen == list(range(10, 0, -1))


@pytest.mark.parametrize("limit", [0, -1, 501])
def test_a_page_has_a_bound(life: Life, tmp_path: Path, limit: int) -> None:
    with JournalReader(tmp_path / "journal.db") as journal, pytest.raises(ValueError, match="1 to 500"):
        journal.orders(limit=limit)


def test_a_fill_tells_its_story(life: Life, tmp_path: Path) -> None:
    with JournalReader(tmp_path / "journal.db") as journal:
        story = journal.fill(2)
        assert story is not None
        assert story.order["client_id"] == story.verdict["client_id"] == story.fill["client_id"]
        assert story.order["state"] == "filled"
        assert story.order["reduce_only"] is True
        assert story.verdict["rules"] == [{"limit": 2, "ok": True, "rule": "order_size", "value": 1}]
        assert story.signal is not None
        assert story.signal["imbalance"] == 0.1 + 0.2
        assert journal.fill(11) is None


def test_figures_are_shown_exactly_in_the_units_of_their_session(life: Life, tmp_path: Path) -> None:
    with JournalReader(tmp_path / "journal.db") as journal:
        fill = journal.fills_after(0, limit=1)[0]
        assert fill["display"]["price"] == "60000"
        assert fill["display"]["qty"] == "0.01001"
        assert fill["display"]["notional_e8"] == "600.60"
        assert journal.account()["display"]["deposits_e8"] == "10000.00"
        (position,) = journal.positions()
        assert position["display"]["qty"] == "0"


def test_lists_are_newest_first_and_what_is_followed_oldest_first(life: Life, tmp_path: Path) -> None:
    with JournalReader(tmp_path / "journal.db") as journal:
        assert [row["number"] for row in journal.orders(limit=2).items] == [11, 10]
        assert [row["signal"] for row in journal.signals(limit=2).items] == [11, 10]
        assert [row["fill"] for row in journal.fills_after(8)] == [9, 10]
        assert [row["fill"] for row in journal.fills_of("imbalance-00000003")] == [3]
        assert journal.orders(limit=1).items[0]["state"] == "intended"
        assert journal.order("imbalance-00000011") is not None
        assert journal.verdict("imbalance-00000011") is None
        assert {row["kind"] for row in journal.events(kinds=("deposit",))} == {"deposit"}
        assert journal.equity().items == ()
        head = journal.head()
        assert head is not None
        assert head.seq == life.writer.seq


def test_a_session_shows_its_instruments_and_that_it_goes_on(life: Life, tmp_path: Path) -> None:
    with JournalReader(tmp_path / "journal.db") as journal:
        (session,) = journal.sessions().items
        assert session["ended_ns"] is None
        assert session["instruments"][0]["symbol"] == "BTCUSDT"
        life.writer.end_session(life.now_ns, 5, "stopping")
        (session,) = journal.sessions().items
        assert session["end_reason"] == "stopping"
        assert session["digest"] == life.writer.digest()


def test_nothing_can_be_written_through_a_reader(life: Life, tmp_path: Path) -> None:
    with JournalReader(tmp_path / "journal.db") as journal, pytest.raises(apsw.ReadOnlyError):
        journal._connection.execute("DELETE FROM account")


def test_a_file_of_another_program_is_refused(tmp_path: Path) -> None:
    apsw.Connection(str(tmp_path / "other.db")).execute("CREATE TABLE t (a)")
    with pytest.raises(JournalRefused, match="other_layout"):
        JournalReader(tmp_path / "other.db")
