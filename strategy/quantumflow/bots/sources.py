"""Where strategies of a user's own are found: files of a folder, and entry points of installed packages.

What runs is a copy of the text that was read, kept under its digest: a file that is edited changes no bot until a
command says so, and a session can be repeated after the edit.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path

from quantumflow.durable import replace_file

__all__ = [
    "ENTRY_POINTS",
    "SOURCE_BYTES_MAX",
    "STRATEGIES_MAX",
    "Source",
    "Strategies",
    "find_sources",
    "keep",
    "kept_path",
    "kept_text",
]

ENTRY_POINTS = "quantumflow.strategies"
"""Each names a module that is one file: `momentum = "my_package.momentum"`."""
STRATEGIES_MAX = 64
SOURCE_BYTES_MAX = 262_144
_NAME = re.compile(r"[a-z][a-z0-9_]{0,31}")


@dataclass(frozen=True, slots=True)
class Source:
    """One strategy's text as it is now; `problem`: why it cannot be used, before it was ever run."""

    name: str
    kind: str
    """`file` or `entry_point`."""
    place: str
    text: bytes = b""
    problem: str | None = None

    @property
    def digest(self) -> str:
        """SHA-256 of the text, hex: what the journal keeps."""
        return hashlib.sha256(self.text).hexdigest()


@dataclass(frozen=True, slots=True)
class Strategies:
    """Where users' strategies are: `folder` is looked at for new ones, `kept` holds the texts that run or ran."""

    folder: Path
    kept: Path


def find_sources(folder: Path | None) -> dict[str, Source]:
    """Every strategy of a user's own by name, at most STRATEGIES_MAX; a file goes before an entry point of its name."""
    found: dict[str, Source] = {}
    for source in (*_of_folder(folder), *_of_packages()):
        if len(found) == STRATEGIES_MAX:
            break
        found.setdefault(source.name, source)
    return found


def keep(kept: Path, source: Source) -> Path:
    """The file that holds exactly this text, made if it is not there. Raises OSError."""
    path = kept_path(kept, source.digest)
    if kept_text(kept, source.digest) is not None:
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_file(path, source.text)
    return path


def kept_path(kept: Path, digest: str) -> Path:
    """Where the text of this digest is kept, if it is."""
    return kept / f"{digest}.py"


def kept_text(kept: Path, digest: str) -> bytes | None:
    """The text of this digest; None if it is not there, or is another one now."""
    try:
        text = kept_path(kept, digest).read_bytes()
    except OSError:
        return None
    return text if hashlib.sha256(text).hexdigest() == digest else None


def _of_folder(folder: Path | None) -> Iterator[Source]:
    if folder is None or not folder.is_dir():
        return
    for path in sorted(folder.glob("*.py")):
        if path.is_file() and not path.name.startswith("_"):  # a pipe would be waited for
            yield _read(path.stem, "file", str(path), path)


def _of_packages() -> Iterator[Source]:
    """Read from the package's files: nothing of it is imported here."""
    for entry in sorted(entry_points(group=ENTRY_POINTS), key=lambda entry: entry.name):
        relative = entry.module.replace(".", "/")
        files = [] if entry.dist is None else [entry.dist.locate_file(f"{relative}{end}") for end in _ENDS]
        path = next((Path(str(file)) for file in files if Path(str(file)).is_file()), None)
        if path is None:
            yield Source(entry.name, "entry_point", entry.value, problem=f"{entry.module} is no file of its package")
        else:
            yield _read(entry.name, "entry_point", entry.value, path)


_ENDS = (".py", "/__init__.py")


def _read(name: str, kind: str, place: str, path: Path) -> Source:
    if _NAME.fullmatch(name) is None:
        return Source(name[:32], kind, place, problem="its name needs a-z, 0-9 and _, at most 32, a letter first")
    try:
        with path.open("rb") as file:
            text = file.read(SOURCE_BYTES_MAX + 1)
    except OSError as error:
        return Source(name, kind, place, problem=f"it cannot be read: {error.strerror}")
    if len(text) > SOURCE_BYTES_MAX:
        return Source(name, kind, place, problem=f"it is longer than {SOURCE_BYTES_MAX} bytes")
    return Source(name, kind, place, text)
