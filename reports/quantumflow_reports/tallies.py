"""Counts and money by bot and instrument, by UTC day, by weekday and hour, by refusal. Pure, exact integers."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from quantumflow_reports.figures import DAY_NS

__all__ = ["HOURS", "WEEKDAYS", "Tallies", "Tally"]

WEEKDAYS, HOURS = 7, 24
_HOUR_NS = 3_600 * 10**9
_THURSDAY = 3
"""1970-01-01 was one; Monday is 0."""


@dataclass(slots=True)
class Tally:
    """What fills and closed trips add up to."""

    fills: int = 0
    maker_fills: int = 0
    notional_e8: int = 0
    fees_e8: int = 0
    slippage_e8: int = 0
    """Against the best opposite price at the decision; positive: worse for us."""
    trips: int = 0
    wins: int = 0
    net_e8: int = 0
    """Of closed trips, fees taken."""

    def fill(self, payload: Mapping[str, Any]) -> None:
        self.fills += 1
        self.maker_fills += payload["liquidity"] == "maker"
        self.notional_e8 += payload["notional_e8"]
        self.fees_e8 += payload["fee_e8"]
        self.slippage_e8 += payload["slippage_e8"]

    def trip(self, net_e8: int) -> None:
        self.trips += 1
        self.wins += net_e8 > 0
        self.net_e8 += net_e8

    def as_json(self) -> dict[str, int]:
        return {name: getattr(self, name) for name in self.__slots__}


class Tallies:
    """Bounded by the number of bots, instruments, days and names, whatever the number of events."""

    def __init__(self) -> None:
        self.whole = Tally()
        self.by_bot: dict[tuple[str, str], Tally] = {}
        self.by_day: dict[int, Tally] = {}
        self.hours_e8 = [[0] * HOURS for _ in range(WEEKDAYS)]
        self.hour_trips = [[0] * HOURS for _ in range(WEEKDAYS)]
        self.refusals: Counter[str] = Counter()
        """Orders that core_risk, or the way to it, refused."""
        self.ends: Counter[str] = Counter()
        """Orders that ended for a reason of the broker, by reason."""
        self.outcomes: Counter[str] = Counter()
        """What became of signals."""
        self.orders = 0
        self.reduced = 0

    def fill(self, at_ns: int, payload: Mapping[str, Any], closed_e8: int | None) -> None:
        """A fill, and what the trip that it closed has made (None: it closed none)."""
        bot = self.by_bot.setdefault((payload["bot"], payload["symbol"]), Tally())
        day = self.by_day.setdefault(at_ns // DAY_NS, Tally())
        for tally in (self.whole, bot, day):
            tally.fill(payload)
            if closed_e8 is not None:
                tally.trip(closed_e8)
        if closed_e8 is not None:
            weekday, hour = (at_ns // DAY_NS + _THURSDAY) % WEEKDAYS, at_ns // _HOUR_NS % HOURS
            self.hours_e8[weekday][hour] += closed_e8
            self.hour_trips[weekday][hour] += 1

    def order_ended(self, payload: Mapping[str, Any]) -> None:
        if payload["state"] == "refused":
            self.refusals[str(payload["reason"])] += 1
        elif payload["reason"]:
            self.ends[str(payload["reason"])] += 1
