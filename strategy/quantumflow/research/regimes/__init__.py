"""Regimes by a Gaussian hidden Markov model, beside the rules: hmm.py fits and filters, compare.py measures both."""

from quantumflow.research.regimes.compare import Comparison, Measured, compare_regimes, longest_stretch
from quantumflow.research.regimes.hmm import Hmm, filter_states, fit_hmm, observations

__all__ = [
    "Comparison",
    "Hmm",
    "Measured",
    "compare_regimes",
    "filter_states",
    "fit_hmm",
    "longest_stretch",
    "observations",
]
