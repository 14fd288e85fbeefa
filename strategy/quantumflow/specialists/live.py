"""Live trips of a bot against what its specialists were expected to earn, by regime. Pure."""

from collections.abc import Iterable

from quantumflow.drift import Drift, drift_of
from quantumflow.journal.trips import Trip
from quantumflow.specialists.document import SpecialistSet

__all__ = ["drifts_of"]


def drifts_of(trips: Iterable[Trip], expected: SpecialistSet, bot: str) -> dict[str, Drift]:
    """By the regime's name, of one bot's trips in their order; regimes in which nothing is expected are left out."""
    own: dict[str, list[float]] = {}
    for trip in trips:
        if trip.bot == bot:
            own.setdefault(trip.regime, []).append(trip.log_return)
    said = {regime.name: one.expected for regime, one in expected.specialists.items() if one.expected.deviation > 0.0}
    return {
        name: drift_of(own.get(name.lower(), ()), one.mean_log_return, one.standard_error, one.deviation)
        for name, one in said.items()
    }
