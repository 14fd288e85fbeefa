"""An independent second look at a journal: cash and positions from its events, by API.md's prose and fractions alone.

It shares no code with the package. `python tests/end_to_end/recompute.py JOURNAL.db` prints what it finds and ends with
1 if the journal's own figures differ, or if an order has not exactly one verdict.
"""

import json
import math
import sqlite3
import sys
from collections import Counter
from fractions import Fraction
from pathlib import Path
from typing import Any

PPM = 1_000_000
E8 = 10**8


class Books:
    """What the events add up to."""

    def __init__(self) -> None:
        self.cash = 0
        self.fees = 0
        self.fills = 0
        self.positions: dict[tuple[str, str], dict[str, int]] = {}
        self.worth: dict[str, Fraction] = {}
        self.orders: Counter[str] = Counter()
        self.verdicts: Counter[str] = Counter()
        self.granted: dict[str, int] = {}
        self.filled: Counter[str] = Counter()
        self.complaints: list[str] = []

    def take(self, kind: str, event: dict[str, Any]) -> None:
        """One event of the journal."""
        if kind == "session_started":
            for row in event["instruments"]:
                self.worth[row["symbol"]] = Fraction(row["tick_e8"] * row["lot_e8"], E8)
        elif kind == "deposit":
            self.cash += event["amount_e8"]
        elif kind == "order":
            self.orders[event["order"]] += 1
        elif kind == "verdict":
            self.verdicts[event["order"]] += 1
            self.granted[event["order"]] = 0 if event["verdict"] == "refuse" else event["qty"]
        elif kind == "fill":
            self.fill(event)

    def fill(self, fill: dict[str, Any]) -> None:
        """Books one fill and holds each of its own figures against ours."""
        buys = {"buy": True, "sell": False}[fill["side"]]
        qty, price = fill["qty"], fill["price"]
        whole = self.notional(fill["symbol"], buys, price, qty)
        fee = math.ceil(Fraction(whole * fill["fee_ppm"], PPM))
        position = self.positions.setdefault((fill["bot"], fill["symbol"]), {"qty": 0, "cost_e8": 0, "realised_e8": 0})
        held, cost = position["qty"], position["cost_e8"]
        opposite = held < 0 if buys else held > 0
        closing = min(qty, abs(held)) if opposite else 0
        if closing:
            part = self.notional(fill["symbol"], buys, price, closing)
            share = Fraction(cost * closing, abs(held))
            if held > 0:
                released = math.ceil(share)
                position["realised_e8"] += part - released
            else:
                released = math.floor(share)
                position["realised_e8"] += released - part
            position["cost_e8"] -= released
            position["cost_e8"] += whole - part if qty > closing else 0
        else:
            position["cost_e8"] += whole
        position["qty"] += qty if buys else -qty
        self.cash += (-whole if buys else whole) - fee
        self.fees += fee
        self.fills += 1
        self.filled[fill["order"]] += qty
        said = {
            "fill": self.fills,
            "notional_e8": whole,
            "fee_e8": fee,
            "cash_e8": self.cash,
            "position_qty": position["qty"],
            "position_cost_e8": position["cost_e8"],
            "realised_e8": position["realised_e8"],
        }
        for name, value in said.items():
            if fill[name] != value:
                self.complaints.append(f"fill {fill['fill']}: {name} is {fill[name]}, recomputed {value}")
        if self.filled[fill["order"]] > self.granted.get(fill["order"], 0):
            self.complaints.append(f"fill {fill['fill']}: {fill['order']} is filled beyond its verdict")

    def notional(self, symbol: str, buys: bool, price: int, qty: int) -> int:
        """Rounded against us: up for a buy, down for a sell."""
        exact = self.worth[symbol] * price * qty
        return math.ceil(exact) if buys else math.floor(exact)


def recompute(journal: Path, settled: bool = True) -> Books:
    """The books of a journal, with everything that does not add up among its complaints.

    Not `settled`: a trader may be running, and its newest order may wait for its verdict.
    """
    books = Books()
    connection = sqlite3.connect(f"file:{journal}?mode=ro", uri=True)
    try:
        # One view of events and projections, also of a journal that is being written.
        connection.execute("BEGIN")
        for kind, payload in connection.execute("SELECT kind, payload FROM events ORDER BY seq"):
            books.take(kind, json.loads(payload))
        waits = None if settled else next(reversed(books.orders), None)
        for order, count in books.orders.items():
            if count != 1 or books.verdicts[order] not in ({0, 1} if order == waits else {1}):
                books.complaints.append(f"{order}: {count} orders, {books.verdicts[order]} verdicts")
        for order in books.verdicts.keys() - books.orders.keys():
            books.complaints.append(f"{order}: a verdict without an order")
        _compare(connection, books)
    finally:
        connection.close()
    return books


def _compare(connection: sqlite3.Connection, books: Books) -> None:
    """The stored projections against the recomputed figures."""
    stored = connection.execute("SELECT cash_e8, fees_e8, fills FROM account").fetchone()
    if stored != (books.cash, books.fees, books.fills):
        books.complaints.append(f"account is {stored}, recomputed {(books.cash, books.fees, books.fills)}")
    rows = connection.execute("SELECT bot, symbol, qty, cost_e8, realised_e8 FROM positions")
    kept = {(bot, symbol): {"qty": q, "cost_e8": c, "realised_e8": r} for bot, symbol, q, c, r in rows}
    for key in kept.keys() | books.positions.keys():
        if kept.get(key) != books.positions.get(key):
            books.complaints.append(f"{key} is {kept.get(key)}, recomputed {books.positions.get(key)}")


def main() -> int:
    """The command: the books as JSON, 1 if anything does not add up."""
    books = recompute(Path(sys.argv[1]))
    answer = {
        "cash_e8": books.cash,
        "fees_e8": books.fees,
        "fills": books.fills,
        "orders": len(books.orders),
        "positions": {f"{bot} {symbol}": row for (bot, symbol), row in sorted(books.positions.items())},
        "complaints": books.complaints,
    }
    sys.stdout.write(json.dumps(answer, indent=1) + "\n")
    return 1 if books.complaints else 0


if __name__ == "__main__":
    sys.exit(main())
