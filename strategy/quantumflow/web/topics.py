"""What is told to many at once: one text for all who follow, kept for a while, and each reads on at its own pace.

Nothing is kept for a client. Who falls too far behind is told so, and gets the state whole.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from typing import Any, NamedTuple

import msgspec

__all__ = ["KEPT_BYTES_MAX", "KEPT_MAX", "LAG_MAX", "Bell", "Told", "Topic", "as_text"]

KEPT_MAX = 600
"""Messages kept for who comes back: a minute of ticks."""
KEPT_BYTES_MAX = 4_194_304
LAG_MAX = 20
"""Messages that a client may be behind before they are folded: two seconds of ticks."""

_encoder = msgspec.json.Encoder()


def as_text(message: dict[str, Any]) -> str:
    """One message as it is sent."""
    return _encoder.encode(message).decode("utf-8")


class Bell:
    """Wakes all who wait, and nobody who comes later."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def ring(self) -> None:
        self._event.set()
        self._event = asyncio.Event()

    async def wait(self) -> None:
        await self._event.wait()


class Told(NamedTuple):
    """A message that was told: what it holds up to, and its text."""

    seq: int
    text: str


class Topic:
    """One thing that many may follow. `whole` tells its state as it is now, None if there is none."""

    def __init__(self, whole: Callable[[], Told | None], lag_max: int = LAG_MAX) -> None:
        self.followers = 0
        self._whole = whole
        self._lag_max = lag_max
        self._kept: deque[Told] = deque()
        self._bytes = 0
        self._end = 0
        """Number of the next message; those kept end before it."""
        self._bell = Bell()
        self._since: int | None = None
        """What the messages kept follow on."""
        self._stopped: Exception | None = None

    def tell(self, told: Told) -> None:
        """The next message, to all."""
        self._kept.append(told)
        self._bytes += len(told.text)
        self._end += 1
        while len(self._kept) > KEPT_MAX or self._bytes > KEPT_BYTES_MAX:
            gone = self._kept.popleft()
            self._bytes -= len(gone.text)
            self._since = gone.seq
        self._bell.ring()

    def begin(self, seq: int) -> None:
        """From now on messages follow on `seq`; what was told before belongs to something else."""
        self._kept.clear()
        self._bytes = 0
        self._since = seq
        self._bell.ring()

    def stop(self, why: Exception) -> None:
        """There is nothing to tell any more: who follows gets `why` raised."""
        self._stopped = why
        self._bell.ring()

    def can_resume(self, after: int) -> bool:
        """Whether all messages behind `after` are kept."""
        return self._since is not None and self._since <= after <= self._newest()

    async def follow(self, after: int | None) -> AsyncIterator[str]:
        """Texts for one client: the state whole unless it can resume behind `after`, then each message as it comes."""
        if after is not None and self.can_resume(after):
            behind = sum(1 for told in self._kept if told.seq > after)
            place, last, lag_max = self._end - behind, after, KEPT_MAX
        else:
            whole = self._whole()
            place, last, lag_max = self._end, self._newest(), self._lag_max
            if whole is not None:
                last = whole.seq
                yield whole.text
        while True:
            if self._stopped is not None:
                raise self._stopped
            behind = self._end - place
            if behind > lag_max or behind > len(self._kept):
                whole = self._whole()
                seq = self._newest() if whole is None else whole.seq
                yield as_text({"type": "skipped", "from_seq": last, "to_seq": seq, "messages": behind})
                place, last = self._end, seq
                if whole is not None:
                    yield whole.text
            elif behind > 0:
                told = self._kept[-behind]
                place, last = place + 1, told.seq
                yield told.text
            else:
                lag_max = self._lag_max
                await self._bell.wait()

    def _newest(self) -> int:
        return self._kept[-1].seq if self._kept else (self._since or 0)
