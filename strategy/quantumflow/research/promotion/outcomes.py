"""A ledger's trials as arrays: one axis each for configuration, symbol, fold, part and regime. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from quantumflow.research.search.ledger import PARTS, REGIMES, Ledger
from quantumflow.reversion import SPECIALIST_PARAMETERS, Specialist, make_specialist

__all__ = ["Floats", "Outcomes", "outcomes_of"]

Floats = npt.NDArray[np.float64]

_FIGURES = ("trades", "wins", "net_log_return", "net_log_return_squares", "gross_log_return", "stops", "gap_ends")


@dataclass(frozen=True)
class Outcomes:
    """`figures[name]` has shape (configurations, symbols, folds, parts, regimes); `ids`, `symbols` ascend."""

    ids: tuple[str, ...]
    symbols: tuple[str, ...]
    folds: tuple[int, ...]
    figures: Mapping[str, Floats]
    parameters: pa.Table
    """A row a configuration, a column a parameter."""

    def of(self, name: str, part: str, regime: str) -> Floats:
        """(configurations, symbols, folds)."""
        return self.figures[name][..., PARTS.index(part), REGIMES.index(regime)]

    def by_fold(self, name: str, part: str, regime: str) -> Floats:
        """(configurations, folds), symbols added up."""
        return np.asarray(self.of(name, part, regime).sum(axis=1))

    def specialist(self, place: int) -> Specialist:
        """The configuration itself."""
        return make_specialist(self.parameters.slice(place, 1).to_pylist()[0])


def outcomes_of(ledger: Ledger) -> Outcomes:
    """The ledger's rows are sorted and complete, as reading it proved."""
    trials = ledger.trials
    symbols = tuple(sorted(ledger.facts["symbols"]))
    folds = tuple(sorted(int(fold["fold"]) for fold in ledger.facts["folds"]))
    shape = (ledger.configurations, len(symbols), len(folds), len(PARTS), len(REGIMES))
    each = trials.num_rows // ledger.configurations
    first = trials.take(np.arange(0, trials.num_rows, each))
    figures = {name: trials.column(name).to_numpy().astype(np.float64).reshape(shape) for name in _FIGURES}
    names = [one.name for one in SPECIALIST_PARAMETERS]
    return Outcomes(tuple(first.column("config_id").to_pylist()), symbols, folds, figures, first.select(names))
