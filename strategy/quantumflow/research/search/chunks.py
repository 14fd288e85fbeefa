"""Results on disk: a file for each task, named by the task, whole or not at all, so that nothing done is done again."""

import hashlib
from pathlib import Path

from quantumflow.durable import replace_file
from quantumflow.errors import ResearchRefused
from quantumflow.research.search.tasks import Task

__all__ = ["Chunks"]

_HASH = 32
"""Bytes of the SHA-256 before a result."""


class Chunks:
    """The results below one directory."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self.directory = directory

    def keep(self, task: Task, raw: bytes) -> None:
        """On disk when it returns. Raises ResearchRefused("not_written") if there is no room."""
        try:
            replace_file(self._path(task), hashlib.sha256(raw).digest() + raw)
        except OSError as error:
            detail = f"{self.directory}: {error.strerror}; make room, then run the same command: it goes on from here"
            raise ResearchRefused("not_written", detail) from None

    def find(self, task: Task) -> bytes | None:
        """The result if it is there and whole; a damaged one counts as absent and is made again."""
        try:
            kept = self._path(task).read_bytes()
        except FileNotFoundError:
            return None
        raw = kept[_HASH:]
        return raw if kept[:_HASH] == hashlib.sha256(raw).digest() else None

    def _path(self, task: Task) -> Path:
        return self.directory / f"{task.digest}.chunk"
