"""Tables, triggers and connection settings of the journal, and the gate on SQLite's own version.

Columns of signals, orders, fills and equity are those of outputs.FIELDS: a name added there is a column here, and a
change of this layout takes a new SCHEMA_VERSION.
"""

import os
from contextlib import suppress
from pathlib import Path

import apsw

from quantumflow.crash_points import reach
from quantumflow.errors import JournalRefused
from quantumflow.journal.records import word
from quantumflow.outputs import FIELDS
from quantumflow.vocabulary import OutputKind, Refusal

__all__ = [
    "APPLICATION_ID",
    "COMMANDS_TABLE",
    "COMMAND_COLUMNS",
    "EQUITY_COLUMNS",
    "EVENTS_TABLE",
    "FILL_COLUMNS",
    "ORDER_COLUMNS",
    "ORDER_STATE_COLUMNS",
    "SCHEMA",
    "SCHEMA_VERSION",
    "SIGNAL_COLUMNS",
    "SQLITE_VERSION_MIN",
    "UNSURE",
    "VERDICT_COLUMNS",
    "connect_reader",
    "connect_writer",
    "migrate",
    "sqlite_gate",
]

SCHEMA_VERSION = 3
APPLICATION_ID = 0x51464C57
"""`QFLW` in the file's header: another program's database is refused."""
SQLITE_VERSION_MIN = (3, 51, 3)
"""Up to 3.51.2, two connections in WAL mode can lose committed data (sqlite.org/wal.html#walresetbug)."""
BUSY_TIMEOUT_MS = 2000


_UNSURE = tuple(
    word(refusal)
    for refusal in (
        Refusal.RISK_UNREACHABLE,
        Refusal.RISK_TIMEOUT,
        Refusal.RISK_MALFORMED_ANSWER,
        Refusal.RISK_VERSION_MISMATCH,
        Refusal.VERDICT_EXPIRED,
        Refusal.RESTART_BEFORE_VERDICT,
        Refusal.CANCELLED_AT_RESTART,
    )
)
UNSURE = "reason IN ('" + "', '".join(_UNSURE) + "')"
"""Condition on orders that are over, of which core_risk may hold, or come to hold, a reservation."""


def _columns(kind: OutputKind, without: tuple[str, ...] = ()) -> tuple[str, ...]:
    integers, floats = FIELDS[kind]
    return tuple(name for name in integers + floats if name not in without)


_NAMED = ("order", "signal", "fill")
SIGNAL_COLUMNS = _columns(OutputKind.SIGNAL, _NAMED)
ORDER_COLUMNS = _columns(OutputKind.ORDER, ("order",))
ORDER_STATE_COLUMNS = _columns(OutputKind.ORDER_STATE, ("order",))
FILL_COLUMNS = _columns(OutputKind.FILL, (*_NAMED, "fill_model"))
"""`fill_model` is read from the event: the appliance has one alone."""
EQUITY_COLUMNS = _columns(OutputKind.EQUITY)
VERDICT_COLUMNS = ("verdict", "qty", "refusal", "order_hash", "rules", "limits_version", "expires_ns", "log_seq")

COMMAND_COLUMNS = ("command", "bot", "reason", "who", "key", "frame_seq")

_PLACE = "session INTEGER NOT NULL, event_seq INTEGER NOT NULL, event_ns INTEGER NOT NULL"


def _listed(columns: tuple[str, ...]) -> str:
    return ", ".join(f'"{name}" ANY' for name in columns)


COMMANDS_TABLE = """CREATE TABLE commands (event_seq INTEGER PRIMARY KEY, session INTEGER NOT NULL,
    event_ns INTEGER NOT NULL, recorded_ns INTEGER NOT NULL, command TEXT NOT NULL, bot TEXT, reason TEXT NOT NULL,
    who TEXT NOT NULL, key TEXT NOT NULL UNIQUE, frame_seq INTEGER NOT NULL) STRICT"""

EVENTS_TABLE = """CREATE TABLE events (
        seq INTEGER PRIMARY KEY, session INTEGER NOT NULL, event_ns INTEGER NOT NULL, recorded_ns INTEGER NOT NULL,
        kind TEXT NOT NULL CHECK (length(kind) BETWEEN 1 AND 32),
        payload TEXT NOT NULL CHECK (json_valid(payload)), hash BLOB NOT NULL CHECK (length(hash) = 32)) STRICT"""

SCHEMA = (
    EVENTS_TABLE,
    "CREATE INDEX events_by_kind ON events (kind, seq)",
    """CREATE TRIGGER events_are_never_changed BEFORE UPDATE ON events
        BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END""",
    """CREATE TRIGGER events_are_never_deleted BEFORE DELETE ON events
        BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END""",
    """CREATE TABLE sessions (
        session INTEGER PRIMARY KEY, market_session TEXT NOT NULL, venue TEXT NOT NULL, simulated INTEGER NOT NULL,
        clock TEXT NOT NULL, build TEXT NOT NULL, instruments TEXT NOT NULL, bots TEXT NOT NULL,
        started_ns INTEGER NOT NULL, started_recorded_ns INTEGER NOT NULL,
        ended_ns INTEGER, ended_recorded_ns INTEGER, end_reason TEXT, digest TEXT) STRICT""",
    f"""CREATE TABLE signals (signal INTEGER PRIMARY KEY, client_id TEXT, bot TEXT NOT NULL, symbol TEXT NOT NULL,
        {_PLACE}, {_listed(SIGNAL_COLUMNS)}) STRICT""",
    f"""CREATE TABLE orders (number INTEGER PRIMARY KEY, client_id TEXT NOT NULL UNIQUE, bot TEXT NOT NULL,
        symbol TEXT NOT NULL, {_PLACE}, {_listed(ORDER_COLUMNS)}, verdict TEXT, granted_qty INTEGER, refusal TEXT,
        changed_ns INTEGER NOT NULL, {_listed(ORDER_STATE_COLUMNS)}) STRICT""",
    "CREATE INDEX orders_by_state ON orders (state)",
    f"CREATE INDEX orders_unsure ON orders (number) WHERE {UNSURE}",
    f"""CREATE TABLE verdicts (client_id TEXT PRIMARY KEY REFERENCES orders (client_id), bot TEXT NOT NULL,
        symbol TEXT NOT NULL, {_PLACE}, {_listed(VERDICT_COLUMNS)}) STRICT""",
    "CREATE UNIQUE INDEX verdicts_by_event ON verdicts (event_seq)",
    f"""CREATE TABLE fills (fill INTEGER PRIMARY KEY, client_id TEXT NOT NULL REFERENCES orders (client_id),
        bot TEXT NOT NULL, symbol TEXT NOT NULL, {_PLACE}, {_listed(FILL_COLUMNS)}) STRICT""",
    "CREATE INDEX fills_by_order ON fills (client_id)",
    f"CREATE TABLE equity (event_seq INTEGER PRIMARY KEY, session INTEGER NOT NULL, event_ns INTEGER NOT NULL,"
    f" {_listed(EQUITY_COLUMNS)}) STRICT",
    """CREATE TABLE positions (bot TEXT NOT NULL, symbol TEXT NOT NULL, qty INTEGER NOT NULL, cost_e8 INTEGER NOT NULL,
        realised_e8 INTEGER NOT NULL, fees_e8 INTEGER NOT NULL, fills INTEGER NOT NULL, changed_ns INTEGER NOT NULL,
        PRIMARY KEY (bot, symbol)) STRICT""",
    """CREATE TABLE account (one INTEGER PRIMARY KEY CHECK (one = 1), cash_e8 INTEGER NOT NULL,
        fees_e8 INTEGER NOT NULL, realised_e8 INTEGER NOT NULL, deposits_e8 INTEGER NOT NULL, peak_e8 INTEGER NOT NULL,
        orders INTEGER NOT NULL, signals INTEGER NOT NULL, fills INTEGER NOT NULL, refused INTEGER NOT NULL) STRICT""",
    """CREATE TABLE checkpoints (seq INTEGER PRIMARY KEY, content TEXT NOT NULL,
        hash BLOB NOT NULL CHECK (length(hash) = 32)) STRICT""",
    COMMANDS_TABLE,
    "INSERT INTO account VALUES (1, 0, 0, 0, 0, 0, 0, 0, 0, 0)",
)


def sqlite_gate(version: str | None = None) -> None:
    """Refuses an SQLite that can lose committed data."""
    found = version or apsw.sqlite_lib_version()
    if tuple(int(part) for part in found.split(".")) < SQLITE_VERSION_MIN:
        wanted = ".".join(map(str, SQLITE_VERSION_MIN))
        raise JournalRefused(
            "sqlite_too_old",
            f"SQLite {found} can lose committed data in WAL mode; run `make setup` for {wanted} or later",
        )


def _make_private(path: Path) -> None:
    """A new file is the owner's alone whatever the umask says; SQLite gives its log and index the same mode."""
    with suppress(OSError):  # it is there, or cannot be made: SQLite says which, by name
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))


def connect_writer(path: Path) -> apsw.Connection:
    """The one connection that may write: WAL, an fsync a commit, no memory map.

    Makes the tables of a new file, and takes a file of an older layout to this one, in one transaction.
    """
    _make_private(path)
    connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE)
    connection.set_busy_timeout(BUSY_TIMEOUT_MS)
    for pragma in (
        "mmap_size = 0",
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
        "trusted_schema = OFF",
        "cell_size_check = ON",
        "journal_size_limit = 16777216",
    ):
        connection.execute(f"PRAGMA {pragma}")
    if connection.pragma("user_version") == 0 and connection.pragma("schema_version") == 0:
        connection.execute("BEGIN IMMEDIATE")
        for statement in SCHEMA:
            connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        connection.execute("COMMIT")
    migrate(connection)
    _check_layout(connection, path)
    return connection


def migrate(connection: apsw.Connection) -> None:
    """Takes a journal of an older layout to this one, whole or not at all; events and their hashes stay as they are.

    A checkpoint of an older layout says nothing of commands, so none is kept: the next check reads the whole journal.
    """
    while connection.pragma("application_id") == APPLICATION_ID:
        layout = connection.pragma("user_version")
        if layout not in _MIGRATIONS:
            return
        with connection:
            for statement in _MIGRATIONS[layout]:
                connection.execute(statement)
                reach("trader.in_migration")
            connection.execute(f"PRAGMA user_version = {layout + 1}")


_MIGRATIONS: dict[int, tuple[str, ...]] = {
    2: (
        COMMANDS_TABLE,
        "DELETE FROM checkpoints",
        # The columns of events stay; only what a kind may be is no part of the layout any more. SQLite's own page on
        # ALTER TABLE gives this way for a change that no stored row depends on.
        "PRAGMA writable_schema = ON",
        f"UPDATE sqlite_schema SET sql = '{EVENTS_TABLE}' WHERE name = 'events'",  # noqa: S608 (our own text)
        "PRAGMA writable_schema = RESET",
    ),
}
"""What takes a layout to the one after it."""


def connect_reader(path: Path) -> apsw.Connection:
    """A connection that cannot write; it sees what was committed before each question."""
    connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
    connection.set_busy_timeout(BUSY_TIMEOUT_MS)
    connection.execute("PRAGMA mmap_size = 0")
    connection.execute("PRAGMA query_only = ON")
    _check_layout(connection, path)
    return connection


def _check_layout(connection: apsw.Connection, path: Path) -> None:
    found = (connection.pragma("application_id"), connection.pragma("user_version"))
    if found != (APPLICATION_ID, SCHEMA_VERSION):
        raise JournalRefused(
            "other_layout",
            f"{path} has application id {found[0]} and layout {found[1]}, this build writes {APPLICATION_ID} and"
            f" {SCHEMA_VERSION}; the trader's next start migrates layout {min(_MIGRATIONS)} and later ones, for another"
            " run the build that made it, or move the data directory aside",
        )
