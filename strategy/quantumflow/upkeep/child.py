"""One command of the CLI as a child at low priority: bounded in time, its output kept, ended with its parent."""

import contextlib
import fcntl
import os
import signal
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Self

from quantumflow.orphans import end_with_parent
from quantumflow.upkeep.jobs import Ended

__all__ = ["OUTPUT_BYTES_MAX", "Child", "JobLock", "prune_files"]

NICE = 19
STOP_SECONDS_MAX = 3.0
"""Between SIGTERM and SIGKILL; below supervisord.conf's stopwaitsecs of upkeep."""
OUTPUT_BYTES_MAX = 1_000_000


class JobLock:
    """Held while a job runs, by the program or by hand: one at a time."""

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def taken(self) -> bool:
        """True if it is ours now."""
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def release(self) -> None:
        fcntl.flock(self._descriptor, fcntl.LOCK_UN)

    def close(self) -> None:
        os.close(self._descriptor)


class Child:
    """A running command. `poll` says how it ended, once it did."""

    def __init__(self, command: Sequence[str], output: Path, seconds_max: float) -> None:
        self.output = output
        self._began = time.monotonic()
        self._deadline = self._began + seconds_max
        self._killed = False
        sink = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        try:
            self._process = subprocess.Popen(  # noqa: S603 (a command of our own settings)
                list(command),
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_lower,
            )
        finally:
            os.close(sink)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def poll(self) -> Ended | None:
        """None while it runs. At its bound it is stopped, and so is one that writes without end."""
        if self._process.poll() is None:
            if time.monotonic() < self._deadline and self.output.stat().st_size <= OUTPUT_BYTES_MAX:
                return None
            self.stop()
        status = self._process.returncode
        exit_status = None if self._killed or status < 0 else status
        return Ended(exit_status, time.monotonic() - self._began, self.output.name)

    def stop(self) -> None:
        """Ends it and everything it started. Harmless twice."""
        if self._process.poll() is not None:
            return
        self._killed = True
        for number in (signal.SIGTERM, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(STOP_SECONDS_MAX)
        self._process.wait()


def _lower() -> None:
    """In the child: last in line for the processor, first for the kernel to end if memory runs out."""
    os.nice(NICE)
    end_with_parent()
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("800", encoding="ascii")


def prune_files(folder: Path, pattern: str, kept: int) -> int:
    """Removes all but the newest `kept` files that match; how many went."""
    with contextlib.suppress(OSError):
        files = sorted((path for path in folder.glob(pattern) if path.is_file()), key=lambda p: p.stat().st_mtime_ns)
        gone = files[: max(0, len(files) - kept)]
        for path in gone:
            path.unlink(missing_ok=True)
        return len(gone)
    return 0
