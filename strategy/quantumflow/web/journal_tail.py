"""The one tail of the journal in this process: what was committed since, looked for while somebody follows."""

import asyncio
import threading
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any, NamedTuple

from quantumflow.journal.reader import JournalReader
from quantumflow.web.topics import Bell, as_text

__all__ = ["BEAT_SECONDS", "EVENTS_A_MESSAGE", "JournalTail"]

LOOK_SECONDS = 0.2
BEAT_SECONDS = 5.0
EVENTS_A_MESSAGE = 200
EVENTS_KEPT = 2_000
"""Newest events that are told from memory; older ones are read for who asks."""
EVENT_CHARS_KEPT = 4_194_304
PAGE_EVENTS = 500

Row = dict[str, Any]


class _Kept(NamedTuple):
    row: Row
    size: int


class JournalTail:
    """`open_journal` opens it for one question. Events are told in order, without a hole, to each at its own pace."""

    def __init__(self, open_journal: Callable[[], JournalReader]) -> None:
        self.followers = 0
        self.seq = 0
        """The newest event seen."""
        self.bell = Bell()
        self.reads = 0
        """Questions to the journal, of the tail and of those who are behind."""
        self._open = open_journal
        self._kept: deque[_Kept] = deque()
        self._size = 0
        self._task: asyncio.Task[None] | None = None
        self._turn = threading.Lock()

    async def start(self) -> None:
        """Brings `seq` up to date, and looks on while somebody follows."""
        if self._task is None or self._task.done():
            head = await asyncio.to_thread(self._head)
            self._kept.clear()
            self._size, self.seq = 0, head
            self._task = asyncio.create_task(self._look())
            self._task.add_done_callback(lambda _: self.bell.ring())

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()

    async def follow(self, after: int, kinds: Sequence[str]) -> AsyncIterator[str]:
        """Messages of events behind `after`, of `kinds` (none: all), and a beat where none came for a while.

        Raises what the looking failed with: silence would say that nothing happens.
        """
        seq = after
        while True:
            self._raise_failure()
            if seq < self.seq:
                rows, seq = await self._behind(seq, kinds)
                if rows:
                    yield as_text({"type": "events", "seq": seq, "items": rows})
                continue
            try:
                async with asyncio.timeout(BEAT_SECONDS):
                    await self.bell.wait()
            except TimeoutError:
                yield as_text({"type": "beat", "seq": seq})

    def _raise_failure(self) -> None:
        if self._task is None or not self._task.done() or self._task.cancelled():
            return
        failure = self._task.exception()
        if failure is not None:
            raise failure

    async def _behind(self, seq: int, kinds: Sequence[str]) -> tuple[list[Row], int]:
        """The next events behind `seq`, and how far was looked."""
        first = self._kept[0].row["seq"] if self._kept else self.seq + 1
        if seq + 1 < first:
            return await asyncio.to_thread(self._read, seq, kinds, self.seq)
        rows: list[Row] = []
        for kept in self._kept:
            if kept.row["seq"] <= seq or (kinds and kept.row["kind"] not in kinds):
                continue
            rows.append(kept.row)
            if len(rows) == EVENTS_A_MESSAGE:
                return rows, kept.row["seq"]
        return rows, self.seq

    def _read(self, seq: int, kinds: Sequence[str], head: int) -> tuple[list[Row], int]:
        """From the journal, one at a time."""
        with self._turn, self._open() as journal:
            self.reads += 1
            rows = list(journal.events(seq, EVENTS_A_MESSAGE, kinds))
        if len(rows) < EVENTS_A_MESSAGE:
            return rows, max(head, rows[-1]["seq"] if rows else head)
        return rows, rows[-1]["seq"]

    async def _look(self) -> None:
        while self.followers:
            rows = await asyncio.to_thread(self._newer)
            for row in rows:
                self._keep(row)
            if rows:
                self.bell.ring()
            if len(rows) < PAGE_EVENTS:
                await asyncio.sleep(LOOK_SECONDS)

    def _newer(self) -> Sequence[Row]:
        with self._open() as journal:
            self.reads += 1
            return journal.events(self.seq, PAGE_EVENTS)

    def _head(self) -> int:
        with self._open() as journal:
            head = journal.head()
        return 0 if head is None else head.seq

    def _keep(self, row: Row) -> None:
        size = len(as_text(row))
        self._kept.append(_Kept(row, size))
        self._size += size
        self.seq = row["seq"]
        while len(self._kept) > EVENTS_KEPT or self._size > EVENT_CHARS_KEPT:
            self._size -= self._kept.popleft().size
