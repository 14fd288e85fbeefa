"""What came of verifying: one JSON line a session and run, appended to <data-dir>/verify/results.jsonl."""

import json
import os
from pathlib import Path
from typing import Any

__all__ = ["RESULTS_FILE", "append_result", "settled_sessions"]

RESULTS_FILE = "results.jsonl"
LINE_BYTES_MAX = 1_048_576


def append_result(directory: Path, result: dict[str, Any]) -> Path:
    """Appends one line whole; two runs at one time do not mix theirs."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = directory / RESULTS_FILE
    line = json.dumps(result, ensure_ascii=False, separators=(",", ":")) + "\n"
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        os.write(descriptor, line.encode())
    finally:
        os.close(descriptor)
    return path


def settled_sessions(directory: Path) -> set[int]:
    """Sessions that were verified after their end, whatever came of it."""
    path = directory / RESULTS_FILE
    if not path.exists():
        return set()
    settled = set()
    with path.open("rb") as lines:
        for line in lines:
            try:
                result = json.loads(line)
                if not result["running"]:
                    settled.add(int(result["session"]))
            except (ValueError, KeyError, TypeError):
                continue  # a line that a crash cut short
    return settled
