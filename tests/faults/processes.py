"""Starting, waiting, free ports: what every part of the harness needs of the system."""

import os
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path

__all__ = ["clean_environment", "end", "free_port", "start", "wait_until"]

_STEP_SECONDS = 0.02
_ports: set[int] = set()
_lock = threading.Lock()


def free_port() -> int:
    """A port that nobody listens on, given once; rows run beside each other."""
    with _lock:
        for port in range(21_000 + os.getpid() % 90 * 100, 32_000):
            with socket.socket() as probe:
                if port not in _ports and probe.connect_ex(("127.0.0.1", port)) != 0:
                    _ports.add(port)
                    return port
    raise AssertionError("no free port below 32000")


def clean_environment(**settings: str) -> dict[str, str]:
    """The caller's environment without settings of its own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("QF_", "NUMBA_"))}
    return {**kept, **settings}


def start(command: Sequence[str], log: Path, exits: ExitStack, **settings: str) -> "subprocess.Popen[bytes]":
    """A program with its output in `log`; it ends with the row at the latest."""
    with log.open("ab") as output:
        process = subprocess.Popen(
            list(command), env=clean_environment(**settings), stdin=subprocess.DEVNULL, stdout=output, stderr=output
        )
    exits.callback(end, process)
    return process


def end(process: "subprocess.Popen[bytes]") -> None:
    """kill -9, and waits for it; nothing if it has ended already."""
    process.kill()
    process.wait()


def wait_until(holds: Callable[[], object], seconds: float, what: str) -> None:
    """Looks often; fails with `what` after so long."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"not within {seconds:g} s: {what}"
        time.sleep(_STEP_SECONDS)
