"""hftbacktest on the same books of 20 levels and the same trades. python -m bench.peers.hft ticks ARRAYS

Its own event rows are what changed from book to book; it looks whenever its feed brings something new. The depth is its
fastest one (a range of prices around the market), latency and fees are ours, its fills are by its own exchange model.
"""

import sys
import time
from typing import Any

import hftbacktest as hft
import numpy as np
from hftbacktest.order import IOC, MARKET
from numba import njit

from bench.peers.rule import FEE_PPM, LATENCY_US, LEAN
from bench.peers.turns import serve

TICK, LOT, SIZE = 0.01, 0.00001, 0.001
BUY_SIDE = hft.EXCH_EVENT | hft.LOCAL_EVENT | hft.BUY_EVENT
SELL_SIDE = hft.EXCH_EVENT | hft.LOCAL_EVENT | hft.SELL_EVENT
BOOK, END, FED = 1, 1, 2
"""The kind of a book in the arrays; its words for the end of the data, and for something new of the feed."""
NEXT_MAX_NS = 10**15
"""The two days of ticks lie hours apart: longer than any wait."""


def rows_of(ticks: dict[str, Any]) -> Any:
    """What changed from book to book, and trades."""
    rows: list[tuple[Any, ...]] = []
    shown: list[dict[int, int]] = [{}, {}]
    for at, kind in enumerate(ticks["kind"]):
        now = int(ticks["recv_ns"][at])
        if kind != BOOK:
            side = SELL_SIDE if ticks["side"][at] else BUY_SIDE
            price, qty = ticks["price"][at] * TICK, ticks["qty"][at] * LOT
            rows.append((side | hft.TRADE_EVENT, now, now, price, qty, 0, 0, 0.0))
            continue
        for side, flags in enumerate((BUY_SIDE, SELL_SIDE)):
            levels = {int(p): int(q) for p, q in ticks["levels"][ticks["levels_row"][at], side] if q}
            changed = {p: 0 for p in shown[side] if p not in levels}
            changed |= {p: q for p, q in levels.items() if shown[side].get(p) != q}
            rows += [(flags | hft.DEPTH_EVENT, now, now, p * TICK, q * LOT, 0, 0, 0.0) for p, q in changed.items()]
            shown[side] = levels
    return np.array(rows, dtype=hft.event_dtype)


@njit
def trade(hbt: Any) -> tuple[int, int]:
    """How often it looked, and orders."""
    looks, number, waits = 0, 0, False
    while True:
        found = hbt.wait_next_feed(True, NEXT_MAX_NS)
        if found == END:
            return looks, number
        held = hbt.position(0) > SIZE / 2
        if waits:
            hbt.clear_inactive_orders(0)
            waits = hbt.orders(0).get(number) is not None
        if found != FED:
            continue
        looks += 1
        depth = hbt.depth(0)
        # Its best_bid_qty is the best bid's price in this version where the depth is a range.
        bids, asks = depth.bid_qty_at_tick(depth.best_bid_tick), depth.ask_qty_at_tick(depth.best_ask_tick)
        if waits or not bids + asks > 0:
            continue
        lean = (bids - asks) / (bids + asks)
        if not held and lean >= LEAN:
            number += 1
            waits = True
            hbt.submit_buy_order(0, number, depth.best_ask, SIZE, IOC, MARKET, False)
        elif held and lean <= -LEAN:
            number += 1
            waits = True
            hbt.submit_sell_order(0, number, depth.best_bid, SIZE, IOC, MARKET, False)


def main() -> None:
    """Makes the rows once; each turn is a new backtest over them."""
    ticks = dict(np.load(sys.argv[2]))
    rows = rows_of(ticks)
    prices = ticks["levels"][..., 0]
    low, high = prices[prices > 0].min() * TICK, prices.max() * TICK

    def run() -> dict[str, Any]:
        asset = (
            hft.BacktestAsset()
            .data(rows)
            .linear_asset(1.0)
            .constant_order_latency(LATENCY_US * 1_000, 0)
            .risk_adverse_queue_model()
            .partial_fill_exchange()
            .trading_value_fee_model(FEE_PPM / 1e6, FEE_PPM / 1e6)
            .tick_size(TICK)
            .lot_size(LOT)
            .roi_lb(low)
            .roi_ub(high)
        )
        hbt = hft.ROIVectorMarketDepthBacktest([asset])
        began = time.perf_counter()
        looks, orders = trade(hbt)
        seconds = time.perf_counter() - began
        hbt.close()
        return {"seconds": seconds, "events": int(looks), "orders": int(orders), "rows": len(rows)}

    serve(hft.__version__, run)


if __name__ == "__main__":
    main()
