"""Whatever is killed with SIGKILL, nothing of an appliance runs on unseen."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from quantumflow.appliance.data_dir import claim
from quantumflow.errors import ApplianceRefused

TESTS = Path(__file__).parents[1]
SECONDS_MAX = 20.0


def processes(marks: str) -> dict[int, str]:
    """Pid and command line of every process whose command line or environment has `marks`."""
    found = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                if marks in command or marks.encode() in (entry / "environ").read_bytes():
                    found[int(entry.name)] = command
            except OSError:
                continue
    return {pid: command for pid, command in found.items() if command}


def wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SECONDS_MAX
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def is_free(data_dir: Path) -> bool:
    try:
        with claim(data_dir, "sim", datetime.now(UTC)):
            return True
    except ApplianceRefused as refused:
        if refused.name != "data_dir_in_use":
            raise
        return False


@pytest.mark.parametrize("victim", ["drive_up.py", "supervisor.supervisord"])
def test_nothing_is_left_when_one_of_the_parents_is_killed(tmp_path: Path, victim: str) -> None:
    data_dir = tmp_path / "data"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("QF_")}
    up = subprocess.Popen(
        [sys.executable, str(TESTS / "appliance" / "drive_up.py"), str(data_dir)],
        env={**environment, "PYTHONPATH": f"{TESTS}{os.pathsep}{TESTS.parent}"},
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_until(lambda: (data_dir / "run" / "trader.status.json").exists())
        killed = [pid for pid, command in processes(str(data_dir)).items() if victim in command]
        assert len(killed) == 1
        os.kill(killed[0], signal.SIGKILL)
        up.wait(SECONDS_MAX)
        wait_until(lambda: not processes(str(data_dir)))
        # A process that is ending has no command line any more while it still holds its files.
        wait_until(lambda: is_free(data_dir))
    finally:
        up.kill()
        up.wait()
