"""What upkeep must not forget: periods that are settled, alarms that stand, notices. One file, replaced as a whole.

An alarm and the notice that says it are in the same replacement: after a kill at any moment an alarm was either not yet
begun, or begun and said. Notices are numbered for ever and the newest NOTICES_KEPT are kept; a reader that was away for
longer sees the hole in the numbers.
"""

from pathlib import Path
from typing import Any

import msgspec

from quantumflow.durable import replace_file
from quantumflow.errors import ApplianceRefused

__all__ = ["NOTICES_KEPT", "JobRecord", "Notice", "Record", "StandingAlarm", "read_record", "write_record"]

NOTICES_KEPT = 200
TEXT_CHARS_MAX = 500
RECORD_BYTES_MAX = 1_000_000


class JobRecord(msgspec.Struct, forbid_unknown_fields=True):
    """One job. `settled_ns` is the due time of the newest period that needs nothing more."""

    settled_ns: int
    since_ns: int
    """When it was first configured here: what never ran is overdue from then on."""
    attempts: int = 0
    """Begun for the period after the settled one; counted before each start."""
    outcome: str = "none"
    """Of the newest settled period: none (no period yet), ok, failed."""
    ok_ns: int = 0
    seconds: float = 0.0
    exit: int | None = None
    output: str = ""


class StandingAlarm(msgspec.Struct, forbid_unknown_fields=True):
    """An alarm that was said to have begun."""

    since_ns: int
    detail: str


class Notice(msgspec.Struct, forbid_unknown_fields=True):
    """Something worth saying once. `kind` is a word, `name` of what, `text` in words."""

    number: int
    at_ns: int
    kind: str
    name: str
    text: str
    facts: dict[str, Any] = {}


class Record(msgspec.Struct, forbid_unknown_fields=True):
    """The whole file."""

    jobs: dict[str, JobRecord] = {}
    alarms: dict[str, StandingAlarm] = {}
    notices: list[Notice] = []
    noticed: int = 0
    started: str = ""
    """The run (appliance.json's `started`) that was said to have begun."""
    stopped: bool = True
    """Whether that run was said to have ended."""
    processes: dict[str, list[int]] = {}
    """Of that run: program → [pid, start time]."""

    def notice(self, at_ns: int, kind: str, name: str, text: str, **facts: Any) -> Notice:
        """Says something; the oldest notice goes beyond the bound."""
        self.noticed += 1
        said = Notice(self.noticed, at_ns, kind, name, text[:TEXT_CHARS_MAX], facts)
        self.notices = [*self.notices[-(NOTICES_KEPT - 1) :], said]
        return said


def read_record(path: Path) -> Record:
    """An absent file is a new record. Raises ApplianceRefused if there is one that cannot be read."""
    try:
        with path.open("rb") as source:
            data = source.read(RECORD_BYTES_MAX + 1)
        return msgspec.json.decode(data, type=Record)
    except FileNotFoundError:
        return Record()
    except (OSError, msgspec.MsgspecError) as error:
        detail = f"{path} cannot be read ({error}): restore it, or move it away; alarms would be said again then"
        raise ApplianceRefused("upkeep_record_unreadable", detail) from None


def write_record(path: Path, record: Record) -> None:
    """On disk when it returns. Raises OSError."""
    replace_file(path, msgspec.json.format(msgspec.json.encode(record), indent=1) + b"\n")
