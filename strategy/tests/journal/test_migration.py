"""A journal of layout 2 becomes one of this layout: all of it or nothing, with every event as it was."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import apsw
import pytest

from journal.recompute import complaints
from journal.sample import RECORDED_NS, journal_of, lived
from journal.test_writer import LAYOUT
from quantumflow.errors import JournalRefused
from quantumflow.journal.reader import JournalReader
from quantumflow.journal.recovery import recover
from quantumflow.journal.schema import COMMANDS_TABLE, EVENTS_TABLE, SCHEMA, SCHEMA_VERSION

KINDS_OF_2 = (
    *("session_started", "session_ended", "deposit", "signal", "order", "verdict", "order_state", "fill", "equity"),
    *("feed", "trading", "command"),
)
EVENTS_OF_2 = EVENTS_TABLE.replace(
    "length(kind) BETWEEN 1 AND 32", "kind IN (" + ", ".join(f"'{kind}'" for kind in KINDS_OF_2) + ")"
)
SCHEMA_OF_2 = [EVENTS_OF_2, *(statement for statement in SCHEMA[1:] if statement != COMMANDS_TABLE)]


def journal_of_layout_2(directory: Path) -> list[tuple[object, ...]]:
    """A life of an account in a file of layout 2; its events."""
    lived(directory, trips=4).writer.close()
    with apsw.Connection(str(directory / "journal.db")) as connection:
        connection.execute("DROP TABLE commands")
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute("UPDATE sqlite_schema SET sql = ? WHERE name = 'events'", (EVENTS_OF_2,))
        connection.execute("PRAGMA user_version = 2")
        connection.execute("INSERT INTO checkpoints VALUES (1, '{}', zeroblob(32))")
    return events(directory)


def events(directory: Path) -> list[tuple[object, ...]]:
    connection = apsw.Connection(str(directory / "journal.db"), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        return connection.execute("SELECT * FROM events ORDER BY seq").fetchall()
    finally:
        connection.close()


def layout(directory: Path) -> int:
    connection = apsw.Connection(str(directory / "journal.db"), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        return int(connection.pragma("user_version"))
    finally:
        connection.close()


def test_what_these_tests_call_layout_2_is_layout_2() -> None:
    text = "\n".join(" ".join(statement.split()) for statement in SCHEMA_OF_2)
    assert hashlib.sha256(text.encode()).hexdigest()[:16] == LAYOUT[2]


def test_a_start_takes_layout_2_to_this_one_and_changes_no_event(tmp_path: Path) -> None:
    before = journal_of_layout_2(tmp_path)
    recovered = recover(*journal_of(tmp_path), RECORDED_NS)
    assert (layout(tmp_path), recovered.since, recovered.misfit) == (SCHEMA_VERSION, 0, None)
    recovered.writer.close()
    assert events(tmp_path)[: len(before)] == before
    assert complaints(tmp_path / "journal.db") == []
    connection = apsw.Connection(str(tmp_path / "journal.db"))
    tables = dict(connection.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'table'"))
    assert (tables["events"], tables["commands"]) == (EVENTS_TABLE, COMMANDS_TABLE)
    assert [row[0] for row in connection.execute("PRAGMA integrity_check")] == ["ok"]
    connection.close()


@pytest.mark.parametrize("place", range(1, 6))
def test_a_migration_that_is_killed_half_way_has_not_happened_and_the_next_start_makes_it(
    tmp_path: Path, place: int
) -> None:
    before = journal_of_layout_2(tmp_path)
    program = (
        "import sys; from pathlib import Path; from quantumflow.journal.schema import connect_writer;"
        "connect_writer(Path(sys.argv[1]))"
    )
    environment = {**os.environ, "QF_CRASH_AT": f"trader.in_migration:{place}"}
    command = [sys.executable, "-c", program, str(tmp_path / "journal.db")]
    assert subprocess.run(command, env=environment, check=False, timeout=60).returncode == -9
    assert (layout(tmp_path), events(tmp_path)) == (2, before)
    recover(*journal_of(tmp_path), RECORDED_NS).writer.close()
    assert layout(tmp_path) == SCHEMA_VERSION


def test_a_reader_says_what_to_do_with_an_older_layout(tmp_path: Path) -> None:
    journal_of_layout_2(tmp_path)
    with pytest.raises(JournalRefused, match="next start migrates") as refused:
        JournalReader(tmp_path / "journal.db")
    assert refused.value.name == "other_layout"
