"""Indicators: each one step of a state, and the same step over a whole column.

    qf.indicators.compute("rsi", {"close": candles.close}, n=14)
    qf.indicators.cached(dataset, "zscore", n=50)          # once a dataset, then memory-mapped
    qf.indicators.INDICATORS                               # what there is, with inputs, settings, warm-up

A strategy's kernel keeps a float64 array of zeros and calls the step itself, e.g.
`averages.ema_step(state, value, n)`: the batch is a loop over that very step, so both agree to the last bit.
"""

from quantumflow.research.indicators.cache import cached
from quantumflow.research.indicators.registry import INDICATORS, Indicator, compute

__all__ = ["INDICATORS", "Indicator", "cached", "compute"]
