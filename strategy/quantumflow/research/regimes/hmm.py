"""A hidden Markov model with Gaussian observations: fitted on the past, then filtered forward, blind to the future.

L. Rabiner, A Tutorial on Hidden Markov Models, Proc. IEEE 77:2, 1989; the fit is Baum-Welch, its forward and backward
passes scaled. Fitting looks at the whole of the stretch it is given, so that stretch is spent; `filter_states` gives
for each bar the state that is likeliest after the bars up to it, never a smoothed one.

observations  of each bar: the logarithm of its realised volatility over 20 bars, and its drift over 60 bars in units of
              that volatility. Both of trailing windows; in deviations of the stretch that the model was fitted on.
"""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from quantumflow.kernel import kernel
from quantumflow.reversion import volatility_series

__all__ = ["STATES", "Hmm", "filter_states", "fit_hmm", "observations"]

Floats = npt.NDArray[np.float64]

STATES = 4
"""As many as the rules have regimes."""
VOLATILITY_BARS, DRIFT_BARS = 20, 60
VARIANCE_MIN = 1e-3
"""Of an observation within a state, in variances of all: a state never shrinks to a point."""
ROUNDS_MAX = 60
GAIN_MIN = 1e-6
"""Log-likelihood a bar that a round must bring to be followed by another."""


@dataclass(frozen=True, slots=True)
class Hmm:
    """Fitted parameters: states by columns of observations, states by states. States are in order of volatility."""

    start: Floats
    moves: Floats
    means: Floats
    variances: Floats
    centre: Floats
    scale: Floats
    log_likelihood: float
    """A bar, of the stretch that it was fitted on."""
    rounds: int


def observations(closes: Floats) -> Floats:
    """(rows, 2) float64; NaN until there are the bars, and where a market stood still."""
    volatility = volatility_series(VOLATILITY_BARS, closes)
    drift = np.full(len(closes), math.nan)
    drift[DRIFT_BARS:] = np.log(closes[DRIFT_BARS:] / closes[:-DRIFT_BARS])
    with np.errstate(divide="ignore", invalid="ignore"):
        seen = np.column_stack([np.log(volatility), drift / (volatility * math.sqrt(DRIFT_BARS))])
    seen[~np.isfinite(seen).all(axis=1)] = math.nan
    return seen


def fit_hmm(seen: Floats, states: int = STATES) -> Hmm:
    """Baum-Welch on the rows that are known, begun at quantiles of volatility: the same data give the same model."""
    known = seen[np.isfinite(seen).all(axis=1)]
    centre, scale = known.mean(axis=0), known.std(axis=0)
    z = (known - centre) / scale
    order = np.argsort(z[:, 0], kind="stable")
    means = np.array([z[part].mean(axis=0) for part in np.array_split(order, states)])
    # Half the states of one volatility lean up, half down: drift would otherwise begin without a difference.
    means[:, 1] += np.where(np.arange(states) % 2 == 0, 0.5, -0.5)
    variances = np.ones_like(means)
    moves = np.full((states, states), 0.02 / (states - 1))
    np.fill_diagonal(moves, 0.98)
    start = np.full(states, 1.0 / states)
    before, likelihood, rounds = -math.inf, -math.inf, 0
    while rounds < ROUNDS_MAX:
        density, taken_out = _density(z, means, variances)
        weights, pairs, likelihood = _expect(density, start, moves)
        likelihood += taken_out
        rounds += 1
        if likelihood - before < GAIN_MIN * len(z):
            break
        before = likelihood
        total = weights.sum(axis=0)
        start, moves = weights[0], pairs / pairs.sum(axis=1, keepdims=True)
        means = weights.T @ z / total[:, None]
        variances = np.maximum(weights.T @ (z * z) / total[:, None] - means * means, VARIANCE_MIN)
    calm_first = np.argsort(means[:, 0], kind="stable")
    return Hmm(
        start[calm_first],
        moves[np.ix_(calm_first, calm_first)],
        means[calm_first],
        variances[calm_first],
        centre,
        scale,
        likelihood / len(z),
        rounds,
    )


def filter_states(model: Hmm, seen: Floats) -> npt.NDArray[np.int8]:
    """(rows,) int8: the likeliest state after the bars up to each, -1 where it is not known."""
    z = (seen - model.centre) / model.scale
    return _filter(_density(z, model.means, model.variances)[0], model.start, model.moves)


@kernel
def _density(z: Floats, means: Floats, variances: Floats) -> tuple[Floats, float]:
    """Of each row under each state, scaled by its largest, and the logarithms so taken out. NaN rows stay NaN."""
    rows, states = len(z), len(means)
    taken_out = 0.0
    out = np.empty((rows, states))
    for row in range(rows):
        largest = -math.inf
        for state in range(states):
            value = 0.0
            for column in range(z.shape[1]):
                distance = z[row, column] - means[state, column]
                spread = variances[state, column]
                value -= 0.5 * (distance * distance / spread + math.log(2.0 * math.pi * spread))
            out[row, state] = value
            largest = max(largest, value)
        taken_out += largest
        for state in range(states):
            out[row, state] = math.exp(out[row, state] - largest) + 1e-300
    return out, taken_out


@kernel
def _expect(density: Floats, start: Floats, moves: Floats) -> tuple[Floats, Floats, float]:
    """Weights of states at each row, expected moves between them, and the scaled log-likelihood."""
    rows, states = density.shape
    ahead, scales = np.empty((rows, states)), np.empty(rows)
    for row in range(rows):
        for state in range(states):
            value = start[state] if row == 0 else 0.0
            if row > 0:
                for before in range(states):
                    value += ahead[row - 1, before] * moves[before, state]
            ahead[row, state] = value * density[row, state]
        scales[row] = ahead[row].sum()
        ahead[row] /= scales[row]
    pairs, behind = np.zeros((states, states)), np.ones(states)
    weights = np.empty((rows, states))
    weights[rows - 1] = ahead[rows - 1]
    for row in range(rows - 2, -1, -1):
        after = density[row + 1] * behind / scales[row + 1]
        for state in range(states):
            behind[state] = 0.0
            for target in range(states):
                flow = moves[state, target] * after[target]
                behind[state] += flow
                pairs[state, target] += ahead[row, state] * flow
        weights[row] = ahead[row] * behind
        weights[row] /= weights[row].sum()
    return weights, pairs, np.log(scales).sum()


@kernel
def _filter(density: Floats, start: Floats, moves: Floats) -> npt.NDArray[np.int8]:
    rows, states = density.shape
    out, belief = np.full(rows, -1, np.int8), start.copy()
    begun = False
    for row in range(rows):
        if math.isnan(density[row, 0]):
            continue
        ahead = np.zeros(states)
        for state in range(states):
            value = belief[state]
            if begun:
                value = 0.0
                for before in range(states):
                    value += belief[before] * moves[before, state]
            ahead[state] = value * density[row, state]
        belief = ahead / ahead.sum()
        begun = True
        out[row] = np.argmax(belief)
    return out
