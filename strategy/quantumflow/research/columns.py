"""A table as columns: of a file (CSV with a header, plain or packed, or Parquet), or of a dataset."""

from pathlib import Path
from typing import Any

import numpy.typing as npt

from quantumflow.errors import ApplianceRefused
from quantumflow.research.data import Dataset, load

__all__ = ["Array", "Columns", "Table", "columns_of"]

Array = npt.NDArray[Any]


Table = str | Path | Dataset
"""A file, a dataset, or the name of one."""


class Columns(dict[str, Array]):
    """Name → array; each also as an attribute: `candles.close`, `candles["close"]`."""

    def __getattr__(self, name: str) -> Array:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(f"no column {name}; there are {', '.join(self)}") from None


def columns_of(table: Table) -> Columns:
    """Every column that is numbers; of a dataset of candles `close_ns` and floats in units of their currency.

    Raises ApplianceRefused for a file that is no such table, DataRefused for a name that is none.
    """
    if not isinstance(table, Dataset):
        file = Path(table)
        if file.is_file():
            return _of_file(file)
        if file.suffix or len(file.parts) != 1:
            raise ApplianceRefused("no_such_data", f"{file} is no file")
        table = load(str(table))
    rows = table.candles if table.kind == "candles" else table.trades
    return Columns(
        {name: values if name.endswith(("_ns", "_id")) else rows.floats(name) for name, values in rows.columns.items()}
    )


def _of_file(file: Path) -> Columns:
    import pandas as pd

    try:
        frame: Any = pd.read_parquet(file) if file.suffix == ".parquet" else pd.read_csv(file)
    except (OSError, ValueError, EOFError) as error:
        raise ApplianceRefused("data_unreadable", f"{file}: {str(error)[:200]}") from None
    columns = Columns({str(name): frame[name].to_numpy() for name in frame.columns if frame[name].dtype.kind in "biuf"})
    if not columns or not len(frame):
        raise ApplianceRefused("data_unreadable", f"{file} has no row, or no column of numbers under a header")
    return columns
