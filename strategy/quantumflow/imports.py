"""Captures of others, checked line by line before they are copied to where replays find them.

A capture has lines `<receive time, UTC ns> <JSON>`, plain or gzip: combined-stream messages of Binance spot, and REST
depth snapshots. What is reported is what a replay will meet; nothing is repaired.
"""

import gzip
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import msgspec

from quantumflow.appliance.captures import MANIFEST, capture_symbols
from quantumflow.errors import ApplianceRefused

__all__ = ["CaptureReport", "check_capture", "import_capture"]

LINE_BYTES_MAX = 16 * 1024 * 1024
_PROGRESS_LINES = 5_000
_SMALLEST_NS = 10**18
"""A receive time below it is not in nanoseconds."""


@dataclass(slots=True)
class CaptureReport:
    """What one input holds."""

    file: str
    lines: int = 0
    snapshots: int = 0
    messages: Counter[str] = field(default_factory=Counter)
    """By `SYMBOL@stream`."""
    symbols: list[str] = field(default_factory=list)
    first_ns: int = 0
    last_ns: int = 0
    gaps: Counter[str] = field(default_factory=Counter)
    """Depth updates by symbol that do not follow the one before: each costs a replay a resync."""
    torn: bool = False

    def as_json(self) -> dict[str, Any]:
        names = ("file", "lines", "snapshots", "symbols", "first_ns", "last_ns", "torn")
        plain = {name: getattr(self, name) for name in names}
        return {**plain, "messages": dict(self.messages), "gaps": dict(self.gaps)}


Progress = Callable[[int], None]


def import_capture(source: Path, imports: Path, progress: Progress) -> tuple[Path, CaptureReport | None]:
    """Checks `source` and copies it below `imports`. A recording is copied whole, its report is None."""
    target = imports / source.name
    if target.exists():
        detail = f"{target} is there already: move it away, or import under another file name"
        raise ApplianceRefused("import_exists", detail)
    if source.is_dir():
        capture_symbols([source])
        imports.mkdir(parents=True, exist_ok=True, mode=0o700)
        shutil.copytree(source, _beside(target))
        _beside(target).rename(target)
        return target, None
    report = check_capture(source, progress)
    imports.mkdir(parents=True, exist_ok=True, mode=0o700)
    shutil.copyfile(source, _beside(target))
    _beside(target).rename(target)
    return target, report


def _beside(target: Path) -> Path:
    return target.with_name(target.name + ".new")


def check_capture(path: Path, progress: Progress) -> CaptureReport:
    """Reads every line. Raises ApplianceRefused with file and line for the first that a replay could not use."""
    report = CaptureReport(str(path))
    last_id: dict[str, int] = {}
    for number, line in _lines(path, report):
        if number % _PROGRESS_LINES == 0:
            progress(number)
        if line.strip():
            report.lines += 1
            _note(report, last_id, *_split(path, number, line), where=f"{path}:{number}")
    if not report.messages:
        detail = f"{path} holds no combined-stream message; {_hint(path)}"
        raise ApplianceRefused("not_a_capture", detail)
    report.symbols = sorted({key.partition("@")[0] for key in report.messages})
    if report.snapshots and len(report.symbols) > 1:
        detail = f"{path}: depth snapshots name no symbol, and it has {', '.join(report.symbols)}: one file a symbol"
        raise ApplianceRefused("snapshot_of_several", detail)
    return report


def _hint(path: Path) -> str:
    return f"a recording is a directory with {MANIFEST}" if path.is_dir() else "a line is <receive time ns> <JSON>"


def _lines(path: Path, report: CaptureReport) -> Iterator[tuple[int, bytes]]:
    try:
        with path.open("rb") as plain:
            packed = plain.read(2) == b"\x1f\x8b"
            plain.seek(0)
            source: IO[bytes] | gzip.GzipFile = gzip.GzipFile(fileobj=plain) if packed else plain
            number = 0
            while True:
                try:
                    line = source.readline(LINE_BYTES_MAX + 1)
                except EOFError:
                    report.torn = True
                    return
                if not line:
                    return
                number += 1
                if len(line) > LINE_BYTES_MAX:
                    raise ApplianceRefused("line_too_long", f"{path}:{number}: over {LINE_BYTES_MAX} bytes")
                yield number, line
    except OSError as error:
        raise ApplianceRefused("import_unreadable", f"{path}: {error.strerror or error}") from None


def _split(path: Path, number: int, line: bytes) -> tuple[int, dict[str, Any]]:
    stamp, _, text = line.strip().partition(b" ")
    if not stamp.isdigit() or int(stamp) < _SMALLEST_NS:
        detail = f"{path}:{number}: begins with {stamp[:30]!r}; a line begins with the receive time in UTC nanoseconds"
        raise ApplianceRefused("bad_line", detail)
    try:
        value = msgspec.json.decode(text)
    except msgspec.DecodeError as error:
        raise ApplianceRefused("bad_line", f"{path}:{number}: {error}; correct or remove the line") from None
    if not isinstance(value, dict):
        raise ApplianceRefused("bad_line", f"{path}:{number}: no JSON object; correct or remove the line")
    return int(stamp), value


def _note(report: CaptureReport, last_id: dict[str, int], recv_ns: int, value: dict[str, Any], where: str) -> None:
    report.first_ns = report.first_ns or recv_ns
    report.last_ns = max(report.last_ns, recv_ns)
    if "lastUpdateId" in value:
        report.snapshots += 1
        return
    stream, data = value.get("stream"), value.get("data")
    if not isinstance(stream, str) or not isinstance(data, dict) or "@" not in stream:
        raise ApplianceRefused("bad_line", f"{where}: neither a combined-stream message nor a depth snapshot")
    symbol, _, kind = stream.partition("@")
    report.messages[f"{symbol.upper()}@{kind}"] += 1
    if data.get("e") == "depthUpdate":
        if "pu" in data:
            raise ApplianceRefused("futures_capture", f"{where}: a USD-M futures update; only spot captures are read")
        first, last, before = data.get("U"), data.get("u"), last_id.get(symbol)
        if not isinstance(first, int) or not isinstance(last, int):
            raise ApplianceRefused("bad_line", f"{where}: a depth update without whole numbers U and u")
        if before is not None and first > before + 1:
            report.gaps[symbol.upper()] += 1
        last_id[symbol] = last
