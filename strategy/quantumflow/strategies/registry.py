"""The strategies that come with QuantumFlow: name in the configuration, number in the state, what each declares."""

from dataclasses import dataclass

from quantumflow.parameters import Indicator, Parameter
from quantumflow.strategies import imbalance_declared as imbalance
from quantumflow.strategies import scalper_declared as scalper

__all__ = ["OF_A_USER", "STRATEGIES", "WEIGHT", "Strategy"]

OF_A_USER = 1000
"""In the state, any strategy that is no kernel of ours: the engine asks its shell for the intent (Request.INTENT)."""
WEIGHT = 50
"""Of a strategy that declares none."""


@dataclass(frozen=True, slots=True)
class Strategy:
    """One strategy. `number` is what dispatch.py knows it by; it is never reused."""

    name: str
    number: int
    doc: str
    parameters: tuple[Parameter, ...]
    indicators: tuple[Indicator, ...]
    weight: int = WEIGHT
    """Its share of a deposit that several divide, e.g. in a backtest."""


STRATEGIES = (
    Strategy(
        "imbalance",
        imbalance.NUMBER,
        imbalance.DOC,
        imbalance.PARAMETERS,
        imbalance.INDICATORS,
    ),
    Strategy("ff", scalper.FF, scalper.DOC_FF, scalper.PARAMETERS_FF, scalper.INDICATORS, scalper.WEIGHT_FF),
    Strategy("lr", scalper.LR, scalper.DOC_LR, scalper.PARAMETERS_LR, scalper.INDICATORS, scalper.WEIGHT_LR),
)
