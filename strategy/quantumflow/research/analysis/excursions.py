"""Round trips with their deepest loss and highest gain on the way (MAE, MFE). Pure, exact integers.

J. Sweeney, "Campaign Trading", 1996: the maximum adverse and favourable excursion of a trade. Here in money, fees
apart, at the price at which the position could be left. The journal sees the market where a fill, a signal or an equity
row stands, so an excursion is the least that it was; `looks` says how often it was seen. An equity row counts only
where the trip is the one that is open.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from quantumflow.specs import InstrumentSpec

__all__ = ["Excursions", "Trip"]

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Trip:
    """From flat to flat. `cost_e8` is the most that the position cost, `net_e8` what it made, fees taken."""

    bot: str
    symbol: str
    long: bool
    opened_ns: int
    closed_ns: int
    cost_e8: int
    gross_e8: int
    """What it made before fees: between the two excursions."""
    net_e8: int
    adverse_e8: int
    """MAE: 0 or less."""
    favourable_e8: int
    """MFE: 0 or more."""
    looks: int


@dataclass(slots=True)
class _Way:
    opened_ns: int
    realised_before_e8: int
    """By the position's earlier trips."""
    qty: int = 0
    cost_e8: int = 0
    most_cost_e8: int = 0
    realised_e8: int = 0
    """By this trip so far."""
    fees_e8: int = 0
    worst_e8: int = 0
    best_e8: int = 0
    looks: int = 0
    equity_base_e8: int | None = None
    """The account before the trip, while it is the only one."""

    def see(self, gross_e8: int) -> None:
        self.looks += 1
        self.worst_e8 = min(self.worst_e8, gross_e8)
        self.best_e8 = max(self.best_e8, gross_e8)


@dataclass(slots=True)
class Excursions:
    """Takes session, signal, equity and fill events; `trips` are closed, in the order of their closing."""

    trips: list[Trip] = field(default_factory=list)
    _value: dict[str, tuple[int, int]] = field(default_factory=dict)
    _open: dict[Key, _Way] = field(default_factory=dict)

    def session_started(self, payload: Mapping[str, Any]) -> None:
        self._value = {row["symbol"]: InstrumentSpec(**row).value for row in payload["instruments"]}

    def signal(self, payload: Mapping[str, Any]) -> None:
        """The market of one instrument, as any bot saw it."""
        for (_, symbol), way in self._open.items():
            if symbol == payload["symbol"]:
                self._look(way, symbol, payload["bid"], payload["ask"])

    def equity(self, equity_e8: int) -> None:
        """The whole account: it tells of a trip's way if no other position is open."""
        if len(self._open) == 1:
            (way,) = self._open.values()
            if way.equity_base_e8 is not None:
                way.see(equity_e8 - way.equity_base_e8 + way.fees_e8)

    def fill(self, at_ns: int, payload: Mapping[str, Any], closed_e8: int | None) -> None:
        """A fill; `closed_e8` is what the trip made that it closed, fees taken."""
        key = (payload["bot"], payload["symbol"])
        way = self._open.get(key)
        if way is not None and closed_e8 is not None:
            self._close(key, self._open.pop(key), at_ns, payload["realised_e8"], closed_e8)
            way = None
        if payload["position_qty"] == 0:
            return
        if way is None:
            way = self._open[key] = _Way(at_ns, payload["realised_e8"])
            if len(self._open) > 1:
                self._forget_bases()
            elif closed_e8 is None:
                way.equity_base_e8 = payload["cash_e8"] - _moved(payload)
        way.qty, way.cost_e8 = payload["position_qty"], abs(payload["position_cost_e8"])
        way.most_cost_e8 = max(way.most_cost_e8, way.cost_e8)
        way.realised_e8 = payload["realised_e8"] - way.realised_before_e8
        way.fees_e8 += payload["fee_e8"]
        self._look(way, payload["symbol"], payload["best_bid"], payload["best_ask"])

    def _forget_bases(self) -> None:
        """With two positions open the account's equity is no trip's any more."""
        for way in self._open.values():
            way.equity_base_e8 = None

    def _look(self, way: _Way, symbol: str, bid: int, ask: int) -> None:
        """What the trip would have made, fees apart, if it ended at the touch; nothing on an empty side."""
        price = bid if way.qty > 0 else ask
        if price <= 0:
            return
        num, den = self._value[symbol]
        paid_e8 = way.cost_e8 if way.qty > 0 else -way.cost_e8
        way.see(way.realised_e8 + price * way.qty * num // den - paid_e8)

    def _close(self, key: Key, way: _Way, at_ns: int, realised_e8: int, net_e8: int) -> None:
        gross_e8 = realised_e8 - way.realised_before_e8
        way.see(gross_e8)
        figures = (way.most_cost_e8, gross_e8, net_e8, way.worst_e8, way.best_e8, way.looks)
        self.trips.append(Trip(*key, way.qty > 0, way.opened_ns, at_ns, *figures))


def _moved(payload: Mapping[str, Any]) -> int:
    """What a fill that opened a position did to the cash."""
    notional_e8, fee_e8 = int(payload["notional_e8"]), int(payload["fee_e8"])
    return (-notional_e8 if payload["side"] == "buy" else notional_e8) - fee_e8
