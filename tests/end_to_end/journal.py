"""Questions to a journal, by plain SQL."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

__all__ = ["ask", "events_of"]


def ask(journal: Path, question: str, *values: Any) -> list[tuple[Any, ...]]:
    """All rows of one read-only question."""
    with closing(sqlite3.connect(f"file:{journal}?mode=ro", uri=True)) as connection:
        return connection.execute(question, values).fetchall()


def events_of(journal: Path) -> list[tuple[Any, ...]]:
    """Everything of event time, in order: what must not differ between two replays."""
    question = "SELECT seq, event_ns, kind, payload FROM events WHERE kind NOT LIKE 'session_%' ORDER BY seq"
    return ask(journal, question)
