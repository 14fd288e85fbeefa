"""upkeep's figures for Prometheus: alarms, jobs, the disk, the journal's files, and every program beside it."""

import resource
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from quantumflow.exposition import Exposition, resident_bytes
from quantumflow.journal.expectations import Live
from quantumflow.metrics_door import own_memory
from quantumflow.upkeep.readings import Readings

__all__ = ["upkeep_metrics"]

Status = Mapping[str, Any]


def upkeep_metrics(status: Status, readings: Readings | None) -> str:
    """Out of the last status that was written, and the last look at everything (None: there was none yet)."""
    told = Exposition()
    _tell_alarms(told, status)
    _tell_jobs(told, status.get("jobs") or {})
    _tell_live(told, () if readings is None else readings.live)
    if readings is not None:
        _tell_readings(told, readings)
        _tell_programs(told, readings)
    own_memory(told, "upkeep")
    return told.text()


def _tell_alarms(told: Exposition, status: Status) -> None:
    alarms = status.get("alarms") or {}
    told.gauge("quantumflow_upkeep_alarms", "Alarms that stand.", [({}, len(alarms))])
    told.gauge("quantumflow_upkeep_alarm", "1 for each alarm that stands.", [({"alarm": name}, 1) for name in alarms])
    told.counter("quantumflow_upkeep_notices_total", "Things said once.", [({}, status.get("noticed", 0))])
    beats = status.get("heartbeats") or {}
    text = "Heartbeats, by whether the other end heard them."
    told.counter("quantumflow_upkeep_heartbeats_total", text, [({"result": name}, n) for name, n in beats.items()])


def _tell_jobs(told: Exposition, jobs: Status) -> None:
    # The label is no "job": Prometheus gives that name to the program it asks, and would rename ours.
    text = "When each job last succeeded, UTC; 0: never."
    rows = [({"task": name}, job["ok_ns"] / 1e9) for name, job in jobs.items()]
    told.gauge("quantumflow_upkeep_job_success_time_seconds", text, rows)
    rows = [({"task": name}, float(job["outcome"] != "failed")) for name, job in jobs.items()]
    told.gauge("quantumflow_upkeep_job_ok", "0: its newest settled period failed.", rows)
    rows = [({"task": name}, job["seconds"]) for name, job in jobs.items()]
    told.gauge("quantumflow_upkeep_job_seconds", "How long its last run took.", rows)


def _tell_live(told: Exposition, live: Sequence[Live]) -> None:
    """Log returns a trip after costs; where there is none yet, no row."""
    families: tuple[tuple[str, str, Callable[[Live], float | None]], ...] = (
        ("trips", "Trips that ended under the file of specialists that the bot trades.", lambda one: one.trips),
        ("mean", "Their mean log return a trip.", lambda one: one.mean),
        ("low", "Lower end of the interval that holds the live mean at all times (95 %).", lambda one: one.low),
        ("high", "Upper end of that interval.", lambda one: one.high),
        ("expected_mean", "Mean log return a trip that the file expects.", lambda one: one.expected_mean),
        ("expected_low", "Lower end of the expectation: below it the detector counts.", lambda one: one.expected_low),
        ("expected_high", "Upper end of the expectation.", lambda one: one.expected_high),
        ("score", "The detector's score.", lambda one: one.score),
        ("alarm_at", "The score that alarms.", lambda one: one.alarm_at),
        ("alarmed", "1: the detector has alarmed.", lambda one: int(one.alarmed_trip is not None)),
    )
    for name, text, figure in families:
        rows = [({"bot": one.bot, "regime": one.regime}, figure(one)) for one in live]
        told.gauge(f"quantumflow_drift_{name}", text, rows)


def _tell_readings(told: Exposition, readings: Readings) -> None:
    told.gauge("quantumflow_upkeep_disk_free_bytes", "Room on the data's disk.", [({}, readings.disk_free_bytes)])
    told.gauge("quantumflow_upkeep_inodes_free", "Files that the disk has room for.", [({}, readings.inodes_free)])
    told.gauge("quantumflow_upkeep_wal_bytes", "The journal's write-ahead log.", [({}, readings.wal_bytes)])
    told.gauge("quantumflow_upkeep_risk_answers", "1: core_risk answers.", [({}, int(readings.risk_answers))])
    verified = readings.verified or {}
    identical = None if not verified else int(verified.get("result") == "identical")
    text = "1: the newest verification found the session identical, 0: it differs, or cannot be repeated."
    told.gauge("quantumflow_upkeep_verified_identical", text, [({}, identical)])


def _tell_programs(told: Exposition, readings: Readings) -> None:
    text = "Memory of each program in RAM."
    rows = [({"program": name}, _resident(pid)) for name, (pid, _) in readings.processes.items()]
    told.gauge("quantumflow_upkeep_program_resident_bytes", text, rows)
    text = "When each program was started, clock ticks since this machine's start: a change is a restart."
    rows = [({"program": name}, start) for name, (_, start) in readings.processes.items()]
    told.gauge("quantumflow_upkeep_program_start_ticks", text, rows)


def _resident(pid: int) -> int | None:
    try:
        text = Path(f"/proc/{pid}/statm").read_text(encoding="ascii")
    except OSError:
        return None  # it has ended
    return resident_bytes(text, resource.getpagesize())
