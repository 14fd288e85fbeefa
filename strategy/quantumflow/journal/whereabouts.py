"""Whether files that are held open are still those that their paths name.

A file that was deleted or moved away under its writer takes every write, and no start will ever read them.
"""

from collections.abc import Iterable
from pathlib import Path

__all__ = ["Whereabouts"]


class Whereabouts:
    """Paths and the files that they named when it was made."""

    def __init__(self, paths: Iterable[Path]) -> None:
        self._files = {path: _file(path) for path in paths}

    def lost(self) -> Path | None:
        """The first path that names no file, or another one than then; None if every one names its own."""
        return next((path for path, file in self._files.items() if file is None or _file(path) != file), None)


def _file(path: Path) -> tuple[int, int] | None:
    """Device and number; None if there is no such file."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino
