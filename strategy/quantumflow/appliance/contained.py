"""The appliance in a container: `up` becomes supervisord, PID 1, and ends with a status that says how it went.

There is nobody to show anything to, so nothing stays in memory that only shows: `up` prepares, then executes this
module in its own place. The listener (listener.py) judges the programs. Who watches the listener is supervisord itself,
here, with the same judge: when it cannot be kept up, the container ends as well.
"""

import json
import os
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NoReturn

from supervisor import events
from supervisor.options import ServerOptions
from supervisor.states import SupervisorStates
from supervisor.supervisord import Supervisor, asyncore

from quantumflow.appliance.happenings import NOTICES, parse_notice, parse_tokens
from quantumflow.appliance.listener import FAILURE_FILE
from quantumflow.appliance.watch import Watch
from quantumflow.exits import ExitCode
from quantumflow.paths import PROJECT_ROOT

__all__ = ["become_supervisor", "main"]

LISTENER = "listener"
LOCK_DESCRIPTOR = 3
"""supervisord closes what it inherits from 5 on; the data directory's lock must stay open."""


def become_supervisor(environment: Mapping[str, str], lock: int, run: Path) -> NoReturn:
    """Replaces this process by supervisord with this module's `main` around it."""
    sys.stdout.flush()
    if lock != LOCK_DESCRIPTOR:
        os.dup2(lock, LOCK_DESCRIPTOR)
    os.set_inheritable(LOCK_DESCRIPTOR, True)
    command = [sys.executable, "-W", "ignore", "-m", "quantumflow.appliance.contained", str(run)]
    os.execve(command[0], command, dict(environment))  # noqa: S606 (our own interpreter and module)


class _Contained(Supervisor):  # type: ignore[misc]  # supervisor has no types
    """supervisord that looks after its own listener."""

    failed = False

    def runforever(self) -> None:
        self._watch = Watch(replay=False)
        for name in NOTICES:
            events.subscribe(getattr(events.EventTypes, name), self._on_event)
        super().runforever()

    def _on_event(self, event: events.ProcessStateEvent) -> None:
        payload = parse_tokens(event.payload())
        if payload.get("processname") != LISTENER or self.failed:
            return
        happened = parse_notice(events.getEventNameByType(type(event)), payload)
        if happened is not None:
            self._watch.on_event(happened, time.monotonic())
        if self._watch.failure is not None:
            self.failed = True
            failure = {"event": "failed", "program": LISTENER, "detail": self._watch.failure.detail}
            sys.stdout.write(json.dumps(failure) + "\n")
            sys.stdout.flush()
            self.options.mood = SupervisorStates.SHUTDOWN


def main(arguments: Sequence[str]) -> int:
    """Runs supervisord until a signal (OK) or a failure (FAILED)."""
    options = ServerOptions()
    options.realize(["-n", "-c", str(PROJECT_ROOT / "supervisord.conf")], doc=__doc__)
    options.first, options.test = True, False
    supervisord = _Contained(options)
    try:
        supervisord.main()
    except asyncore.ExitNow:
        pass
    finally:
        options.close_httpservers()
        options.close_logger()
    failed = supervisord.failed or (Path(arguments[0]) / FAILURE_FILE).exists()
    return ExitCode.FAILED if failed else ExitCode.OK


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
