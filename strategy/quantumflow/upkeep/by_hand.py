"""A job that somebody runs by hand: the same child as the program's, behind the same lock; no period is settled."""

import time
from datetime import UTC, datetime
from pathlib import Path

from quantumflow.errors import ApplianceRefused
from quantumflow.upkeep.child import Child, JobLock
from quantumflow.upkeep.jobs import Ended
from quantumflow.upkeep.settings import UpkeepSettings

__all__ = ["run_by_hand"]

POLL_SECONDS = 0.1


def run_by_hand(settings: UpkeepSettings, job: str) -> Ended:
    """Returns when it has ended. Raises ApplianceRefused while another job runs; Ctrl-C ends the job."""
    folder = Path(settings.data_dir) / "upkeep"
    (folder / "output").mkdir(parents=True, exist_ok=True, mode=0o700)
    lock = JobLock(folder / "job.lock")
    try:
        if not lock.taken():
            raise ApplianceRefused(
                "job_running", "another job runs: `quantumflow upkeep status` says which; wait for it"
            )
        output = folder / "output" / f"{job}-by-hand-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.log"
        command = (*settings.program, *settings.jobs[job].command)
        with Child(command, output, settings.job_seconds_max) as child:
            while (ended := child.poll()) is None:
                time.sleep(POLL_SECONDS)
        return ended
    finally:
        lock.close()
