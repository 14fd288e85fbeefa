"""Lives of an account, written by the real journal writer: any number of sessions, bots, instruments, days."""

from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import Any

from journal.recompute import Books
from journal.sample import empty

from quantumflow.journal.records import Record, client_id
from quantumflow.journal.recovery import recover
from quantumflow.outputs import FIELDS
from quantumflow.vocabulary import OutputKind

SECOND = 10**9
MINUTE, HOUR, DAY = 60 * SECOND, 3_600 * SECOND, 86_400 * SECOND
MONDAY = 20_514 * DAY
"""2026-03-02 00:00 UTC."""
DEPOSIT_E8 = 1_000_000_000_000
BATCH = 2_000
FEE_PPM = 1_000


def spec(symbol: str, index: int, quote: str) -> dict[str, Any]:
    return {
        "index": index,
        "symbol": symbol,
        "base": symbol.removesuffix(quote),
        "quote": quote,
        "tick_e8": 1_000_000,
        "lot_e8": 1_000,
        "qty_min_lots": 1,
        "qty_max_lots": 0,
        "notional_min_e8": 500_000_000,
        "filters_from": "config",
    }


@dataclass
class Life:
    """Writes what happens at `now_ns`, which the caller moves on. Figures of fills are by recompute.Books."""

    directory: Path
    symbols: tuple[str, ...] = ("BTCUSDT",)
    bots: tuple[str, ...] = ("imbalance",)
    quote: str = "USDT"
    now_ns: int = MONDAY
    books: Books = field(default_factory=Books)
    signals: int = 0
    orders: int = 0
    fills: int = 0

    def __post_init__(self) -> None:
        self.directory.mkdir(parents=True, exist_ok=True)
        self.writer = recover(self.journal, self.directory / "journal.anchor", 1).writer
        self.specs = [spec(symbol, index, self.quote) for index, symbol in enumerate(self.symbols)]
        for one in self.specs:
            self.books.units[one["symbol"]] = Fraction(one["tick_e8"] * one["lot_e8"], 10**8)
        self._waiting: list[Record] = []

    @property
    def journal(self) -> Path:
        return self.directory / "journal.db"

    def begin(self, deposit: bool = True, simulated: bool = False, venue: str = "binance") -> "Life":
        self.flush()
        bots = [{"name": bot, "strategy": "imbalance"} for bot in self.bots]
        session = {"market_session": f"s-{self.writer.session}", "venue": venue, "simulated": simulated}
        more = {"clock": "wall", "build": "0.1.0+test", "instruments": self.specs, "bots": bots}
        self.writer.begin_session(self.now_ns, self.now_ns, {**session, **more})
        if deposit:
            self.books.cash += DEPOSIT_E8
            self.add("deposit", {"deposit_id": "opening", "amount_e8": DEPOSIT_E8, "currency": self.quote})
        for symbol in self.symbols:
            self.feed(symbol, "live")
        return self

    def end(self, reason: str = "stopped") -> "Life":
        self.flush()
        self.writer.end_session(self.now_ns, self.now_ns, reason)
        return self

    def close(self) -> Path:
        self.flush()
        self.writer.close()
        return self.journal

    def wait(self, ns: int) -> "Life":
        self.now_ns += ns
        return self

    def feed(self, symbol: str, state: str) -> None:
        self.add("feed", {**empty(OutputKind.FEED), "symbol": symbol, "state": state, "frame_seq": 1})

    def trading(self, trading: str, reason: str | None) -> None:
        self.add("trading", {"trading": trading, "reason": reason, "frame_seq": 1})

    def equity(self, equity_e8: int, peak_e8: int | None = None) -> None:
        values = {"cash_e8": self.books.cash, "equity_e8": equity_e8, "peak_e8": peak_e8 or equity_e8}
        self.add("equity", {**empty(OutputKind.EQUITY), "frame_seq": 1, **values})

    def order(self, side: str, lots: int, bid: int, ask: int, bot: str, symbol: str, refusal: str | None = None) -> str:
        """Signal, order and verdict, decided at bid and ask."""
        self.signals += 1
        self.orders += 1
        order = client_id(bot, self.orders)
        where = {"bot": bot, "symbol": symbol, "frame_seq": 1, "order": order, "side": side, "qty": lots}
        seen = {"signal": self.signals, "signal_kind": "entry", "outcome": "ordered", "bid": bid, "ask": ask}
        self.add("signal", {**empty(OutputKind.SIGNAL), **where, **seen})
        asked = {"signal": self.signals, "order_kind": "market", "time_in_force": "ioc", "limit_price": None}
        reference = ask if side == "buy" else bid
        self.add("order", {**empty(OutputKind.ORDER), **where, **asked, "reference_price": reference})
        said = {"verdict": "refuse" if refusal else "approve", "refusal": refusal, "qty": 0 if refusal else lots}
        evidence = {"order_hash": "0" * 64, "rules": [], "limits_version": "1", "expires_ns": 0, "log_seq": 1}
        self.add("verdict", {**where, **said, **evidence})
        if refusal:
            self.ended(order, "refused", refusal, 0, bot, symbol)
        return order

    def fill(self, order: str, side: str, price: int, lots: int, reference: int, bot: str, symbol: str) -> None:
        self.fills += 1
        own = self.books.fill(bot, symbol, side, price, lots, FEE_PPM)
        touch = notional(self.books.units[symbol], side, reference, lots)
        slippage = own["notional_e8"] - touch if side == "buy" else touch - own["notional_e8"]
        values = {"order": order, "side": side, "liquidity": "taker", "price": price, "qty": lots, "fee_ppm": FEE_PPM}
        where = {"bot": bot, "symbol": symbol, "frame_seq": 1, "fill": self.fills}
        more = {"reference_price": reference, "slippage_e8": slippage}
        self.add("fill", {**empty(OutputKind.FILL), **values, **own, **where, **more})

    def ended(self, order: str, state: str, reason: str | None, filled: int, bot: str, symbol: str) -> None:
        values = {"order": order, "state": state, "reason": reason, "filled": filled, "arrive_ns": None}
        where = {"bot": bot, "symbol": symbol, "frame_seq": 1}
        self.add("order_state", {**empty(OutputKind.ORDER_STATE), **where, **values})

    def trade(
        self, side: str, lots: int, price: int, bid: int, ask: int, bot: str | None = None, symbol: str | None = None
    ) -> None:
        """An order that is filled whole at `price`."""
        bot, symbol = bot or self.bots[0], symbol or self.symbols[0]
        order = self.order(side, lots, bid, ask, bot, symbol)
        self.fill(order, side, price, lots, ask if side == "buy" else bid, bot, symbol)
        self.ended(order, "filled", None, lots, bot, symbol)

    def round_trip(self, bought: int, sold: int, lots: int = 1_000, lasts: int = MINUTE, **where: str) -> None:
        """In and out again, each a tick worse than the touch, with a spread of two ticks."""
        self.trade("buy", lots, bought, bought - 3, bought - 1, **where)
        self.wait(lasts)
        self.trade("sell", lots, sold, sold + 1, sold + 3, **where)

    def add(self, kind: str, payload: dict[str, Any]) -> None:
        self._waiting.append(Record(kind, self.now_ns, payload))
        if len(self._waiting) >= BATCH:
            self.flush()

    def flush(self) -> None:
        if self._waiting:
            self.writer.commit(self._waiting, self.now_ns)
            self._waiting.clear()


def notional(unit: Fraction, side: str, price: int, lots: int) -> int:
    exact = unit * price * lots
    return -(-exact.numerator // exact.denominator) if side == "buy" else exact.numerator // exact.denominator


def year(directory: Path, days: int = 365, trips_a_day: int = 12, simulated: bool = False) -> Life:
    """A year of trades, a bot on each of two instruments, a killed session and days of absence among them."""
    random = Random(1)
    life = Life(directory, ("BTCUSDT", "ETHUSDT"), ("imbalance", "patient"))
    life.begin(simulated=simulated)
    peak = DEPOSIT_E8
    for day in range(days):
        if day in (100, 200):
            if day == 200:
                life.end("stopped")
            life.now_ns = MONDAY + (day + 3) * DAY + HOUR
            life.begin(deposit=False, simulated=simulated)
        if life.now_ns > MONDAY + day * DAY + HOUR:
            continue
        for trip in range(trips_a_day):
            life.now_ns = MONDAY + day * DAY + (2 * trip % 24) * HOUR + random.randrange(HOUR // 2)
            price = 6_000_000 + random.randrange(-20_000, 20_000)
            move = random.randrange(-9_000, 25_000)
            where = {"bot": life.bots[trip % 2], "symbol": life.symbols[trip % 2]}
            life.round_trip(price, price + move, lots=random.randrange(500, 1_500), **where)
            for _ in range(12):
                life.wait(MINUTE)
                peak = max(peak, life.books.cash)
                life.equity(life.books.cash, peak)
    return life


assert set(FIELDS[OutputKind.FEED][0]) == {"state", "epoch"}
