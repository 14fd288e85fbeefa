"""A function of columns as a subject: an indicator, or signals for all rows at once."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from quantumflow.errors import ApplianceRefused
from quantumflow.research.columns import Array, Columns
from quantumflow.research.lookahead.signals import Signals

__all__ = ["Vectorised"]


class Vectorised:
    """`function(columns)` gives an array, or a mapping of name → array, as long as the columns.

    Each run gets copies of its rows alone: no view of an array through which later rows could be reached.
    """

    def __init__(self, function: Callable[[Columns], Any], columns: Mapping[str, Array]) -> None:
        lengths = {len(column) for column in columns.values()}
        if len(lengths) != 1:
            raise ApplianceRefused("columns_uneven", "the data's columns have several lengths, or there is none")
        self.count = lengths.pop()
        self.places = np.arange(self.count + 1)
        self._function = function
        self._columns = columns

    def run(self, start: int, end: int) -> Signals:
        rows = Columns({name: column[start:end].copy() for name, column in self._columns.items()})
        try:
            said = self._function(rows)
        except Exception as error:  # a user's own function may raise anything: it is told, with its cause
            raise ApplianceRefused(
                "subject_raised", f"on rows {start:,} … {end:,}: {type(error).__name__}: {error}"
            ) from error
        named = said if isinstance(said, Mapping) else {"signal": said}
        columns = {str(name): _column(str(name), values, end - start) for name, values in named.items()}
        return Signals(np.arange(start, end), columns)

    run_settled = run
    """Nothing of its own trades comes back to a function."""


def _column(name: str, values: Any, rows: int) -> Array:
    column = np.asarray(values)
    if column.shape != (rows,):
        raise ApplianceRefused("signal_shape", f"{name}: {column.shape} for {rows:,} rows; one value a row is needed")
    if column.dtype.kind not in "biufU":
        raise ApplianceRefused("signal_type", f"{name}: {column.dtype} is neither a number nor a word")
    return column
