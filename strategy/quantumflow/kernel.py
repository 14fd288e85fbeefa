"""The decorator of every kernel: compiled by Numba, or the same source as plain Python with NUMBA_DISABLE_JIT=1.

Numba's own cache looks only at the file of the function it compiles, so an edited strategy would go on running as it
was before inside a cached `advance`. Here the cache lies in a directory named after the content of every source file
that a kernel comes from: change one and everything is compiled again.
"""

import hashlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import numba

__all__ = ["CACHE", "SOURCES", "compiled", "inlined", "kernel", "remove_other_caches", "take_delivered"]

Function = TypeVar("Function", bound=Callable[..., Any])

_PACKAGE = Path(__file__).parent

SOURCES = (
    *("engine.py", "decision.py", "intake.py", "outbox.py", "kernel.py", "restraint.py", "state.py"),
    *("events.py", "outputs.py", "parameters.py", "specs.py", "specialist.py", "vocabulary.py", "regime_vocabulary.py"),
    *("broker/*.py", "features/*.py", "strategies/*.py", "indicators/*.py", "regime/*.py"),
    "reversion/*.py",
)
"""Files, and folders of files, that kernels and the constants inside them come from."""


def _sources_digest() -> str:
    digest = hashlib.sha256(f"numba {numba.__version__}".encode())
    for path in sorted({path for pattern in SOURCES for path in _PACKAGE.glob(pattern)}):
        digest.update(f"\n{path.relative_to(_PACKAGE)}\n".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _cache_root() -> Path:
    """NUMBA_CACHE_DIR if set; else beside the sources; else, where those cannot be written, in the user's cache."""
    chosen = os.environ.get("NUMBA_CACHE_DIR")
    if chosen:
        return Path(chosen)
    if os.access(_PACKAGE, os.W_OK):
        return _PACKAGE / "__pycache__"
    return Path.home() / ".cache" / "quantumflow"


CACHE = _cache_root() / f"kernels-{_sources_digest()}"
"""Where compiled kernels of exactly these sources are kept."""


def take_delivered(delivered: Path, cache: Path) -> None:
    """Copies kernels that lie beside read-only sources, as in a container's image: Numba must be able to write there.

    Whole or not at all; of several programs that start together, one is first.
    """
    if cache.exists() or not delivered.is_dir():
        return
    beside = cache.with_name(f"{cache.name}.{os.getpid()}")
    try:
        shutil.copytree(delivered, beside)
        beside.rename(cache)
    except OSError:
        shutil.rmtree(beside, ignore_errors=True)  # another was first, or there is no room: they are compiled


take_delivered(_PACKAGE / "__pycache__" / CACHE.name, CACHE)

_settings: Any = numba.config  # its attributes are made at import, unseen by a type checker
_settings.CACHE_DIR = str(CACHE)


def kernel(function: Function) -> Function:
    """Compile a function over records, arrays and numbers; releases the GIL, keeps the result on disk."""
    return cast("Function", numba.njit(cache=True, nogil=True)(function))


def inlined(function: Function) -> Function:
    """A kernel copied into its one caller: for what each event passes, where a call with the whole state would show."""
    return cast("Function", numba.njit(cache=True, nogil=True, inline="always")(function))


def compiled() -> bool:
    """False if NUMBA_DISABLE_JIT runs the kernels as plain Python."""
    return not _settings.DISABLE_JIT


def remove_other_caches() -> int:
    """Delete what older sources left beside CACHE; returns how many directories went."""
    others = [path for path in CACHE.parent.glob("kernels-*") if path != CACHE and path.is_dir()]
    for path in others:
        shutil.rmtree(path)
    return len(others)
