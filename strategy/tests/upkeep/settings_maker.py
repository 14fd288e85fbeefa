"""run/upkeep.json for a test."""

import sys
from pathlib import Path
from typing import Any

__all__ = ["settings_document"]

THRESHOLDS = {
    "no_live_book_seconds": 300,
    "silent_seconds": 60,
    "journal_still_seconds": 900,
    "disk_free_bytes_min": 100_000_000,
    "inodes_free_min": 1_000,
    "wal_bytes_max": 64_000_000,
    "clock_jump_ms": 2_000,
}


def settings_document(data_dir: Path, jobs: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """`changes` may name thresholds too. A job's command is Python code."""
    document: dict[str, Any] = {
        "data_dir": str(data_dir),
        "run_dir": str(data_dir / "run"),
        "simulated": True,
        "programs": ["trader"],
        "program": [sys.executable],
        "jobs": jobs,
        "job_seconds_max": 60,
        "job_attempts_max": 3,
        "job_retry_seconds": 1,
        "outputs_kept": 5,
        "thresholds": {name: changes.pop(name, value) for name, value in THRESHOLDS.items()},
        "heartbeat_url": None,
        "heartbeat_seconds": 3600,
        "log_level": "info",
    }
    return {**document, **changes}
