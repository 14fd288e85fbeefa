"""A table of a file as columns: CSV with a header, plain or packed (gz, xz, bz2, zip), or Parquet."""

from pathlib import Path
from typing import Any

import numpy.typing as npt

from quantumflow.errors import ApplianceRefused

__all__ = ["Array", "Columns", "read_columns"]

Array = npt.NDArray[Any]


class Columns(dict[str, Array]):
    """Name → array; each also as an attribute: `candles.close`, `candles["close"]`."""

    def __getattr__(self, name: str) -> Array:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(f"no column {name}; there are {', '.join(self)}") from None


def read_columns(file: Path) -> Columns:
    """Every column that is numbers. Raises ApplianceRefused for a file that is no such table."""
    import pandas as pd

    if not file.is_file():
        raise ApplianceRefused("no_such_data", f"{file} is no file")
    try:
        frame: Any = pd.read_parquet(file) if file.suffix == ".parquet" else pd.read_csv(file)
    except (OSError, ValueError, EOFError) as error:
        raise ApplianceRefused("data_unreadable", f"{file}: {str(error)[:200]}") from None
    columns = Columns({str(name): frame[name].to_numpy() for name in frame.columns if frame[name].dtype.kind in "biuf"})
    if not columns or not len(frame):
        raise ApplianceRefused("data_unreadable", f"{file} has no row, or no column of numbers under a header")
    return columns
