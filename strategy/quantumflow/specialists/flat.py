"""A specialist set as FF's parameters: what the engine keeps, and what the journal tells of the bot."""

from quantumflow.specialists.document import SpecialistSet
from quantumflow.strategies.scalper_declared import regime_parameter

__all__ = ["parameters_of"]


def parameters_of(specialists: SpecialistSet) -> dict[str, float]:
    """Every field of every regime's specialist by its name among FF's parameters, e.g. `bull_lookback`."""
    return {
        regime_parameter(regime, name): float(value)
        for regime, promoted in specialists.specialists.items()
        for name, value in promoted.specialist.values().items()
    }
