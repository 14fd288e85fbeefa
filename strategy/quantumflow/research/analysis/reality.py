"""Whether the best of many trials beats a benchmark by more than the search for it explains. Pure; seeds are arguments.

White's reality check: H. White, "A Reality Check for Data Snooping", Econometrica 68, 2000, eq. 2.2 to 2.4. Hansen's
test for superior predictive ability: P. R. Hansen, "A Test for Superior Predictive Ability", Journal of Business and
Economic Statistics 23, 2005, eq. 1 to 10: differences are divided by their deviation, and hopeless trials do not weaken
the test. Null of both: no trial is better than the benchmark. Resamples are those of the stationary bootstrap, as in
both papers.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from quantumflow.research.analysis.resample import Floats, resampled_places

__all__ = [
    "PERIODS_MIN",
    "RealityCheck",
    "Superiority",
    "best_of_sample",
    "reality_check",
    "studentised",
    "superior_ability",
]

PERIODS_MIN = 10

TRIALS_A_TIME = 1_024


@dataclass(frozen=True, slots=True)
class RealityCheck:
    """√n times the best trial's mean difference, the p-value, and which trial that is."""

    statistic: float
    p_value: float
    best: int


@dataclass(frozen=True, slots=True)
class Superiority:
    """The best studentised difference, and its p-values: `consistent` is the one to use, between the bounds."""

    statistic: float
    lower: float
    consistent: float
    upper: float
    best: int


def reality_check(differences: Floats, draws: int, block: float, seed: int) -> RealityCheck:
    """Of `differences`, shape (periods, trials): each trial's return less the benchmark's."""
    root = math.sqrt(_periods(differences))
    means = differences.mean(axis=0)
    best = int(means.argmax())
    statistic = root * float(means[best])
    drawn = np.full(draws, -np.inf)
    for trials, resampled in _resampled_means(differences, draws, block, seed):
        drawn = np.maximum(drawn, (root * (resampled - means[trials])).max(axis=1))
    return RealityCheck(statistic, float(np.mean(drawn >= statistic)), best)


def superior_ability(differences: Floats, draws: int, block: float, seed: int) -> Superiority:
    """Of `differences` as above. A trial that never differs from the benchmark by more or less cannot be best."""
    count = _periods(differences)
    root = math.sqrt(count)
    means, deviations = differences.mean(axis=0), _deviations(differences, block)
    able = deviations > 0.0
    scaled = np.where(able, root * means / np.where(able, deviations, 1.0), -np.inf)
    best = int(scaled.argmax())
    statistic = max(float(scaled[best]), 0.0)
    threshold = -math.sqrt(2.0 * math.log(math.log(count)))
    recentred = (
        np.where(means > 0.0, means, 0.0),
        np.where(scaled >= threshold, means, 0.0),
        means,
    )
    drawn = np.zeros((3, draws))
    for trials, resampled in _resampled_means(differences, draws, block, seed):
        kept = able[trials]
        if kept.any():
            for row, centre in zip(drawn, recentred, strict=True):
                z = root * (resampled[:, kept] - centre[trials][kept]) / deviations[trials][kept]
                np.maximum(row, z.max(axis=1), out=row)
    lower, consistent, upper = (float(np.mean(row >= statistic)) if statistic > 0.0 else 1.0 for row in drawn)
    return Superiority(statistic, lower, consistent, upper, best)


def studentised(differences: Floats, block: float) -> float:
    """√n times the mean of one trial's differences, (periods,), over its deviation; 0 where it never differs."""
    column = differences[:, None]
    deviation = float(_deviations(column, block)[0])
    return math.sqrt(_periods(column)) * float(differences.mean()) / deviation if deviation > 0.0 else 0.0


def best_of_sample(differences: Floats, draws: int, block: float, seed: int) -> Floats:
    """The best `studentised` of all trials in each resample, had none an edge: `superior_ability`'s upper null."""
    root = math.sqrt(_periods(differences))
    means, deviations = differences.mean(axis=0), _deviations(differences, block)
    able = deviations > 0.0
    drawn = np.zeros(draws)
    for trials, resampled in _resampled_means(differences, draws, block, seed):
        kept = able[trials]
        if kept.any():
            z = root * (resampled[:, kept] - means[trials][kept]) / deviations[trials][kept]
            np.maximum(drawn, z.max(axis=1), out=drawn)
    return drawn


def _periods(differences: Floats) -> int:
    count = len(differences)
    if count < PERIODS_MIN or differences.shape[1] < 1:
        raise ValueError(
            f"{count} periods of {differences.shape[1]} trials: {PERIODS_MIN} periods and a trial are the least"
        )
    return count


def _deviations(differences: Floats, block: float) -> Floats:
    """Of √n times the means under the stationary bootstrap, exactly (Politis and Romano 1994, lemma 1)."""
    count = len(differences)
    centred = differences - differences.mean(axis=0)
    variances = np.einsum("ij,ij->j", centred, centred) / count
    stay = 1.0 - 1.0 / block
    for lag in range(1, count):
        weight = (count - lag) / count * stay**lag + lag / count * stay ** (count - lag)
        if weight < 1e-12:
            continue
        variances += 2.0 * weight * np.einsum("ij,ij->j", centred[lag:], centred[: count - lag]) / count
    return np.asarray(np.sqrt(np.maximum(variances, 0.0)))


def _resampled_means(differences: Floats, draws: int, block: float, seed: int) -> Iterator[tuple[slice, Floats]]:
    """Means of every resample, some trials at a time: (trials, (draws, trials)). The same resamples for all trials."""
    count, trials = differences.shape
    shares = np.concatenate(
        [_shares(chunk, count) for chunk in resampled_places(count, draws, block, seed)], dtype=np.float64
    )
    for first in range(0, trials, TRIALS_A_TIME):
        some = slice(first, min(first + TRIALS_A_TIME, trials))
        yield some, shares @ differences[:, some]


def _shares(places: "np.ndarray[tuple[int, ...], np.dtype[np.int64]]", count: int) -> Floats:
    """How often each period was drawn, as a share of the resample: (draws, count)."""
    offsets = np.arange(len(places))[:, None] * count
    return np.bincount((places + offsets).ravel(), minlength=len(places) * count).reshape(-1, count) / count
