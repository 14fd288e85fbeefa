"""What upkeep looks at: status files, the disk, the journal's files, core_risk's answer, the last verification."""

import json
import os
import time
from pathlib import Path
from typing import Any, NamedTuple

from quantumflow.appliance.status_files import StatusFile, read_status
from quantumflow.journal.expectation_file import FILE_NAME, read_expectation
from quantumflow.journal.expectations import Live
from quantumflow.unix_http import HttpBroken, UnixHttp
from quantumflow.upkeep.processes import Processes, siblings
from quantumflow.upkeep.settings import UpkeepSettings

__all__ = ["Readings", "last_result", "take_readings"]

RISK_SECONDS_MAX = 1.0
RESULTS_TAIL_BYTES = 65_536
"""The end of results.jsonl that is read: room for the last line and more."""


class Readings(NamedTuple):
    """One look at everything. Figures are None where they could not be read."""

    trader: StatusFile
    market_data: StatusFile
    processes: Processes
    risk_answers: bool
    disk_free_bytes: int | None
    inodes_free: int | None
    wal_bytes: int
    verified: dict[str, Any] | None
    """The newest line of verify/results.jsonl."""
    live: tuple[Live, ...] = ()
    """Live results against expectations, as the job `drift` last found them."""


def take_readings(settings: UpkeepSettings, now_ns: int) -> Readings:
    """Bounded in time: one question to core_risk, the rest are small files."""
    run, data = Path(settings.run_dir), Path(settings.data_dir)
    free, inodes = _disk(data)
    return Readings(
        trader=read_status(run / "trader.status.json", now_ns),
        market_data=read_status(run / "market_data.status.json", now_ns),
        processes=siblings(),
        risk_answers=_risk_answers(run / "risk.sock"),
        disk_free_bytes=free,
        inodes_free=inodes,
        wal_bytes=_size(data / "journal.db-wal"),
        verified=last_result(data / "verify" / "results.jsonl"),
        live=_live(data / FILE_NAME) if "drift" in settings.jobs else (),
    )


def _live(file: Path) -> tuple[Live, ...]:
    found = read_expectation(file)
    return () if found is None else found.live


def _disk(path: Path) -> tuple[int | None, int | None]:
    """Bytes and inodes that this user may still take. A file system that counts no inodes has none to run out of."""
    try:
        found = os.statvfs(path)
    except OSError:
        return None, None
    return found.f_bavail * found.f_frsize, found.f_favail if found.f_files else None


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _risk_answers(socket: Path) -> bool:
    """`/healthz` needs no token."""
    connection = UnixHttp(socket, (), time.monotonic)
    try:
        return connection.request("GET", "/healthz", b"", RISK_SECONDS_MAX).status == 200
    except (OSError, HttpBroken):
        return False
    finally:
        connection.close()


def last_result(path: Path) -> dict[str, Any] | None:
    """The newest whole line; a torn one is not there yet."""
    try:
        with path.open("rb") as source:
            source.seek(max(0, source.seek(0, os.SEEK_END) - RESULTS_TAIL_BYTES))
            lines = source.read().rpartition(b"\n")[0].splitlines()
        found = json.loads(lines[-1]) if lines else None
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None
