"""The tearsheet of any journal: of a live account, a replay or a backtest. In a notebook it shows itself.

import quantumflow as qf
qf.tearsheet("data/sim")                       # a data directory, a journal.db, an export, or a backtest's result
qf.tearsheet(result, trials=200, benchmark=qf.benchmark(...)).write_html("sheet.html")
"""

from functools import cached_property
from pathlib import Path
from typing import Any

from quantumflow.errors import ApplianceRefused
from quantumflow.research.analysis.attribution import Regimes
from quantumflow.research.analysis.benchmark import Benchmark
from quantumflow.research.analysis.content import sections_of, title_of
from quantumflow.research.analysis.history import history_of
from quantumflow.research.analysis.periods import Period
from quantumflow.research.analysis.render import html_fragment, html_page, markdown_text
from quantumflow.research.analysis.sheet import Choices, Sheet, sheet_of
from quantumflow_reports.numbers import Chain
from quantumflow_reports.source import open_source

__all__ = ["Tearsheet", "tearsheet"]


class Tearsheet:
    """A sheet as text, as a page, as JSON; `sheet` has every figure."""

    def __init__(self, sheet: Sheet) -> None:
        self.sheet = sheet

    @cached_property
    def markdown(self) -> str:
        return markdown_text(title_of(self.sheet), self._mark, sections_of(self.sheet))

    @cached_property
    def html(self) -> str:
        """A whole document that needs nothing beside it."""
        return html_page(title_of(self.sheet), self._mark, sections_of(self.sheet), self._charts)

    def as_json(self) -> dict[str, Any]:
        return self.sheet.as_json()

    def write_html(self, file: Path | str) -> Path:
        return _written(Path(file), self.html)

    def write_markdown(self, file: Path | str) -> Path:
        return _written(Path(file), self.markdown)

    @property
    def _mark(self) -> str | None:
        numbers = self.sheet.numbers
        return " · ".join(mark for mark in (numbers.simulated.stamp, numbers.kind) if mark) or None

    @cached_property
    def _charts(self) -> dict[str, tuple[bytes, bytes]]:
        from quantumflow.research.analysis.charts import draw_charts

        return draw_charts(self.sheet)

    def _repr_html_(self) -> str:
        return html_fragment(title_of(self.sheet), self._mark, sections_of(self.sheet), self._charts)

    def _repr_markdown_(self) -> str:
        return self.markdown

    def __repr__(self) -> str:
        return self.markdown


def tearsheet(
    result: Any, *, benchmark: Benchmark | None = None, regimes: Regimes | None = None, **choices: Any
) -> Tearsheet:
    """Reads and checks every event of `result`: a path, or anything whose `directory` or `journal` is one.

    `choices` are those of `Choices`: period, window, share, horizon, draws, seed, trials, trials_variance. Raises
    JournalRefused for an event that does not fit, ApplianceRefused where there is no journal or a choice is none.
    """
    source = open_source(_journal_of(result))
    history = history_of(source.events())
    head = source.standing.head
    chain = Chain(head.seq, head.seq, head.hash.hex() if head.seq else "", source.standing.digest.hex())
    return Tearsheet(sheet_of(history, chain, _chosen(choices), regimes, benchmark))


def _journal_of(result: Any) -> Path:
    place = result
    for name in ("journal", "directory"):
        if not isinstance(place, str | Path) and isinstance(getattr(place, name, None), str | Path):
            place = getattr(place, name)
    if not isinstance(place, str | Path):
        raise ApplianceRefused("no_journal", f"{type(result).__name__} names no directory: give a path or a result")
    path = Path(place)
    return path / "journal.db" if path.is_dir() else path


def _chosen(choices: dict[str, Any]) -> Choices:
    try:
        if isinstance(choices.get("period"), str):
            choices["period"] = Period[choices["period"].upper()]
        return Choices(**choices)
    except KeyError:
        raise ApplianceRefused("choice_refused", f"period is {choices['period']!r}: minute, hour or day") from None
    except (TypeError, ValueError) as error:
        raise ApplianceRefused("choice_refused", str(error)) from None


def _written(file: Path, text: str) -> Path:
    beside = file.with_name(file.name + ".new")
    try:
        beside.write_text(text, encoding="utf-8")
        beside.replace(file)
    except OSError as error:
        raise ApplianceRefused("not_written", f"{file}: {error.strerror}") from None
    return file
