"""NautilusTrader on the best prices of the same books and the same trades. python -m bench.peers.nautilus ticks ARRAYS

It gets quotes and not 20 levels, which is less work for it. Latency and fees are ours, its fills are by its own
matching engine.
"""

import sys
import time
from importlib.metadata import version
from typing import Any

import numpy as np
from nautilus_trader.backtest.engine import BacktestEngine, BacktestEngineConfig
from nautilus_trader.backtest.models import LatencyModel
from nautilus_trader.config import LoggingConfig
from nautilus_trader.model.currencies import BTC, USDT
from nautilus_trader.model.data import QuoteTick, TradeTick
from nautilus_trader.model.enums import AccountType, AggressorSide, OmsType, OrderSide
from nautilus_trader.model.identifiers import TradeId, Venue
from nautilus_trader.model.objects import Money, Price, Quantity
from nautilus_trader.test_kit.providers import TestInstrumentProvider
from nautilus_trader.trading.strategy import Strategy

from bench.peers.rule import LATENCY_US, LEAN
from bench.peers.turns import serve

INSTRUMENT = TestInstrumentProvider.btcusdt_binance()
BOOK = 1


class Lean(Strategy):  # type: ignore[misc]  # the peer is not there when types are checked
    """What rule.py says, at each quote."""

    def on_start(self) -> None:
        self.seen, self.made, self.filled = 0, 0, 0
        self.size = INSTRUMENT.make_qty(0.001)
        self.subscribe_quote_ticks(INSTRUMENT.id)
        self.subscribe_trade_ticks(INSTRUMENT.id)

    def on_quote_tick(self, tick: Any) -> None:
        self.seen += 1
        if self.filled < self.made:
            return
        bids, asks = float(tick.bid_size), float(tick.ask_size)
        lean, held = (bids - asks) / (bids + asks), self.made % 2 == 1
        if (lean <= -LEAN) if held else (lean >= LEAN):
            self.made += 1
            side = OrderSide.SELL if held else OrderSide.BUY
            self.submit_order(self.order_factory.market(INSTRUMENT.id, side, self.size))

    def on_trade_tick(self, _tick: Any) -> None:
        self.seen += 1

    def on_order_filled(self, event: Any) -> None:
        self.filled += self.cache.order(event.client_order_id).is_closed


def data_of(ticks: dict[str, Any]) -> list[Any]:
    """Its own objects."""
    data: list[Any] = []
    for at, kind in enumerate(ticks["kind"]):
        now = int(ticks["recv_ns"][at])
        if kind != BOOK:
            side = AggressorSide.SELLER if ticks["side"][at] else AggressorSide.BUYER
            price, qty = Price(ticks["price"][at] / 100, 2), Quantity(ticks["qty"][at] / 1e5, 6)
            data.append(TradeTick(INSTRUMENT.id, price, qty, side, TradeId(str(ticks["id"][at])), now, now))
            continue
        (bid, bid_qty), (ask, ask_qty) = ticks["levels"][ticks["levels_row"][at], :, 0]
        prices, sizes = (Price(bid / 100, 2), Price(ask / 100, 2)), (bid_qty / 1e5, ask_qty / 1e5)
        data.append(QuoteTick(INSTRUMENT.id, *prices, *(Quantity(size, 6) for size in sizes), now, now))
    return data


def main() -> None:
    """Makes the objects once; each turn is a new engine over them."""
    data = data_of(dict(np.load(sys.argv[2])))

    def run() -> dict[str, Any]:
        engine = BacktestEngine(config=BacktestEngineConfig(logging=LoggingConfig(bypass_logging=True)))
        balances = [Money(1_000_000, USDT), Money(10, BTC)]
        latency = LatencyModel(base_latency_nanos=LATENCY_US * 1_000)
        engine.add_venue(Venue("BINANCE"), OmsType.NETTING, AccountType.CASH, balances, latency_model=latency)
        engine.add_instrument(INSTRUMENT)
        engine.add_data(data)
        strategy = Lean()
        engine.add_strategy(strategy)
        began = time.perf_counter()
        engine.run()
        seconds = time.perf_counter() - began
        said = {"seconds": seconds, "events": strategy.seen, "orders": strategy.made, "fills": strategy.filled}
        engine.dispose()
        return said

    serve(version("nautilus_trader"), run)


if __name__ == "__main__":
    main()
