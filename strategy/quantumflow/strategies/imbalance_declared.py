"""What imbalance.py lets its user set and what it shows. Without Numba: forms and help need no kernel."""

from quantumflow.features.parameters import FEATURE_PARAMETERS
from quantumflow.parameters import Indicator, Parameter

__all__ = ["DOC", "FIRST", "INDICATORS", "NUMBER", "PARAMETERS"]

NUMBER = 1
DOC = "Order-book imbalance: enter with the heavier side of the book, leave by stop, target, reversal or time."
FIRST = len(FEATURE_PARAMETERS)
"""Index of the first that is the strategy's own."""

PARAMETERS = (
    *FEATURE_PARAMETERS,
    Parameter("imbalance_min", 0.3, 0.0, 1.0, "imbalance of the levels sent, from which a side counts as heavy"),
    Parameter("imbalance_weighted_min", 0.3, 0.0, 1.0, "the same for the distance-weighted imbalance"),
    Parameter("persistence_books", 3, 1, 10_000, "books in a row that must lean to the same side", integer=True),
    Parameter("rearm_s", 2, 0, 86_400, "a lean is new if it was gone for so many seconds of the market's time"),
    Parameter("repeat_s", 30, 0, 86_400, "a signal that stays true is given again after so many seconds"),
    Parameter("spread_ppm_max", 200, 0, 100_000, "widest spread to enter at, millionths of the price"),
    Parameter("volatility_z_max", 3.0, -10.0, 100.0, "highest z-score of the volatility to enter at"),
    Parameter("momentum_min_ppm", 0.0, -100_000, 100_000, "momentum in the signal's direction to enter at"),
    Parameter("momentum_full_ppm", 300.0, 0.001, 1_000_000, "momentum that counts as full agreement"),
    Parameter("confidence_min", 0.3, 0.0, 1.0, "least confidence to enter with"),
    Parameter("capital_share", 0.4, 0.000001, 1.0, "most of the instrument's capital to enter with"),
    Parameter("volatility_target_ppm", 30.0, 0.001, 1_000_000, "volatility a book above which entries shrink"),
    Parameter("stop_atr", 2.0, 0.1, 100.0, "distance of the stop from the entry, in average true ranges"),
    Parameter("target_atr", 3.0, 0.1, 1000.0, "distance of the target from the entry, in average true ranges"),
    Parameter("reversal_min", 0.3, 0.0, 1.0, "imbalance against the position that counts as reversal"),
    Parameter("reversal_books", 10, 1, 10_000, "books in a row of it after which the position is left", integer=True),
    Parameter("hold_s", 60, 1, 86_400, "longest time to hold a position, seconds"),
    Parameter("exit_retry_s", 2, 0.001, 3600, "wait before an exit that did not go through is asked for again"),
    Parameter("cooldown_s", 10, 0, 86_400, "no entry for so long after a position was closed"),
)

INDICATORS = (
    Indicator("imbalance", "ratio", "own", "imbalance of the levels sent", "instrument.imbalance_top"),
    Indicator("imbalance_weighted", "ratio", "own", "distance-weighted imbalance", "instrument.imbalance_weighted"),
    Indicator("momentum", "ratio", "own", "the mid's return over the momentum's window", "slot.momentum"),
    Indicator("volatility_z", "z", "own", "z-score of the volatility", "slot.volatility_z"),
    Indicator("atr", "ticks", "own", "average true range", "slot.atr"),
)
