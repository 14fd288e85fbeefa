"""Which symbols a replay's inputs hold, before anything is started."""

import gzip
import json
import re
import zlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import IO, Any

from quantumflow.errors import ApplianceRefused
from quantumflow.specs import INSTRUMENTS_MAX

__all__ = ["MANIFEST", "capture_symbols", "holds_simulated"]

MANIFEST = "manifest.json"
"""A recording is a directory with this file in it."""
_SCAN_BYTES_MAX = 4_000_000
"""How much of one text file is looked through for symbols; market_data reads all of it and names any other."""
_STREAM = re.compile(rb'"stream"\s*:\s*"([a-z0-9]{2,20})@')


def capture_symbols(inputs: Sequence[Path]) -> tuple[str, ...]:
    """The symbols of all inputs in the order in which they appear. Raises ApplianceRefused naming the input."""
    symbols: dict[str, None] = {}
    for path in inputs:
        found = _of_recording(path) if path.is_dir() else _of_text(path)
        if not found:
            detail = f"{path}: no combined-stream message in it; a capture has lines of <receive time ns> <JSON>"
            raise ApplianceRefused("not_a_capture", detail)
        symbols.update(dict.fromkeys(found))
    if len(symbols) > INSTRUMENTS_MAX:
        raise ApplianceRefused("too_many_symbols", f"{len(symbols)} symbols; at most {INSTRUMENTS_MAX} in one replay")
    return tuple(symbols)


def holds_simulated(inputs: Sequence[Path]) -> bool:
    """True if a recording among the inputs is of a generated market; a text capture says nothing of the kind."""
    return any(path.is_dir() and bool(_manifest(path)["simulated"]) for path in inputs)


def _of_recording(path: Path) -> Iterable[str]:
    return [str(instrument["symbol"]) for instrument in _manifest(path)["instruments"]]


def _manifest(path: Path) -> dict[str, Any]:
    try:
        manifest = json.loads((path / MANIFEST).read_text(encoding="utf-8"))
        symbols = [instrument["symbol"] for instrument in manifest["instruments"]]
        return {"simulated": manifest["simulated"], "instruments": [{"symbol": symbol} for symbol in symbols]}
    except (OSError, ValueError, KeyError, TypeError) as error:
        detail = f"{path}: no readable {MANIFEST} ({error}); a recording is a directory that has one"
        raise ApplianceRefused("not_a_recording", detail) from None


def _of_text(path: Path) -> Iterable[str]:
    try:
        with path.open("rb") as plain:
            packed = plain.read(2) == b"\x1f\x8b"
        with path.open("rb") as plain:
            head = _read_some(gzip.GzipFile(fileobj=plain) if packed else plain)
    except OSError as error:
        raise ApplianceRefused("replay_file_unreadable", f"{path}: {error}") from None
    return [match.decode("ascii").upper() for match in dict.fromkeys(_STREAM.findall(head))]


def _read_some(source: IO[bytes] | gzip.GzipFile) -> bytes:
    """The first bytes; a torn gzip gives what can be read of it."""
    pieces, size = [], 0
    while size < _SCAN_BYTES_MAX:
        try:
            piece = source.read(65_536)
        except (EOFError, zlib.error):
            break
        if not piece:
            break
        pieces.append(piece)
        size += len(piece)
    return b"".join(pieces)
