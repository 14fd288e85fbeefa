"""Indicators over whole columns and datasets; the kernels themselves are `quantumflow.indicators`.

qf.indicators.compute("rsi", {"close": candles.close}, n=14)
qf.indicators.cached(dataset, "zscore", n=50)          # once a dataset, then memory-mapped
qf.indicators.INDICATORS                               # what there is, with inputs, settings, warm-up
"""

from quantumflow.indicators.registry import INDICATORS, Indicator, compute
from quantumflow.research.indicators.cache import cached

__all__ = ["INDICATORS", "Indicator", "cached", "compute"]
