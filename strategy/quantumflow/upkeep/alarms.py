"""Conditions that last become alarms: begun once, ended once, whatever happens in between. Pure.

A condition must hold for its own time before its alarm begins, and be gone for CLEAR_SECONDS before it ends, so that
one that comes and goes every few seconds is one alarm.
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

from quantumflow.upkeep.record import Record, StandingAlarm

__all__ = ["CLEAR_SECONDS", "Alarm", "AlarmClock", "Condition"]

CLEAR_SECONDS = 60.0


class Alarm(StrEnum):
    """Every alarm there is; the same word in log, status, notices and messages."""

    TRADER_SILENT = "trader_silent"
    MARKET_DATA_SILENT = "market_data_silent"
    CORE_RISK_SILENT = "core_risk_silent"
    PROGRAM_MISSING = "program_missing"
    NO_LIVE_BOOK = "no_live_book"
    JOURNAL_STILL = "journal_still"
    DISK_LOW = "disk_low"
    INODES_LOW = "inodes_low"
    WAL_LARGE = "wal_large"
    CLOCK_JUMP = "clock_jump"
    BACKUP_MISSING = "backup_missing"
    BACKUP_FAILED = "backup_failed"
    VERIFY_MISSING = "verify_missing"
    VERIFY_FAILED = "verify_failed"
    VERIFY_DIFFERS = "verify_differs"
    REPORT_MISSING = "report_missing"
    REPORT_FAILED = "report_failed"
    DRIFT_MISSING = "drift_missing"
    DRIFT_FAILED = "drift_failed"
    DRIFT = "drift"


class Condition(NamedTuple):
    """One thing that is watched: `wrong` says in words what is, None if nothing is; `seconds` it must last."""

    alarm: Alarm
    wrong: str | None
    seconds: float = 0.0


class AlarmClock:
    """Since when each condition holds or is gone, in monotonic seconds. What outlasts a restart is the record's."""

    def __init__(self) -> None:
        self._wrong_since: dict[Alarm, float] = {}
        self._right_since: dict[Alarm, float] = {}

    def judge(self, conditions: Sequence[Condition], record: Record, now_ns: int, monotonic: float) -> bool:
        """Begins and ends alarms in `record`, with a notice each; true if anything changed."""
        before = record.noticed
        for condition in conditions:
            if condition.wrong is None:
                self._right(condition.alarm, record, now_ns, monotonic)
            else:
                self._wrong(condition, condition.wrong, record, now_ns, monotonic)
        watched = {str(condition.alarm) for condition in conditions}
        for name in [name for name in record.alarms if name not in watched]:
            del record.alarms[name]
            record.notice(now_ns, "alarm_ended", name, "no longer watched")
        return record.noticed != before

    def _wrong(self, condition: Condition, wrong: str, record: Record, now_ns: int, monotonic: float) -> None:
        alarm = condition.alarm
        self._right_since.pop(alarm, None)
        since = self._wrong_since.setdefault(alarm, monotonic)
        if alarm not in record.alarms and monotonic - since >= condition.seconds:
            said = record.notice(now_ns, "alarm_began", alarm, wrong)
            record.alarms[str(alarm)] = StandingAlarm(now_ns, said.text)

    def _right(self, alarm: Alarm, record: Record, now_ns: int, monotonic: float) -> None:
        self._wrong_since.pop(alarm, None)
        since = self._right_since.setdefault(alarm, monotonic)
        standing = record.alarms.get(alarm)
        if standing is not None and monotonic - since >= CLEAR_SECONDS:
            del record.alarms[alarm]
            minutes = max(0, now_ns - standing.since_ns) // 60_000_000_000
            record.notice(now_ns, "alarm_ended", alarm, f"after {minutes} min; it was: {standing.detail}")
