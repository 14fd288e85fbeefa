"""What was told and what is on its way, in one small durable file: at least once, in order, whatever is killed when.

    gathered → kept as pending, with its exact texts → each part to each chat, kept after each → cursor moved, kept

A kill before the first step loses nothing: the cursor still stands before those events. One after it repeats at most
the part that was under way, with the same text and the same key, so that a reader sees that it is a repetition.
"""

from pathlib import Path

import msgspec

from quantumflow.crash_points import reach
from quantumflow.durable import replace_file
from quantumflow.errors import ApplianceRefused

__all__ = ["Cursor", "Outbox", "OutboxFile", "Pending", "ToldState"]

OUTBOX_BYTES_MAX = 1_000_000
PASSED_EVENTS_MAX = 2_000


class Cursor(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Everything up to here was told: an event of the journal with its hash, a notice of upkeep."""

    seq: int = 0
    hash: str = ""
    notice: int = 0


class ToldState(msgspec.Struct, forbid_unknown_fields=True):
    """digest.Told, as it is kept."""

    trading: str = "unknown"
    reason: str | None = None
    feed: dict[str, str] = {}
    refusals: dict[str, int] = {}


class Pending(msgspec.Struct, forbid_unknown_fields=True):
    """A message on its way."""

    parts: list[str]
    to: Cursor
    told: ToldState
    picture: str | None = None
    sent: dict[str, int] = {}
    """Chat → parts that it has; the picture counts as the last."""


class Outbox(msgspec.Struct, forbid_unknown_fields=True):
    """The whole file."""

    cursor: Cursor | None = None
    """None: nothing was ever told here; telling begins with what comes."""
    told: ToldState = msgspec.field(default_factory=ToldState)
    pending: Pending | None = None


class OutboxFile:
    """The file and its content. Each method that changes something returns when it is on disk."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.box = _read(path)
        self._kept_seq = 0 if self.box.cursor is None else self.box.cursor.seq

    def begin(self, cursor: Cursor) -> None:
        """The first time: from here on."""
        self.box.cursor = cursor
        self._keep()

    def put(self, pending: Pending) -> None:
        reach("telegram.before_pending")
        self.box.pending = pending
        self._keep()
        reach("telegram.after_pending")

    def sent(self, chat: int, parts: int) -> None:
        """`chat` has the first `parts` parts."""
        if self.box.pending is None:
            raise RuntimeError("nothing is on its way")
        reach("telegram.after_send")
        self.box.pending.sent[str(chat)] = parts
        self._keep()
        reach("telegram.after_sent")

    def done(self) -> None:
        """Every chat has every part."""
        pending = self.box.pending
        if pending is None:
            raise RuntimeError("nothing is on its way")
        self.box.cursor, self.box.told, self.box.pending = pending.to, pending.told, None
        self._keep()
        reach("telegram.after_done")

    def pass_over(self, cursor: Cursor, told: ToldState) -> None:
        """Nothing up to `cursor` was worth a message. Kept now and then only: what is read again says nothing again."""
        self.box.cursor, self.box.told = cursor, told
        if cursor.seq - self._kept_seq >= PASSED_EVENTS_MAX:
            self._keep()

    def _keep(self) -> None:
        replace_file(self._path, msgspec.json.encode(self.box) + b"\n")
        self._kept_seq = 0 if self.box.cursor is None else self.box.cursor.seq


def _read(path: Path) -> Outbox:
    try:
        with path.open("rb") as source:
            return msgspec.json.decode(source.read(OUTBOX_BYTES_MAX), type=Outbox)
    except FileNotFoundError:
        return Outbox()
    except (OSError, msgspec.MsgspecError) as error:
        detail = f"{path} cannot be read ({error}): restore it, or move it away; then telling begins with what comes"
        raise ApplianceRefused("outbox_unreadable", detail) from None
