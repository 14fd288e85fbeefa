"""The documents of the programs that look after an appliance. Pure, like resolve.py, which calls this."""

from collections.abc import Iterable
from typing import Any

from quantumflow.appliance.data_dir import DataDir
from quantumflow.config import Config

__all__ = ["upkeep_document"]


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
        "jobs": {},
        "job_seconds_max": own.job_seconds_max,
        "job_attempts_max": own.job_attempts_max,
        "job_retry_seconds": own.job_retry_seconds,
        "outputs_kept": own.outputs_kept,
        "reports_kept": own.reports_kept,
        "thresholds": config.alarms.model_dump(),
        "heartbeat_url": own.heartbeat_url,
        "heartbeat_seconds": own.heartbeat_seconds,
        "log_level": config.log.level,
    }
