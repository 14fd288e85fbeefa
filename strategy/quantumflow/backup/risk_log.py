"""core_risk's log as far as it belongs to a copy of the journal.

The copy of the journal is made first, the log is read after it. So the log holds every verdict that the copy knows, and
then perhaps verdicts on orders and fills that the copy does not have. It is cut before the first of those: a core_risk
that starts from it knows nothing that the journal does not know, and whatever it lacks the trader tells it again.
"""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from quantumflow.errors import BackupRefused

__all__ = ["RiskLogPart", "part_for"]

_BEFORE_THE_FIRST = "0" * 64


class RiskLogPart(NamedTuple):
    """The beginning of a log: its length, its records, the hash of the last, and the last fill in it."""

    size: int
    records: int
    head: str
    fills: int


def part_for(path: Path, orders: int, fills: int) -> RiskLogPart:
    """The longest beginning of the log that a journal of so many orders and fills knows.

    Raises BackupRefused where a whole line is not what core_risk wrote.
    """
    part = RiskLogPart(0, 0, _BEFORE_THE_FIRST, 0)
    for line in _whole_lines(path):
        seq, after, payload = _parsed(path, line, part)
        event = payload.get("event")
        if event == "check" and _number(payload.get("client_id")) > orders:
            break
        if event == "fill" and payload["fill_id"] > fills:
            break
        last_fill = payload["fill_id"] if event == "fill" else part.fills
        part = RiskLogPart(part.size + len(line), seq, after, last_fill)
    return part


def _whole_lines(path: Path) -> Iterator[bytes]:
    """A last line that is still being written is left out."""
    with path.open("rb") as source:
        for line in source:
            if line.endswith(b"\n"):
                yield line


def _parsed(path: Path, line: bytes, before: RiskLogPart) -> tuple[int, str, dict[str, Any]]:
    """Number, hash and payload of the record after `before`."""
    seq = before.records + 1
    words = line[:-1].split(b" ", 2)
    text = words[-1]
    own = hashlib.sha256(b"\n".join([before.head.encode(), str(seq).encode(), text])).hexdigest()
    if len(words) != 3 or words[0] != str(seq).encode() or words[1] != own.encode():
        raise BackupRefused(
            "risk_log_damaged",
            f"{path}: record {seq} at byte {before.size} is not what was written; restore an earlier backup",
        )
    payload: dict[str, Any] = json.loads(text)
    return seq, own, payload


def _number(client_id: object) -> int:
    """The number in an id that a trader made; 0 for an id of anybody else."""
    digits = str(client_id).rpartition("-")[2]
    return int(digits) if digits.isdecimal() else 0
