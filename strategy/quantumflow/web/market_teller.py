"""The market for WebSockets: ten times a second what changed of each instrument that is looked at, once for all."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

from quantumflow.web.board import Shown
from quantumflow.web.market_reader import MarketReader
from quantumflow.web.topics import Told, Topic, as_text

__all__ = ["TICK_SECONDS", "MarketTeller"]

TICK_SECONDS = 0.1
QUIET_SECONDS = 1.0
"""A tick without change comes so often."""
SNAPSHOT_CANDLES = 500


class MarketTeller:
    """A topic an instrument, made when it is first followed."""

    def __init__(
        self,
        reader: MarketReader,
        now_ns: Callable[[], int] = time.time_ns,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.reader = reader
        self._now_ns = now_ns
        self._monotonic = monotonic
        self._topics: dict[str, Topic] = {}
        self._told_at: dict[str, float] = {}
        self._joined: tuple[str | None, int] = (None, 0)
        """The session and connection that what was told follows on: over another there is no going on."""
        self._task: asyncio.Task[None] | None = None

    def topic(self, symbol: str) -> Topic:
        """What is told of `symbol`; the board must know it."""
        self._follow_session()
        if symbol not in self._topics:
            topic = self._topics[symbol] = Topic(lambda: self._snapshot(symbol))
            self._begin(symbol, topic)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._tick())
        return self._topics[symbol]

    def hello(self, symbol: str, resumed: bool) -> str:
        spec, board = self.reader.board.shown[symbol].spec, self.reader.board
        units = {"symbol": symbol, "tick_e8": spec.tick_e8, "lot_e8": spec.lot_e8}
        return as_text({"type": "hello", "version": 1, **units, "market_session": board.session, "resumed": resumed})

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()

    async def _tick(self) -> None:
        """While anybody follows anything."""
        while any(topic.followers for topic in self._topics.values()):
            await asyncio.sleep(TICK_SECONDS)
            await self.reader.wanted()
            self._follow_session()
            for symbol, topic in self._topics.items():
                if topic.followers:
                    self._tell(symbol, topic)

    def _follow_session(self) -> None:
        """Another session, or another connection with what was missed between them: all is told whole again."""
        board = self.reader.board
        joined = (board.session, self.reader.connections)
        if joined == self._joined:
            return
        self._joined = joined
        for symbol, topic in self._topics.items():
            self._begin(symbol, topic)
            if topic.followers and symbol in board.shown:
                topic.tell(Told(board.seq, self.hello(symbol, resumed=False)))
                snapshot = self._snapshot(symbol)
                if snapshot is not None:
                    topic.tell(snapshot)

    def _begin(self, symbol: str, topic: Topic) -> None:
        """What is told from now on follows on the board as it is."""
        board = self.reader.board
        if symbol in board.shown:
            board.shown[symbol].tick(board.now_ns)
        topic.begin(board.seq)

    def _tell(self, symbol: str, topic: Topic, quiet_seconds: float = QUIET_SECONDS) -> None:
        board, now = self.reader.board, self._monotonic()
        shown = board.shown.get(symbol)
        if shown is None:
            return
        tick = shown.tick(board.now_ns)
        if tick is None and now - self._told_at.get(symbol, 0.0) < quiet_seconds:
            return
        self._told_at[symbol] = now
        said: dict[str, Any] = {"book": None, "trades": [], "trades_left_out": 0, "candles": []}
        if tick is not None:
            said = {
                "book": tick.book,
                "trades": tick.trades,
                "trades_left_out": tick.trades_left_out,
                "candles": tick.candles,
            }
        head = {"type": "tick", "seq": board.seq, "now_ns": self._now_ns(), "feed": self._feed(shown)}
        topic.tell(Told(board.seq, as_text({**head, **said})))

    def _snapshot(self, symbol: str) -> Told | None:
        """The state whole. What the next tick would tell is in it, so that is told first to who follows already."""
        board = self.reader.board
        shown = board.shown.get(symbol)
        if shown is None:
            return None
        self._tell(symbol, self._topics[symbol], quiet_seconds=0.0)
        said = {
            "type": "snapshot",
            "seq": board.seq,
            "market_session": board.session,
            "now_ns": self._now_ns(),
            "feed": self._feed(shown),
            "book": shown.book(board.now_ns),
            "trades": list(shown.trades),
            "candles": list(shown.candles.values())[-SNAPSHOT_CANDLES:],
        }
        return Told(board.seq, as_text(said))

    def _feed(self, shown: Shown) -> dict[str, Any]:
        """The age is by this machine's clock where the feed's is the same."""
        board = self.reader.board
        now_ns = self._now_ns() if board.clock == "wall" else None
        recv_ns = shown.recv_ns
        return {
            "connected": board.connected,
            "state": shown.state,
            "reason": shown.reason,
            "epoch": shown.epoch,
            "age_ms": None if now_ns is None or recv_ns is None else max(0, now_ns - recv_ns) // 1_000_000,
        }
