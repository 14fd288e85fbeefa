"""`quantumflow up` as a user runs it: supervisord below it, the programs below that; any of them may be killed."""

import json
import os
import signal
import subprocess
import sys
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

from crash.house import LOOSE, MARK_NS, PROGRAMS, TRADES, busy_config, within
from end_to_end.appliance import ROOT, free_ports
from quantumflow.appliance.data_dir import DataDir

__all__ = ["KEEPERS", "Upright"]

KEEPERS = ("up", "supervisord")
"""Who watches over the programs; if one of them is gone, all end."""
END_SECONDS_MAX = 120.0
SEGMENT_BYTES = "65536"
"""So that a life of seconds has finished segments and an index."""


class Upright:
    """One data directory, and the appliance that runs on it now, if one does."""

    def __init__(self, root: Path, exits: ExitStack) -> None:
        self.directory = DataDir(root)
        self._said = root.with_name(root.name + ".said")
        self._settings = {**free_ports(), **LOOSE, "QF_MARKET_DATA__RECORD_SEGMENT_BYTES": SEGMENT_BYTES}
        self._config = busy_config(root.parent)
        self.process: subprocess.Popen[bytes] | None = None
        exits.callback(self.stop)

    def start(self) -> None:
        clean = {name: value for name, value in os.environ.items() if not name.startswith("QF_")}
        command = [sys.executable, "-m", "quantumflow.cli", "up", "--venue", "sim"]
        with self._said.open("wb") as said:
            self.process = subprocess.Popen(
                [*command, "--data-dir", str(self.directory.root), "--config", str(self._config)],
                env={**clean, **self._settings},
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
            )

    def kill(self, *names: str) -> None:
        """SIGKILL to each, as close together as can be."""
        for pid in [pid for name in names if (pid := self.pid(name)) is not None]:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def pid(self, name: str) -> int | None:
        """Of `up`, supervisord, or a program; None if it does not run."""
        if name == "up":
            return self.process.pid if self.process is not None and self.process.poll() is None else None
        return self._pids().get(name)

    def wait_gone(self) -> float:
        """Until nothing of the appliance lives any more; the seconds that took."""
        assert self.process is not None
        process = self.process
        return within(END_SECONDS_MAX, "nothing is left", lambda: process.poll() is not None and not self._pids())

    def stop(self) -> None:
        """Ctrl-C; what does not end is killed."""
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(timeout=END_SECONDS_MAX)
        self.kill(*KEEPERS, *PROGRAMS)
        self.process.wait()

    def said(self) -> str:
        """What `up` told so far, and the ends of the programs' logs."""
        parts = [self._said.read_text(encoding="utf-8", errors="replace")]
        for log in sorted(self.directory.logs.glob("*.log")) if self.directory.logs.exists() else ():
            parts.append(log.read_text(encoding="utf-8", errors="replace")[-2000:])
        return "\n".join(parts)

    def status(self, program: str = "trader") -> dict[str, Any]:
        """What a living program last said of itself; empty before it did."""
        try:
            values = json.loads((self.directory.run / f"{program}.status.json").read_bytes())
        except (OSError, ValueError):
            return {}
        return values if isinstance(values, dict) and values.get("pid") == self.pid(program) else {}

    def is_ready(self, since_ns: int = 0) -> bool:
        """Nothing but the strategy itself keeps an order back, and both books agree, as told after that moment."""
        status = self.status()
        return (
            bool(status)
            and status["written_ns"] >= since_ns + MARK_NS
            and status["why_not_trading"] in TRADES
            and status["reconcile"] == "agree"
            and status["session"] == self.status("market_data").get("session")
        )

    def risk_token(self) -> str | None:
        """What core_risk's clients must show: made anew by each `up`, told by the environment alone."""
        pid = self.pid("core_risk")
        if pid is None:
            return None
        with suppress(OSError):
            for line in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0"):
                if line.startswith(b"QF_RISK_TOKEN="):
                    return line.partition(b"=")[2].decode()
        return None

    def _pids(self) -> dict[str, int]:
        """Of supervisord and the programs that run on this directory, found by what they were started with."""
        run = str(self.directory.run.resolve())
        wanted = {f"{run}/{name}.json": name for name in (*PROGRAMS, "web", "upkeep")}
        wanted |= {str(self.directory.run / f"{name}.json"): name for name in (*PROGRAMS, "web", "upkeep")}
        found = {}
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            try:
                arguments = (entry / "cmdline").read_bytes().decode(errors="replace").split("\0")
                ours = (
                    "supervisor.supervisord" in arguments
                    and f"APPLIANCE_RUN={run}\0".encode() in (entry / "environ").read_bytes()
                )
            except OSError:
                continue
            name = next((wanted[argument] for argument in arguments if argument in wanted), None)
            if name is not None or ours:
                found[name or "supervisord"] = int(entry.name)
        return found
