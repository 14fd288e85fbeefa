"""Daily reports, by day and name. A file is served only if the listing has it: no path comes from who asks."""

import re
from pathlib import Path
from typing import Any

__all__ = ["find_file", "list_reports"]

DAYS_MAX = 400
MESSAGE_BYTES_MAX = 16_384
FILE_BYTES_MAX = 16 * 1_048_576
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TYPES = {
    ".md": "text/markdown; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
    ".json": "application/json",
    ".png": "image/png",
}
"""What a report consists of. Nothing of it is a page that a browser would run."""


def list_reports(directory: Path) -> list[dict[str, Any]]:
    """Newest first. What is no report of a day is left out."""
    if not directory.is_dir():
        return []
    days = sorted((path for path in directory.iterdir() if _DAY.fullmatch(path.name) and path.is_dir()), reverse=True)
    return [_report(day) for day in days[:DAYS_MAX]]


def find_file(directory: Path, day: str, name: str) -> tuple[Path, str] | None:
    """The file and its media type; None if that day's report has no such file."""
    if not _DAY.fullmatch(day):
        return None
    for path in _files(directory / day):
        if path.relative_to(directory / day).as_posix() == name and path.stat().st_size <= FILE_BYTES_MAX:
            return path, _TYPES[path.suffix]
    return None


def _report(day: Path) -> dict[str, Any]:
    message = day / "message.txt"
    text = None
    if message.is_file():
        with message.open("rb") as stream:
            text = stream.read(MESSAGE_BYTES_MAX).decode("utf-8", "replace")
    return {
        "day": day.name,
        "made_ns": day.stat().st_mtime_ns,
        "message": text,
        "files": [
            {
                "name": path.relative_to(day).as_posix(),
                "bytes": path.stat().st_size,
                "media_type": _TYPES[path.suffix],
            }
            for path in _files(day)
        ],
    }


def _files(day: Path) -> list[Path]:
    """Real files of the day's own folder and of the folders in it, of a known type."""
    found = [path for pattern in ("*", "*/*") for path in day.glob(pattern)]
    return sorted(p for p in found if p.suffix in _TYPES and p.is_file() and not p.is_symlink())
