"""How likely luck alone shows results as good as a regime's best, with the true number of trials. Pure.

Three answers to one question – nothing has an edge: how often does a search of this size end this well? – and the
largest is taken:

reality       Hansen's studentised statistic of the promoted configuration's daily returns, against the best of a random
              sample of the trials under the bootstrap (analysis.reality). A search of N trials is N / m samples of m:
              1 − (1 − p)^(N / m), which is exact for samples that know nothing of each other and too careful else.
deflated      1 − the deflated Sharpe ratio of the same returns (analysis.luck), N trials.
walk_forward  the choice made before each fold, judged in it (choice.py): no trial that lost counts against it, none
              that won for it. Times the number of regimes, since the best of them may be what is shown.

N counts every (configuration, regime): each was a chance to find something. A configuration of another ledger on the
same data counts too (`ever_tried`). The probability of overfitting (PBO) is told beside them: it says whether
choosing helps, which is another question: where every configuration has the same edge, choosing does not.
"""

from dataclasses import dataclass

import numpy as np

from quantumflow.research.analysis.luck import deflated_sharpe
from quantumflow.research.analysis.overfitting import backtest_overfitting
from quantumflow.research.analysis.reality import PERIODS_MIN, best_of_sample, studentised
from quantumflow.research.analysis.resample import block_length
from quantumflow.research.promotion.choice import Expectation, best_of, expectation_of, test_ratios, walk_forward
from quantumflow.research.promotion.outcomes import Floats, Outcomes
from quantumflow.research.search.ledger import REGIMES, SUM_OF_ALL, Daily

__all__ = ["DRAWS", "Chance", "chances_of"]

DRAWS = 2_000
BLOCKS = 10
"""That time is cut into for PBO: 252 ways to halve it."""


@dataclass(frozen=True, slots=True)
class Chance:
    """Of one regime. `place` is the promoted configuration's, None if none traded enough; figures are shares."""

    regime: str
    place: int | None
    expected: Expectation
    trials: int
    reality: float
    deflated: float
    walk_forward: float
    overfitting: float | None

    @property
    def luck(self) -> float:
        """The largest of the three."""
        return max(self.reality, self.deflated, self.walk_forward)


def chances_of(outcomes: Outcomes, daily: Daily, configurations: int, sample: int, seed: int) -> list[Chance]:
    """One a regime. `configurations` were ever tried; the first `sample` ids of `outcomes` are a sample by chance."""
    trials = configurations * len(REGIMES)
    rows = {(name, regime): n for n, (name, regime) in enumerate(zip(daily.config_ids, daily.regimes, strict=True))}
    kept = set(daily.config_ids) - {SUM_OF_ALL}
    drawn = [name for name in outcomes.ids[: max(sample, 1)] if name in kept]
    columns = {regime: daily.returns[[rows[name, regime] for name in drawn]].T for regime in REGIMES}
    best = {regime: best_of(test_ratios(outcomes, regime)) for regime in REGIMES}
    own: dict[str, Floats] = {}
    for regime, place in best.items():
        if place is not None and (outcomes.ids[place], regime) in rows:
            own[regime] = daily.returns[rows[outcomes.ids[place], regime]]
    enough = len(daily.days) >= PERIODS_MIN and bool(drawn) and bool(own)
    block = max((block_length(one) for one in own.values()), default=1.0)
    nothing = np.empty(0)
    whole = np.concatenate(list(columns.values()), axis=1)
    maxima = best_of_sample(whole, DRAWS, block, seed) if enough else nothing
    found = []
    for regime in REGIMES:
        expected = expectation_of(walk_forward(outcomes, regime))
        reality = deflated = 1.0
        if enough and regime in own:
            reality = _reality(studentised(own[regime], block), maxima, configurations / len(drawn))
            sure = deflated_sharpe(own[regime].tolist(), trials).value
            deflated = 1.0 if sure is None else 1.0 - sure
        forward = min(1.0, expected.p_value * len(REGIMES))
        over = _overfitting(columns[regime])
        found.append(Chance(regime, best[regime], expected, trials, reality, deflated, forward, over))
    return found


def _reality(own: float, maxima: Floats, samples: float) -> float:
    if own <= 0.0:
        return 1.0
    once = (1.0 + float((maxima >= own).sum())) / (len(maxima) + 1.0)
    return float(1.0 - (1.0 - once) ** max(samples, 1.0))


def _overfitting(returns: Floats) -> float | None:
    """None where there are too few days or trials to say."""
    periods, trials = returns.shape
    return backtest_overfitting(returns, BLOCKS).probability if trials > 1 and periods >= 2 * BLOCKS else None
