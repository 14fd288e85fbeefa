"""Where the profit came from: by bot, instrument, hour, side and regime. Pure, exact integers.

A round trip counts whole: for the hour (UTC) in which it closed, for the regime in which it was opened. What no closed
trip explains (open positions, and cash moved before the first row) is a line of its own, so each table adds up to the
profit.
"""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from quantumflow.research.analysis.excursions import Trip
from quantumflow_reports.tallies import HOURS, Tally

__all__ = ["UNLABELLED", "Attribution", "Regimes", "attribution_of"]

UNLABELLED = "unlabelled"
"""Before the first label."""
_HOUR_NS = 3_600 * 10**9


@dataclass(frozen=True, slots=True)
class Regimes:
    """Labels of time: `labels[k]` holds from `starts_ns[k]`, ascending, until the next."""

    starts_ns: Sequence[int]
    labels: Sequence[str]

    def __post_init__(self) -> None:
        if len(self.starts_ns) != len(self.labels) or any(
            later <= earlier for earlier, later in zip(self.starts_ns, self.starts_ns[1:], strict=False)
        ):
            raise ValueError("regimes: one label a start, and starts that ascend")

    def at(self, at_ns: int) -> str:
        place = bisect_right(self.starts_ns, at_ns) - 1
        return str(self.labels[place]) if place >= 0 else UNLABELLED


@dataclass(frozen=True, slots=True)
class Attribution:
    """One way to divide the trips: `parts` by name, `rest_e8` what no closed trip explains."""

    by: str
    parts: dict[str, Tally]
    rest_e8: int


def attribution_of(trips: Sequence[Trip], profit_e8: int, regimes: Regimes | None) -> tuple[Attribution, ...]:
    """By bot, instrument, side and hour; by regime if there are labels."""
    ways: dict[str, Callable[[Trip], str]] = {
        "bot": lambda trip: trip.bot,
        "instrument": lambda trip: trip.symbol,
        "side": lambda trip: "long" if trip.long else "short",
        "hour (UTC)": lambda trip: f"{trip.closed_ns // _HOUR_NS % HOURS:02d}",
    }
    if regimes is not None:
        ways["regime"] = lambda trip: regimes.at(trip.opened_ns)
    return tuple(_divided(by, key, trips, profit_e8) for by, key in ways.items())


def _divided(by: str, key: Callable[[Trip], str], trips: Sequence[Trip], profit_e8: int) -> Attribution:
    parts: dict[str, Tally] = {}
    for trip in trips:
        parts.setdefault(key(trip), Tally()).trip(trip.net_e8)
    explained_e8 = sum(tally.net_e8 for tally in parts.values())
    return Attribution(by, dict(sorted(parts.items())), profit_e8 - explained_e8)
