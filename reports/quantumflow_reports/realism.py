"""Paper realism: the same fills at three prices, side by side. Pure, exact integers.

mid     (bid + ask) / 2 when the order was decided: what the kindest simulators give
touch   the best opposite price at that moment, for any quantity, at once
model   what the paper broker gave: after the latency, level by level, behind the queue (broker/FILLS.md). Fills that a
        backtest made by a kinder model say so, and so does the report

All three have the same orders, quantities and fee rates, and rounding against us, so the positions are the same and the
difference in cash is the whole difference in profit. A naive simulator fills whole orders, too: what the model left
unfilled is counted apart and valued at the touch, because what it would have earned later nobody can know.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from quantumflow.specs import InstrumentSpec

__all__ = ["Cash", "Realism"]


@dataclass(slots=True)
class Cash:
    """What the fills of one model moved: cash (fees taken), fees, what was traded."""

    moved_e8: int = 0
    fees_e8: int = 0
    notional_e8: int = 0

    def trade(self, buys: bool, notional_e8: int, fee_ppm: int) -> None:
        fee_e8 = -(-notional_e8 * fee_ppm // 10**6)
        self.moved_e8 += (-notional_e8 if buys else notional_e8) - fee_e8
        self.fees_e8 += fee_e8
        self.notional_e8 += notional_e8


@dataclass(slots=True)
class _Order:
    buys: bool
    reference_price: int
    mid2: int | None
    """Bid + ask at the decision; None if no signal saw them."""
    granted: int = 0


@dataclass(slots=True)
class Realism:
    """Takes session, signal, order, verdict, fill and order_state events; remembers open orders only."""

    mid: Cash = field(default_factory=Cash)
    touch: Cash = field(default_factory=Cash)
    model: Cash = field(default_factory=Cash)
    fills: int = 0
    incomparable: int = 0
    """Fills of orders that no signal asked for: left out of all three."""
    orders: int = 0
    """Granted orders that have ended."""
    unfilled_orders: int = 0
    unfilled_e8: int = 0
    kind: set[str] = field(default_factory=set)
    """Fill models that made fills and are not the appliance's: `naive`, `touch`."""
    _value: dict[str, tuple[int, int]] = field(default_factory=dict)
    _mid2: dict[int, int] = field(default_factory=dict)
    _open: dict[str, _Order] = field(default_factory=dict)

    def session_started(self, payload: Mapping[str, Any]) -> None:
        self._value = {row["symbol"]: InstrumentSpec(**row).value for row in payload["instruments"]}
        self._mid2.clear()

    def signal(self, payload: Mapping[str, Any]) -> None:
        if payload["outcome"] == "ordered":
            self._mid2[payload["signal"]] = payload["bid"] + payload["ask"]

    def order(self, payload: Mapping[str, Any]) -> None:
        mid2 = self._mid2.pop(payload["signal"], None) if payload["signal"] is not None else None
        self._open[payload["order"]] = _Order(payload["side"] == "buy", payload["reference_price"], mid2)

    def verdict(self, payload: Mapping[str, Any]) -> None:
        granted = 0 if payload["verdict"] == "refuse" else payload["qty"]
        self._open[payload["order"]].granted = granted

    def fill(self, payload: Mapping[str, Any]) -> None:
        order = self._open[payload["order"]]
        if "fill_model" in payload:
            self.kind.add(str(payload["fill_model"]))
        if order.mid2 is None:
            self.incomparable += 1
            return
        self.fills += 1
        num, den = self._value[payload["symbol"]]
        lots, fee_ppm = payload["qty"], payload["fee_ppm"]
        self.model.trade(order.buys, payload["notional_e8"], fee_ppm)
        self.touch.trade(order.buys, _notional(order.buys, payload["reference_price"] * lots * num, den), fee_ppm)
        self.mid.trade(order.buys, _notional(order.buys, order.mid2 * lots * num, 2 * den), fee_ppm)

    def order_ended(self, payload: Mapping[str, Any], symbol: str) -> None:
        """An order is over."""
        order = self._open.pop(payload["order"], None)
        if order is None or order.granted == 0:
            return
        self.orders += 1
        unfilled = order.granted - payload["filled"]
        if unfilled > 0:
            num, den = self._value[symbol]
            self.unfilled_orders += 1
            self.unfilled_e8 += _notional(order.buys, order.reference_price * unfilled * num, den)

    def as_json(self) -> dict[str, Any]:
        return {
            **{
                name: {"moved_e8": cash.moved_e8, "fees_e8": cash.fees_e8, "notional_e8": cash.notional_e8}
                for name, cash in (("mid", self.mid), ("touch", self.touch), ("model", self.model))
            },
            **{
                name: getattr(self, name)
                for name in ("fills", "incomparable", "orders", "unfilled_orders", "unfilled_e8")
            },
            "kind": sorted(self.kind),
        }


def _notional(buys: bool, numerator: int, den: int) -> int:
    """Rounded against us (core_risk/API.md, Money)."""
    return -(-numerator // den) if buys else numerator // den
