"""The appliance as a container runs it: a real supervisord with its listener, and fakes for the programs."""

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from appliance.test_killed import is_free, processes
from quantumflow.appliance.listener import FAILURE_FILE
from quantumflow.appliance.supervisor import STOP_SECONDS_MAX
from quantumflow.exits import ExitCode
from quantumflow.paths import PROJECT_ROOT

TESTS = Path(__file__).parents[1]
SECONDS_MAX = 120.0


class Unattended:
    """One appliance as PID 1 would be, with its output."""

    def __init__(self, data_dir: Path, venue: str = "sim", **environment: str) -> None:
        self.data_dir = data_dir
        clean = {name: value for name, value in os.environ.items() if not name.startswith("QF_")}
        self.process = subprocess.Popen(
            [sys.executable, str(TESTS / "appliance" / "drive_unattended.py"), str(data_dir), venue],
            env={**clean, "PYTHONPATH": f"{TESTS}{os.pathsep}{TESTS.parent}", **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._lines: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        """A pipe, as in a container: supervisord opens /dev/stdout anew, which in a file would begin at its start."""
        assert self.process.stdout is not None
        with self.process.stdout as source:
            self._lines.extend(source)

    def said(self) -> str:
        return "".join(self._lines)

    def pids(self, program: str) -> list[int]:
        found = processes(str(self.data_dir))
        return [pid for pid, command in found.items() if program in command and str(self.data_dir) in command]

    def until(self, holds: Callable[[], object]) -> None:
        deadline = time.monotonic() + SECONDS_MAX
        while not holds():
            assert time.monotonic() < deadline, self.said()[-3000:]
            assert self.process.poll() is None, self.said()[-3000:]
            time.sleep(0.1)

    def trades(self) -> bool:
        return (self.data_dir / "run" / "trader.status.json").exists()

    def end(self) -> int:
        code = self.process.wait(SECONDS_MAX)
        self._reader.join(SECONDS_MAX)
        return code

    def stop(self) -> int:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.end()


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Unattended]]:
    started: list[Unattended] = []

    def begin(venue: str = "sim", **environment: str) -> Unattended:
        started.append(Unattended(tmp_path / f"data{len(started)}", venue, **environment))
        return started[-1]

    yield begin
    for one in started:
        if one.process.poll() is None:
            one.process.terminate()
        one.process.wait(SECONDS_MAX)


def test_a_program_that_does_not_stay_up_ends_the_container_and_one_crash_does_not(start) -> None:
    """All at the same time, since supervisord's own patience is what they wait for."""
    at_once = start(FAKE_MARKET_DATA="after:0.1")
    again_and_again = start(FAKE_TRADER="after:2")
    once = start(FAKE_CORE_RISK="once")
    refused = start(FAKE_WEB="exit:2")
    listener_killed = start(FAKE_TRADER="after:2")
    listener_killed.until(lambda: listener_killed.pids("appliance.listener"))
    os.kill(listener_killed.pids("appliance.listener")[0], signal.SIGKILL)
    listener_lost = start()
    kill_each(listener_lost, "appliance.listener")

    failing = ((at_once, "market_data"), (again_and_again, "trader"), (refused, "web"), (listener_killed, "trader"))
    for appliance, program in failing:
        assert appliance.end() == ExitCode.FAILED, appliance.said()[-3000:]
        failure = json.loads((appliance.data_dir / "run" / FAILURE_FILE).read_text(encoding="utf-8"))
        assert failure["program"] == program
        assert f'"program": "{program}"' in appliance.said()
        assert not processes(str(appliance.data_dir)), "nothing runs on"
    assert "gave up: trader" not in again_and_again.said(), "supervisord itself would have gone on for ever"
    assert "exited: listener (terminated by SIGKILL" in listener_killed.said()
    assert listener_lost.end() == ExitCode.FAILED
    assert '"program": "listener"' in listener_lost.said()

    once.until(lambda: len(once.pids("core_risk")) == 1)
    assert once.stop() == ExitCode.OK
    assert "exited: core_risk (exit status 1" in once.said()
    assert not (once.data_dir / "run" / FAILURE_FILE).exists()


def kill_each(appliance: Unattended, program: str) -> None:
    """Kills every process of `program` until the appliance has ended."""
    deadline = time.monotonic() + SECONDS_MAX
    killed: set[int] = set()
    while appliance.process.poll() is None:
        assert time.monotonic() < deadline, appliance.said()[-3000:]
        for pid in set(appliance.pids(program)) - killed:
            killed.add(pid)
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.05)


def test_a_signal_ends_it_in_order_with_status_0_and_everything_was_said_on_standard_output(start) -> None:
    appliance = start()
    appliance.until(appliance.trades)
    assert not is_free(appliance.data_dir), "the lock is held through the exchange of the process"
    assert appliance.stop() == ExitCode.OK
    said = appliance.said()
    assert json.loads(said.splitlines()[0])["event"] == "started"
    assert "trader has the risk token: True" in said
    assert not list((appliance.data_dir / "logs").iterdir())
    stopped = (appliance.data_dir / "run" / "stopped").read_text(encoding="utf-8").split()
    assert stopped.index("trader") < stopped.index("core_risk"), "the trader stops while core_risk can still answer"
    assert is_free(appliance.data_dir)


def test_unattended_a_venue_is_named(start) -> None:
    appliance = start("auto")
    assert appliance.end() != ExitCode.OK
    assert "venue_not_named" in appliance.said()


def test_the_whole_stop_is_shorter_than_what_waits_for_it() -> None:
    """supervisord stops group after group; each takes its slowest program's stopwaitsecs and a tick."""
    conf = (PROJECT_ROOT / "supervisord.conf").read_text(encoding="utf-8")
    sections = re.split(r"^\[", conf, flags=re.MULTILINE)
    waits = {
        head.partition(":")[2]: int(found[1])
        for head, _, body in (section.partition("]") for section in sections)
        if (found := re.search(r"^stopwaitsecs = (\d+)$", body, re.MULTILINE))
    }
    groups = [set(found.split(",")) for found in re.findall(r"^programs = (.+)$", conf, re.MULTILINE)]
    alone = [{name} for name in waits if not any(name in group for group in groups)]
    assert sum(max(waits[name] for name in group) + 1 for group in groups + alone) <= STOP_SECONDS_MAX
