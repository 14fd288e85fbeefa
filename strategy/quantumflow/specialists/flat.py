"""A specialist set as FF's parameters and as what is expected of it: what the journal tells of the bot."""

from quantumflow.specialists.document import SpecialistSet
from quantumflow.specs import EXPECTED_FIGURES
from quantumflow.strategies.scalper_declared import regime_parameter

__all__ = ["expectations_of", "parameters_of"]


def parameters_of(specialists: SpecialistSet) -> dict[str, float]:
    """Every field of every regime's specialist by its name among FF's parameters, e.g. `bull_lookback`."""
    return {
        regime_parameter(regime, name): float(value)
        for regime, promoted in specialists.specialists.items()
        for name, value in promoted.specialist.values().items()
    }


def expectations_of(specialists: SpecialistSet) -> dict[str, dict[str, float]]:
    """EXPECTED_FIGURES by regime, e.g. `bull`; a regime whose specialist rests expects nothing and is left out."""
    return {
        regime.name.lower(): {name: getattr(promoted.expected, name) for name in EXPECTED_FIGURES}
        for regime, promoted in specialists.specialists.items()
        if promoted.expected.deviation > 0.0
    }
