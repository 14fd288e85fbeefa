"""Words of regimes and specialists: in contract, code, journal, ledger and page. A number is never reused."""

from enum import IntEnum

__all__ = ["Action", "Mode", "Regime"]


class Regime(IntEnum):
    """What kind of market it is; regime/rules.py defines each. UNKNOWN: no order."""

    UNKNOWN = 0
    STRESS = 1
    BULL = 2
    BEAR = 3
    SIDEWAYS = 4


class Mode(IntEnum):
    """Which mean a reverting price is measured against; reversion/scores.py defines each."""

    ZSCORE = 0
    REGRESSION = 1
    PIVOT = 2


class Action(IntEnum):
    """What a specialist does at the end of a bar; reversion/rules.py. STOP, TARGET and TIME leave."""

    SHORT = -1
    STAY = 0
    LONG = 1
    STOP = 2
    TARGET = 3
    TIME = 4
