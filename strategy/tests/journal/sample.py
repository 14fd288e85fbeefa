"""A small life of an account as journal records, with figures by the independent rules of recompute.py."""

from fractions import Fraction
from pathlib import Path
from typing import Any

from journal.recompute import Books
from quantumflow.journal.records import Record, client_id
from quantumflow.journal.recovery import recover
from quantumflow.journal.writer import Writer
from quantumflow.outputs import FIELDS
from quantumflow.vocabulary import OutputKind

DEPOSIT_E8 = 1_000_000_000_000
RECORDED_NS = 77
SPEC = {
    "index": 0,
    "symbol": "BTCUSDT",
    "base": "BTC",
    "quote": "USDT",
    "tick_e8": 1_000_000,
    "lot_e8": 1_000,
    "qty_min_lots": 1,
    "qty_max_lots": 0,
    "notional_min_e8": 500_000_000,
    "filters_from": "config",
}
SESSION = {
    "market_session": "s-1",
    "venue": "replay",
    "simulated": False,
    "clock": "recorded",
    "build": "0.1.0+test",
    "instruments": [SPEC],
    "bots": [{"name": "imbalance", "strategy": "imbalance"}],
}


def empty(kind: OutputKind) -> dict[str, Any]:
    integers, floats = FIELDS[kind]
    # The appliance's fills do not say how they were made.
    return {**dict.fromkeys((name for name in integers if name != "fill_model"), 0), **dict.fromkeys(floats, 0.0)}


class Life:
    """Writes orders and fills whose figures are right, one transaction a step."""

    def __init__(self, writer: Writer, now_ns: int = 1_000, bot: str = "imbalance") -> None:
        self.writer = writer
        self.now_ns = now_ns
        self.bot = bot
        self.books = Books()
        self.books.units["BTCUSDT"] = Fraction(SPEC["tick_e8"] * SPEC["lot_e8"], 10**8)
        self.orders = self.fills = self.signals = 0

    def begin(self, deposit: bool = True, **changes: Any) -> None:
        self.writer.begin_session(self.now_ns, RECORDED_NS, {**SESSION, **changes})
        if deposit:
            self.books.cash += DEPOSIT_E8
            deposit = {"deposit_id": "opening", "amount_e8": DEPOSIT_E8, "currency": "USDT"}
            self.commit(Record("deposit", self.now_ns, deposit))

    def commit(self, *records: Record) -> None:
        self.writer.commit(records, RECORDED_NS)

    def record(self, kind: OutputKind, **values: Any) -> Record:
        self.now_ns += 10
        where = {"bot": self.bot, "symbol": "BTCUSDT", "frame_seq": 9}
        return Record(kind.name.lower(), self.now_ns, {**empty(kind), **where, **values})

    def order(self, side: str, qty: int, regime: str | None = None, bar_ns: int = 0) -> str:
        """Of a specialist at a bar, where a regime is given."""
        self.orders += 1
        self.signals += 1
        order = client_id(self.bot, self.orders)
        words = {"order": order, "side": side, "qty": qty}
        signal = self.record(
            OutputKind.SIGNAL, **words, signal=self.signals, signal_kind="entry", outcome="ordered", imbalance=0.1 + 0.2
        )
        more = {"order_kind": "market", "time_in_force": "ioc", "post_only": False, "reduce_only": side == "sell"}
        seen = {"signal": self.signals, "regime": regime, "entry_regime": regime, "bar_ns": bar_ns}
        own = [] if regime is None else [self.record(OutputKind.SPECIALIST, **seen)]
        ordered = self.record(OutputKind.ORDER, **words, **more, signal=self.signals, limit_price=None)
        self.commit(signal, *own, ordered)
        return order

    def verdict(self, order: str, qty: int, verdict: str = "approve", refusal: str | None = None) -> None:
        evidence = {"order_hash": "0" * 64, "rules": [{"rule": "order_size", "value": 1, "limit": 2, "ok": True}]}
        more = {"limits_version": "0" * 12, "expires_ns": self.now_ns, "log_seq": 1}
        said = {"order": order, "verdict": verdict, "qty": qty, "refusal": refusal}
        self.commit(self.record(OutputKind.VERDICT, **said, **evidence, **more))

    def filled(self, order: str, side: str, price: int, qty: int, ends: bool = True) -> Record:
        self.fills += 1
        own = self.books.fill(self.bot, "BTCUSDT", side, price, qty, 1000)
        values = {"order": order, "side": side, "liquidity": "taker", "price": price, "qty": qty, "fee_ppm": 1000}
        fill = self.record(OutputKind.FILL, **values, **own, fill=self.fills)
        self.commit(fill, *([self.ended(order, "filled", filled=qty)] if ends else []))
        return fill

    def ended(self, order: str, state: str, reason: str | None = None, filled: int = 0) -> Record:
        return self.record(
            OutputKind.ORDER_STATE, order=order, state=state, reason=reason, filled=filled, arrive_ns=None
        )

    def round_trip(self, price: int, qty: int, gain: int = 7, regime: str | None = None) -> None:
        for side, at in (("buy", price), ("sell", price + gain)):
            order = self.order(side, qty, regime)
            self.verdict(order, qty)
            self.filled(order, side, at, qty)


def journal_of(directory: Path) -> tuple[Path, Path]:
    return directory / "journal.db", directory / "journal.anchor"


def lived(directory: Path, trips: int = 3) -> Life:
    """A journal with a running session and `trips` round trips."""
    life = Life(recover(*journal_of(directory), RECORDED_NS).writer)
    life.begin()
    for trip in range(trips):
        life.round_trip(6_000_000 + 13 * trip, 1_001 + trip)
    return life
