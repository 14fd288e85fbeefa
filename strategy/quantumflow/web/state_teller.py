"""Bots and portfolio for WebSockets: the state whole, once for all, as the journal grows or a second passes."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

from starlette.exceptions import HTTPException

from quantumflow.journal.reader import JournalReader
from quantumflow.journal.records import TERMINAL
from quantumflow.web import looks
from quantumflow.web.journal_tail import JournalTail
from quantumflow.web.sources import WebSources
from quantumflow.web.topics import Told, Topic, as_text

__all__ = ["ALL", "StateTeller"]

ALL = "all"
"""The portfolio as a whole."""
STEP_SECONDS_MIN = 0.25
STEP_SECONDS_MAX = 1.0
ROWS = 50
FILLS_TOLD = 20

Row = dict[str, Any]
Key = tuple[str, str]
"""bot or portfolio, and its id."""


class StateTeller:
    """A topic for each bot and each portfolio that is followed. Each message stands for itself, so none is missed."""

    def __init__(
        self, sources: WebSources, tail: JournalTail, now_ns: Callable[[], int], encode: Callable[[str, Row], Row]
    ) -> None:
        """`encode` makes a row what the API shows of it, by the name of its kind."""
        self._sources = sources
        self._tail = tail
        self._now_ns = now_ns
        self._encode = encode
        self._topics: dict[Key, Topic] = {}
        self._newest: dict[Key, Told] = {}
        self._task: asyncio.Task[None] | None = None

    async def topic(self, key: Key) -> Topic | None:
        """None if there is no such bot."""
        if key not in self._topics:
            made = await asyncio.to_thread(self._make, key)
            if made is None:
                return None
            self._newest[key] = made
            self._topics[key] = Topic(lambda: self._newest.get(key), lag_max=1)
        return self._topics[key]

    def look(self) -> None:
        """To be called when somebody follows."""
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._look())

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()

    async def _look(self) -> None:
        try:
            await self._tell_followed()
        except Exception as failure:  # whatever it is: who follows is told that it ends, and it is raised on
            for topic in self._topics.values():
                topic.stop(failure)
            raise
        finally:
            self._topics.clear()
            self._newest.clear()

    async def _tell_followed(self) -> None:
        while followed := [key for key, topic in self._topics.items() if topic.followers]:
            for key in followed:
                made = await asyncio.to_thread(self._make, key)
                if made is None:
                    self._topics.pop(key).stop(HTTPException(404, "no_such_bot"))
                    del self._newest[key]
                    continue
                self._newest[key] = made
                self._topics[key].tell(made)
            began = time.monotonic()
            try:
                async with asyncio.timeout(STEP_SECONDS_MAX):
                    await self._tail.bell.wait()
            except TimeoutError:
                continue
            await asyncio.sleep(max(0.0, STEP_SECONDS_MIN - (time.monotonic() - began)))

    def _make(self, key: Key) -> Told | None:
        """In a thread: the state as it is now."""
        kind, name = key
        now_ns = self._now_ns()
        with self._sources.journal() as journal:
            head = journal.head()
            seq = 0 if head is None else head.seq
            if name != ALL and name not in looks.known_bots(self._sources, journal, now_ns):
                return None
            said = self._bot(journal, name, now_ns) if kind == "bot" else self._portfolio(journal, name, now_ns)
        return Told(seq, as_text({"type": "status" if kind == "bot" else kind, "seq": seq, "now_ns": now_ns, **said}))

    def _bot(self, journal: JournalReader, name: str, now_ns: int) -> Row:
        signals = [row for row in journal.signals(None, ROWS).items if row["bot"] == name]
        orders = [row for row in journal.orders(None, ROWS).items if row["bot"] == name]
        opened = [row for row in orders if row["state"] not in TERMINAL]
        bots = looks.bots(self._sources, journal, now_ns)
        bot = next((bot for bot in bots if bot["name"] == name), None)
        return {
            "bot": None if bot is None else self._encode("bot", bot),
            "why_not_trading": looks.status(self._sources, now_ns)["why_not_trading"],
            "signal": self._encode("signal", signals[0]) if signals else None,
            "orders": [self._encode("order", row) for row in opened],
        }

    def _portfolio(self, journal: JournalReader, name: str, now_ns: int) -> Row:
        held = looks.positions(self._sources, journal, now_ns)
        fills = journal.fills(None, ROWS).items
        whole = name == ALL
        account = looks.account(self._sources, journal) if whole else None
        return {
            "status": self._encode("status", looks.status(self._sources, now_ns)),
            "account": None if account is None else self._encode("account", account),
            "positions": [self._encode("position", row) for row in held if whole or row["bot"] == name],
            "fills": [self._encode("fill", row) for row in fills if whole or row["bot"] == name][:FILLS_TOLD],
        }
