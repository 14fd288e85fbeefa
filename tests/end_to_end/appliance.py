"""Runs the appliance as a user does, with a bound on everything, and reads what it leaves."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["ROOT", "Running", "Stopped", "free_ports", "quantumflow", "running", "up", "wait_until"]

ROOT = Path(__file__).parents[2]
STOP_SECONDS_MAX = 30.0


@dataclass(frozen=True, slots=True)
class Stopped:
    """What a run left behind."""

    code: int
    lines: list[dict[str, Any]]
    log: str
    data_dir: Path
    seconds: float

    @property
    def summary(self) -> dict[str, Any]:
        """The last line of `up --json`."""
        assert self.lines, self.log
        return self.lines[-1]

    @property
    def journal(self) -> Path:
        return self.data_dir / "journal.db"


def up(data_dir: Path, *flags: str, seconds_max: float, **environment: str) -> Stopped:
    """`quantumflow up --json …` from start to its own end."""
    began = time.monotonic()
    done = subprocess.run(
        _command(data_dir, *flags),
        env=_environment(environment),
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=seconds_max,
        check=False,
    )
    return Stopped(
        done.returncode, _json_lines(done.stdout), _log(done.stderr, data_dir), data_dir, time.monotonic() - began
    )


def quantumflow(*arguments: str, seconds_max: float = 30.0) -> tuple[int, dict[str, Any]]:
    """Another command with --json; its exit code and answer."""
    done = subprocess.run(
        [sys.executable, "-m", "quantumflow.cli", *arguments, "--json"],
        env=_environment({}),
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=seconds_max,
        check=False,
    )
    assert done.stdout.strip(), done.stderr
    answer = json.loads(done.stdout)
    assert isinstance(answer, dict)
    return done.returncode, answer


class Running:
    """An appliance that goes on until it is told to stop."""

    def __init__(self, process: "subprocess.Popen[str]", data_dir: Path) -> None:
        self.process = process
        self.data_dir = data_dir
        self.began = time.monotonic()

    def status(self, program: str) -> dict[str, Any]:
        """What a program last said of itself; empty before it said anything."""
        try:
            answer = json.loads((self.data_dir / "run" / f"{program}.status.json").read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        assert isinstance(answer, dict)
        return answer

    def pid(self, program: str) -> int | None:
        """The process of one program of this appliance, found by the configuration it was started with."""
        wanted = str((self.data_dir / "run" / f"{program}.json").resolve())
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    arguments = (entry / "cmdline").read_bytes().decode().split("\0")
                except OSError:
                    continue
                if wanted in arguments:
                    return int(entry.name)
        return None

    def stop(self) -> Stopped:
        """Ctrl-C, and everything it says until its end."""
        self.process.send_signal(signal.SIGINT)
        out, err = self.process.communicate(timeout=STOP_SECONDS_MAX)
        seconds = time.monotonic() - self.began
        return Stopped(self.process.returncode, _json_lines(out), _log(err, self.data_dir), self.data_dir, seconds)


@contextmanager
def running(data_dir: Path, *flags: str, **environment: str) -> Iterator[Running]:
    """`quantumflow up --json …` in the background; killed with all it started if the block leaves it running."""
    output = subprocess.Popen(
        _command(data_dir, *flags),
        env=_environment(environment),
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    appliance = Running(output, data_dir)
    try:
        yield appliance
    finally:
        if output.poll() is None:
            output.send_signal(signal.SIGTERM)
            try:
                output.communicate(timeout=STOP_SECONDS_MAX)
            except subprocess.TimeoutExpired:
                output.kill()
                output.communicate()


def wait_until(holds: Callable[[], object], seconds_max: float, what: str) -> None:
    """Looks ten times a second; fails with `what` after `seconds_max`."""
    deadline = time.monotonic() + seconds_max
    while not holds():
        assert time.monotonic() < deadline, f"not within {seconds_max} s: {what}"
        time.sleep(0.1)


def free_ports() -> dict[str, str]:
    """Settings of ports that nobody listens on: a base whose program ports are free, and one for the web server.

    Each process begins to look elsewhere: suites that run beside each other do not take the same ones.
    """
    bases = range(20_000, 32_000, 100)
    first = os.getpid() % len(bases)
    for base in (*bases[first:], *bases[:first]):
        if all(_is_free(base + distance) for distance in (1, 2, 3, 80, 90)):
            return {"QF_PORTS__BASE": str(base), "QF_PORTS__WEB": str(base + 80)}
    raise AssertionError("no free ports between 20000 and 32000")


def _is_free(port: int) -> bool:
    with closing(socket.socket()) as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def _command(data_dir: Path, *flags: str) -> list[str]:
    return [sys.executable, "-m", "quantumflow.cli", "up", "--json", "--data-dir", str(data_dir), *flags]


def _environment(settings: dict[str, str]) -> dict[str, str]:
    """The caller's environment without settings of its own, and those of the test."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("QF_", "NUMBA_"))}
    return {**clean, **free_ports(), **settings}


def _json_lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines() if line.strip()]


def _log(stderr: str, data_dir: Path) -> str:
    """What was said on stderr, and the end of each program's own log."""
    parts = [stderr]
    for path in sorted((data_dir / "logs").glob("*.log")) if (data_dir / "logs").is_dir() else []:
        tail = "\n".join(path.read_text(encoding="utf-8", errors="replace").splitlines()[-15:])
        parts.append(f"--- {path.name}\n{tail}")
    return "\n".join(parts)
