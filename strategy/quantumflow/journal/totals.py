"""The account recomputed from journal events alone, by the rules of API.md "Money". Pure.

The engine says after each fill what the account is; this says it again from side, price and quantity. The writer holds
the two together before a fill is committed, and recovery before anything starts.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from quantumflow.journal.records import TERMINAL, order_number
from quantumflow.specs import InstrumentSpec

__all__ = ["BooksDisagree", "Position", "Totals"]


class BooksDisagree(ValueError):
    """A fill's own figures are not what its side, price and quantity make of the account before it."""


@dataclass(slots=True)
class Position:
    """One bot's position in one instrument, signed lots; `cost_e8` as API.md says, never negative."""

    qty: int = 0
    cost_e8: int = 0
    realised_e8: int = 0
    fees_e8: int = 0
    fills: int = 0
    entered_ns: int = 0
    """Event time of the last fill that made it larger: what a limit on its time counts from, over restarts too."""
    entry_regime: str = "unknown"
    """Regime whose specialist opened it, and the bar at which it did; unknown and 0 where none did."""
    entry_bar_ns: int = 0

    def trade(self, event_ns: int, buys: bool, qty: int, notional_e8: int, closing_e8: int) -> None:
        """Books `qty` lots for `notional_e8`; `closing_e8` is the notional of the lots that close what is open."""
        closes_short = buys and self.qty < 0
        closes_long = not buys and self.qty > 0
        closed = min(qty, abs(self.qty)) if closes_short or closes_long else 0
        if closes_long:
            released = -(-self.cost_e8 * closed // self.qty)
            self.realised_e8 += closing_e8 - released
            self.cost_e8 -= released
        elif closes_short:
            released = self.cost_e8 * closed // -self.qty
            self.realised_e8 += released - closing_e8
            self.cost_e8 -= released
        if qty > closed:
            self.cost_e8 += notional_e8 - (closing_e8 if closed else 0)
            self.entered_ns = event_ns
        self.qty += qty if buys else -qty
        self.fills += 1


@dataclass(slots=True)
class Totals:
    """Everything an opening needs: money, counts, positions, and the orders that have not ended."""

    cash_e8: int = 0
    fees_e8: int = 0
    deposits_e8: int = 0
    peak_e8: int = 0
    orders: int = 0
    signals: int = 0
    fills: int = 0
    refused: int = 0
    positions: dict[tuple[str, str], Position] = field(default_factory=dict)
    open_orders: dict[str, bool] = field(default_factory=dict)
    """Client id → whether it has a verdict."""
    seen: tuple[int, str, int] = (0, "unknown", 0)
    """Of the newest specialist with a signal: the signal, the regime that stood, its bar."""
    specialists: dict[str, tuple[str, int]] = field(default_factory=dict)
    """Regime and bar of each open order that a specialist asked for."""
    value: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Symbol → what one tick of one lot is worth, as `InstrumentSpec.value` of the running session."""

    @property
    def realised_e8(self) -> int:
        return sum(position.realised_e8 for position in self.positions.values())

    def apply(self, kind: str, event_ns: int, payload: Mapping[str, Any]) -> None:
        """Takes one event. Raises BooksDisagree if it is a fill that does not add up."""
        if kind == "session_started":
            self.value = {row["symbol"]: InstrumentSpec(**row).value for row in payload["instruments"]}
        elif kind == "deposit":
            self.cash_e8 += payload["amount_e8"]
            self.deposits_e8 += payload["amount_e8"]
            self.peak_e8 = max(self.peak_e8, self.cash_e8)
        elif kind == "signal":
            self.signals = self._next("signal", self.signals, payload["signal"])
        elif kind == "order":
            self.orders = self._next("order", self.orders, order_number(payload["order"]))
            self.open_orders[payload["order"]] = False
            if payload["signal"] is not None and payload["signal"] == self.seen[0]:
                self.specialists[payload["order"]] = self.seen[1:]
        elif kind == "specialist" and payload["signal"] is not None:
            self.seen = payload["signal"], payload["regime"], payload["bar_ns"]
        elif kind == "verdict":
            self._verdict(payload["order"])
        elif kind == "order_state":
            self._order_state(payload)
        elif kind == "fill":
            self._fill(event_ns, payload)
        elif kind == "equity":
            self.peak_e8 = max(self.peak_e8, payload["peak_e8"])

    @staticmethod
    def _next(what: str, last: int, number: int) -> int:
        if number != last + 1:
            raise BooksDisagree(f"{what} {number} follows {what} {last}")
        return number

    def _verdict(self, order: str) -> None:
        if self.open_orders.get(order, True):
            raise BooksDisagree(f"a verdict for {order}, which is not waiting for one")
        self.open_orders[order] = True

    def _order_state(self, payload: Mapping[str, Any]) -> None:
        order = payload["order"]
        if order not in self.open_orders:
            raise BooksDisagree(f"{order} is {payload['state']}, but it had ended or never began")
        if payload["state"] in TERMINAL:
            self.specialists.pop(order, None)
            if not self.open_orders.pop(order):
                raise BooksDisagree(f"{order} ended without a verdict")
            self.refused += payload["state"] == "refused"

    def _fill(self, event_ns: int, fill: Mapping[str, Any]) -> None:
        self.fills = self._next("fill", self.fills, fill["fill"])
        if not self.open_orders.get(fill["order"], False):
            raise BooksDisagree(f"fill {fill['fill']} of {fill['order']}, which is not open with a verdict")
        position = self.positions.setdefault((fill["bot"], fill["symbol"]), Position())
        buys = fill["side"] == "buy"
        notional_e8 = self._notional(fill["symbol"], buys, fill["price"], fill["qty"])
        fee_e8 = -(-notional_e8 * fill["fee_ppm"] // 10**6)
        closing = min(fill["qty"], abs(position.qty))
        closing_e8 = self._notional(fill["symbol"], buys, fill["price"], closing)
        if position.qty == 0:
            position.entry_regime, position.entry_bar_ns = self.specialists.get(fill["order"], ("unknown", 0))
        position.trade(event_ns, buys, fill["qty"], notional_e8, closing_e8)
        position.fees_e8 += fee_e8
        self.fees_e8 += fee_e8
        self.cash_e8 += -notional_e8 - fee_e8 if buys else notional_e8 - fee_e8
        ours = (notional_e8, fee_e8, self.cash_e8, position.qty, position.cost_e8, position.realised_e8)
        said = tuple(fill[name] for name in _FILL_SAYS)
        if ours != said:
            differences = [
                f"{name} {claim}, recomputed {own}"
                for name, claim, own in zip(_FILL_SAYS, said, ours, strict=True)
                if claim != own
            ]
            raise BooksDisagree(f"fill {fill['fill']}: {'; '.join(differences)}")

    def _notional(self, symbol: str, buys: bool, price: int, qty: int) -> int:
        num, den = self.value[symbol]
        product = price * qty * num
        return -(-product // den) if buys else product // den


_FILL_SAYS = ("notional_e8", "fee_e8", "cash_e8", "position_qty", "position_cost_e8", "realised_e8")
