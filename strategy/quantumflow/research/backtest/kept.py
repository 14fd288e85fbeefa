"""A tape that is played several times: its events are kept in memory up to a bound, beyond which it is read again."""

from typing import Any

from quantumflow.events import Events
from quantumflow.research.backtest.tape import Tape

__all__ = ["KEPT_BYTES_MAX", "KeptTape"]

KEPT_BYTES_MAX = 1 << 30
"""Of events; some 1.2 million books."""


class KeptTape:
    """What the first run reads, the next ones have from memory. Frames are not kept: core_risk takes them once."""

    def __init__(self, tape: Tape, bytes_max: int = KEPT_BYTES_MAX) -> None:
        self._tape = tape
        self._bytes_max = bytes_max
        self._kept: list[Events] | None = []
        self._bytes = 0
        self._at = 0
        self.loading_seconds = tape.loading_seconds
        """Of the run at work."""
        self.hello, self.first_ns, self.last_ns = tape.hello, tape.first_ns, tape.last_ns

    def rewind(self) -> bool:
        """To its beginning; False: there was too much to keep, so it has to be opened anew."""
        self._at, self.loading_seconds = 0, 0.0
        return self._kept is not None

    def next(self) -> Events | None:
        """The next batch, the same in each run; None at the end."""
        if self._kept is not None and self._at < len(self._kept):
            self._at += 1
            return self._kept[self._at - 1]
        before = self._tape.loading_seconds
        events = self._tape.next()
        self.loading_seconds += self._tape.loading_seconds - before
        if events is None or self._kept is None:
            return events
        self._bytes += events.heads.nbytes + events.levels.nbytes
        if self._bytes > self._bytes_max:
            self._kept = None
            return events
        self._kept.append(events)
        self._at += 1
        return events

    def greeting(self) -> bytes:
        return self._tape.greeting()

    def frames_until(self, seq: int) -> bytes:
        return self._tape.frames_until(seq)

    def described(self) -> dict[str, Any]:
        return self._tape.described()
