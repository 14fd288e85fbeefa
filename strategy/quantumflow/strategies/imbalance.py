"""Order-book imbalance: enter with the heavier side of the book, leave by stop, target, reversal or time."""

from quantumflow.features.parameters import FEATURE_PARAMETERS
from quantumflow.parameters import Parameter

__all__ = ["NUMBER", "PARAMETERS"]

NUMBER = 1

PARAMETERS = (
    *FEATURE_PARAMETERS,
    Parameter("imbalance_min", 0.3, 0.0, 1.0, "imbalance of the levels sent, from which a side counts as heavy"),
)
