"""Scalpers' trips as a journal's events tell them, found one event at a time. Pure: plain values, so it can be kept.

A trip runs from flat to flat on one instrument and counts for the regime that stood when it was entered; what is held
now is no trip yet. Its log return is that of what was paid and received, fees included.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["ASKED_MAX", "TRIP_KINDS", "Trip", "TripFinder"]

TRIP_KINDS = ("signal", "specialist", "order", "fill")
"""What events of the journal trips are found in."""
ASKED_MAX = 4_096
"""Signals that became orders, and orders, that are remembered; an order of a scalper is over within seconds."""

Event = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Trip:
    """One closed position. `net_e8` is after fees."""

    bot: str
    symbol: str
    regime: str
    entered_ns: int
    left_ns: int
    net_e8: int
    log_return: float
    left_by: str
    """The kind of the signal that made it flat."""


@dataclass(slots=True)
class Asked:
    """A signal that became an order; `regime` is None where no specialist stood behind it."""

    kind: str
    regime: str | None = None


@dataclass(slots=True)
class Held:
    """A position that a specialist entered."""

    regime: str
    entered_ns: int
    paid_e8: int = 0
    received_e8: int = 0
    fees_e8: int = 0


@dataclass(slots=True)
class TripFinder:
    """Takes the journal's events in order; other kinds than TRIP_KINDS are passed over."""

    asked: dict[int, Asked] = field(default_factory=dict)
    """By the signal's number."""
    orders: dict[str, int] = field(default_factory=dict)
    """Signal of each order."""
    held: dict[str, dict[str, Held]] = field(default_factory=dict)
    """By bot and symbol."""

    def take(self, event: Event) -> Trip | None:
        """The trip that this event ended, if it did. `event` has `kind`, `event_ns`, `payload`."""
        kind, said = event["kind"], event["payload"]
        if kind == "signal" and said["outcome"] == "ordered":
            self.asked[said["signal"]] = Asked(said["signal_kind"])
            if len(self.asked) > ASKED_MAX:
                del self.asked[next(iter(self.asked))]
        elif kind == "specialist" and said["signal"] in self.asked:
            self.asked[said["signal"]].regime = said["regime"]
        elif kind == "order" and said["signal"] in self.asked:
            self.orders[said["order"]] = said["signal"]
            if len(self.orders) > ASKED_MAX:
                del self.orders[next(iter(self.orders))]
        elif kind == "fill":
            return self._filled(said, event["event_ns"])
        return None

    def _filled(self, fill: Event, event_ns: int) -> Trip | None:
        """Of a specialist's signal, or, as a command's exit, of what such a signal entered."""
        bot, symbol = fill["bot"], fill["symbol"]
        asked = self.asked.get(self.orders.get(fill["order"], -1), Asked("unknown"))
        own = self.held.setdefault(bot, {})
        if symbol not in own:
            if asked.regime is None:
                return None
            own[symbol] = Held(asked.regime, event_ns)
        position = own[symbol]
        if fill["side"] == "buy":
            position.paid_e8 += fill["notional_e8"]
        else:
            position.received_e8 += fill["notional_e8"]
        position.fees_e8 += fill["fee_e8"]
        if fill["position_qty"] != 0:
            return None
        del own[symbol]
        # The fees count half on each side: twice what came in less them, against twice what went out and them.
        came, went = 2 * position.received_e8 - position.fees_e8, 2 * position.paid_e8 + position.fees_e8
        if position.paid_e8 <= 0 or came <= 0:
            return None  # it was entered before the journal knew scalpers: nothing to compare with
        net_e8 = position.received_e8 - position.paid_e8 - position.fees_e8
        gain = math.log(came) - math.log(went)
        return Trip(bot, symbol, position.regime, position.entered_ns, event_ns, net_e8, gain, asked.kind)
