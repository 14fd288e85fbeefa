"""One tradable book taken in by every feature of one bot on one instrument."""

from typing import Any

import numpy as np
import numpy.typing as npt

from quantumflow.features.atr import drop_bar, update_atr
from quantumflow.features.momentum import forget_samples, update_momentum
from quantumflow.features.parameters import (
    ATR_BAR_S,
    ATR_BARS,
    ATR_READY_BARS,
    MOMENTUM_S,
    VOLATILITY_BOOKS,
    VOLATILITY_LONG_BOOKS,
    VOLATILITY_READY_BOOKS,
)
from quantumflow.features.volatility import forget_mid, update_volatility
from quantumflow.kernel import kernel

__all__ = ["update_features"]

Record = Any

_SECOND_NS = 1_000_000_000


@kernel
def update_features(slot: Record, now_ns: int, epoch: int, mid2: int, parameters: npt.NDArray[np.float64]) -> None:
    """Update every feature and `ready`; `mid2` is bid + ask in ticks."""
    if slot["epoch"] != epoch:
        slot["epoch"] = epoch
        forget_mid(slot)
        forget_samples(slot)
        drop_bar(slot)
    update_volatility(slot, mid2, parameters[VOLATILITY_BOOKS], parameters[VOLATILITY_LONG_BOOKS])
    update_momentum(slot, now_ns, mid2, int(parameters[MOMENTUM_S] * _SECOND_NS))
    update_atr(slot, now_ns, mid2, int(parameters[ATR_BAR_S]) * _SECOND_NS, int(parameters[ATR_BARS]))
    ready = slot["volatility_samples"] >= parameters[VOLATILITY_READY_BOOKS]
    ready = ready and slot["momentum_ready"] == 1 and slot["atr_bars"] >= parameters[ATR_READY_BARS]
    slot["ready"] = 1 if ready else 0
