"""The market socket: connected when it is there, read without waiting, and connected again when it is lost."""

import contextlib
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import structlog

from quantumflow.errors import FeedBroken
from quantumflow.frames import Batch, FrameReader

__all__ = ["MarketFeed"]

READ_BYTES = 131_072
"""Bytes of one read; half of what a FrameReader lets wait."""
RETRY_SECONDS_MIN = 0.05
RETRY_SECONDS_MAX = 1.0
"""A socket on this machine: the wait doubles up to here, for ever; there is nobody to be polite to."""

_log = structlog.get_logger("market_feed")


class MarketFeed:
    """One connection at a time. `channel` is what to wait on; None while there is no connection."""

    def __init__(self, path: Path, monotonic: Callable[[], float]) -> None:
        self._path = path
        self._monotonic = monotonic
        self._wait = RETRY_SECONDS_MIN
        self._next_try = 0.0
        self._heard = 0.0
        self.channel: socket.socket | None = None
        self.reader = FrameReader()
        self.connections = 0
        self.problem = "not connected yet"
        """Why there is no connection, in words."""

    def connect_if_due(self) -> bool:
        """Tries once if the wait is over. True if there is a connection now."""
        if self.channel is not None:
            return True
        if self._monotonic() < self._next_try:
            return False
        channel = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        try:
            channel.connect(str(self._path))
        except OSError as error:
            channel.close()
            self._put_off(f"{self._path.name}: {error.strerror}")
            return False
        self.channel, self.reader, self._heard = channel, FrameReader(), self._monotonic()
        self.connections += 1
        self.problem = "connected to market_data, which has published nothing yet"
        return True

    def seconds_to_try(self) -> float:
        """How long to wait before the next attempt."""
        return max(0.0, self._next_try - self._monotonic())

    def seconds_silent(self) -> float:
        """How long nothing has come over the connection; time in which the reader was at work does not count."""
        return 0.0 if self.channel is None else self._monotonic() - self._heard

    def read(self) -> Iterator[Batch]:
        """What is there now, decoded, in order. Raises FeedBroken for a broken protocol or an ended stream."""
        if self.channel is None:
            return
        try:
            data = self.channel.recv(READ_BYTES)
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:
            raise FeedBroken("connection_lost", f"{self._path.name}: {error.strerror}") from error
        if not data:
            self.reader.end()
            raise FeedBroken("connection_lost", f"{self._path.name}: market_data closed the connection")
        self.reader.push(data)
        while True:
            batch = self.reader.take()
            if batch.heads == 0 and not batch.notes:
                self._heard = self._monotonic()
                return
            yield batch

    def greeted(self) -> None:
        """A Hello that can be used has come: the next loss is tried again at once."""
        self._wait = RETRY_SECONDS_MIN

    def drop(self, problem: str) -> None:
        """Closes the connection; the next attempt waits longer than the last."""
        if self.channel is not None:
            with contextlib.suppress(OSError):
                self.channel.close()
            self.channel = None
            _log.warning("the market socket is lost", problem=problem)
        self._put_off(problem)

    def _put_off(self, problem: str) -> None:
        self.problem = problem
        self._next_try = self._monotonic() + self._wait
        self._wait = min(2 * self._wait, RETRY_SECONDS_MAX)
