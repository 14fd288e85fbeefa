"""The one reader of market.sock in this process, however many look: it connects while somebody does, and not before.

Where nobody has asked for a while it leaves, so that a page that nobody looks at costs market_data nothing.
"""

import asyncio
import contextlib
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import structlog

from quantumflow.errors import FeedBroken
from quantumflow.frame_layout import decode_frame
from quantumflow.frame_order import LENGTH_BYTES, FrameOrder, end_of_frame
from quantumflow.web.board import Board

__all__ = ["LINGER_SECONDS", "MarketReader"]

READ_BYTES = 262_144
RETRY_SECONDS = 0.5
LINGER_SECONDS = 60.0
"""How long it goes on reading after the last one who asked."""
CATCH_UP_SECONDS_MAX = 2.0
"""How long the first question waits for the frames that repeat the present."""
SLICE_FRAMES = 256
"""Frames taken before other work of this process has its turn."""

_log = structlog.get_logger("market_reader")


class MarketReader:
    """Keeps `board` as the market is, while it is wanted. All of it runs in the event loop's thread."""

    def __init__(
        self,
        path: Path,
        may_join: Callable[[], bool] = lambda: True,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.board = Board()
        self.lookers = 0
        """WebSockets that look at the market."""
        self.frames = 0
        self.connections = 0
        self._path = path
        self._may_join = may_join
        self._monotonic = monotonic
        self._wanted_until = 0.0
        self._task: asyncio.Task[None] | None = None
        self._caught_up = asyncio.Event()

    async def wanted(self) -> Board:
        """The board, after the frames that repeat the present have come; as it is, if they do not in time."""
        self._wanted_until = self._monotonic() + LINGER_SECONDS
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._read_while_wanted())
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._caught_up.wait(), CATCH_UP_SECONDS_MAX)
        return self.board

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    def _is_wanted(self) -> bool:
        return self.lookers > 0 or self._monotonic() < self._wanted_until

    async def _read_while_wanted(self) -> None:
        try:
            while self._is_wanted():
                try:
                    if self._may_join():
                        await self._connection()
                except (OSError, FeedBroken) as error:
                    _log.warning("the market socket is lost", problem=str(error))
                self._lose()
                await asyncio.sleep(RETRY_SECONDS)
        finally:
            self._lose()

    def _lose(self) -> None:
        self.board.lose()
        self._caught_up.clear()

    async def _connection(self) -> None:
        """One connection, until it ends or nobody looks any more."""
        try:
            reader, writer = await asyncio.open_unix_connection(str(self._path), limit=READ_BYTES)
        except FileNotFoundError:
            return
        self.connections += 1
        try:
            cut = _Cut()
            while self._is_wanted():
                try:
                    data = await asyncio.wait_for(reader.read(READ_BYTES), LINGER_SECONDS)
                except TimeoutError:
                    return  # a feed that lives sends a heartbeat each second
                if not data:
                    return
                await self._take(cut, data)
        finally:
            writer.close()

    async def _take(self, cut: "_Cut", data: bytes) -> None:
        cut.waiting += data
        count = 0
        while (frame := cut.next()) is not None:
            self.board.apply(frame)
            self.frames += 1
            count += 1
            if count % SLICE_FRAMES == 0:
                await asyncio.sleep(0)
        cut.shift()
        if cut.caught_up:
            self._caught_up.set()


class _Cut:
    """A connection's bytes as checked frames, in order."""

    def __init__(self) -> None:
        self.waiting = b""
        self.caught_up = False
        self._place = 0
        self._order = FrameOrder()
        self._past: int | None = None

    def next(self) -> list[Any] | None:
        """Raises FeedBroken."""
        end = end_of_frame(self.waiting, self._place)
        if end is None:
            return None
        frame = decode_frame(self.waiting[self._place + LENGTH_BYTES : end])
        self._order.admit(frame)
        self._place = end
        self._past = frame[10] if self._past is None else self._past - 1
        self.caught_up = self.caught_up or self._past <= 0
        return frame

    def shift(self) -> None:
        self.waiting = self.waiting[self._place :]
        self._place = 0
