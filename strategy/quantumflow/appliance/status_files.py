"""The status files that market_data and the trader replace once a second, and whether to believe them."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["AGE_MAX_NS", "StatusFile", "read_status"]

AGE_MAX_NS = 5_000_000_000
"""An older file is not believed unless its `final` is true."""
STATUS_BYTES_MAX = 1_000_000


@dataclass(frozen=True, slots=True)
class StatusFile:
    """What a program last said of itself. `values` is empty if it said nothing that can be read."""

    values: dict[str, Any]
    age_ns: int

    @property
    def final(self) -> bool:
        return self.values.get("final") is True

    @property
    def running(self) -> bool:
        """It was written just now by a program that goes on."""
        return bool(self.values) and not self.final and self.age_ns <= AGE_MAX_NS

    @property
    def believed(self) -> bool:
        return self.running or self.final


def read_status(path: Path, now_ns: int) -> StatusFile:
    """The file as it is at `now_ns` (UTC). One that is absent, torn or foreign is an empty one."""
    try:
        with path.open("rb") as source:
            values = json.loads(source.read(STATUS_BYTES_MAX))
        written = values["written_ns"]
    except (OSError, ValueError, KeyError, TypeError):
        return StatusFile({}, 0)
    if not isinstance(values, dict) or not isinstance(written, int):
        return StatusFile({}, 0)
    return StatusFile(values, max(0, now_ns - written))
