"""The upkeep program: every few seconds it looks, judges, runs what is due, and says how it stands.

What must survive is on disk before it is acted on or shown: an attempt is counted before the job starts, an alarm's
beginning is recorded with its notice. It opens no journal and takes no lock of the traders: it cannot hold them up.
"""

import json
import os
import signal
import sys
import time
from pathlib import Path
from types import FrameType
from typing import Any

from quantumflow.errors import ApplianceRefused, SettingsRefused
from quantumflow.exits import ExitCode
from quantumflow.log_lines import Log, configure_log_lines
from quantumflow.metrics_door import serve_metrics
from quantumflow.redaction import Redactor
from quantumflow.upkeep.alarms import AlarmClock
from quantumflow.upkeep.child import Child, JobLock, prune_files
from quantumflow.upkeep.conditions import Seen, find_conditions
from quantumflow.upkeep.heartbeat import BEAT_SECONDS_MAX, Heartbeat
from quantumflow.upkeep.jobs import Due, Ended, enrol, next_due, settle
from quantumflow.upkeep.metrics import upkeep_metrics
from quantumflow.upkeep.periods import parse_schedule, period_name
from quantumflow.upkeep.processes import note_restarts
from quantumflow.upkeep.readings import Readings, take_readings
from quantumflow.upkeep.record import read_record, write_record
from quantumflow.upkeep.settings import UpkeepSettings, read_upkeep_settings

__all__ = ["run"]

TICK_SECONDS = 1.0
"""How often the status file is written and a job is looked after."""
LOOK_SECONDS = 5.0
"""How often the conditions are looked at; each alarm's threshold is longer."""

_log = Log("upkeep")


def run(file: Path, build: str) -> int:
    """Goes on until SIGTERM."""
    try:
        settings = read_upkeep_settings(file)
        configure_log_lines(settings.log_level, Redactor())
        upkeep = _Upkeep(settings, file, build)
    except (SettingsRefused, ApplianceRefused) as error:
        sys.stderr.write(f"quantumflow upkeep: {error}\n")
        return ExitCode.USAGE
    upkeep.run()
    return ExitCode.OK


class _Upkeep:
    """The program's parts and its loop."""

    def __init__(self, settings: UpkeepSettings, file: Path, build: str) -> None:
        self._settings, self._build = settings, build
        self._folder = Path(settings.data_dir) / "upkeep"
        (self._folder / "output").mkdir(parents=True, exist_ok=True, mode=0o700)
        self._record_file = self._folder / "record.json"
        self._record = read_record(self._record_file)
        self._schedules = {name: parse_schedule(job.at) for name, job in settings.jobs.items()}
        self._clock = AlarmClock()
        self._seen = Seen(time.time_ns(), time.monotonic())
        self._lock = JobLock(self._folder / "job.lock")
        self._running: tuple[Due, Child] | None = None
        self._retry_at: dict[str, float] = {}
        begin = None if settings.heartbeat_url is None else lambda: _begin_beat(file, self._folder)
        self._heartbeat = Heartbeat(begin, settings.heartbeat_seconds)
        self._stopping = False
        self._look_at = 0.0
        self._unkept = False
        self._told = self._record.noticed
        self._said: dict[str, Any] = {}
        self._readings: Readings | None = None

    def run(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        self._begin()
        self._tell_metrics()
        while not self._stopping:
            self._tick(time.time_ns(), time.monotonic())
            time.sleep(TICK_SECONDS)
        self._end()

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        self._stopping = True

    def _begin(self) -> None:
        """Says that the appliance has started, once for each run, and whether the last one ended in order."""
        now_ns, started = time.time_ns(), _started(Path(self._settings.data_dir))
        enrol(self._record.jobs, self._schedules, now_ns)
        if started != self._record.started:
            in_order = self._record.stopped
            text = "started" if in_order else "started again; the run before ended without a stop"
            self._record.notice(now_ns, "appliance_started", "appliance", text)
            self._record.started, self._record.stopped, self._record.processes = started, False, {}
        self._keep()

    def _tick(self, now_ns: int, monotonic: float) -> None:
        if monotonic >= self._look_at:
            self._look_at = monotonic + LOOK_SECONDS
            self._look(now_ns, monotonic)
        if self._running is None:
            self._start_due(now_ns, monotonic)
        else:
            self._look_after(*self._running, now_ns, monotonic)
        self._say(now_ns)

    def _look(self, now_ns: int, monotonic: float) -> None:
        before, processes = self._record.noticed, dict(self._record.processes)
        self._readings = readings = take_readings(self._settings, now_ns)
        note_restarts(readings.processes, self._record, now_ns)
        conditions = find_conditions(self._settings, readings, self._record, self._seen, now_ns, monotonic)
        self._clock.judge(conditions, self._record, now_ns, monotonic)
        if self._unkept or (self._record.noticed, self._record.processes) != (before, processes):
            self._keep()
        self._heartbeat.on_time(not self._record.alarms, monotonic)

    def _start_due(self, now_ns: int, monotonic: float) -> None:
        waiting = frozenset(name for name, at in self._retry_at.items() if monotonic < at)
        due = next_due(self._record.jobs, self._schedules, now_ns, waiting)
        if due is None or not self._lock.taken():
            return
        if self._record.jobs[due.name].attempts >= self._settings.job_attempts_max:
            self._settle(due, Ended(None, 0.0, ""), now_ns, monotonic)  # none of its attempts was survived
            return
        self._record.jobs[due.name].attempts += 1
        if not self._keep():
            self._record.jobs[due.name].attempts -= 1
            self._lock.release()
            return
        output = self._folder / "output" / f"{due.name}-{period_name(due.period_ns)}.log"
        command = (*self._settings.program, *self._settings.jobs[due.name].command)
        _log.info("job begins", job=due.name, period=period_name(due.period_ns))
        try:
            self._running = due, Child(command, output, self._settings.job_seconds_max)
        except OSError as error:
            _log.error("job cannot be started", job=due.name, reason=error.strerror)
            self._settle(due, Ended(None, 0.0, output.name), now_ns, monotonic)

    def _look_after(self, due: Due, child: Child, now_ns: int, monotonic: float) -> None:
        ended = child.poll()
        if ended is not None:
            self._running = None
            self._settle(due, ended, now_ns, monotonic)

    def _settle(self, due: Due, ended: Ended, now_ns: int, monotonic: float) -> None:
        known, settings = self._record.jobs[due.name], self._settings
        over = settle(known, due, ended, now_ns, settings.job_attempts_max)
        if over:
            kind = "job_done" if known.outcome == "ok" else "job_failed"
            text = f"period {period_name(due.period_ns)}, {ended.seconds:.0f} s, exit status {ended.exit}"
            self._record.notice(now_ns, kind, due.name, text, period=period_name(due.period_ns), exit=ended.exit)
        else:
            self._retry_at[due.name] = monotonic + settings.job_retry_seconds
            _log.warning("job failed and is tried again", job=due.name, exit=ended.exit, attempt=known.attempts)
        self._keep()
        self._lock.release()
        prune_files(self._folder / "output", "*.log", settings.outputs_kept)

    def _keep(self) -> bool:
        """To disk, then to the log. A full disk is an alarm, not an end: what cannot be kept is tried at each look."""
        self._unkept = True
        try:
            write_record(self._record_file, self._record)
            self._unkept = False
        except OSError as error:
            _log.error("the record cannot be written", file=str(self._record_file), reason=error.strerror)
        for notice in self._record.notices:
            if notice.number > self._told:
                _log.info(notice.kind, name=notice.name, text=notice.text)
        self._told = self._record.noticed
        return not self._unkept

    def _say(self, now_ns: int, final: bool = False) -> None:
        running = None if self._running is None else self._running[0].name
        values = {
            "program": "upkeep",
            "build": self._build,
            "pid": os.getpid(),
            "written_ns": now_ns,
            "final": final,
            "alarms": {name: alarm.detail for name, alarm in self._record.alarms.items()},
            "running": running,
            "jobs": {name: _shown(job) for name, job in self._record.jobs.items()},
            "noticed": self._record.noticed,
            "heartbeats": {"heard": self._heartbeat.heard, "failed": self._heartbeat.failed},
        }
        self._said = values
        _replace(Path(self._settings.run_dir) / "upkeep.status.json", values)

    def _tell_metrics(self) -> None:
        """A port that is taken is no reason not to look after the appliance."""
        if self._settings.metrics_listen is None:
            return
        host, _, port = self._settings.metrics_listen.rpartition(":")
        try:
            serve_metrics((host, int(port)), lambda: upkeep_metrics(self._said, self._readings))
        except SettingsRefused as error:
            _log.error("no metrics are told", reason=error.detail)

    def _end(self) -> None:
        """A job that is stopped has not ended: its attempt counts and its period stays due."""
        if self._running is not None:
            self._running[1].stop()
        self._heartbeat.stop()
        now_ns = time.time_ns()
        self._record.notice(now_ns, "appliance_stopped", "appliance", "stopped")
        self._record.stopped = True
        self._keep()
        self._say(now_ns, final=True)
        self._lock.close()


def _begin_beat(file: Path, folder: Path) -> Child:
    command = (sys.executable, "-m", "quantumflow.upkeep.beat", str(file))
    return Child(command, folder / "output" / "heartbeat.txt", BEAT_SECONDS_MAX)


def _shown(job: Any) -> dict[str, Any]:
    return {
        "settled": period_name(job.settled_ns),
        "outcome": job.outcome,
        "ok_ns": job.ok_ns,
        "attempts": job.attempts,
        "seconds": job.seconds,
        "exit": job.exit,
        "output": job.output,
    }


def _started(data_dir: Path) -> str:
    """Which run of the appliance this is; empty where `up` did not mark one."""
    try:
        return str(json.loads((data_dir / "appliance.json").read_text(encoding="utf-8"))["started"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def _replace(path: Path, values: dict[str, Any]) -> None:
    """The status file, replaced as a whole; worthless after a stop, so nothing waits for the disk."""
    beside = path.with_name(path.name + ".new")
    try:
        beside.write_text(json.dumps(values, separators=(",", ":")) + "\n", encoding="utf-8")
        beside.replace(path)
    except OSError as error:
        _log.error("the status file cannot be written", file=str(path), reason=error.strerror)
