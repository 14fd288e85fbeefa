"""When a heartbeat goes out: once a period while all is well, so that silence outside means trouble here."""

from collections.abc import Callable
from typing import Protocol

from quantumflow.upkeep.jobs import Ended

__all__ = ["BEAT_SECONDS_MAX", "RETRY_SECONDS", "Beat", "Heartbeat"]

BEAT_SECONDS_MAX = 20.0
RETRY_SECONDS = 60.0


class Beat(Protocol):
    """One heartbeat under way."""

    def poll(self) -> Ended | None: ...

    def stop(self) -> None: ...


class Heartbeat:
    """`begin` starts one; None where no address is configured. While something is wrong nothing is sent."""

    def __init__(self, begin: Callable[[], Beat] | None, seconds: float) -> None:
        self._begin = begin
        self._seconds = seconds
        self._due = 0.0
        self._beat: Beat | None = None
        self.heard = 0
        self.failed = 0

    def on_time(self, well: bool, monotonic: float) -> None:
        """Looks after the one that is under way, and sends one if it is due."""
        if self._beat is not None:
            ended = self._beat.poll()
            if ended is None:
                return
            self._beat = None
            if ended.exit == 0:
                self.heard += 1
            else:
                self.failed += 1
                self._due = min(self._due, monotonic + RETRY_SECONDS)
        if self._begin is not None and well and monotonic >= self._due:
            self._due = monotonic + self._seconds
            self._beat = self._begin()

    def stop(self) -> None:
        if self._beat is not None:
            self._beat.stop()
