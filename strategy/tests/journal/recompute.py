"""The journal recomputed by other means than its writer's: exact fractions, API.md's prose, plain SQL over events.

`complaints(path)` is empty for a journal whose events, projections, chain, digests and totals all say the same.
"""

import hashlib
import json
import sqlite3
from collections import Counter
from fractions import Fraction
from math import ceil, floor
from pathlib import Path
from typing import Any

GENESIS = hashlib.sha256(b"quantumflow journal 1").digest()


class Books:
    """Cash and positions by the words of API.md. A position is (lots, cost, realised)."""

    def __init__(self) -> None:
        self.cash = 0
        self.fees = 0
        self.units: dict[str, Fraction] = {}
        self.held: dict[tuple[str, str], tuple[int, int, int]] = {}

    def worth(self, symbol: str, price: int, lots: int) -> Fraction:
        return price * lots * self.units[symbol]

    def fill(self, bot: str, symbol: str, side: str, price: int, lots: int, fee_ppm: int) -> dict[str, int]:
        """What a fill must say of itself and of the account after it."""
        to_us = floor if side == "sell" else ceil
        notional = to_us(self.worth(symbol, price, lots))
        fee = ceil(Fraction(notional * fee_ppm, 10**6))
        have, cost, realised = self.held.get((bot, symbol), (0, 0, 0))
        sign = 1 if side == "buy" else -1
        closing = min(lots, abs(have)) if have * sign < 0 else 0
        if closing:
            money = to_us(self.worth(symbol, price, closing))
            share = Fraction(cost * closing, abs(have))
            released = ceil(share) if have > 0 else floor(share)
            realised += money - released if have > 0 else released - money
            cost -= released
            cost += notional - money if lots > closing else 0
        else:
            cost += notional
        self.held[bot, symbol] = (have + sign * lots, cost, realised)
        self.cash -= sign * notional + fee
        self.fees += fee
        return {
            "notional_e8": notional,
            "fee_e8": fee,
            "cash_e8": self.cash,
            "position_qty": have + sign * lots,
            "position_cost_e8": cost,
            "realised_e8": realised,
        }


def complaints(path: Path) -> list[str]:
    database = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    database.row_factory = sqlite3.Row
    try:
        rows = database.execute("SELECT * FROM events ORDER BY seq").fetchall()
        return [*_chain(rows), *_digests(database, rows), *_account(database, rows), *_orders(database, rows)]
    finally:
        database.close()


def _chain(rows: list[Any]) -> list[str]:
    found, head = [], GENESIS
    for place, row in enumerate(rows, 1):
        columns = [row[name] for name in ("seq", "session", "event_ns", "recorded_ns", "kind", "payload")]
        head = hashlib.sha256(head + "|".join(str(column) for column in columns).encode()).digest()
        if row["seq"] != place or row["hash"] != head:
            found.append(f"event {place}: its hash is not that of its columns")
            break
    return found


def _digests(database: Any, rows: list[Any]) -> list[str]:
    found = []
    for session, digest in database.execute("SELECT session, digest FROM sessions WHERE ended_ns IS NOT NULL"):
        own = hashlib.sha256(b"quantumflow session 1").digest()
        for row in rows:
            if row["session"] == session and row["kind"] not in ("session_started", "session_ended"):
                own = hashlib.sha256(own + f"{row['event_ns']}|{row['kind']}|{row['payload']}".encode()).digest()
        if own.hex() != digest:
            found.append(f"session {session}: its digest is not that of its events")
    return found


def _account(database: Any, rows: list[Any]) -> list[str]:
    books, found, fills = Books(), [], 0
    for row in rows:
        payload = json.loads(row["payload"])
        if row["kind"] == "session_started":
            for spec in payload["instruments"]:
                books.units[spec["symbol"]] = Fraction(spec["tick_e8"] * spec["lot_e8"], 10**8)
        elif row["kind"] == "deposit":
            books.cash += payload["amount_e8"]
        elif row["kind"] == "fill":
            fills += 1
            own = books.fill(*(payload[name] for name in ("bot", "symbol", "side", "price", "qty", "fee_ppm")))
            own["fill"] = fills
            found += [
                f"fill {fills}: {name} {payload[name]}, not {own[name]}" for name in own if payload[name] != own[name]
            ]
    account = database.execute("SELECT * FROM account").fetchone()
    realised = sum(held[2] for held in books.held.values())
    for name, own in (("cash_e8", books.cash), ("fees_e8", books.fees), ("realised_e8", realised), ("fills", fills)):
        if account[name] != own:
            found.append(f"account: {name} {account[name]}, not {own}")
    stored = {
        (row["bot"], row["symbol"]): (row["qty"], row["cost_e8"], row["realised_e8"])
        for row in database.execute("SELECT * FROM positions")
    }
    return found if stored == books.held else [*found, f"positions: {stored}, not {books.held}"]


def _orders(database: Any, rows: list[Any]) -> list[str]:
    by_kind: dict[str, list[dict[str, Any]]] = {"order": [], "verdict": [], "fill": []}
    for row in rows:
        if row["kind"] in by_kind:
            by_kind[row["kind"]].append(json.loads(row["payload"]))
    orders = [order["order"] for order in by_kind["order"]]
    verdicts = Counter(verdict["order"] for verdict in by_kind["verdict"])
    granted = {verdict["order"]: verdict["qty"] for verdict in by_kind["verdict"]}
    filled: Counter[str] = Counter()
    for fill in by_kind["fill"]:
        filled[fill["order"]] += fill["qty"]
    found = [f"{order}: {verdicts[order]} verdicts" for order in orders if verdicts[order] > 1]
    found += [f"{order} stands twice" for order, times in Counter(orders).items() if times > 1]
    found += [
        f"{order}: {qty} filled of {granted.get(order, 0)}"
        for order, qty in filled.items()
        if qty > granted.get(order, 0)
    ]
    stored = database.execute("SELECT client_id, filled, state, verdict FROM orders ORDER BY number").fetchall()
    found += [] if [row[0] for row in stored] == orders else ["orders: not those of the events"]
    ended = ("filled", "refused", "cancelled", "expired")
    for client_id, told, state, verdict in stored:
        if state in ended and (told != filled[client_id] or verdict is None):
            found.append(f"{client_id}: {state} with {told} filled, not {filled[client_id]}, verdict {verdict}")
    return found


def entered_ns(fills: list[tuple[int, int]]) -> int:
    """Time of the last fill that made the position larger or turned it over; 0: none. `fills`: (held after, time)."""
    entry = held = 0
    for after, event_ns in fills:
        if abs(after) > abs(held) or after * held < 0:
            entry = event_ns
        held = after
    return entry
