"""What was told to anybody before a kill, and whether the files still say it. By SQL and arithmetic of its own.

It shares no code with the package. Witnesses fill `Told` while an appliance runs; `complaints` looks afterwards.
"""

import hashlib
import json
import re
import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from end_to_end.recompute import recompute

__all__ = ["Told", "complaints", "risk_records"]

JOURNAL_GENESIS = hashlib.sha256(b"quantumflow journal 1").digest()
RISK_GENESIS = "0" * 64
ANCHOR_SLOT = 103
COLUMNS = "seq, session, event_ns, recorded_ns, kind, payload, hash"


@dataclass(slots=True)
class Told:
    """Acknowledgements: whoever heard them may rely on them for ever."""

    rows: dict[int, bytes] = field(default_factory=dict)
    """Journal events that a reader saw: seq, hash."""
    journal_seq: int = 0
    fills: int = 0
    risk_fills: int = 0
    risk_seq: int = 0
    answered: dict[str, int] = field(default_factory=dict)
    """Ids that core_risk said it has noted, with the log_seq of its answer."""
    halted: str | None = None
    """The reason of a halt that core_risk confirmed and nobody took back."""
    peak: int = 0
    """The highest equity that core_risk said it has marked."""

    @property
    def count(self) -> int:
        """How many single things were acknowledged."""
        return max(self.rows, default=0) + len(self.answered) + (self.halted is not None)


def complaints(root: Path, told: Told, state: dict[str, Any] | None) -> list[str]:
    """What a data directory lacks of what was told, or what does not add up. `state` is that of a settled core_risk."""
    try:
        found = [*_journal(root, told), *_anchor(root)]
    except (OSError, sqlite3.Error) as error:
        return [f"journal: all {told.journal_seq} events that were told are gone ({error})"]
    books = recompute(root / "journal.db", settled=state is not None)
    found += books.complaints
    found += _risk_log(root, told)
    if state is not None:
        found += _both_books(books, state)
        if told.halted is not None and (state["trading"], state["reason"]) != ("halted", told.halted):
            found.append(f"core_risk was halted ({told.halted}) and is now {state['trading']} ({state['reason']})")
    return found


def risk_records(log: Path) -> tuple[list[dict[str, Any]], list[str]]:
    """The payloads of core_risk's log, in order, and what is wrong with its chain."""
    records: list[dict[str, Any]] = []
    head = RISK_GENESIS
    for number, line in enumerate(log.read_bytes().split(b"\n")[:-1], 1):
        seq, said, payload = line.split(b" ", 2)
        head = hashlib.sha256(b"\n".join([head.encode(), str(number).encode(), payload])).hexdigest()
        if int(seq) != number or said.decode() != head:
            return records, [f"core_risk.log: record {number} is not chained to the one before"]
        records.append(json.loads(payload))
    return records, []


def _journal(root: Path, told: Told) -> list[str]:
    found: list[str] = []
    head, count = JOURNAL_GENESIS, 0
    with closing(sqlite3.connect(f"file:{root / 'journal.db'}?mode=ro", uri=True)) as database:
        database.execute("BEGIN")  # one view of all that is read here: the trader may be writing
        for row in database.execute(f"SELECT {COLUMNS} FROM events ORDER BY seq"):  # noqa: S608 (our own columns)
            count += 1
            head = hashlib.sha256(head + "|".join(str(column) for column in row[:6]).encode()).digest()
            if row[0] != count or row[6] != head:
                return [f"journal: event {count} is missing or not chained to the one before"]
            if count in told.rows and told.rows[count] != head:
                found.append(f"journal: event {count} is not the one that a reader saw")
        numbers = [row[0] for row in database.execute("SELECT fill FROM fills ORDER BY fill")]
        twice = database.execute(
            "SELECT json_extract(payload, '$.fill'), count(*) FROM events WHERE kind = 'fill' GROUP BY 1"
            " HAVING count(*) > 1"
        ).fetchall()
    if numbers != list(range(1, len(numbers) + 1)):
        found.append("journal: fills are not numbered from 1 without a hole")
    found += [f"journal: fill {number} stands {times} times" for number, times in twice]
    lost = max(told.journal_seq, max(told.rows, default=0)) - count
    if lost > 0:
        found.append(f"journal: {lost} events that were told are gone")
    if told.fills > len(numbers):
        found.append(f"journal: {told.fills} fills were told, {len(numbers)} are there")
    return found


def _anchor(root: Path) -> list[str]:
    content = (root / "journal.anchor").read_bytes()
    whole = []
    for start in (0, ANCHOR_SLOT):
        slot = re.fullmatch(rb"([0-9]{20}) ([0-9a-f]{64}) ([0-9a-f]{16})\n", content[start : start + ANCHOR_SLOT])
        text = content[start : start + 85]
        if slot is not None and slot[3] == hashlib.sha256(text).hexdigest()[:16].encode():
            whole.append((int(slot[1]), bytes.fromhex(slot[2].decode())))
    if not whole:
        return ["anchor: no whole entry"]
    seq, anchored = max(whole)
    with closing(sqlite3.connect(f"file:{root / 'journal.db'}?mode=ro", uri=True)) as database:
        row = database.execute("SELECT hash FROM events WHERE seq = ?", (seq,)).fetchone()
    return [] if row == (anchored,) else [f"anchor: it names event {seq}, which the journal does not have as such"]


def _risk_log(root: Path, told: Told) -> list[str]:
    records, found = risk_records(root / "core_risk.log")
    ended = {record["client_id"]: seq for seq, record in enumerate(records, 1) if record["event"] == "done"}
    for client_id, seq in told.answered.items():
        if ended.get(client_id, seq + 1) > seq:
            found.append(f"core_risk.log: {client_id} was noted as of record {seq} and is not there")
    fills = [record for record in records if record["event"] == "fill"]
    if told.risk_seq > len(records) or told.risk_fills > len(fills):
        found.append(f"core_risk.log: {told.risk_seq} records were told, {len(records)} are there")
    asked = [record["client_id"] for record in records if record["event"] == "check"]
    if len(asked) != len(set(asked)):
        found.append("core_risk.log: an order was decided twice")
    return found + _same_fills(root, fills)


def _same_fills(root: Path, fills: list[dict[str, Any]]) -> list[str]:
    names = ("client_id", "bot", "symbol", "side", "price", "qty", "notional_e8", "fee_e8")
    with closing(sqlite3.connect(f"file:{root / 'journal.db'}?mode=ro", uri=True)) as database:
        kept = database.execute(f"SELECT {', '.join(names)} FROM fills ORDER BY fill").fetchall()  # noqa: S608 (our own columns)
    theirs = [tuple(fill[name] for name in names) for fill in fills]
    if theirs != kept[: len(theirs)]:
        return ["core_risk.log: its fills are not the journal's"]
    return []


def _both_books(books: Any, state: dict[str, Any]) -> list[str]:
    theirs = {
        (row["bot"], row["symbol"]): {name: row[name] for name in ("qty", "cost_e8", "realised_e8")}
        for row in state["positions"]
    }
    found = []
    if (state["cash_e8"], state["fills"]) != (books.cash, books.fills):
        found.append(
            f"core_risk has {state['cash_e8']} and {state['fills']} fills, the journal {books.cash}, {books.fills}"
        )
    if theirs != books.positions:
        found.append(f"core_risk holds {theirs}, the journal {books.positions}")
    return found
