"""From a strategy's number to its kernel: the one place that a new strategy is added to, besides registry.py."""

import numpy as np
import numpy.typing as npt

from quantumflow.kernel import kernel
from quantumflow.strategies import imbalance, imbalance_declared
from quantumflow.strategies.intents import no_intent
from quantumflow.strategies.view import Intent, View

__all__ = ["ask_strategy"]

_IMBALANCE = imbalance_declared.NUMBER
_imbalance = imbalance.decide


@kernel
def ask_strategy(
    number: int,
    view: View,
    parameters: npt.NDArray[np.float64],
    words: npt.NDArray[np.int64],
    figures: npt.NDArray[np.float64],
) -> Intent:
    """What the strategy of this number answers to what it sees."""
    if number == _IMBALANCE:
        return _imbalance(view, parameters, words, figures)
    return no_intent()
