"""The property under every row: a book that is published as live is the exchange's own at that update id.

Shares no code with the programs: prices and quantities are compared as exact decimals.
"""

import http.client
import json
import struct
from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from faults.exchange import CALL_SECONDS_MAX

__all__ = ["LEVELS", "LiveBook", "Truth", "unpack"]

LEVELS = 20
"""Of each side in a Book frame."""
Level = tuple[int, int]


@dataclass(frozen=True, slots=True)
class LiveBook:
    """A book as it was published, in ticks and lots, best first. `window` 0: the side was known whole."""

    session: str
    symbol: str
    epoch: int
    last_id: int
    recv_ns: int
    bids: tuple[Level, ...]
    asks: tuple[Level, ...]
    window_bid: int
    window_ask: int
    tick: Decimal
    lot: Decimal


def unpack(levels: bytes) -> tuple[Level, ...]:
    """Pairs of little-endian i64."""
    return tuple(struct.iter_unpack("<2q", levels))


@dataclass
class Truth:
    """Compares live books with the exchange's own, over one connection to it."""

    port: int
    equal: Counter[str] = field(default_factory=Counter)
    """By symbol: live books that were the truth."""
    unknown: int = 0
    """Live books of which the exchange does not know the truth any more."""
    wrong: list[str] = field(default_factory=list)
    ambiguous_ns: int = 0
    """Books received until then may have ids that the exchange has used again since: they cannot be compared."""
    _channel: http.client.HTTPConnection | None = None

    def compare(self, book: LiveBook) -> bool:
        """Whether the book could be compared and was the truth."""
        true = self._at(book.symbol, book.last_id)
        if true is None or book.recv_ns <= self.ambiguous_ns:
            self.unknown += 1
            return False
        told = f"{book.symbol} at {book.last_id} (epoch {book.epoch})"
        problems = [
            *_side(told, "bids", book.bids, true["bids"], book.window_bid, book, falling=True),
            *_side(told, "asks", book.asks, true["asks"], book.window_ask, book, falling=False),
        ]
        if book.bids and book.asks and book.bids[0][0] >= book.asks[0][0]:
            problems.append(f"{told}: live, but crossed")
        self.wrong += problems
        self.equal[book.symbol] += not problems
        return not problems

    def close(self) -> None:
        """Ends the connection to the exchange."""
        if self._channel is not None:
            self._channel.close()
            self._channel = None

    def _at(self, symbol: str, last_id: int) -> dict[str, Any] | None:
        path = f"/control/truth?symbol={symbol}&id={last_id}&levels={LEVELS}"
        for _ in range(2):
            if self._channel is None:
                self._channel = http.client.HTTPConnection("127.0.0.1", self.port, timeout=CALL_SECONDS_MAX)
            try:
                self._channel.request("GET", path)
                answer = self._channel.getresponse()
                body = answer.read()
            except (OSError, http.client.HTTPException):
                self._channel.close()
                self._channel = None
                continue
            return json.loads(body) if answer.status == 200 else None
        return None


def _side(
    told: str, side: str, ours: tuple[Level, ...], true: list[list[str]], window: int, book: LiveBook, falling: bool
) -> list[str]:
    """What differs on one side, inside the known window; the first difference is enough."""
    shown = [(book.tick * price, book.lot * qty) for price, qty in ours]
    prices = [price for price, _ in shown]
    if prices != sorted(prices, reverse=falling) or len(set(prices)) != len(prices):
        return [f"{told}: {side} are not in order"]
    edge = book.tick * window
    known = [(Decimal(price), Decimal(qty)) for price, qty in true]
    if window:
        known = [row for row in known if (row[0] >= edge if falling else row[0] <= edge)]
        shown = [row for row in shown if (row[0] >= edge if falling else row[0] <= edge)]
    for place, (one, other) in enumerate(zip(shown, known, strict=False)):
        if one != other:
            return [f"{told}: {side}[{place}] is {one[0]} × {one[1]}, the truth {other[0]} × {other[1]}"]
    if len(shown) != len(known):
        return [f"{told}: {len(shown)} {side}, the truth has {len(known)}"]
    return []
