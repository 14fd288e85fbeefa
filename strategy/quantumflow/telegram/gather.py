"""What there is to tell since the cursor: the journal's events and upkeep's notices, folded into one pending message.

Reads only, in pages, so that no reader's lock outlives a page; the trader's checkpoints of the write-ahead log go on.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import apsw

from quantumflow.errors import ApplianceRefused, JournalError
from quantumflow.journal.reader import JournalReader
from quantumflow.telegram.digest import TOLD_KINDS, Digest, Told
from quantumflow.telegram.outbox import Cursor, Outbox, Pending, ToldState
from quantumflow.telegram.texts import messages
from quantumflow.upkeep.record import Notice, read_record

__all__ = ["Gathered", "Sources", "gather", "present"]

HASH_DIGITS = 10
_PAGE = 500
_REPORT_JOB = "report"

Gathered = Pending | tuple[Cursor, ToldState]
"""A message, or how far there was nothing worth one."""


class Sources:
    """Where happenings come from, and what is written above them."""

    def __init__(self, data_dir: Path, head: str, daily: Callable[[], tuple[list[str], str | None]]) -> None:
        self.journal = data_dir / "journal.db"
        self.record = data_dir / "upkeep" / "record.json"
        self.head = head
        self.daily = daily


def present(sources: Sources) -> Cursor | None:
    """The newest event and notice; None while they cannot be read."""
    try:
        notices = read_record(sources.record).noticed
        if not sources.journal.exists():
            return Cursor(notice=notices)
        with JournalReader(sources.journal) as journal:
            head = journal.head()
    except (apsw.Error, JournalError, ApplianceRefused):
        return None
    return Cursor(notice=notices) if head is None else Cursor(head.seq, head.hash[:HASH_DIGITS], notices)


def gather(sources: Sources, box: Outbox) -> Gathered | None:
    """Everything since the cursor as one message; None if nothing happened or the journal cannot be read just now."""
    cursor, to = box.cursor, present(sources)
    if cursor is None or to is None or to == cursor:
        return None
    told = Told(box.told.trading, box.told.reason, dict(box.told.feed), dict(box.told.refusals))
    digest = Digest(told)
    try:
        report, to = _take_notices(sources, digest, cursor, to)
        if to.seq < cursor.seq:
            digest.remark(f"the journal ends at event {to.seq}, but {cursor.seq} was told: was it restored?")
            rows: list[Any] = []
            equity = None
        else:
            rows, equity = _take_events(sources.journal, digest, cursor, to)
        daily, picture = sources.daily() if report else ([], None)
    except (apsw.Error, JournalError):
        return None
    lines = daily + digest.lines(rows, equity)
    kept = _kept(digest.now_told())
    if not lines:
        return to, kept
    key = f"{to.seq}·{to.hash}" if to.notice == cursor.notice else f"{to.seq}·{to.hash}·n{to.notice}"
    return Pending(messages(sources.head, lines, key), to, kept, picture)


def _take_events(path: Path, digest: Digest, cursor: Cursor, to: Cursor) -> tuple[list[Any], str | None]:
    """Folds every event up to `to`; gives the rows of the last fills and the newest equity."""
    if to.seq == cursor.seq:
        return [], None
    with JournalReader(path) as journal:
        after = cursor.seq
        while after < to.seq:
            page = journal.events(after, _PAGE, kinds=TOLD_KINDS)
            for event in page:
                if event["seq"] <= to.seq:
                    digest.take(event)
            if len(page) < _PAGE:
                break
            after = int(page[-1]["seq"])
        wanted = digest.last_fills
        rows = list(journal.fills_after(wanted[0] - 1, len(wanted))) if wanted else []
        equity = journal.equity(limit=1).items
    return rows, str(equity[0]["display"]["equity_e8"]) if equity else None


def _take_notices(sources: Sources, digest: Digest, cursor: Cursor, to: Cursor) -> tuple[bool, Cursor]:
    """Folds upkeep's notices up to `to`. True if the last one is a daily report: `to` ends there."""
    try:
        notices = read_record(sources.record).notices
    except ApplianceRefused:
        return False, Cursor(to.seq, to.hash, cursor.notice)
    new = [notice for notice in notices if cursor.notice < notice.number <= to.notice]
    if to.notice < cursor.notice:
        digest.remark("upkeep's record begins anew")
    elif new and new[0].number > cursor.notice + 1:
        digest.remark(f"{new[0].number - cursor.notice - 1} older notices of upkeep are gone")
    for notice in new:
        if _is_report(notice):
            return True, Cursor(to.seq, to.hash, notice.number)
        digest.notice(notice.kind, notice.name, notice.text)
    return False, to


def _is_report(notice: Notice) -> bool:
    return notice.kind == "job_done" and notice.name == _REPORT_JOB


def _kept(told: Told) -> ToldState:
    return ToldState(told.trading, told.reason, told.feed, told.refusals)
