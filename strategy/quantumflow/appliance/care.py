"""The documents of the programs that look after an appliance. Pure, like resolve.py, which calls this."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from quantumflow.appliance.data_dir import DataDir
from quantumflow.config import Config
from quantumflow.config.care import NEVER

__all__ = ["telegram_document", "upkeep_document"]


def upkeep_document(
    config: Config, directory: DataDir, simulated: bool, programs: Iterable[str], cli: tuple[str, ...]
) -> dict[str, Any]:
    """`programs` must run beside it; `cli` starts the command line."""
    own = config.upkeep
    return {
        "data_dir": str(directory.root.absolute()),
        "run_dir": str(directory.run.resolve()),
        "simulated": simulated,
        "programs": sorted(programs),
        "program": list(cli),
        "jobs": _jobs(config, str(directory.root.absolute())),
        "job_seconds_max": own.job_seconds_max,
        "job_attempts_max": own.job_attempts_max,
        "job_retry_seconds": own.job_retry_seconds,
        "outputs_kept": own.outputs_kept,
        "thresholds": {name: getattr(config.alarms, name) for name in _THRESHOLDS},
        "heartbeat_url": own.heartbeat_url,
        "heartbeat_seconds": own.heartbeat_seconds,
        "log_level": config.log.level,
    }


_THRESHOLDS = (
    "no_live_book_seconds",
    "silent_seconds",
    "journal_still_seconds",
    "disk_free_bytes_min",
    "inodes_free_min",
    "wal_bytes_max",
    "clock_jump_ms",
)


def _jobs(config: Config, data_dir: str) -> dict[str, dict[str, Any]]:
    """Commands of the CLI by the name of their job, without those that are never due."""
    own, alarms = config.upkeep, config.alarms
    at = {
        "backup": (own.backup_at, alarms.backup_missing_seconds, ["backup"]),
        "verify": (own.verify_at, alarms.verify_missing_seconds, ["verify", "--nightly"]),
        "report": (own.report_at, alarms.report_missing_seconds, ["report", "--daily"]),
    }
    if any(bot.expected for bot in config.bots.values()):  # else nothing is expected of anybody
        at["drift"] = (own.drift_at, alarms.drift_missing_seconds, ["bot", "expectation", "--keep"])
    return {
        name: {
            "command": [*command, "--data-dir", data_dir, "--json"],
            "at": when,
            "missing_after_seconds": missing,
        }
        for name, (when, missing, command) in at.items()
        if when != NEVER
    }


def telegram_document(config: Config, directory: DataDir, venue: str, simulated: bool) -> dict[str, Any]:
    """Without the token, which no file holds but its own."""
    own = config.telegram
    token_file = None if own.token_file is None else str(Path(own.token_file).absolute())
    return {
        "data_dir": str(directory.root.absolute()),
        "run_dir": str(directory.run.resolve()),
        "venue": venue,
        "simulated": simulated,
        "token_file": token_file,
        "chats": list(own.chats),
        "users": list(own.users),
        "base_url": own.base_url,
        "coalesce_ms": own.coalesce_ms,
        "log_level": config.log.level,
    }
