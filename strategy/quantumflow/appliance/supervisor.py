"""supervisord as a child: started with supervisord.conf, its log read as events, stopped and cleaned up after."""

import contextlib
import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from quantumflow.appliance.happenings import Happened, ProgramEvent, parse_line
from quantumflow.appliance.programs import NAMES, Programs
from quantumflow.orphans import end_with_parent
from quantumflow.paths import PROJECT_ROOT

__all__ = ["STOP_SECONDS_MAX", "Supervisor", "supervisor_environment"]

STOP_SECONDS_MAX = 20.0
"""supervisord.conf's two stopwaitsecs, 8 + 5, and room for its own second ticks; then everything is killed."""
_READ_BYTES = 65_536
_ENDS_WITH_PARENT = ("setpriv", "--pdeathsig", "TERM", "--")
"""Of util-linux; becomes the program. If supervisord is killed, and `up` with it, nobody else is there to stop it."""


def supervisor_environment(
    base: Mapping[str, str],
    programs: Programs,
    run: Path,
    logs: Path,
    wanted: set[str],
    restart: bool,
    token: str,
    unattended: bool = False,
) -> dict[str, str]:
    """What supervisord.conf fills in, over `base`. A replay's programs end by themselves and are not started again.

    Unattended, everything is said on standard output and the listener watches; else `up` does, and logs are files.
    """
    environment = dict(base)
    for name in NAMES:
        environment[f"APPLIANCE_{name.upper()}"] = shlex.join((*_ENDS_WITH_PARENT, *programs.command(name)))
        environment[f"APPLIANCE_{name.upper()}_WANTED"] = "true" if name in wanted else "false"
        log = "/dev/stdout" if unattended else str(logs.absolute() / f"{name}.log")
        environment[f"APPLIANCE_{name.upper()}_LOG"] = log
    environment["APPLIANCE_RUN"] = str(run.resolve())
    environment["APPLIANCE_LOGS"] = str(logs.absolute())
    environment["APPLIANCE_LOG_BYTES"] = "0" if unattended else "5MB"  # a pipe cannot be rotated
    environment["APPLIANCE_OWN_LOG"] = "/dev/null" if unattended else str(logs.absolute() / "supervisord.log")
    environment["APPLIANCE_LISTENER"] = shlex.join((sys.executable, "-m", "quantumflow.appliance.listener"))
    environment["APPLIANCE_LISTENER_WANTED"] = "true" if unattended else "false"
    environment["APPLIANCE_RESTART"] = "true" if restart else "false"
    environment["APPLIANCE_START_SECONDS"] = "1" if restart else "0"
    environment["QF_RISK_TOKEN"] = token
    return environment


class Supervisor:
    """The running supervisord. `poll` never blocks; `stop` returns when nothing of the appliance is left."""

    def __init__(self, environment: Mapping[str, str], lock: int) -> None:
        conf = PROJECT_ROOT / "supervisord.conf"
        self.descriptor, log = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        os.set_blocking(log, True)
        # Its own session: Ctrl-C reaches `up` alone, which then stops everything in order. It holds the reading end of
        # its log too: when `up` was killed, its last lines must not break the pipe, and supervisord with it.
        self._process = subprocess.Popen(  # noqa: S603 (our own interpreter and file)
            [sys.executable, "-W", "ignore", "-m", "supervisor.supervisord", "-n", "-c", str(conf)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            env=dict(environment),
            pass_fds=(lock, self.descriptor),
            start_new_session=True,
            preexec_fn=end_with_parent,  # if `up` is killed, supervisord stops the programs: nothing runs on unseen
        )
        os.close(log)
        self._stopped = False
        self._rest = b""
        self._alive: dict[str, int] = {}
        self.lines: list[str] = []
        """supervisord's own last lines, for when it is the one that fails."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def running(self) -> bool:
        return self._process.poll() is None

    def poll(self) -> list[ProgramEvent]:
        """What happened since the last call."""
        while True:
            try:
                data = os.read(self.descriptor, _READ_BYTES)
            except BlockingIOError:
                break
            if not data:
                break
            self._rest += data
        *lines, self._rest = self._rest.split(b"\n")
        return [event for line in lines if (event := self._note(line.decode("utf-8", "replace"))) is not None]

    def _note(self, line: str) -> ProgramEvent | None:
        self.lines = [*self.lines[-19:], line]
        event = parse_line(line)
        if event is not None and event.pid is not None:
            self._alive[event.program] = event.pid
        elif event is not None and event.happened in (Happened.EXITED, Happened.STOPPED):
            self._alive.pop(event.program, None)
        return event

    def stop(self) -> list[ProgramEvent]:
        """Stops the programs in the order of supervisord.conf; what outlives the bound is killed. Harmless twice."""
        if self._stopped:
            return []
        self._stopped = True
        events: list[ProgramEvent] = []
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS_MAX
        while self.running and time.monotonic() < deadline:
            events += self.poll()
            time.sleep(0.02)
        if self.running:
            self._process.kill()
        self._process.wait()
        events += self.poll()
        self._kill_orphans()
        os.close(self.descriptor)
        return events

    def _kill_orphans(self) -> None:
        """supervisord died without stopping its programs: each leads a process group of its own."""
        for kind in (signal.SIGTERM, signal.SIGKILL):
            left = [pid for pid in self._alive.values() if _group_exists(pid)]
            for pid in left:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(pid, kind)
            deadline = time.monotonic() + 3.0
            while any(_group_exists(pid) for pid in left) and time.monotonic() < deadline:
                time.sleep(0.02)


def _group_exists(pid: int) -> bool:
    try:
        os.killpg(pid, 0)
    except ProcessLookupError:
        return False
    return True
