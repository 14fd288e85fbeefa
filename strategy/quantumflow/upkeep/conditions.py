"""Readings → what is wrong now, by the name of its alarm. Pure; what changes between two looks is in `Seen`."""

from collections.abc import Iterator
from dataclasses import dataclass

from quantumflow.journal.expectations import alarm_text
from quantumflow.upkeep.alarms import Alarm, Condition
from quantumflow.upkeep.readings import Readings
from quantumflow.upkeep.record import Record
from quantumflow.upkeep.settings import UpkeepSettings

__all__ = ["CLOCK_JUMP_SHOWN_SECONDS", "Seen", "find_conditions"]

CLOCK_JUMP_SHOWN_SECONDS = 600.0
"""How long after a jump of the clock its alarm stands: ages that were computed across it are wrong until then."""
_JOB_ALARMS = {
    "backup": (Alarm.BACKUP_MISSING, Alarm.BACKUP_FAILED),
    "verify": (Alarm.VERIFY_MISSING, Alarm.VERIFY_FAILED),
    "report": (Alarm.REPORT_MISSING, Alarm.REPORT_FAILED),
    "drift": (Alarm.DRIFT_MISSING, Alarm.DRIFT_FAILED),
}
_LIVE = "live"


@dataclass(slots=True)
class Seen:
    """What the last look left: both clocks, the journal's head, and the last jump."""

    now_ns: int
    monotonic: float
    journal_seq: int | None = None
    journal_moved: float = 0.0
    jumped: float | None = None
    jump_text: str = ""


def find_conditions(
    settings: UpkeepSettings, readings: Readings, record: Record, seen: Seen, now_ns: int, monotonic: float
) -> list[Condition]:
    """Every condition that is watched, wrong or not; `seen` becomes this look."""
    return [
        *_programs(settings, readings),
        _journal(settings, readings, seen, monotonic),
        *_disk(settings, readings),
        _clock(settings, seen, now_ns, monotonic),
        *_jobs(settings, record, readings, now_ns),
    ]


def _programs(settings: UpkeepSettings, readings: Readings) -> Iterator[Condition]:
    seconds = float(settings.thresholds.silent_seconds)
    trader, market_data = readings.trader, readings.market_data
    yield Condition(Alarm.TRADER_SILENT, None if trader.running else "the trader writes no status", seconds)
    wrong = None if market_data.running else "market_data writes no status"
    yield Condition(Alarm.MARKET_DATA_SILENT, wrong, seconds)
    yield Condition(Alarm.CORE_RISK_SILENT, None if readings.risk_answers else "core_risk does not answer", seconds)
    missing = [name for name in settings.programs if name not in readings.processes]
    wrong = f"{', '.join(missing)} does not run" if missing else None
    yield Condition(Alarm.PROGRAM_MISSING, wrong, seconds)
    yield Condition(Alarm.NO_LIVE_BOOK, _no_live_book(readings), float(settings.thresholds.no_live_book_seconds))


def _no_live_book(readings: Readings) -> str | None:
    if not readings.market_data.running:
        return "market_data writes no status, so no book is known"
    instruments = readings.market_data.values.get("instruments")
    states = {
        symbol: figures.get("state")
        for symbol, figures in (instruments.items() if isinstance(instruments, dict) else ())
        if isinstance(figures, dict)
    }
    if _LIVE in states.values():
        return None
    return ", ".join(f"{symbol} is {state}" for symbol, state in states.items()) or "no instrument yet"


def _journal(settings: UpkeepSettings, readings: Readings, seen: Seen, monotonic: float) -> Condition:
    """While a book is live the trader journals an equity row a minute, whatever it trades."""
    seq = readings.trader.values.get("journal_seq")
    still = readings.trader.running and _no_live_book(readings) is None and seq == seen.journal_seq
    if not still:
        seen.journal_seq, seen.journal_moved = seq, monotonic
    quiet = monotonic - seen.journal_moved
    limit = settings.thresholds.journal_still_seconds
    wrong = f"no event after {seq} for {limit} s, though a book is live" if quiet >= limit else None
    return Condition(Alarm.JOURNAL_STILL, wrong)


def _disk(settings: UpkeepSettings, readings: Readings) -> Iterator[Condition]:
    limits = settings.thresholds
    free, inodes = readings.disk_free_bytes, readings.inodes_free
    low = free is not None and free < limits.disk_free_bytes_min
    wrong = f"{(free or 0) // 1_000_000} MB free, {limits.disk_free_bytes_min // 1_000_000} are the least"
    yield Condition(Alarm.DISK_LOW, wrong if low else None)
    low = inodes is not None and inodes < limits.inodes_free_min
    yield Condition(Alarm.INODES_LOW, f"{inodes} inodes free, {limits.inodes_free_min} are the least" if low else None)
    large = readings.wal_bytes > limits.wal_bytes_max
    wrong = f"the journal's write-ahead log has {readings.wal_bytes // 1_000_000} MB"
    yield Condition(Alarm.WAL_LARGE, wrong if large else None, float(limits.silent_seconds))


def _clock(settings: UpkeepSettings, seen: Seen, now_ns: int, monotonic: float) -> Condition:
    """The wall clock against the monotonic one since the last look: a step of either sign, or a machine that slept."""
    off_ms = ((now_ns - seen.now_ns) - round((monotonic - seen.monotonic) * 1e9)) // 1_000_000
    if abs(off_ms) >= settings.thresholds.clock_jump_ms:
        seen.jumped, seen.jump_text = monotonic, f"the clock jumped by {off_ms / 1000:+.1f} s"
    seen.now_ns, seen.monotonic = now_ns, monotonic
    stands = seen.jumped is not None and monotonic - seen.jumped < CLOCK_JUMP_SHOWN_SECONDS
    return Condition(Alarm.CLOCK_JUMP, seen.jump_text if stands else None)


def _jobs(settings: UpkeepSettings, record: Record, readings: Readings, now_ns: int) -> Iterator[Condition]:
    for name, job in settings.jobs.items():
        known = record.jobs[name]
        missing, failed = _JOB_ALARMS[name]
        seconds = (now_ns - max(known.ok_ns, known.since_ns)) // 1_000_000_000
        since = "ever" if known.ok_ns == 0 else f"for {seconds // 3600} h"
        overdue = seconds > job.missing_after_seconds
        yield Condition(missing, f"no {name} has succeeded {since}" if overdue else None)
        wrong = f"{name} ended with {_how(known.exit)}; its output: {known.output}"
        yield Condition(failed, wrong if known.outcome == "failed" else None)
    if "verify" in settings.jobs:
        yield Condition(Alarm.VERIFY_DIFFERS, _differs(readings))
    if "drift" in settings.jobs:
        alarmed = [alarm_text(one) for one in readings.live if one.alarmed_trip is not None]
        yield Condition(Alarm.DRIFT, "; ".join(alarmed) or None)


def _how(status: int | None) -> str:
    return "no exit status (killed at its bound, or never started)" if status is None else f"exit status {status}"


def _differs(readings: Readings) -> str | None:
    """The newest result stands until the next one."""
    verified = readings.verified
    if verified is None or verified.get("result") != "differs":
        return None
    return f"session {verified.get('session')} of {verified.get('day')}: {verified.get('difference')}"
