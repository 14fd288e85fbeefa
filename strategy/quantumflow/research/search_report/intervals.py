"""Intervals of 95 %: of a share that was counted, and of a figure over folds of time. Pure."""

import math

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri, stdtrit

__all__ = ["SURE", "Floats", "jackknife", "student", "wilson"]

Floats = npt.NDArray[np.float64]

SURE = 0.95


def wilson(wins: int, trades: int) -> tuple[float, float] | None:
    """Of a win rate; None without a trade. Trades of one hour have much in common, so it is the narrowest possible.

    E. B. Wilson, Probable inference, the law of succession, and statistical inference, Journal of the American
    Statistical Association 22 (1927), pages 209 to 212.
    """
    if trades <= 0:
        return None
    z2 = float(ndtri(0.5 + SURE / 2.0)) ** 2
    share = wins / trades
    middle = (share + z2 / (2.0 * trades)) / (1.0 + z2 / trades)
    half = math.sqrt(z2 * (share * (1.0 - share) / trades + z2 / (4.0 * trades**2))) / (1.0 + z2 / trades)
    return max(0.0, middle - half), min(1.0, middle + half)


def jackknife(without: Floats) -> Floats:
    """Half the interval of figures, from `without` (folds, figures): each computed with one fold left out.

    A fold is a stretch of time, and what its trades have in common counts once. Student's t on the jackknife's standard
    error: B. Efron, R. Tibshirani, An Introduction to the Bootstrap, 1993, chapter 11. Two folds at least.
    """
    folds = len(without)
    apart = ((without - without.mean(axis=0)) ** 2).sum(axis=0)
    error = np.sqrt(apart * (folds - 1) / folds)
    return np.asarray(error * student(folds))


def student(folds: int) -> float:
    """How many standard errors between `folds` folds an interval reaches to each side; 0 below two."""
    return float(stdtrit(folds - 1, 0.5 + SURE / 2.0)) if folds > 1 else 0.0
