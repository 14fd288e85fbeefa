"""What all events up to one of them amount to, and a checkpoint: the same as one text under a hash. Pure.

A start that finds a checkpoint need not read what came before it. It is believed only with its own hash, with the hash
that its event's row has, and if what follows fits (verify.py).
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import msgspec

from quantumflow.commands.standing import StandingCommands
from quantumflow.journal.anchor import Anchor
from quantumflow.journal.chain import GENESIS, Row, SessionDigest
from quantumflow.journal.records import canonical
from quantumflow.journal.totals import Position, Totals

__all__ = ["CHECKPOINTS_KEPT", "CHECKPOINT_EVENTS", "Checkpoint", "CheckpointMisfit", "Standing"]

CHECKPOINT_EVENTS = 10_000
"""Events after which the next transaction stores a checkpoint; the end of a session stores one too."""
CHECKPOINTS_KEPT = 2
"""A start walks from the older one over the newer one: what it makes of the events between must be the newer one."""


BEGINNING = Anchor(0, GENESIS)
"""Before the first event."""


class CheckpointMisfit(ValueError):
    """A checkpoint that cannot be believed; the text says why."""


class Checkpoint(NamedTuple):
    """A row of `checkpoints`."""

    seq: int
    content: str
    hash: bytes


@dataclass(slots=True)
class Standing:
    """The journal as of its event `head`."""

    head: Anchor = BEGINNING
    session: int = 0
    session_open: bool = False
    venue: str | None = None
    event_ns: int = 0
    digest: SessionDigest = field(default_factory=SessionDigest)
    totals: Totals = field(default_factory=Totals)
    commands: StandingCommands = field(default_factory=StandingCommands)

    def take(self, row: Row, payload: Mapping[str, Any], row_hash: bytes) -> None:
        """Takes the next event. Raises BooksDisagree if it does not add up; that it is the next, the caller knows."""
        if row.kind == "session_started":
            self.session, self.session_open, self.venue = row.session, True, payload["venue"]
            self.digest = SessionDigest()
        elif row.kind == "session_ended":
            self.session_open = False
        elif row.kind == "command":
            self.commands.take(row.seq, row.event_ns, payload)
        elif row.kind == "bot":
            self.commands.take_bot(row.seq, payload)
        self.digest.add(row.event_ns, row.kind, row.payload)
        self.totals.apply(row.kind, row.event_ns, payload)
        self.event_ns = row.event_ns
        self.head = Anchor(row.seq, row_hash)

    def checkpoint(self) -> Checkpoint:
        """All of this as one text; the same events give the same text."""
        content = canonical(
            {
                "seq": self.head.seq,
                "hash": self.head.hash.hex(),
                "session": self.session,
                "session_open": self.session_open,
                "venue": self.venue,
                "event_ns": self.event_ns,
                "digest": self.digest.hex(),
                "totals": _totals_content(self.totals),
                "commands": self.commands.content(),
            }
        )
        return Checkpoint(self.head.seq, content, _content_hash(content))

    @classmethod
    def of(cls, checkpoint: Checkpoint) -> "Standing":
        """What a checkpoint says. Raises CheckpointMisfit."""
        if checkpoint.hash != _content_hash(checkpoint.content):
            raise CheckpointMisfit("its content is not what its hash was made of")
        try:
            said = msgspec.json.decode(checkpoint.content)
            standing = cls(
                head=Anchor(said["seq"], bytes.fromhex(said["hash"])),
                session=said["session"],
                session_open=said["session_open"],
                venue=said["venue"],
                event_ns=said["event_ns"],
                digest=SessionDigest(bytes.fromhex(said["digest"])),
                totals=_totals_of(said["totals"]),
                commands=StandingCommands.of(said["commands"]),
            )
        except (msgspec.DecodeError, KeyError, TypeError, ValueError) as error:
            raise CheckpointMisfit(f"its content cannot be read: {error}") from error
        if standing.head.seq != checkpoint.seq:
            raise CheckpointMisfit(f"its content is of event {standing.head.seq}")
        return standing


_MONEY = ("cash_e8", "fees_e8", "deposits_e8", "peak_e8", "orders", "signals", "fills", "refused")
_POSITION = ("qty", "cost_e8", "realised_e8", "fees_e8", "fills", "entered_ns", "entry_regime", "entry_bar_ns")


def _content_hash(content: str) -> bytes:
    return hashlib.sha256(f"quantumflow checkpoint 3|{content}".encode()).digest()


def _totals_content(totals: Totals) -> dict[str, Any]:
    """Lists in place of mappings: keys of two parts, and the order in which orders were opened, which their end has."""
    return {
        **{name: getattr(totals, name) for name in _MONEY},
        "positions": [
            [*key, *(getattr(position, name) for name in _POSITION)]
            for key, position in sorted(totals.positions.items())
        ],
        "open_orders": list(totals.open_orders.items()),
        "seen": list(totals.seen),
        "specialists": [[order, *asked] for order, asked in totals.specialists.items()],
        "value": [[symbol, *value] for symbol, value in sorted(totals.value.items())],
    }


def _totals_of(said: Mapping[str, Any]) -> Totals:
    return Totals(
        **{name: said[name] for name in _MONEY},
        positions={(bot, symbol): Position(*figures) for bot, symbol, *figures in said["positions"]},
        open_orders=dict(said["open_orders"]),
        seen=tuple(said["seen"]),
        specialists={order: (regime, bar_ns) for order, regime, bar_ns in said["specialists"]},
        value={symbol: (num, den) for symbol, num, den in said["value"]},
    )
