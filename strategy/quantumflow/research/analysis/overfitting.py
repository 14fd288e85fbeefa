"""The probability of backtest overfitting, by combinatorially symmetric cross-validation. Pure.

D. H. Bailey, J. M. Borwein, M. López de Prado and Q. J. Zhu, "The Probability of Backtest Overfitting", Journal of
Computational Finance 20, 2017, section 3: time is cut into an even number of blocks; for every choice of half of them
the trial that was best inside is ranked outside; PBO is the share of choices in which it ranks in the lower half there.
"""

from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt

from quantumflow.research.analysis.resample import Floats

__all__ = ["BLOCKS", "Overfitting", "backtest_overfitting"]

BLOCKS = 16
BLOCKS_MAX = 20
SPLITS_A_TIME = 128


@dataclass(frozen=True, slots=True)
class Overfitting:
    """`probability` (PBO); `logits` of the chosen trial's rank outside, one a choice; what it showed in and outside."""

    probability: float
    logits: Floats
    inside: Floats
    """Sharpe ratio a period of the chosen trial where it was chosen, one a choice of blocks."""
    outside: Floats
    """The same where it was not."""

    @property
    def loss_probability(self) -> float:
        """Share of choices in which the chosen trial lost outside (section 4.2)."""
        return float(np.mean(self.outside < 0.0))


def backtest_overfitting(returns: Floats, blocks: int = BLOCKS) -> Overfitting:
    """PBO of `returns`, shape (periods, trials), all of the same periods.

    Performance is the Sharpe ratio; a trial that never varied has 0. Periods beyond a multiple of `blocks` are left out
    at the beginning. Raises ValueError for fewer than two trials, an odd number of blocks or too few periods.
    """
    periods, trials = returns.shape
    if trials < 2 or blocks % 2 or not 2 <= blocks <= BLOCKS_MAX or periods < 2 * blocks:
        raise ValueError(
            f"{periods} periods of {trials} trials in {blocks} blocks: two trials, an even number of 2 … {BLOCKS_MAX}"
            " blocks and two periods a block are the least"
        )
    kept = returns[periods % blocks :].reshape(blocks, -1, trials)
    sums, squares = kept.sum(axis=1), (kept**2).sum(axis=1)
    length = kept.shape[1] * blocks // 2
    halves = np.array([_mask(chosen, blocks) for chosen in combinations(range(blocks), blocks // 2)])
    parts = [
        _ranked(halves[first : first + SPLITS_A_TIME], sums, squares, length)
        for first in range(0, len(halves), SPLITS_A_TIME)
    ]
    logits, inside, outside = (np.concatenate(column) for column in zip(*parts, strict=True))
    return Overfitting(float(np.mean(logits <= 0.0)), logits, inside, outside)


def _mask(chosen: tuple[int, ...], blocks: int) -> Floats:
    mask = np.zeros(blocks)
    mask[list(chosen)] = 1.0
    return mask


def _ranked(halves: Floats, sums: Floats, squares: Floats, length: int) -> tuple[Floats, Floats, Floats]:
    """Of some choices (splits, blocks): logit of the chosen trial's relative rank outside, its ratio in and outside."""
    inside = _sharpes(halves @ sums, halves @ squares, length)
    outside = _sharpes((1.0 - halves) @ sums, (1.0 - halves) @ squares, length)
    best: npt.NDArray[np.int64] = inside.argmax(axis=1)
    rows = np.arange(len(best))
    own = outside[rows, best]
    below = (outside < own[:, None]).sum(axis=1)
    equal = (outside == own[:, None]).sum(axis=1)
    rank = (below + (equal + 1) / 2) / (outside.shape[1] + 1)
    return np.log(rank / (1.0 - rank)), inside[rows, best], own


def _sharpes(sums: Floats, squares: Floats, length: int) -> Floats:
    """ratios.sharpe_a_period of many trials at once, from their sums and sums of squares."""
    means = sums / length
    variances = (squares - length * means**2) / (length - 1)
    spread = np.sqrt(np.maximum(variances, 0.0))
    varied = spread > 1e-12 * np.sqrt(squares / length + 1e-300)
    return np.where(varied, means / np.where(varied, spread, 1.0), 0.0)
