"""A trader as a fork of a server that has loaded the program and its kernels already: a start without its two seconds.

Only the loading is shared. Each trader is a process of its own, with its own journal, sockets, signals and exit status;
a test about the start itself asks stage.py for a new interpreter.
"""

import multiprocessing
import multiprocessing.forkserver
import os
import subprocess
import sys
from pathlib import Path

__all__ = ["Forked"]

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["trader.preloaded"])


class Forked:
    """The part of subprocess.Popen that the tests use."""

    def __init__(self, settings: Path, token: str, build: str, log: Path, crash_at: str | None) -> None:
        _start_server()
        self._process = _CONTEXT.Process(target=_run, args=(str(settings), token, build, str(log), crash_at))
        self._process.start()
        assert self._process.pid is not None
        self.pid = self._process.pid

    def poll(self) -> int | None:
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        self._process.join(timeout)
        if self._process.exitcode is None:
            raise subprocess.TimeoutExpired("trader", timeout or 0.0)
        return self._process.exitcode

    def kill(self) -> None:
        self._process.kill()

    def terminate(self) -> None:
        self._process.terminate()

    def send_signal(self, number: int) -> None:
        os.kill(self.pid, number)


def _run(settings: str, token: str, build: str, log: str, crash_at: str | None) -> None:
    """In the fork: the program's own way in, with stderr and environment as a new interpreter would be given them."""
    from quantumflow.live import run
    from quantumflow.trader_settings import read_settings

    descriptor = os.open(log, os.O_WRONLY | os.O_APPEND)
    os.dup2(descriptor, 2)
    os.close(descriptor)
    if crash_at is not None:
        os.environ["QF_CRASH_AT"] = crash_at
    sys.exit(run(read_settings(Path(settings)), token, build))


def _start_server() -> None:
    """Once; its interpreter finds these tests, and the package beside them, only by the environment."""
    before = os.environ.get("PYTHONPATH")
    tests = Path(__file__).parents[1]
    os.environ["PYTHONPATH"] = f"{tests}{os.pathsep}{tests.parent}"
    try:
        multiprocessing.forkserver.ensure_running()
    finally:
        if before is None:
            del os.environ["PYTHONPATH"]
        else:
            os.environ["PYTHONPATH"] = before
