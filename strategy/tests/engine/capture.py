"""A naive reader of two text captures of Binance spot, for tests: dictionaries as books, decimals as integers."""

import gzip
import heapq
import json
import os
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

from engine.world import Row, book, event, stream
from quantumflow.events import DEPTH, Events
from quantumflow.vocabulary import EventKind

DATA = Path(os.environ.get("QF_DATA", Path(__file__).parents[3] / "../shared/data"))
SYMBOLS = (("btcusdt", "0.01", "0.00001"), ("ethusdt", "0.01", "0.0001"))
DAYS = ("20240808", "20240809")
MS = 1_000_000


def capture_files() -> list[Path]:
    return [DATA / "l2" / f"spot_{symbol}_{day}.gz" for symbol, _, _ in SYMBOLS for day in DAYS]


def captured_minutes() -> Events:
    """Ten minutes of two instruments as one stream, in order of receipt."""
    rows = [row for k in range(len(SYMBOLS)) for row in _rows(k)]
    return stream(sorted(rows, key=lambda row: row[0]["recv_ns"]))


def _lines(symbol: str) -> Iterator[tuple[int, dict[str, Any]]]:
    for day in DAYS:
        with gzip.open(DATA / "l2" / f"spot_{symbol}_{day}.gz", "rt") as file:
            for line in filter(str.strip, file):
                stamp, _, text = line.partition(" ")
                yield int(stamp), json.loads(text)


def _rows(k: int) -> Iterator[Row]:
    symbol, tick, lot = SYMBOLS[k]
    sides: tuple[dict[int, int], dict[int, int]] = ({}, {})
    last, early = 0, []

    def ticks(text: str) -> int:
        return int(Decimal(text) / Decimal(tick))

    def apply(bids: list[list[str]], asks: list[list[str]]) -> None:
        for side, changes in zip(sides, (bids, asks), strict=True):
            for price, qty in changes:
                side[ticks(price)] = int(Decimal(qty) / Decimal(lot))
                if side[ticks(price)] == 0:
                    del side[ticks(price)]

    for now, message in _lines(symbol):
        if "lastUpdateId" in message:
            last = message["lastUpdateId"]
            apply(message["bids"], message["asks"])
            for diff in early:
                if diff["u"] > last:
                    apply(diff["b"], diff["a"])
                    last = diff["u"]
            continue
        data, kind = message["data"], message["stream"].split("@")[1]
        if kind == "trade":
            fields = {"price": ticks(data["p"]), "qty": int(Decimal(data["q"]) / Decimal(lot)), "side": int(data["m"])}
            yield event(EventKind.TRADE, now, instrument=k, id=data["t"], **fields)
            continue
        if kind != "depth":
            continue
        if last == 0:
            early.append(data)
        elif data["u"] > last:
            apply(data["b"], data["a"])
            last = data["u"]
            bids = [(price, sides[0][price]) for price in heapq.nlargest(DEPTH, sides[0])]
            asks = [(price, sides[1][price]) for price in heapq.nsmallest(DEPTH, sides[1])]
            fields = {"event_ns": data["E"] * MS, "id": last, "imbalance_weighted": _weighted(bids, asks)}
            yield book(now, bids, asks, instrument=k, **fields)


def _weighted(bids: list[tuple[int, int]], asks: list[tuple[int, int]]) -> float:
    bid, ask = (sum(qty * 0.7**level for level, (_, qty) in enumerate(side)) for side in (bids, asks))
    return (bid - ask) / (bid + ask)
