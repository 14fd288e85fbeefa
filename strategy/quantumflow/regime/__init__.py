"""The market's regime: a pure function of the last 1,000 closes; defined in rules.py, calmed in debounce.py.

from quantumflow.regime import Regime, regime_of, regimes_of

Regime(regime_of(closes))            # of the newest bar
regimes_of(closes)                   # of each bar, int8, equal bit for bit to regime_of of the bars up to it
debounced(regimes_of(closes), 5)     # the same, calmed
"""

from quantumflow.regime.debounce import debounce_step, debounced
from quantumflow.regime.rules import (
    EMA_FAST,
    EMA_SLOW,
    STRESS_PERCENT,
    VOLATILITY_BARS,
    WINDOW,
    regime_of,
    regimes_of,
)
from quantumflow.regime_vocabulary import Regime

__all__ = [
    "EMA_FAST",
    "EMA_SLOW",
    "STRESS_PERCENT",
    "VOLATILITY_BARS",
    "WINDOW",
    "Regime",
    "debounce_step",
    "debounced",
    "regime_of",
    "regimes_of",
]
