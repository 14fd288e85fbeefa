"""Candles as events. What happens inside a bar is unknown, so this says little of it, and what it says is against us.

A bar closed at T is, in this order: its first book, a second after its beginning, around its open; a trade at its low
and one at its high; at T the candle, and the book around its close. A strategy is asked at books, so an order that was
decided at a close meets the open of the next bar, half the spread against it. docs/BACKTEST.md says it in prose.
"""

import hashlib
import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from quantumflow.build import build_id
from quantumflow.config import InstrumentConfig
from quantumflow.events import DEPTH, HEAD, Events
from quantumflow.frames import Hello
from quantumflow.specs import InstrumentSpec
from quantumflow.units import parse_e8
from quantumflow.vocabulary import Aggressor, EventKind, FeedState

__all__ = ["SHARE_PPM", "SPREAD_PPM", "BarTape", "Bars"]

SPREAD_PPM = 100
"""The whole spread that stands in for the unknown one, millionths of the price."""
SHARE_PPM = 100_000
"""Of a bar's volume, what the touch holds and what each of its two trades brings."""
CHUNK_BARS = 8_192
"""Bars of one instrument that become events at a time."""
OPEN_DELAY_NS = 1_000_000_000
"""The first book of a bar: later than the usual latency, sooner than an approval grows old."""

_EVENTS = 5
_MS = 1_000_000
_PPM = 1_000_000
_QUOTES = ("USDT", "USDC", "FDUSD", "BTC", "ETH", "BNB", "EUR")
Integers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Bars:
    """One instrument's candles by their end; integers with `scales` decimals of `price` and `qty`."""

    symbol: str
    interval_ns: int
    columns: Mapping[str, Integers]
    scales: Mapping[str, int]
    source: str


class BarTape:
    """Bars of several instruments as one stream."""

    def __init__(self, bars: Sequence[Bars], table: Mapping[str, InstrumentConfig], frames: bool = False) -> None:
        self._frames = frames
        self._bars = bars
        self._specs = [_spec(index, one, table.get(one.symbol)) for index, one in enumerate(bars)]
        self.first_ns = min(int(one.columns["close_ns"][0]) - one.interval_ns for one in bars)
        self.last_ns = max(int(one.columns["close_ns"][-1]) for one in bars)
        self.loading_seconds = 0.0
        digest = hashlib.sha256(b"".join(one.columns["close"].tobytes() for one in bars)).hexdigest()[:16]
        self.hello = Hello(1, 0, build_id(), f"bars-{digest}", "replay", False, "recorded", 1, 0, tuple(self._specs))
        self._chunks = self._made()
        self._waiting: list[Events] = []
        self._seq = 0

    def next(self) -> Events | None:
        """The next batch; None at the end."""
        events = next(self._chunks, None)
        if events is not None and self._frames:
            self._waiting.append(events)
        return events

    def greeting(self) -> bytes:
        """Hello; nothing came before it."""
        rows = [_row(spec) for spec in self._specs]
        hello = self.hello
        head = [1, 1, 0, 1, hello.build, hello.session, hello.venue, hello.simulated, hello.clock, 1, 0, rows]
        return _packed(head)

    def frames_until(self, seq: int) -> bytes:
        """The frames of the events up to `seq` that were not given yet."""
        out = []
        while self._waiting:
            heads = self._waiting[0].heads
            begin, end = np.searchsorted(heads["seq"], [self._seq, seq], side="right")
            out += [_frame(heads[at], self._waiting[0].levels) for at in range(begin, end)]
            self._seq = max(self._seq, min(seq, int(heads["seq"][-1])))
            if end < len(heads):
                break
            self._waiting.pop(0)
        return b"".join(out)

    def described(self) -> dict[str, Any]:
        """What the bars are, and what was assumed of their inside."""
        return {
            "kind": "bars",
            "paths": [one.source for one in self._bars],
            "first_ns": self.first_ns,
            "last_ns": self.last_ns,
            "bars": {one.symbol: len(one.columns["close"]) for one in self._bars},
            "assumed": {"spread_ppm": SPREAD_PPM, "share_ppm": SHARE_PPM},
        }

    def _made(self) -> Iterator[Events]:
        """Windows of time, each with the bars that end in it."""
        width = CHUNK_BARS * max(one.interval_ns for one in self._bars)
        longest = max(one.interval_ns for one in self._bars)
        begin = (self.first_ns // longest) * longest
        seq = 1
        while begin < self.last_ns:
            parts = [
                _events(index, spec, one, begin, begin + width)
                for index, (spec, one) in enumerate(zip(self._specs, self._bars, strict=True))
            ]
            begin += width
            if not any(len(part.heads) for part in parts):
                continue
            offset = 0
            for part in parts:
                books = part.heads["levels_row"] >= 0
                part.heads["levels_row"][books] += offset
                offset += len(part.levels)
            heads = np.concatenate([part.heads for part in parts])
            heads = heads[np.argsort(heads["recv_ns"], kind="stable")]
            heads["seq"] = np.arange(seq, seq + len(heads))
            seq += len(heads)
            yield Events(heads, np.concatenate([part.levels for part in parts]))


def _events(index: int, spec: InstrumentSpec, bars: Bars, begin_ns: int, end_ns: int) -> Events:
    """The bars of one instrument with begin < close_ns <= end."""
    ends = bars.columns["close_ns"]
    first, last = np.searchsorted(ends, [begin_ns, end_ns], side="right")
    # One bar before them, for what their first book knows of the past.
    from_bar = max(0, first - 1)
    part = {name: values[from_bar:last] for name, values in bars.columns.items()}
    price = {name: _units(part[name], bars.scales["price"], spec.tick_e8) for name in ("open", "high", "low", "close")}
    lots = np.maximum(1, _units(part["volume"], bars.scales["qty"], spec.lot_e8))
    known = slice(first - from_bar, None)
    span = np.maximum(1, price["high"] - price["low"])
    place = (2 * price["close"] - price["high"] - price["low"]) / span
    before = np.concatenate([[0.0], place[:-1]])[known]
    epochs = (1 + np.concatenate([[0], np.cumsum(np.diff(ends) != bars.interval_ns)]))[first:last]
    count = last - first
    heads = np.zeros((count, _EVENTS), dtype=HEAD)
    heads["instrument"], heads["levels_row"] = index, -1
    close_ns, share = part["close_ns"][known], np.maximum(1, lots[known] * SHARE_PPM // _PPM)
    open_ns = close_ns - bars.interval_ns + min(OPEN_DELAY_NS, bars.interval_ns // 4)
    for column, at in enumerate((open_ns, open_ns + _MS, open_ns + 2 * _MS, close_ns, close_ns)):
        heads["recv_ns"][:, column] = heads["event_ns"][:, column] = at
    levels = np.zeros((2 * count, 2, DEPTH, 2), dtype=np.int64)
    number = np.arange(first, last)
    _books(heads[:, 0], levels[0::2], 0, price["open"][known], share, before, epochs, 2 * number + 1)
    _books(heads[:, 4], levels[1::2], 1, price["close"][known], share, place[known], epochs, 2 * number + 2)
    for column, name, side in ((1, "low", Aggressor.SELLER), (2, "high", Aggressor.BUYER)):
        trade = heads[:, column]
        trade["kind"], trade["id"], trade["side"] = EventKind.TRADE, 2 * number + column, side
        trade["price"], trade["qty"] = price[name][known], share
    candle = heads[:, 3]
    candle["kind"], candle["closed"], candle["event_ns"] = EventKind.CANDLE, 1, 0
    candle["id"] = close_ns - bars.interval_ns
    for field, values in (("window_bid", price["open"]), ("window_ask", price["high"]), ("low", price["low"])):
        candle[field] = values[known]
    candle["close"], candle["volume"] = price["close"][known], lots[known]
    return Events(heads.reshape(-1), levels)


def _books(
    heads: npt.NDArray[np.void],
    levels: Integers,
    first_row: int,
    price: Integers,
    share: Integers,
    lean: npt.NDArray[np.float64],
    epochs: Integers,
    ids: Integers,
) -> None:
    """One level a side, half the spread away from the price and at least a tick apart."""
    half = np.maximum(1, -(-price * SPREAD_PPM // (2 * _PPM)))
    levels[:, 0, 0, 0], levels[:, 1, 0, 0] = np.maximum(1, price - half), price + half
    levels[:, 0, 0, 1] = levels[:, 1, 0, 1] = share
    heads["kind"], heads["state"] = EventKind.BOOK, FeedState.LIVE
    heads["epoch"], heads["id"] = epochs, ids
    heads["bid_count"] = heads["ask_count"] = 1
    heads["levels_row"] = first_row + 2 * np.arange(len(price))
    for name in ("imbalance_best", "imbalance_top", "imbalance_weighted"):
        heads[name] = lean
    heads["microprice"] = price


def _units(values: Integers, scale: int, unit_e8: int) -> Integers:
    """Integers with so many decimals as whole units; what is left of one is dropped."""
    e8 = values * 10 ** (8 - scale) if scale <= 8 else values // 10 ** (scale - 8)
    units: Integers = e8 // unit_e8
    return units


def _spec(index: int, bars: Bars, table: InstrumentConfig | None) -> InstrumentSpec:
    """As the configuration has it where its units fit the prices, else from their decimals."""
    if table is not None:
        tick, lot = parse_e8(table.tick), parse_e8(table.lot)
        bounds = (parse_e8(table.qty_min) // lot, parse_e8(table.qty_max) // lot, parse_e8(table.notional_min))
        return InstrumentSpec(index, bars.symbol, table.base, table.quote, tick, lot, *bounds, "config")
    quote = next((one for one in _QUOTES if bars.symbol.endswith(one) and bars.symbol != one), "USDT")
    tick, lot = (10 ** max(0, 8 - bars.scales[name]) for name in ("price", "qty"))
    return InstrumentSpec(index, bars.symbol, bars.symbol.removesuffix(quote), quote, tick, lot, 1, 0, 0, "inferred")


def _row(spec: InstrumentSpec) -> list[Any]:
    return [getattr(spec, name) for name in InstrumentSpec.__slots__]


def _frame(head: Any, levels: Integers) -> bytes:
    """The frame of PROTOCOL.md that would have made this event."""
    kind, seq, recv_ns, instrument = (int(head[name]) for name in ("kind", "seq", "recv_ns", "instrument"))
    if kind == EventKind.BOOK:
        sides = levels[int(head["levels_row"])]
        bid, ask = (struct.pack("<2q", *(int(word) for word in sides[side, 0])) for side in (0, 1))
        floats = [float(head[name]) for name in ("imbalance_best", "imbalance_top", "imbalance_weighted", "microprice")]
        numbers = [int(head[name]) for name in ("event_ns", "epoch", "id", "state")]
        return _packed([2, seq, recv_ns, instrument, *numbers, bid, ask, 0, 0, *floats])
    if kind == EventKind.TRADE:
        return _packed(
            [3, seq, recv_ns, instrument, *(int(head[name]) for name in ("event_ns", "id", "price", "qty", "side"))]
        )
    prices = [int(head[name]) for name in ("id", "window_bid", "window_ask", "low", "close", "volume")]
    return _packed([4, seq, recv_ns, instrument, *prices, 0, 0, True, 0])


def _packed(frame: list[Any]) -> bytes:
    body = msgspec.msgpack.encode(frame)
    return len(body).to_bytes(4, "big") + body
