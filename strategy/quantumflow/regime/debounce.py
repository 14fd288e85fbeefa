"""Waiting before a new regime is believed: one that flickers for a bar or two changes nothing.

A regime stands once it was seen `bars` bars in a row. UNKNOWN and STRESS stand at once: what forbids or limits trading
is never delayed. With bars = 1 nothing waits.
"""

from typing import Any

import numpy as np

from quantumflow.kernel import kernel
from quantumflow.regime_vocabulary import Regime

__all__ = ["debounce_step", "debounced"]

Array = Any

_UNKNOWN, _STRESS = int(Regime.UNKNOWN), int(Regime.STRESS)


@kernel
def debounce_step(standing: int, seen: int, run: int, regime: int, bars: int) -> tuple[int, int, int]:
    """One bar's regime taken in: what stands now, the regime seen last, and for how many bars in a row it was.

    Begins with (UNKNOWN, UNKNOWN, 0).
    """
    run = run + 1 if regime == seen else 1
    if run >= bars or regime in (_UNKNOWN, _STRESS):
        standing = regime
    return standing, regime, run


@kernel
def debounced(regimes: Array, bars: int) -> Array:
    """(n,) int8 from (n,) int8: what stands at each bar."""
    out = np.zeros(len(regimes), np.int8)
    standing, seen, run = _UNKNOWN, _UNKNOWN, 0
    for row in range(len(regimes)):
        standing, seen, run = debounce_step(standing, seen, run, int(regimes[row]), bars)
        out[row] = standing
    return out
