"""What supervisord says of a program, as an event: read from a line of its log, or from a notice to its listener."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

__all__ = ["NOTICES", "Happened", "ProgramEvent", "parse_line", "parse_notice", "parse_tokens"]


class Happened(Enum):
    """What supervisord says of a program."""

    SPAWNED = "spawned"
    RUNNING = "success"
    EXITED = "exited"
    STOPPED = "stopped"
    GAVE_UP = "gave up"


@dataclass(frozen=True, slots=True)
class ProgramEvent:
    """`status` is the exit status, None if a signal ended it or nothing ended."""

    happened: Happened
    program: str
    pid: int | None = None
    status: int | None = None
    how: str = ""


_SPAWNED = re.compile(r"spawned: '(?P<program>\w+)' with pid (?P<pid>\d+)")
_ENDED = re.compile(
    r"(?P<what>exited|stopped): (?P<program>\w+) \((?P<how>exit status (?P<status>\d+)|[^;)]*)(?:; [^)]*)?\)"
)
_OTHER = re.compile(r"(?P<what>success|gave up): (?P<program>\w+) ")


def parse_line(line: str) -> ProgramEvent | None:
    """One line of supervisord's log as an event; None if it is about something else."""
    if match := _SPAWNED.search(line):
        return ProgramEvent(Happened.SPAWNED, match["program"], pid=int(match["pid"]))
    if match := _ENDED.search(line):
        status = None if match["status"] is None else int(match["status"])
        return ProgramEvent(Happened(match["what"]), match["program"], status=status, how=match["how"])
    if match := _OTHER.search(line):
        return ProgramEvent(Happened(match["what"]), match["program"])
    return None


NOTICES = {
    "PROCESS_STATE_EXITED": Happened.EXITED,
    "PROCESS_STATE_BACKOFF": Happened.EXITED,  # ended before its startsecs, whatever its status
    "PROCESS_STATE_FATAL": Happened.GAVE_UP,
}
"""The notices by which supervisord tells a listener that a program ended or was given up."""


def parse_tokens(text: str) -> dict[str, str]:
    """`name:value` pairs, as headers and payloads of supervisord's notices are written. Raises ValueError."""
    pairs = [token.partition(":") for token in text.split()]
    if not all(colon for _, colon, _ in pairs):
        raise ValueError(f"not name:value pairs: {text[:200]!r}")
    return {name: value for name, _, value in pairs}


def parse_notice(name: str, payload: Mapping[str, str]) -> ProgramEvent | None:
    """A notice as an event; None if it is about something else. Raises KeyError if the payload names no program."""
    happened = NOTICES.get(name)
    if happened is None:
        return None
    how = "gave up" if happened is Happened.GAVE_UP else f"left the state {payload['from_state']}"
    return ProgramEvent(happened, payload["processname"], how=how)
