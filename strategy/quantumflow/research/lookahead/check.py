"""The door: a strategy's word and data → what was found.

NAME                a strategy of ours, through the engine on captures or recordings
FILE.py             a user's strategy (its `decide`), the same way
FILE.py:FUNCTION    a function of columns, on a table: a file's, or a dataset's by its name
MODULE:FUNCTION     the same, from an installed package
"""

import importlib
import importlib.util
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from quantumflow.errors import ApplianceRefused
from quantumflow.research.columns import Table, columns_of
from quantumflow.research.data import Dataset
from quantumflow.research.lookahead.probes import Found, Limits, Subject, probe
from quantumflow.research.lookahead.told import as_json, in_words
from quantumflow.research.lookahead.vectorised import Vectorised

__all__ = ["Checked", "check"]


@dataclass(frozen=True, slots=True, repr=False)
class Checked:
    """What was found of a subject; in a notebook it says so in words."""

    subject: str
    found: Found

    @property
    def passed(self) -> bool:
        return self.found.passed

    def as_json(self) -> dict[str, Any]:
        return as_json(self.subject, self.found)

    def __repr__(self) -> str:
        return "\n".join(in_words(self.subject, self.found))


def check(
    strategy: str | Callable[..., Any],
    data: Sequence[Table] | Table,
    limits: Limits | None = None,
    step: Callable[[str], None] = lambda _: None,
    config: Path | None = None,
) -> Checked:
    """Runs the probes. Raises ApplianceRefused for a word or data that is none, or a subject that raises."""
    tables = [data] if isinstance(data, str | Path | Dataset) else list(data)
    name = strategy if isinstance(strategy, str) else getattr(strategy, "__name__", "the function")
    return Checked(name, probe(_subject(strategy, tables, config), limits or Limits(), step))


def _subject(strategy: str | Callable[..., Any], tables: Sequence[Table], config: Path | None) -> Subject:
    if isinstance(strategy, str) and ":" not in strategy:
        from quantumflow.research.lookahead.recorded import recorded_subject

        files = [Path(table) for table in tables if not isinstance(table, Dataset)]
        if len(files) < len(tables):
            raise ApplianceRefused("not_a_capture", "a strategy is checked on captures or recordings, not on a dataset")
        return recorded_subject(strategy, files, config)
    if len(tables) != 1:
        raise ApplianceRefused("one_table", f"a function of columns is checked on one table, not on {len(tables)}")
    return Vectorised(strategy if callable(strategy) else _function(strategy), columns_of(tables[0]))


def _function(word: str) -> Callable[..., Any]:
    """What FILE.py:FUNCTION or MODULE:FUNCTION names."""
    place, _, name = word.rpartition(":")
    try:
        module = _module_of(Path(place)) if place.endswith(".py") else importlib.import_module(place)
    except Exception as error:  # a user's own module may raise anything: it is told, with its cause
        raise ApplianceRefused("no_such_strategy", f"{place}: {type(error).__name__}: {error}") from error
    function = getattr(module, name, None)
    if not callable(function):
        raise ApplianceRefused("no_such_strategy", f"{place} has no function {name}")
    found: Callable[..., Any] = function
    return found


def _module_of(file: Path) -> Any:
    spec = importlib.util.spec_from_file_location(f"checked_{file.stem}", file)
    if spec is None or spec.loader is None or not file.is_file():
        raise FileNotFoundError(f"{file} is no file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module
