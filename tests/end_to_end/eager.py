"""A strategy that trades whenever it can."""

__all__ = ["EAGER"]

EAGER = {
    "volatility_books": 5,
    "volatility_long_books": 10,
    "volatility_ready_books": 5,
    "momentum_s": 1,
    "atr_bar_s": 1,
    "atr_ready_bars": 1,
    "imbalance_min": 0.05,
    "imbalance_weighted_min": 0.05,
    "persistence_books": 1,
    "rearm_s": 0,
    "repeat_s": 1,
    "spread_ppm_max": 2000,
    "volatility_z_max": 100.0,
    "momentum_min_ppm": -100_000,
    "confidence_min": 0.0,
    "capital_share": 0.05,
    "hold_s": 3,
    "exit_retry_s": 0.5,
    "cooldown_s": 0,
}
"""The strategy with every gate wide open, so that a test need not wait, and what is forbidden would be done at once."""
