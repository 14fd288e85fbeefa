"""`<data-dir>/expectation.json`: live results against expectations as of one event, and all that is needed to go on.

Written by upkeep's job `drift` (expectation_follow.py); alarm, metrics, API and page read it, so all of them say the
same. It holds nothing that the journal does not say: lost, damaged or of another journal, it is made anew from the
journal's first event.
"""

from pathlib import Path

import msgspec

from quantumflow.durable import replace_file
from quantumflow.errors import JournalRefused
from quantumflow.journal.expectations import Expectations, Live

__all__ = ["FILE_NAME", "FILE_VERSION", "ExpectationFile", "read_expectation", "write_expectation"]

FILE_NAME = "expectation.json"
FILE_VERSION = 1
"""Of the file's layout and of the meaning of what is remembered: another one is made anew."""
FILE_BYTES_MAX = 4_000_000


class ExpectationFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file. `seq`, `hash` and `as_of_ns` are of the newest event that it knows; 0: of none."""

    version: int
    seq: int
    hash: str
    as_of_ns: int
    live: tuple[Live, ...]
    memory: Expectations


def read_expectation(path: Path) -> ExpectationFile | None:
    """None if there is none, or none of this version: nothing is known until it is made."""
    try:
        with path.open("rb") as source:
            data = source.read(FILE_BYTES_MAX + 1)
        found = msgspec.json.decode(data, type=ExpectationFile)
    except (OSError, msgspec.MsgspecError):
        return None
    return found if found.version == FILE_VERSION else None


def write_expectation(path: Path, found: ExpectationFile) -> None:
    """On disk when it returns. Raises JournalRefused("expectation_not_written")."""
    try:
        replace_file(path, msgspec.json.encode(found) + b"\n")
    except OSError as error:
        raise JournalRefused("expectation_not_written", f"{path}: {error.strerror}") from error
