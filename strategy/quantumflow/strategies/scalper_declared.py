"""What the scalpers FF and LR let their user set and what they show. Without Numba: forms and help need no kernel."""

from dataclasses import replace

from quantumflow.features.parameters import FEATURE_PARAMETERS
from quantumflow.parameters import Indicator, Parameter
from quantumflow.regime_vocabulary import Mode, Regime
from quantumflow.specialist import SPECIALIST_PARAMETERS

__all__ = [
    "DOC_FF",
    "DOC_LR",
    "FF",
    "FIRST",
    "INDICATORS",
    "LR",
    "PARAMETERS_FF",
    "PARAMETERS_LR",
    "REGIMES",
    "SPECIALISTS_FF",
    "SPECIALISTS_LR",
    "WEIGHT_FF",
    "WEIGHT_LR",
    "regime_parameter",
]

FF, LR = 2, 3
"""Their numbers. Of two that want opposite things the lower one wins."""
WEIGHT_FF, WEIGHT_LR = 70, 30
"""Shares of a deposit that the two divide."""
DOC_FF = "Mean reversion by regime: one specialist a regime, switched at each minute; stress caps the position."
DOC_LR = "Mean reversion about the regression line of 180 minutes, the same in every regime."
FIRST = len(FEATURE_PARAMETERS)
"""Index of the first that is the strategies' own."""
REGIMES = (Regime.STRESS, Regime.BULL, Regime.BEAR, Regime.SIDEWAYS)
"""In the order of their numbers, from 1 on: so their specialists stand in FF's parameters."""

_BOTH = (
    *FEATURE_PARAMETERS,
    Parameter("capital_share", 0.5, 0.000001, 1.0, "most of the instrument's capital to enter with"),
    Parameter("spread_ppm_max", 500, 0, 100_000, "widest spread to enter at, millionths of the price"),
    Parameter("exit_retry_s", 2, 0.001, 3600, "wait before an exit that did not go through is asked for again"),
)

_UNPROVEN = {
    Regime.STRESS: {"mode": Mode.ZSCORE, "lookback": 120, "entry_score": 3.5, "hold_bars": 30},
    Regime.BULL: {"mode": Mode.REGRESSION, "lookback": 180, "entry_score": 2.0, "hold_bars": 120},
    Regime.BEAR: {"mode": Mode.REGRESSION, "lookback": 120, "entry_score": 2.5, "hold_bars": 60},
    Regime.SIDEWAYS: {"mode": Mode.ZSCORE, "lookback": 60, "entry_score": 2.0, "hold_bars": 120},
}
"""Specialists to try FF out with. Nobody has shown that they earn anything: a search is there to find better ones."""
_LR = {"mode": Mode.REGRESSION, "lookback": 180, "entry_score": 2.0}


def regime_parameter(regime: Regime, name: str) -> str:
    """A specialist's field among FF's parameters: `bull_lookback`."""
    return f"{regime.name.lower()}_{name}"


def _of(regime: Regime) -> tuple[Parameter, ...]:
    return tuple(
        replace(
            one,
            name=regime_parameter(regime, one.name),
            default=_UNPROVEN[regime].get(one.name, one.default),
            doc=f"in {regime.name.lower()}: {one.doc}",
        )
        for one in SPECIALIST_PARAMETERS
    )


_OF_FF = (
    *_BOTH,
    Parameter("stress_share_max", 0.1, 0.0, 1.0, "most of the instrument's capital to hold in stress"),
    Parameter("debounce_bars", 1, 1, 100, "minutes in a row after which a regime stands; stress stands at once", True),
)
SPECIALISTS_FF, SPECIALISTS_LR = len(_OF_FF), len(_BOTH)
"""Index of the first field of the first specialist."""
PARAMETERS_FF = (*_OF_FF, *(one for regime in REGIMES for one in _of(regime)))
PARAMETERS_LR = (*_BOTH, *(replace(one, default=_LR.get(one.name, one.default)) for one in SPECIALIST_PARAMETERS))

INDICATORS = (
    Indicator("regime", "regime", "own", "1 stress, 2 bull, 3 bear, 4 sideways", "slot.bar_regime"),
    Indicator("score", "z", "own", "standard deviations from the specialist's mean", "slot.bar_score"),
    Indicator("atr", "ticks", "own", "average true range of the specialist's minutes", "slot.bar_atr"),
    Indicator("half_life", "bars", "own", "half-life of a deviation as it is measured", "slot.bar_half_life"),
)
