"""Which job is next, and what its end means for its record. Pure: time is an argument."""

from collections.abc import Mapping
from typing import NamedTuple

from quantumflow.upkeep.periods import Schedule, current_period
from quantumflow.upkeep.record import JobRecord

__all__ = ["Due", "Ended", "enrol", "next_due", "settle"]


class Due(NamedTuple):
    """A job and the period it is due for."""

    name: str
    period_ns: int


class Ended(NamedTuple):
    """How a command ended. `exit` None: it never started, or was killed at its bound."""

    exit: int | None
    seconds: float
    output: str


def enrol(records: dict[str, JobRecord], schedules: Mapping[str, Schedule], now_ns: int) -> None:
    """Knows every configured job. A new one owes nothing for the period it came in; one no longer configured goes."""
    for name in [name for name in records if name not in schedules]:
        del records[name]
    for name, schedule in schedules.items():
        if name not in records:
            records[name] = JobRecord(settled_ns=current_period(schedule, now_ns), since_ns=now_ns)


def next_due(
    records: Mapping[str, JobRecord], schedules: Mapping[str, Schedule], now_ns: int, waiting: frozenset[str]
) -> Due | None:
    """The job that has been due for longest. Of periods that passed while nothing ran only the newest is made up for.

    `waiting` are jobs that failed a moment ago. A clock that went back finds its periods settled.
    """
    due = [
        Due(name, period)
        for name, schedule in schedules.items()
        if (period := current_period(schedule, now_ns)) > records[name].settled_ns and name not in waiting
    ]
    return min(due, key=lambda job: (job.period_ns, job.name), default=None)


def settle(record: JobRecord, due: Due, ended: Ended, now_ns: int, attempts_max: int) -> bool:
    """Notes how an attempt ended; true if the period needs nothing more: it succeeded, or failed often enough."""
    record.exit, record.seconds, record.output = ended.exit, round(ended.seconds, 3), ended.output
    if ended.exit == 0:
        record.outcome, record.ok_ns = "ok", now_ns
    elif record.attempts >= attempts_max:
        record.outcome = "failed"
    else:
        return False
    record.settled_ns, record.attempts = due.period_ns, 0
    return True
