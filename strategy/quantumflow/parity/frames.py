"""What the trader was given, as events: connection by connection, as far as the caller asks."""

from collections.abc import Iterator

from quantumflow.events import Events
from quantumflow.frames import Batch, FrameReader, Hello, Skipped
from quantumflow.parity.tape import Chunk

__all__ = ["RepeatedFrames", "Step"]

PUSH_BYTES = 65_536

Step = tuple[Events, int] | Skipped
"""Events and how many of them, or the news that some were left out."""


class RepeatedFrames:
    """`join`, then `past` and `live` of that connection."""

    def __init__(self, chunks: Iterator[Chunk]) -> None:
        self._chunks = chunks
        self._next: Chunk | None = next(chunks, None)
        self._batches: Iterator[Batch] = iter(())
        self._held: Batch | None = None
        self._start = 0
        self.frames = 0
        self.last_seq = 0
        """The last live frame that was taken of this connection."""
        self.first_ns = 0
        self.last_ns = 0
        self.exhausted = False
        """Nothing is left of this connection."""

    def join(self) -> Hello | None:
        """The Hello of the next connection; what is left of the one before is passed over. None: there is none."""
        while self._next is not None and self._next.tag == "f":
            self._next = next(self._chunks, None)
        if self._next is None:
            return None
        self._batches = self._decode(FrameReader())
        self._held, self._start = None, 0
        hello = next(self._batches).notes[0]
        if not isinstance(hello, Hello):
            raise TypeError("a connection begins with Hello")
        self.last_seq, self.exhausted = hello.next_seq - 1, False
        return hello

    def past(self, count: int) -> Iterator[Step]:
        """The next `count` events."""
        while count > 0 and (batch := self._batch()) is not None:
            taken = min(count, batch.heads - self._start)
            count -= taken
            yield from self._take(batch, taken)

    def live(self, last_seq: int | None) -> Iterator[Step]:
        """The events up to `last_seq`; None: all there are."""
        while (batch := self._batch()) is not None:
            seqs = batch.events.heads["seq"][self._start : batch.heads]
            taken = len(seqs) if last_seq is None else int((seqs <= last_seq).sum())
            whole = taken == len(seqs)
            if taken:
                self.last_seq = int(seqs[taken - 1])
            yield from self._take(batch, taken)
            if not whole:
                return

    def _batch(self) -> Batch | None:
        if self._held is None:
            self._held, self._start = next(self._batches, None), 0
            self.exhausted = self._held is None
        return self._held

    def _take(self, batch: Batch, count: int) -> Iterator[Step]:
        heads = batch.events.heads[self._start : self._start + count]
        self._start += count
        self.frames += count
        done = self._start == batch.heads
        if count:
            self.first_ns = self.first_ns or int(heads["recv_ns"][0])
            self.last_ns = max(self.last_ns, int(heads["recv_ns"][-1]))
            yield Events(heads, batch.events.levels), count
        if done:
            self._held = None
            yield from (note for note in batch.notes if isinstance(note, Skipped))

    def _decode(self, reader: FrameReader) -> Iterator[Batch]:
        """The connection's batches: its first chunk and the others up to the next connection's."""
        chunk = self._next
        while chunk is not None:
            self._next = next(self._chunks, None)
            for place in range(0, len(chunk.content), PUSH_BYTES):
                reader.push(chunk.content[place : place + PUSH_BYTES])
                while (batch := reader.take()).heads > 0 or batch.notes:
                    yield batch
            chunk = self._next if self._next is not None and self._next.tag == "f" else None
