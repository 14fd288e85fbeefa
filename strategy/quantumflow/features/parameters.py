"""Parameters of the features, the first ones of every strategy; the indices below are theirs."""

from quantumflow.parameters import Parameter

__all__ = [
    "ATR_BARS",
    "ATR_BAR_S",
    "ATR_READY_BARS",
    "FEATURE_PARAMETERS",
    "MOMENTUM_S",
    "VOLATILITY_BOOKS",
    "VOLATILITY_LONG_BOOKS",
    "VOLATILITY_READY_BOOKS",
]

VOLATILITY_BOOKS = 0
VOLATILITY_LONG_BOOKS = 1
VOLATILITY_READY_BOOKS = 2
MOMENTUM_S = 3
ATR_BAR_S = 4
ATR_BARS = 5
ATR_READY_BARS = 6

FEATURE_PARAMETERS = (
    Parameter("volatility_books", 100, 2, 100_000, "span in books of the volatility of mid returns", integer=True),
    Parameter("volatility_long_books", 1200, 10, 1_000_000, "span in books of its long-run mean", integer=True),
    Parameter("volatility_ready_books", 150, 2, 1_000_000, "books before the volatility is used", integer=True),
    Parameter("momentum_s", 10, 1, 3600, "window of the momentum, seconds"),
    Parameter("atr_bar_s", 5, 1, 3600, "length of an ATR bar, seconds", integer=True),
    Parameter("atr_bars", 14, 1, 1000, "bars of the average true range", integer=True),
    Parameter("atr_ready_bars", 5, 1, 1000, "bars before the average true range is used", integer=True),
)
