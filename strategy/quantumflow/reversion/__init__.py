"""Mean reversion: how far a price is from its mean, what a bar is worth waiting for, and one pure step over both.

    from quantumflow.reversion import Specialist, decide, make_specialist, score_series

    specialist = make_specialist({"mode": "regression", "lookback": 180, "entry_score": 2.5})
    scores = score_series(specialist.mode, specialist.lookback, closes, highs, lows)      # (n,) float64, and so on
    action = decide(scores[row], closes[row], atr[row], volatility[row], half_life[row],
                    position, entered, bars_held, *specialist.rules)

Every series is a function of a trailing window alone: bar by bar on the newest WINDOW bars and over years of them at
once give the same numbers to the last bit. scores.py and measures.py define the series, rules.py the step.
"""

from quantumflow.regime_vocabulary import Action, Mode
from quantumflow.reversion.measures import atr_series, half_life_series, volatility_series
from quantumflow.reversion.rules import decide
from quantumflow.reversion.scores import score_series
from quantumflow.specialist import (
    BARS_MAX,
    SPECIALIST_PARAMETERS,
    Specialist,
    make_specialist,
    specialist_problems,
)

__all__ = [
    "BARS_MAX",
    "SPECIALIST_PARAMETERS",
    "Action",
    "Mode",
    "Specialist",
    "atr_series",
    "decide",
    "half_life_series",
    "make_specialist",
    "score_series",
    "specialist_problems",
    "volatility_series",
]
