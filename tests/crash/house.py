"""An appliance's programs as children of the harness, their supervisor: each may be killed and started at will."""

import json
import os
import secrets
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from end_to_end.appliance import ROOT, free_ports
from end_to_end.eager import EAGER
from quantumflow.appliance.data_dir import DataDir
from quantumflow.appliance.programs import find_programs
from quantumflow.appliance.resolve import Start, configured_ports, resolve
from quantumflow.appliance.venue import VenueChoice
from quantumflow.config import load_config

__all__ = ["PROGRAMS", "House", "busy_config", "within"]

PROGRAMS = ("exchange_sim", "market_data", "core_risk", "trader")
"""In an order in which they may be started; any other does as well."""

BUSY = {**EAGER, "hold_s": 2}
"""It trades within seconds of its start."""
LOOSE = {
    "QF_RISK__CONSECUTIVE_LOSSES_MAX": "10000",
    "QF_RISK__DAILY_LOSS_MAX": "9000.00",
    "QF_RISK__DRAWDOWN_MAX_PPM": "900000",
    "QF_RISK__ORDERS_PER_SECOND_MAX": "50",
    "QF_RISK__ORDERS_PER_MINUTE_MAX": "1000",
    "QF_RISK__ORDERS_PER_HOUR_MAX": "10000",
    "QF_RISK__ORDERS_PER_DAY_MAX": "100000",
    "QF_RISK__NOTIONAL_PER_DAY_MAX": "100000000.00",
    "QF_RISK__ORDER_NOTIONAL_MAX": "200.00",
}
"""Limits that a strategy which trades all the time does not meet within minutes."""
TRADES = {None, "warming_up"}
MARK_NS = 1_000_000_000
RESTART = 7
"""The trader's exit status under a new market session."""


def busy_config(folder: Path) -> Path:
    """The project's configuration with a bot that trades whenever it can."""
    text = (ROOT / "quantumflow.toml").read_text(encoding="utf-8")
    path = folder / "busy.toml"
    table = "\n[bots.imbalance.parameters]"
    assert table in text, "the configuration has no bot of that name"
    busy = "".join(f"{name} = {value}\n" for name, value in BUSY.items())
    path.write_text(text.replace(table, f"{table}\n{busy}", 1), encoding="utf-8")
    return path


def within(seconds: float, what: str, holds: Callable[[], object]) -> float:
    """Waits until `holds()`; how long that took."""
    began = time.monotonic()
    while not holds():
        assert time.monotonic() - began < seconds, f"not within {seconds} s: {what}"
        time.sleep(0.02)
    return time.monotonic() - began


class House:
    """The four programs that trade, on one data directory."""

    def __init__(self, root: Path, exits: ExitStack) -> None:
        self.directory = DataDir(root)
        self.directory.run.mkdir(parents=True)
        self.directory.logs.mkdir()
        (root / "appliance.json").write_text(json.dumps({"venue": "sim", "started": "20260101T000000.000000Z"}))
        config = load_config(busy_config(root / "run"), {**free_ports(), **LOOSE})
        start = Start(VenueChoice("sim"), config.venue.symbols, 1.0, configured_ports(config))
        for name, document in resolve(config, start, self.directory).items():
            (self.directory.run / f"{name}.json").write_text(json.dumps(document))
        self.token = secrets.token_urlsafe(32)
        self.living: dict[str, subprocess.Popen[bytes]] = {}
        exits.callback(self.stop)

    def start(self, program: str, crash_at: str | None = None, **environment: str) -> None:
        """Starts one program; `crash_at` is for QF_CRASH_AT."""
        clean = {name: value for name, value in os.environ.items() if not name.startswith("QF_")}
        armed = {} if crash_at is None else {"QF_CRASH_AT": crash_at}
        with (self.directory.logs / f"{program}.log").open("ab") as log:
            self.living[program] = subprocess.Popen(
                [*find_programs().command(program), "--config", str(self.directory.run / f"{program}.json")],
                env={**clean, **armed, **environment, "QF_RISK_TOKEN": self.token},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def start_all(self) -> None:
        for program in PROGRAMS:
            self.start(program)

    def kill(self, *programs: str) -> None:
        """SIGKILL to each, as close together as can be; they are gone when it returns."""
        for program in programs:
            self.living[program].kill()
        for program in programs:
            self.living.pop(program).wait()

    def died(self, program: str) -> bool:
        """Whether a program has been killed; a program that ended otherwise is a failure."""
        code = self.living[program].poll()
        if code is None:
            return False
        assert code == -signal.SIGKILL, f"{program} ended with {code}: {self.log(program)}"
        return True

    def end(self, program: str) -> None:
        """SIGTERM, and SIGKILL if that is not enough."""
        process = self.living.pop(program, None)
        if process is None or process.poll() is not None:
            return
        process.terminate()
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def stop(self) -> None:
        """Ends what lives, in an order in which a trader can end its session."""
        for program in reversed(PROGRAMS):
            self.end(program)

    def status(self, program: str = "trader") -> dict[str, Any]:
        """What the living process of a program last said; empty before it said anything."""
        path = self.directory.run / f"{program}.status.json"
        process = self.living.get(program)
        if process is None or not path.exists():
            return {}
        values: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return values if values.get("pid", process.pid) == process.pid else {}

    def is_ready(self, since_ns: int = 0) -> bool:
        """Nothing but the strategy itself keeps an order back, and the two sets of books agree.

        `since_ns`: as the trader says a mark's interval after that moment, for until then it may not have noticed. A
        program that ended by itself, as a trader does under a new market session, is started again.
        """
        self._mend()
        status = self.status()
        return (
            bool(status)
            and status["written_ns"] >= since_ns + MARK_NS
            and status["why_not_trading"] in TRADES
            and status["reconcile"] == "agree"
            and status["session"] == self.status("market_data").get("session")
        )

    def _mend(self) -> None:
        for program, process in list(self.living.items()):
            code = process.poll()
            if code is not None:
                assert program == "trader", f"{program} ended with {code}: {self.log(program)}"
                assert code == RESTART, f"{program} ended with {code}: {self.log(program)}"
                self.start(program)

    def log(self, program: str) -> str:
        """The end of what a program said."""
        return (self.directory.logs / f"{program}.log").read_text(encoding="utf-8", errors="replace")[-2000:]
