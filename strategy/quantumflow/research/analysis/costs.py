"""What trading cost, by cause: from the mid at the decision to the price of the fill. Pure, exact integers.

The implementation shortfall of A. F. Perold, Journal of Portfolio Management 14, 1988, in the parts that a fill's
evidence tells apart. Each part is the difference of two values of the same lots, rounded against us as the broker does,
so that the parts add up to the unit:

spread   mid → best opposite price, both at the decision
latency  best opposite price at the decision → at the moment of the fill
impact   best opposite price at the moment of the fill → price of the fill: the levels walked, what we took before
resting  of a maker: best opposite price at the decision → its own price; less than 0 is what waiting earned
fees     what the exchange took

`latency + impact + resting` is the journal's slippage. Orders that no signal asked for have no mid: left out, counted.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from quantumflow.specs import InstrumentSpec

__all__ = ["Cost", "Costs"]


@dataclass(slots=True)
class Cost:
    """Sums in 10⁻⁸ of the quote currency; positive is worse for us."""

    fills: int = 0
    notional_e8: int = 0
    fees_e8: int = 0
    spread_e8: int = 0
    latency_e8: int = 0
    impact_e8: int = 0
    resting_e8: int = 0

    @property
    def slippage_e8(self) -> int:
        return self.latency_e8 + self.impact_e8 + self.resting_e8

    @property
    def whole_e8(self) -> int:
        return self.fees_e8 + self.spread_e8 + self.slippage_e8

    def add(self, other: "Cost") -> None:
        for name in Cost.__slots__:
            setattr(self, name, getattr(self, name) + getattr(other, name))


@dataclass(slots=True)
class Costs:
    """Takes session, signal, order, fill and ended-order events; remembers open orders only."""

    whole: Cost = field(default_factory=Cost)
    by_bot: dict[tuple[str, str], Cost] = field(default_factory=dict)
    unexplained_fills: int = 0
    """Fills of orders that no signal asked for: in fees alone."""
    _value: dict[str, tuple[int, int]] = field(default_factory=dict)
    _signal_mid2: dict[int, int] = field(default_factory=dict)
    _order_mid2: dict[str, int] = field(default_factory=dict)

    def session_started(self, payload: Mapping[str, Any]) -> None:
        self._value = {row["symbol"]: InstrumentSpec(**row).value for row in payload["instruments"]}
        self._signal_mid2.clear()

    def signal(self, payload: Mapping[str, Any]) -> None:
        if payload["outcome"] == "ordered":
            self._signal_mid2[payload["signal"]] = payload["bid"] + payload["ask"]

    def order(self, payload: Mapping[str, Any]) -> None:
        mid2 = self._signal_mid2.pop(payload["signal"], None)
        if mid2 is not None:
            self._order_mid2[payload["order"]] = mid2

    def order_ended(self, payload: Mapping[str, Any]) -> None:
        self._order_mid2.pop(payload["order"], None)

    def fill(self, payload: Mapping[str, Any]) -> None:
        cost = Cost(fills=1, notional_e8=payload["notional_e8"], fees_e8=payload["fee_e8"])
        mid2 = self._order_mid2.get(payload["order"])
        if mid2 is None:
            self.unexplained_fills += 1
        else:
            self._explain(cost, payload, mid2)
        self.whole.add(cost)
        self.by_bot.setdefault((payload["bot"], payload["symbol"]), Cost()).add(cost)

    def _explain(self, cost: Cost, payload: Mapping[str, Any], mid2: int) -> None:
        num, den = self._value[payload["symbol"]]
        lots, sign = payload["qty"], 1 if payload["side"] == "buy" else -1

        def paid_e8(price2: int) -> int:
            """What the lots cost (a sale: less than 0) at half ticks `price2`, rounded against us."""
            cost_e8: int = -(-sign * price2 * lots * num // (2 * den))
            return cost_e8

        touch_e8 = paid_e8(2 * payload["reference_price"])
        cost.spread_e8 = touch_e8 - paid_e8(mid2)
        if payload["liquidity"] == "maker":
            cost.resting_e8 = payload["slippage_e8"]
            return
        met = payload["best_ask" if sign > 0 else "best_bid"]
        cost.latency_e8 = paid_e8(2 * met) - touch_e8 if met > 0 else 0
        cost.impact_e8 = payload["slippage_e8"] - cost.latency_e8
