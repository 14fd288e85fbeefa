"""Statistics of scalpers by bot and regime, from the journal's events alone: after a restart they are what they were.

A trip runs from flat to flat on one instrument and counts for the regime that stood when it was entered; what is held
now is no trip yet. Its log return is that of what was paid and received, fees included. Pure: events in, figures out.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Tally", "Trip", "scalper_statistics"]

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
class Tally:
    """One bot in one regime."""

    signals: int = 0
    conflicts: int = 0
    """Entries that lost against another scalper's wish or position."""
    entries: int = 0
    trips: int = 0
    wins: int = 0
    net_e8: int = 0
    log_return: float = 0.0
    log_return_squares: float = 0.0
    left_by: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class _Open:
    regime: str
    entered_ns: int
    paid_e8: int = 0
    received_e8: int = 0
    fees_e8: int = 0


def scalper_statistics(events: Iterable[Event]) -> tuple[dict[tuple[str, str], Tally], list[Trip]]:
    """By (bot, regime), and every trip in order. `events` are the journal's, in order: `kind`, `event_ns`, `payload`.

    Only bots that a `specialist` event speaks of are counted; kinds that say nothing of them are passed over.
    """
    tallies: dict[tuple[str, str], Tally] = {}
    trips: list[Trip] = []
    regimes: dict[int, str] = {}
    signals: dict[int, Event] = {}
    orders: dict[str, int] = {}
    held: dict[tuple[str, str], _Open] = {}
    for event in events:
        kind, said = event["kind"], event["payload"]
        if kind == "signal":
            signals[said["signal"]] = said
        elif kind == "specialist" and said["signal"] is not None:
            signal = signals[said["signal"]]
            # An exit counts for the regime that its trip counts for, which the trip itself knows.
            regimes[said["signal"]] = said["regime"]
            tally = tallies.setdefault((said["bot"], said["regime"]), Tally())
            tally.signals += 1
            tally.conflicts += signal["outcome"] == "conflict"
            tally.entries += signal["signal_kind"] == "entry" and signal["outcome"] == "ordered"
        elif kind == "order" and said["signal"] is not None:
            orders[said["order"]] = said["signal"]
        elif kind == "fill" and _is_a_scalpers(said, orders, regimes, held):
            trip = _filled(said, event["event_ns"], orders[said["order"]], signals, regimes, held)
            if trip is not None:
                trips.append(trip)
                _count(tallies.setdefault((trip.bot, trip.regime), Tally()), trip)
    return tallies, trips


def _is_a_scalpers(
    fill: Event, orders: Mapping[str, int], regimes: Mapping[int, str], held: Mapping[tuple[str, str], _Open]
) -> bool:
    """Of a specialist's signal, or, as a command's exit, of what such a signal entered."""
    return orders.get(fill["order"]) in regimes or (fill["bot"], fill["symbol"]) in held


def _filled(
    fill: Event,
    event_ns: int,
    signal: int,
    signals: Mapping[int, Event],
    regimes: Mapping[int, str],
    held: dict[tuple[str, str], _Open],
) -> Trip | None:
    """The trip that this fill ended, if it did."""
    place = (fill["bot"], fill["symbol"])
    if place not in held:
        held[place] = _Open(regimes[signal], event_ns)
    position = held[place]
    if fill["side"] == "buy":
        position.paid_e8 += fill["notional_e8"]
    else:
        position.received_e8 += fill["notional_e8"]
    position.fees_e8 += fill["fee_e8"]
    if fill["position_qty"] != 0:
        return None
    del held[place]
    # The fees count half on each side: twice what came in less them, against twice what went out and them.
    came, went = 2 * position.received_e8 - position.fees_e8, 2 * position.paid_e8 + position.fees_e8
    if position.paid_e8 <= 0 or came <= 0:
        return None  # it was entered before the journal knew scalpers: nothing to compare with
    return Trip(
        *place,
        position.regime,
        position.entered_ns,
        event_ns,
        position.received_e8 - position.paid_e8 - position.fees_e8,
        math.log(came) - math.log(went),
        str(signals[signal]["signal_kind"]),
    )


def _count(tally: Tally, trip: Trip) -> None:
    tally.trips += 1
    tally.wins += trip.net_e8 > 0
    tally.net_e8 += trip.net_e8
    tally.log_return += trip.log_return
    tally.log_return_squares += trip.log_return * trip.log_return
    tally.left_by[trip.left_by] = tally.left_by.get(trip.left_by, 0) + 1
