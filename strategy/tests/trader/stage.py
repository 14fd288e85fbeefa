"""The trader as a process of its own, in a directory of its own."""

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from trader.forked import Forked
from trader.market import BUILD

TOKEN = "a-token-only-for-these-tests"  # noqa: S105 (no secret)
PROGRAM = (
    "import sys; from pathlib import Path; from quantumflow.live import run;"
    "from quantumflow.trader_settings import read_settings;"
    f"sys.exit(run(read_settings(Path(sys.argv[1])), {TOKEN!r}, {BUILD!r}))"
)
PARAMETERS = {
    "confidence_min": 0.0,
    "momentum_min_ppm": -100_000,
    "volatility_z_max": 100.0,
    "hold_s": 2,
    "cooldown_s": 0,
    "repeat_s": 1,
}


def settings(directory: Path, **changes: Any) -> dict[str, Any]:
    return {
        "market_socket": str(directory / "market.sock"),
        "risk_socket": str(directory / "risk.sock"),
        "journal": str(directory / "journal.db"),
        "anchor": str(directory / "journal.anchor"),
        "status_file": str(directory / "trader.status.json"),
        "control_socket": str(directory / "control.sock"),
        "kill_file": str(directory / "kill"),
        "strategies": str(directory / "strategies"),
        "strategies_kept": str(directory / "strategies" / "kept"),
        "metrics_listen": None,
        "venue": "replay",
        "deposit_e8": 1_000_000_000_000,
        "bots": [
            {
                "name": "imbalance",
                "strategy": "imbalance",
                "instruments": ["BTCUSDT"],
                "capital_e8": 500_000_000_000,
                "parameters": PARAMETERS,
            }
        ],
        "broker": {
            "maker_fee_ppm": 1000,
            "taker_fee_ppm": 1000,
            "latency_seed": 1,
            "latency_us": [8000, 12000, 18000, 28000, 45000, 90000, 150000],
            "order_deadline_ns": 5_000_000_000,
            "allow_short": False,
        },
        "engine": {
            "mark_interval_ns": 1_000_000_000,
            "equity_interval_ns": 10_000_000_000,
            "max_book_age_ns": 2_000_000_000,
            "approval_valid_ns": 2_000_000_000,
        },
        "calendar": None,
        "risk_answer_timeout_ms": 2000,
        "log_level": "info",
        **changes,
    }


class Trader:
    """One run of the program, forked from one that is loaded; `fresh` asks for a new interpreter. `log`: its stderr."""

    def __init__(self, directory: Path, crash_at: str | None = None, fresh: bool = False, **changes: Any) -> None:
        self.directory = directory
        path = directory / "trader.json"
        path.write_text(json.dumps(settings(directory, **changes)))
        log = directory / "trader.log"
        log.touch()
        self.process = _interpreter(path, log, crash_at) if fresh else Forked(path, TOKEN, BUILD, log, crash_at)

    def wait(self, seconds: float = 60.0) -> int:
        return self.process.wait(timeout=seconds)

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    @property
    def log(self) -> str:
        return (self.directory / "trader.log").read_text()

    @property
    def status(self) -> dict[str, Any]:
        """What this process last said; nothing while the file is still another's."""
        with contextlib.suppress(FileNotFoundError):
            values: dict[str, Any] = json.loads((self.directory / "trader.status.json").read_text())
            return values if values["pid"] == self.process.pid else {}
        return {}


def _interpreter(settings: Path, log: Path, crash_at: str | None) -> subprocess.Popen[bytes]:
    environment = {**os.environ, **({"QF_CRASH_AT": crash_at} if crash_at else {})}
    command = [sys.executable, "-c", PROGRAM, str(settings)]
    with log.open("ab") as stderr:
        return subprocess.Popen(command, env=environment, stderr=stderr, stdin=subprocess.DEVNULL)


@contextlib.contextmanager
def trader(directory: Path, crash_at: str | None = None, fresh: bool = False, **changes: Any) -> Iterator[Trader]:
    running = Trader(directory, crash_at, fresh, **changes)
    try:
        yield running
    finally:
        running.stop()


def eventually(fact: Any, seconds: float, what: str) -> None:
    """Waits until `fact()` holds."""
    end = time.monotonic() + seconds
    while not fact():
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(0.02)
