"""What came of a backtest: a directory with a journal and backtest.json, and the same for a notebook."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from quantumflow.durable import replace_file
from quantumflow.errors import ResearchRefused

__all__ = ["RESULT_FILE", "BacktestResult", "write_result"]

RESULT_FILE = "backtest.json"
_SHOWN = ("events", "events_per_second", "fills", "ended", "risk", "journal_digest")


@dataclass(frozen=True, slots=True)
class BacktestResult:
    """`directory` is like a data directory: report, why and the page read its journal."""

    directory: Path
    said: dict[str, Any]
    """All of backtest.json."""

    @classmethod
    def load(cls, directory: Path | str) -> "BacktestResult":
        """An earlier result. Raises ResearchRefused if there is none."""
        path = Path(directory) / RESULT_FILE
        try:
            return cls(path.parent, json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError) as error:
            raise ResearchRefused("not_a_result", f"{path}: {error}; `quantumflow backtest` makes one") from None

    @property
    def journal(self) -> Path:
        """The journal, as a live run writes it."""
        return self.directory / "journal.db"

    @property
    def digest(self) -> str:
        """Of everything that happened, in event time; the same run has the same."""
        return str(self.said["journal_digest"])

    @property
    def fills(self) -> list[dict[str, Any]]:
        """Every fill with its evidence, oldest first: the rows of the journal's table."""
        return self._rows("SELECT * FROM fills ORDER BY fill")

    @property
    def equity(self) -> list[dict[str, Any]]:
        """The account as it was marked, oldest first; money in 10⁻⁸ of the quote currency."""
        return self._rows("SELECT * FROM equity ORDER BY event_seq")

    @property
    def measures(self) -> dict[str, Any]:
        """The report's measures: money in 10⁻⁸, shares in millionths."""
        return dict(self.said["measures"])

    def _rows(self, question: str) -> list[dict[str, Any]]:
        from quantumflow.journal.schema import connect_reader

        connection = connect_reader(self.journal)
        try:
            rows = connection.execute(question)
            names: list[str] = []
            found = []
            for row in rows:
                names = names or [column[0] for column in rows.get_description()]
                found.append(dict(zip(names, row, strict=True)))
            return found
        finally:
            connection.close()

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={self.said[name]!r}" for name in _SHOWN)
        return f"BacktestResult({str(self.directory)!r}, {shown})"

    def _repr_html_(self) -> str:
        """A table for a notebook."""
        measures = {name: value for name, value in self.measures.items() if not isinstance(value, (dict, list))}
        rows = {**{name: self.said[name] for name in _SHOWN}, **measures}
        cells = "".join(
            f"<tr><th style='text-align:left'>{name}</th><td>{value}</td></tr>" for name, value in rows.items()
        )
        return f"<table><caption>{self.directory}</caption>{cells}</table>"


def write_result(directory: Path, said: dict[str, Any]) -> BacktestResult:
    """Writes backtest.json and gives it back as a value."""
    text = json.dumps(said, indent=1, ensure_ascii=False)
    replace_file(directory / RESULT_FILE, f"{text}\n".encode())
    return BacktestResult(directory, said)
