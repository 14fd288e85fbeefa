"""The step: what one specialist does at the end of one bar. The live bot and the search call this and nothing else.

Without a position it enters against the deviation, the first of these permitting:
    |score| >= entry_score             buys below the mean, sells above it
    score, atr, volatility known  and the range is above zero
    volatility >= volatility_min_ppm      a market that does not move pays no fee
    half-life finite              if half_lives > 0: where nothing comes back there is nothing to wait for
With one it leaves, the first that holds:
    STOP    the price has gone stop_atr average true ranges against the entry price
    TARGET  the score has come back to exit_score deviations on its own side (below zero: beyond the mean)
    TIME    hold_bars bars have passed, or half_lives half-lives as they are measured now
What is unknown (NaN) neither enters nor leaves, but for time. Only the entry's price and the bars held are remembered.
"""

import math

from quantumflow.kernel import kernel
from quantumflow.regime_vocabulary import Action

__all__ = ["decide"]

_STAY, _LONG, _SHORT = int(Action.STAY), int(Action.LONG), int(Action.SHORT)
_STOP, _TARGET, _TIME = int(Action.STOP), int(Action.TARGET), int(Action.TIME)
_MILLION = 1_000_000.0


@kernel
def decide(
    score: float,
    close: float,
    atr: float,
    volatility: float,
    half_life: float,
    position: int,
    entered: float,
    bars_held: int,
    entry_score: float,
    exit_score: float,
    stop_atr: float,
    volatility_min_ppm: float,
    half_lives: float,
    hold_bars: float,
) -> int:
    """An Action. `position` 1 long, 0 none, -1 short; `entered` is the entry's price, in the unit of close and atr."""
    if position == 0:
        if not abs(score) >= entry_score:
            return _STAY
        if not (atr > 0.0 and volatility * _MILLION >= volatility_min_ppm):
            return _STAY
        if half_lives > 0.0 and not half_life < math.inf:
            return _STAY
        return _LONG if score < 0.0 else _SHORT
    if (close - entered) * position <= -stop_atr * atr:
        return _STOP
    if score * position >= -exit_score:
        return _TARGET
    if bars_held >= hold_bars or (half_lives > 0.0 and bars_held >= half_lives * half_life):
        return _TIME
    return _STAY
