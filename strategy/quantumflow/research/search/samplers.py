"""Which configurations are tried next: all, by chance, by Optuna, by heredity. Seeded; asked and told in whole batches.

A batch is asked, tried – by whatever workers, in whatever order – and told in the order in which it was asked. So what
comes next depends on the seed alone. A sampler is told figures of train alone: the tests stay out of its sight. A
configuration that is asked again is not tried again; it counts as asked, and once as a configuration.
"""

import warnings
from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np

from quantumflow.research.search.space import Space

__all__ = ["Sampler", "make_sampler"]

Indices = tuple[int, ...]
TOURNAMENT, MUTATION = 3, 0.15


class Sampler(Protocol):
    """Indices are choices of each of the space's `values`; figures, one an objective, are better the higher."""

    def ask(self) -> list[Indices]:
        """The next batch; empty at the end."""

    def tell(self, figures: Sequence[Sequence[float]]) -> None:
        """What the batch came to, in its order."""


def make_sampler(space: Space, limit: int | None) -> Sampler:
    """The one that the space names; of the grid and of a limit the first `limit` are asked."""
    trials = min(space.trials, limit or space.trials)
    sizes = [len(choices) for choices in space.values.values()]
    if space.kind == "grid":
        return _Listed(space.grid()[:trials], trials)
    if space.kind == "random":
        order = np.random.default_rng(space.seed).permutation(space.size)[:trials]
        return _Listed([tuple(int(n) for n in np.unravel_index(at, sizes)) for at in order], space.batch)
    if space.kind == "genetic":
        return _Genetic(sizes, space.seed, trials, space.batch)
    return _Optuna(space, sizes, trials)


class _Listed:
    def __init__(self, asked: list[Indices], batch: int) -> None:
        self._left, self._batch = asked, max(batch, 1)

    def ask(self) -> list[Indices]:
        batch, self._left = self._left[: self._batch], self._left[self._batch :]
        return batch

    def tell(self, figures: Sequence[Sequence[float]]) -> None:
        """A list does not learn."""


class _Genetic:
    """Generations: the better of TOURNAMENT parents twice, each gene of either, some stepped or drawn anew."""

    def __init__(self, sizes: list[int], seed: int, trials: int, batch: int) -> None:
        self._sizes, self._left, self._batch = sizes, trials, batch
        self._draw = np.random.default_rng(seed)
        self._asked: list[Indices] = []
        self._known: list[tuple[float, Indices]] = []

    def ask(self) -> list[Indices]:
        count = min(self._left, self._batch)
        self._left -= count
        self._asked = [self._child() if self._known else self._chance() for _ in range(count)]
        return self._asked

    def tell(self, figures: Sequence[Sequence[float]]) -> None:
        self._known += [(float(one[0]), asked) for one, asked in zip(figures, self._asked, strict=True)]
        self._known = sorted(set(self._known), reverse=True)[: self._batch]

    def _chance(self) -> Indices:
        return tuple(int(self._draw.integers(size)) for size in self._sizes)

    def _child(self) -> Indices:
        one, other = self._parent(), self._parent()
        genes = []
        for a, b, size in zip(one, other, self._sizes, strict=True):
            gene = a if self._draw.random() < 0.5 else b
            if self._draw.random() < MUTATION:
                step = gene + int(self._draw.choice([-1, 1]))
                gene = min(max(step, 0), size - 1) if self._draw.random() < 0.5 else int(self._draw.integers(size))
            genes.append(gene)
        return tuple(genes)

    def _parent(self) -> Indices:
        places = self._draw.integers(len(self._known), size=TOURNAMENT)
        return self._known[int(places.min())][1]  # sorted: the first is the best


class _Optuna:
    """Every parameter is the number of its choice: ordered, as values in the file are."""

    def __init__(self, space: Space, sizes: list[int], trials: int) -> None:
        import optuna

        optuna.logging.set_verbosity(optuna.logging.WARNING)
        makers: dict[str, Any] = {
            "tpe": lambda: optuna.samplers.TPESampler(seed=space.seed),
            "cmaes": lambda: optuna.samplers.CmaEsSampler(seed=space.seed),
            "nsga2": lambda: optuna.samplers.NSGAIISampler(seed=space.seed, population_size=space.batch),
        }
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Optuna marks parts of itself as experimental
            self._study = optuna.create_study(
                directions=["maximize"] * len(space.objectives), sampler=makers[space.kind]()
            )
        self._sizes, self._left, self._batch = dict(zip(space.values, sizes, strict=True)), trials, space.batch
        self._asked: list[Any] = []

    def ask(self) -> list[Indices]:
        count = min(self._left, self._batch)
        self._left -= count
        self._asked = [self._study.ask() for _ in range(count)]
        return [
            tuple(int(trial.suggest_int(name, 0, size - 1)) for name, size in self._sizes.items())
            for trial in self._asked
        ]

    def tell(self, figures: Sequence[Sequence[float]]) -> None:
        for trial, values in zip(self._asked, figures, strict=True):
            self._study.tell(trial, [float(value) for value in values])
