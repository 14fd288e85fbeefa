"""Following what is written while the appliance runs: new fills of the journal, new lines of the programs' logs."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import apsw

from quantumflow.errors import JournalError
from quantumflow.journal.reader import JournalReader

__all__ = ["JournalFollower", "LogFollower", "tail"]

_PAGE = 200
_TAIL_BYTES = 16_384
_LINE_BYTES_MAX = 4_096


class JournalFollower:
    """Fills that were committed since the last look. Fills of earlier runs are not told again."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._last: int | None = self._newest() if path.exists() else 0

    def poll(self) -> list[tuple[dict[str, Any], str | None]]:
        """Each new fill with the equity marked last before it; nothing while the journal cannot be read yet."""
        if not self._path.exists():
            return []
        if self._last is None:
            self._last = self._newest()
            return []
        try:
            with JournalReader(self._path) as journal:
                fills = journal.fills_after(self._last, _PAGE)
                told = [(fill, _equity_before(journal, int(fill["event_seq"]))) for fill in fills]
        except (apsw.Error, JournalError):
            return []  # being made or checked by the trader; the next look sees it
        if fills:
            self._last = int(fills[-1]["fill"])
        return told

    def _newest(self) -> int | None:
        try:
            with JournalReader(self._path) as journal:
                page = journal.fills(limit=1)
        except (apsw.Error, JournalError):
            return None
        return int(page.items[0]["fill"]) if page.items else 0


def _equity_before(journal: JournalReader, event_seq: int) -> str | None:
    rows = journal.equity(before=event_seq, limit=1).items
    return str(rows[0]["display"]["equity_e8"]) if rows else None


class LogFollower:
    """New lines of every program's log, from now on."""

    def __init__(self, logs: Path) -> None:
        self._logs = logs
        self._at = {path: path.stat().st_size for path in logs.glob("*.log")}

    def poll(self) -> Iterator[tuple[str, str]]:
        """(program, line) of whole lines written since the last look; a rotated file is read from its start."""
        for path in sorted(self._logs.glob("*.log")):
            if path.stem == "supervisord":
                continue
            at = self._at.get(path, 0)
            with path.open("rb") as source:
                if source.seek(0, 2) < at:
                    at = 0
                source.seek(at)
                data = source.read(1_000_000)
            whole = data[: data.rfind(b"\n") + 1]
            self._at[path] = at + len(whole)
            for line in whole.splitlines():
                yield path.stem, line[:_LINE_BYTES_MAX].decode("utf-8", "replace")


def tail(path: Path, lines: int) -> list[str]:
    """The last lines of a file, bounded; none if it is not there."""
    try:
        with path.open("rb") as source:
            source.seek(max(0, source.seek(0, 2) - _TAIL_BYTES))
            text = source.read().decode("utf-8", "replace")
    except OSError:
        return []
    return [line[:_LINE_BYTES_MAX] for line in text.splitlines()[-lines:]]
