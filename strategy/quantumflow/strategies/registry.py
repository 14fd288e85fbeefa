"""The strategies there are: name in the configuration, number in the state, parameters."""

from dataclasses import dataclass

from quantumflow.parameters import Parameter
from quantumflow.strategies import imbalance

__all__ = ["STRATEGIES", "Strategy"]


@dataclass(frozen=True, slots=True)
class Strategy:
    """One strategy. `number` is what dispatch.py knows it by; it is never reused."""

    name: str
    number: int
    parameters: tuple[Parameter, ...]


STRATEGIES = (Strategy("imbalance", imbalance.NUMBER, imbalance.PARAMETERS),)
