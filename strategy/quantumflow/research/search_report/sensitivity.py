"""Which parameters matter, and where the good ground is: means of the objective over all that else was varied. Pure.

influence   the share of the variance of the objective between configurations that the means by a parameter's value
            explain: the correlation ratio, eta squared. Of a grid the shares of all parameters add up to 1 at most, and
            what is missing is in how they act together. A sampler that prefers some ground is not balanced: its shares
            overlap, and say so only roughly
marginal    the mean at one value of one parameter; its interval by leaving out each fold (intervals.jackknife), and
            the middle 80 % of its configurations
surface     the mean at two values of two parameters
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np

from quantumflow.research.search_report.intervals import Floats, jackknife

__all__ = ["SURFACE_PARAMETERS", "Marginal", "Parameter", "Sensitivity", "Surface", "sensitivity_of", "value_text"]

SURFACE_PARAMETERS = 4
"""The most influential, of which each pair has its surface."""


@dataclass(frozen=True, slots=True)
class Marginal:
    """At one value: mean over its configurations, 95 % interval of the mean, the tenth and ninetieth hundredth."""

    value: str
    configurations: int
    mean: float
    low: float
    high: float
    tenth: float
    ninetieth: float


@dataclass(frozen=True, slots=True)
class Parameter:
    """One that was varied; its values ascend, words in their alphabet."""

    name: str
    influence: float
    marginals: tuple[Marginal, ...]


@dataclass(frozen=True, slots=True)
class Surface:
    """`means[i][j]` at the first parameter's value i and the second's j; None where no configuration was tried."""

    first: str
    second: str
    first_values: tuple[str, ...]
    second_values: tuple[str, ...]
    means: tuple[tuple[float | None, ...], ...]


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """Parameters by influence, the largest first; surfaces of the first few."""

    parameters: tuple[Parameter, ...]
    surfaces: tuple[Surface, ...]


def sensitivity_of(columns: Mapping[str, Sequence[Any]], objective: Floats, without: Floats) -> Sensitivity:
    """`columns` has each parameter's value by configuration, `objective` (configurations,) what it earned, `without`
    (folds, configurations) the same with one fold left out. A parameter of one value is left out."""
    found, places = [], {}
    for name, given in columns.items():
        values = sorted(set(given))
        if len(values) < 2:
            continue
        place = np.array([values.index(one) for one in given])
        one = _parameter(name, [value_text(value) for value in values], place, objective, without)
        found.append(one)
        places[name] = place
    found.sort(key=lambda one: (-one.influence, one.name))
    pairs = combinations(found[:SURFACE_PARAMETERS], 2)
    surfaces = tuple(_surface(one, other, places[one.name], places[other.name], objective) for one, other in pairs)
    return Sensitivity(tuple(found), surfaces)


def value_text(value: Any) -> str:
    """A parameter's value as it is written on axes and in tables."""
    return value if isinstance(value, str) else f"{value:g}"


def _parameter(name: str, values: list[str], place: Any, objective: Floats, without: Floats) -> Parameter:
    counts = np.bincount(place, minlength=len(values))
    means = np.bincount(place, objective) / counts
    each_without = np.stack([np.bincount(place, one) / counts for one in without])
    half = jackknife(each_without)
    between = float((counts * (means - objective.mean()) ** 2).sum())
    whole = float(((objective - objective.mean()) ** 2).sum())
    marginals = []
    for at, value in enumerate(values):
        tenth, ninetieth = np.quantile(objective[place == at], (0.1, 0.9))
        mean, aside = float(means[at]), float(half[at])
        spread = (mean - aside, mean + aside, float(tenth), float(ninetieth))
        marginals.append(Marginal(value, int(counts[at]), mean, *spread))
    return Parameter(name, between / whole if whole > 0.0 else 0.0, tuple(marginals))


def _surface(one: Parameter, other: Parameter, first: Any, second: Any, objective: Floats) -> Surface:
    wide = len(other.marginals)
    cell = first * wide + second
    counts = np.bincount(cell, minlength=len(one.marginals) * wide)
    sums = np.bincount(cell, objective, minlength=len(counts))
    means = [float(total / count) if count else None for total, count in zip(sums, counts, strict=True)]
    rows = tuple(tuple(means[at : at + wide]) for at in range(0, len(means), wide))
    first_values, second_values = (tuple(each.value for each in parameter.marginals) for parameter in (one, other))
    return Surface(one.name, other.name, first_values, second_values, rows)
