"""What a rule answers with, and the files that rules look at."""

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

__all__ = ["Finding", "Rule", "files", "numbered", "without_comments"]

BUILT = frozenset({".git", ".venv", ".build", "data", "target", "_build", "__pycache__", "node_modules"})
"""Folders that hold nothing of ours; so do hidden folders that tools make, and egg-info."""

KEPT_HIDDEN = frozenset({".ci", ".github"})


class Finding(NamedTuple):
    """One place that breaks a rule, and how to mend it."""

    path: Path
    line: int
    what: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.what}. {self.remedy}"


Rule = Callable[[Path], list[Finding]]


def files(root: Path, *suffixes: str, under: str = ".") -> Iterator[Path]:
    """Our files below `root/under` that end in one of `suffixes` (none given: all), relative to `root`, in order."""
    for folder, folders, names in os.walk(root / under):
        folders[:] = sorted(name for name in folders if _ours(name))
        for name in sorted(names):
            if not suffixes or name.endswith(suffixes):
                yield (Path(folder) / name).relative_to(root)


def _ours(folder: str) -> bool:
    if folder in BUILT or folder.endswith(".egg-info"):
        return False
    return not folder.startswith(".") or folder in KEPT_HIDDEN


def numbered(text: str) -> Iterator[tuple[int, str]]:
    """The lines of a text, counted from 1."""
    return enumerate(text.splitlines(), start=1)


def without_comments(text: str, pattern: str) -> str:
    """`text` with every match of `pattern` blanked out, line by line, so that line numbers stay."""
    return re.sub(pattern, lambda found: re.sub(r"[^\n]", " ", found.group()), text, flags=re.DOTALL)
