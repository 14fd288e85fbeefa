"""Labels of time from a file: lines `TIME,LABEL`, ascending; TIME in ISO 8601 with its zone, or nanoseconds of UTC."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from quantumflow.errors import ApplianceRefused
from quantumflow.research.analysis.attribution import Regimes

__all__ = ["BYTES_MAX", "read_regimes"]

BYTES_MAX = 64 * 1024 * 1024
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def read_regimes(file: Path) -> Regimes:
    """Raises ApplianceRefused("regimes_unreadable") with the line that is none."""
    try:
        if file.stat().st_size > BYTES_MAX:
            raise ApplianceRefused("regimes_unreadable", f"{file} is larger than {BYTES_MAX} bytes")
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ApplianceRefused("regimes_unreadable", f"{file}: {error}") from None
    starts, labels = [], []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        moment, comma, label = line.partition(",")
        try:
            starts.append(_ns(moment.strip()))
        except ValueError:
            comma = ""
        if not comma or not label.strip():
            detail = f"{file}, line {number}: {line[:60]!r} is no `2026-03-02T14:30:00Z,LABEL`"
            raise ApplianceRefused("regimes_unreadable", detail)
        labels.append(label.strip())
    try:
        return Regimes(starts, labels)
    except ValueError as error:
        raise ApplianceRefused("regimes_unreadable", f"{file}: {error}") from None


def _ns(text: str) -> int:
    if text.isdecimal():
        return int(text)
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a time without its zone")
    return (moment - _EPOCH) // timedelta(microseconds=1) * 1_000
