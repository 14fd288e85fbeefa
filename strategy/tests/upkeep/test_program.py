"""The upkeep program as a process: its jobs run, fail, are bounded and survive kills; what it says is kept."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from quantumflow.upkeep.record import JobRecord, Record, read_record, write_record
from upkeep.settings_maker import settings_document

SECONDS_MAX = 60.0
"""Only against hanging."""


def job(code: str) -> dict[str, Any]:
    return {"command": ["-c", code], "at": "*:17", "missing_after_seconds": 10**7}


class Upkeep:
    """A data directory and the program on it, started as often as a test likes."""

    def __init__(self, folder: Path) -> None:
        self.data = folder
        self.file = folder / "run" / "upkeep.json"
        self.record_file = folder / "upkeep" / "record.json"
        (folder / "run").mkdir()
        self.process: subprocess.Popen[str] | None = None

    def configure(self, jobs: dict[str, Any], **changes: Any) -> None:
        """Every job owes its current period."""
        self.file.write_text(json.dumps(settings_document(self.data, jobs, **changes)), encoding="utf-8")
        self.record_file.parent.mkdir(exist_ok=True)
        records = {name: JobRecord(settled_ns=1, since_ns=time.time_ns()) for name in jobs}
        write_record(self.record_file, Record(jobs=records))

    def start(self) -> None:
        command = [sys.executable, "-m", "quantumflow.cli", "upkeep", "--config", str(self.file)]
        with (self.data / "upkeep.log").open("a", encoding="utf-8") as log:
            self.process = subprocess.Popen(command, stderr=log, text=True)

    def stop(self, number: int = signal.SIGTERM) -> int:
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(SECONDS_MAX)

    def record(self) -> Record:
        return read_record(self.record_file)

    def said(self) -> list[tuple[str, str]]:
        return [(notice.kind, notice.name) for notice in self.record().notices if notice.kind.startswith("job")]

    def status(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.data / "run" / "upkeep.status.json").read_text(encoding="utf-8"))
        return found

    def ran(self) -> list[str]:
        """What the jobs wrote to the file `ran`."""
        file = self.data / "ran"
        return file.read_text(encoding="utf-8").split() if file.exists() else []


def until(true: Callable[[], object]) -> None:
    deadline = time.monotonic() + SECONDS_MAX
    while not true():
        assert time.monotonic() < deadline, "not within the time"
        time.sleep(0.05)


@pytest.fixture
def upkeep(tmp_path: Path) -> Iterator[Upkeep]:
    made = Upkeep(tmp_path)
    yield made
    if made.process is not None and made.process.poll() is None:
        made.stop(signal.SIGKILL)


def writes(folder: Path, word: str) -> str:
    return f"open({str(folder / 'ran')!r}, 'a').write('{word}\\n'); print('output of {word}')"


def test_due_jobs_run_once_each_at_low_priority_and_their_output_is_kept(upkeep: Upkeep, tmp_path: Path) -> None:
    nice = f"import os; {writes(tmp_path, 'report')}; open({str(tmp_path / 'nice')!r}, 'w').write(str(os.nice(0)))"
    upkeep.configure({"backup": job(writes(tmp_path, "backup")), "report": job(nice)})
    upkeep.start()
    until(lambda: len(upkeep.said()) == 2)
    time.sleep(2.5)
    assert upkeep.stop() == 0
    assert sorted(upkeep.ran()) == ["backup", "report"]
    assert sorted(upkeep.said()) == [("job_done", "backup"), ("job_done", "report")]
    assert (tmp_path / "nice").read_text(encoding="utf-8") == "19"
    outputs = sorted((tmp_path / "upkeep" / "output").glob("backup-*.log"))
    assert outputs[0].read_text(encoding="utf-8") == "output of backup\n"
    assert upkeep.status()["final"] is True
    assert upkeep.status()["jobs"]["backup"]["outcome"] == "ok"


def test_jobs_run_one_at_a_time(upkeep: Upkeep, tmp_path: Path) -> None:
    def spans(name: str) -> str:
        begin, end = writes(tmp_path, f"{name}-begins"), writes(tmp_path, f"{name}-ends")
        return f"import time; {begin}; time.sleep(1.5); {end}"

    upkeep.configure({name: job(spans(name)) for name in ("backup", "report", "verify")})
    upkeep.start()
    until(lambda: len(upkeep.said()) == 3)
    ran = upkeep.ran()
    assert [word.partition("-")[0] for word in ran[::2]] == [word.partition("-")[0] for word in ran[1::2]]
    assert {word.partition("-")[2] for word in ran[::2]} == {"begins"}


def test_a_job_that_fails_is_tried_again_so_often_and_then_said(upkeep: Upkeep, tmp_path: Path) -> None:
    upkeep.configure({"backup": job(f"{writes(tmp_path, 'try')}; raise SystemExit(4)")})
    upkeep.start()
    until(upkeep.said)
    assert upkeep.said() == [("job_failed", "backup")]
    assert len(upkeep.ran()) == 3
    until(lambda: "backup_failed" in upkeep.record().alarms)
    assert "exit status 4" in upkeep.record().alarms["backup_failed"].detail


def test_a_job_that_hangs_is_ended_at_its_bound_with_all_that_it_started(upkeep: Upkeep, tmp_path: Path) -> None:
    child = "import os, signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"
    code = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}, {str(tmp_path)!r}])"
    upkeep.configure({"backup": job(code)}, job_seconds_max=1, job_attempts_max=1)
    upkeep.start()
    until(upkeep.said)
    assert upkeep.record().jobs["backup"].exit is None
    until(lambda: not _with_argument(str(tmp_path)))


def test_output_without_end_ends_the_job(upkeep: Upkeep) -> None:
    code = "import time\nwhile True:\n    print('x' * 99_999, flush=True)\n    time.sleep(0.005)"
    upkeep.configure({"backup": job(code)}, job_attempts_max=1)
    upkeep.start()
    until(upkeep.said)
    assert upkeep.said() == [("job_failed", "backup")]


def test_a_kill_in_the_middle_of_a_job_ends_the_job_and_the_next_start_runs_it_again(
    upkeep: Upkeep, tmp_path: Path
) -> None:
    slow = f"import time; {writes(tmp_path, 'begins')}; time.sleep(2); {writes(tmp_path, 'ends')}"
    upkeep.configure({"backup": job(slow)})
    upkeep.start()
    until(upkeep.ran)
    upkeep.stop(signal.SIGKILL)
    time.sleep(2.5)
    assert upkeep.ran() == ["begins"]
    assert upkeep.record().jobs["backup"].attempts == 1
    upkeep.start()
    until(upkeep.said)
    assert upkeep.ran() == ["begins", "begins", "ends"]
    time.sleep(2.5)
    assert upkeep.ran() == ["begins", "begins", "ends"]


def test_a_job_that_kills_upkeep_is_not_run_for_ever(upkeep: Upkeep, tmp_path: Path) -> None:
    upkeep.configure({"backup": job(f"import os; {writes(tmp_path, 'try')}; os.kill(os.getppid(), 9)")})
    for _ in range(3):
        upkeep.start()
        assert upkeep.process is not None
        assert upkeep.process.wait(SECONDS_MAX) == -signal.SIGKILL
    assert upkeep.record().jobs["backup"].attempts == 3
    upkeep.start()
    until(upkeep.said)
    assert upkeep.said() == [("job_failed", "backup")]
    assert len(upkeep.ran()) == 3


def test_a_run_is_said_to_begin_once_and_one_that_did_not_stop_is_named(upkeep: Upkeep, tmp_path: Path) -> None:
    upkeep.configure({})
    mark = tmp_path / "appliance.json"

    def starts() -> list[str]:
        return [notice.text for notice in upkeep.record().notices if notice.kind == "appliance_started"]

    mark.write_text('{"venue": "sim", "started": "one"}', encoding="utf-8")
    for _ in range(2):
        upkeep.start()
        until(lambda: (tmp_path / "run" / "upkeep.status.json").exists())
        upkeep.stop(signal.SIGKILL)
        (tmp_path / "run" / "upkeep.status.json").unlink()
    assert starts() == ["started"]
    mark.write_text('{"venue": "sim", "started": "two"}', encoding="utf-8")
    upkeep.start()
    until(lambda: len(starts()) == 2)
    assert starts()[1] == "started again; the run before ended without a stop"
    assert upkeep.stop() == 0
    mark.write_text('{"venue": "sim", "started": "three"}', encoding="utf-8")
    upkeep.start()
    until(lambda: len(starts()) == 3)
    assert starts()[2] == "started"


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"unknown": 1}, "unknown"),
        ({"jobs": {"backup": {**job("pass"), "at": "25:00"}}}, "jobs"),
        ({"job_attempts_max": 0}, "job_attempts_max"),
        ({"clock_jump_ms": 0}, "clock_jump_ms"),
        ({"heartbeat_url": "ftp://x"}, "heartbeat_url"),
        ({"heartbeat_seconds": 1}, "heartbeat_seconds"),
    ],
)
def test_settings_that_are_wrong_are_refused_by_their_key(
    upkeep: Upkeep, tmp_path: Path, change: dict[str, Any], named: str
) -> None:
    jobs = change.pop("jobs", {})
    upkeep.configure(jobs, **change)
    upkeep.start()
    assert upkeep.process is not None
    assert upkeep.process.wait(SECONDS_MAX) == 2
    assert named in (tmp_path / "upkeep.log").read_text(encoding="utf-8")


def test_it_stays_small(upkeep: Upkeep) -> None:
    upkeep.configure({})
    upkeep.start()
    until(lambda: (upkeep.data / "run" / "upkeep.status.json").exists())
    assert upkeep.process is not None
    text = Path(f"/proc/{upkeep.process.pid}/status").read_text(encoding="ascii")
    resident_kb = next(int(line.split()[1]) for line in text.splitlines() if line.startswith("VmRSS"))
    assert resident_kb < 30_000
    modules = Path(f"/proc/{upkeep.process.pid}/maps").read_text(encoding="utf-8")
    assert "numpy" not in modules
    assert "llvmlite" not in modules


def _with_argument(text: str) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdecimal() and int(entry.name) != os.getpid():
                words = (entry / "cmdline").read_bytes().split(b"\0")
                if text.encode() in words:
                    found.append(int(entry.name))
        except OSError:
            continue
    return found
