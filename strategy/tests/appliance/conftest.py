"""An appliance of fakes: the real `up` and supervisord, small scripts for the programs."""

import os
import socket
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from quantumflow.appliance.programs import Programs
from quantumflow.appliance.up import UpOptions, run_up
from quantumflow.exits import ExitCode

FAKE = Path(__file__).with_name("fake_program.py")


class RecordingScreen:
    """Keeps what `up` said."""

    def __init__(self) -> None:
        self.said: list[tuple[str, Any]] = []

    def started(self, facts: Any) -> None:
        self.said.append(("started", facts))

    def fill(self, row: Any, equity: str | None) -> None:
        self.said.append(("fill", row))

    def trading(self, why: str | None, detail: str | None) -> None:
        self.said.append(("trading", why))

    def program(self, name: str, happened: str, how: str) -> None:
        self.said.append(("program", (name, happened, how)))

    def log_line(self, program: str, line: str) -> None:
        self.said.append(("log_line", (program, line)))

    def failed(self, program: str, detail: str, lines: Sequence[str]) -> None:
        self.said.append(("failed", (program, detail, list(lines))))

    def stopping(self, why: str) -> None:
        self.said.append(("stopping", why))

    def summary(self, summary: Any) -> None:
        self.said.append(("summary", summary))

    def one(self, kind: str) -> Any:
        """The only thing of its kind that was said."""
        found = [value for said, value in self.said if said == kind]
        assert len(found) == 1, self.said
        return found[0]

    def kinds(self) -> list[str]:
        return [kind for kind, _ in self.said]


Run = Callable[..., tuple[ExitCode, RecordingScreen]]


def free_base() -> int:
    """A ports.base whose ports nobody listens on. Each process looks from another one on: several run tests at once."""
    first = os.getpid() % 120
    for base in (33_000 + (first + step) % 120 * 100 for step in range(120)):
        probes = [socket.socket() for _ in range(5)]
        try:
            for probe, distance in zip(probes, (1, 2, 3, 80, 90), strict=True):
                probe.bind(("127.0.0.1", base + distance))
        except OSError:
            continue
        finally:
            for probe in probes:
                probe.close()
        return base
    raise AssertionError("no free ports")


def fake_programs() -> Programs:
    def command(name: str) -> tuple[str, ...]:
        return sys.executable, str(FAKE), name

    return Programs(
        *(command(n) for n in ("exchange_sim", "market_data", "core_risk", "trader", "web", "upkeep", "telegram"))
    )


@pytest.fixture
def fakes() -> Programs:
    return fake_programs()


@pytest.fixture
def capture(tmp_path: Path) -> Path:
    """A capture as far as `up` itself looks into one."""
    file = tmp_path / "btcusdt.txt"
    file.write_text('1723161253937085768 {"stream":"btcusdt@trade","data":{}}\n', encoding="utf-8")
    return file


@pytest.fixture
def run(tmp_path: Path, fakes: Programs) -> Run:
    def go(venue: str, seconds: float | None = None, verbose: bool = False, **environment: str) -> Any:
        screen = RecordingScreen()
        base = free_base()
        clean = {name: value for name, value in os.environ.items() if not name.startswith("QF_")}
        full = {**clean, "QF_PORTS__BASE": str(base), "QF_PORTS__WEB": str(base + 80), **environment}
        options = UpOptions(venue=venue, seconds=seconds, data_dir=tmp_path / "data", verbose=verbose)
        return run_up(options, screen, full, fakes, probe=lambda _url, _ms: "no network in a test"), screen

    return go
