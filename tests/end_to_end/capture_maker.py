"""A small capture of a made-up market, in the text form that recorders of Binance's combined streams write.

The market leans one way for some seconds before it moves that way, so that an imbalance strategy has something to see;
everything is drawn from a seed with integers, so that the same arguments give the same bytes.
"""

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

__all__ = ["BEGAN_NS", "MadeMarket", "write_capture"]

BEGAN_NS = 1_700_000_000_000_000_000
STEP_NS = 100_000_000
LEVELS = 25
"""Levels of one side that the made book holds; they stand two ticks apart."""


@dataclass(slots=True)
class MadeMarket:
    """One symbol's book and trades, a step of 100 ms at a time. Prices in ticks of 0.01, quantities in 10⁻⁴."""

    symbol: str
    mid: int
    seed: int
    ids: int = 1_000
    trades: int = 500
    sent: dict[str, dict[int, int]] = field(default_factory=lambda: {"b": {}, "a": {}})

    def messages(self, seconds: int) -> Iterator[tuple[int, dict[str, object]]]:
        """Receive time and message: the snapshot once, then diffs, trades and bookTickers."""
        random = Random(self.seed)
        self._quote(random, 0)
        for side, levels in self._books().items():
            self.sent[side] = levels
        yield BEGAN_NS, self._diff(BEGAN_NS, {"b": [], "a": []}, 1)
        yield BEGAN_NS + 20_000_000, self._snapshot()
        for step in range(1, seconds * 10):
            now = BEGAN_NS + step * STEP_NS
            lean = self._lean(step)
            if lean and random.randrange(10) < 6:
                self.mid += lean * random.randrange(self.mid // 50_000 + 1)
            self._quote(random, lean)
            if random.randrange(3):
                yield now, self._trade(random, now, lean)
            yield now + 1_000, self._change(now)
            yield now + 2_000, self._ticker()

    @staticmethod
    def _lean(step: int) -> int:
        """20 s up, 10 s nothing, 20 s down, 10 s nothing."""
        place = step % 600
        if place < 200:
            return 1
        return -1 if 300 <= place < 500 else 0

    def _quote(self, random: Random, lean: int) -> None:
        heavy, light = (90_000, 6_000) if lean else (20_000, 20_000)
        self.quantity = {
            "b": [(heavy if lean > 0 else light) + random.randrange(900) for _ in range(LEVELS)],
            "a": [(heavy if lean < 0 else light) + random.randrange(900) for _ in range(LEVELS)],
        }

    quantity: dict[str, list[int]] = field(default_factory=dict)

    def _books(self) -> dict[str, dict[int, int]]:
        bids = {self.mid - 1 - 2 * level: self.quantity["b"][level] for level in range(LEVELS)}
        asks = {self.mid + 2 * level: self.quantity["a"][level] for level in range(LEVELS)}
        return {"b": bids, "a": asks}

    def _change(self, now: int) -> dict[str, object]:
        """The diff from what was sent to what is."""
        changes: dict[str, list[list[str]]] = {}
        count = 0
        for side, levels in self._books().items():
            before = self.sent[side]
            gone = [(price, 0) for price in before if price not in levels]
            new = [(price, qty) for price, qty in levels.items() if before.get(price) != qty]
            changes[side] = [[_price(price), _qty(qty)] for price, qty in sorted(gone + new)]
            self.sent[side] = levels
            count += len(changes[side])
        return self._diff(now, changes, count)

    def _diff(self, now: int, changes: dict[str, list[list[str]]], count: int) -> dict[str, object]:
        first, self.ids = self.ids + 1, self.ids + count
        data = {"e": "depthUpdate", "E": now // 1_000_000, "s": self.symbol, "U": first, "u": self.ids, **changes}
        return {"stream": f"{self.symbol.lower()}@depth@100ms", "data": data}

    def _snapshot(self) -> dict[str, object]:
        bids = [[_price(price), _qty(qty)] for price, qty in sorted(self.sent["b"].items(), reverse=True)]
        asks = [[_price(price), _qty(qty)] for price, qty in sorted(self.sent["a"].items())]
        return {"lastUpdateId": self.ids, "bids": bids, "asks": asks}

    def _ticker(self) -> dict[str, object]:
        bid, ask = self.mid - 1, self.mid
        data = {
            "u": self.ids,
            "s": self.symbol,
            "b": _price(bid),
            "B": _qty(self.sent["b"][bid]),
            "a": _price(ask),
            "A": _qty(self.sent["a"][ask]),
        }
        return {"stream": f"{self.symbol.lower()}@bookTicker", "data": data}

    def _trade(self, random: Random, now: int, lean: int) -> dict[str, object]:
        self.trades += 1
        buys = random.randrange(10) < (8 if lean > 0 else 2 if lean < 0 else 5)
        price = max(self.sent["b"]) if not buys else min(self.sent["a"])
        data = {
            "e": "trade",
            "E": now // 1_000_000,
            "s": self.symbol,
            "t": self.trades,
            "p": _price(price),
            "q": _qty(10 + random.randrange(500)),
            "T": now // 1_000_000,
            "m": not buys,
            "M": True,
        }
        return {"stream": f"{self.symbol.lower()}@trade", "data": data}


def write_capture(path: Path, symbol: str, mid: int, seconds: int, seed: int = 1) -> MadeMarket:
    """Writes a capture of `seconds` of one symbol; compressed if the name says so."""
    market = MadeMarket(symbol, mid, seed)
    lines = [f"{now} {json.dumps(message, separators=(',', ':'))}\n" for now, message in market.messages(seconds)]
    text = "".join(lines).encode()
    path.write_bytes(gzip.compress(text, mtime=0) if path.suffix == ".gz" else text)
    return market


def _price(ticks: int) -> str:
    return f"{ticks // 100}.{ticks % 100:02d}000000"


def _qty(lots: int) -> str:
    return f"{lots // 10_000}.{lots % 10_000:04d}0000"
