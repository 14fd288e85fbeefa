"""The runs below <data-dir>/recordings: found by their name, read and carried by market_data's own code."""

import json
import re
import shutil
import subprocess
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from quantumflow.appliance.captures import MANIFEST
from quantumflow.appliance.programs import find_programs
from quantumflow.errors import ApplianceRefused
from quantumflow.imports import import_capture

__all__ = ["export_run", "find_run", "import_run", "list_runs", "run_info", "utc_text"]

_EXPORT_MAGIC = b"qfexport"
_SEGMENT = re.compile(r"[0-9]{8}\.seg")


def list_runs(recordings: Path) -> list[dict[str, Any]]:
    """One a run, oldest first, from its manifest and index alone; one that cannot be read says so in `damage`."""
    return [_listed(path.parent) for path in sorted(recordings.glob(f"*/{MANIFEST}"))]


def find_run(recordings: Path, name: str | None) -> Path:
    """The run of that name, market session or path; None: the newest. Raises ApplianceRefused."""
    runs = list_runs(recordings)
    if name is None:
        if not runs:
            raise ApplianceRefused("no_such_recording", f"{recordings} holds no recording yet")
        return recordings / str(runs[-1]["run"])
    if (Path(name) / MANIFEST).is_file():
        return Path(name)
    for run in runs:
        if name in (run["run"], run["session"]):
            return recordings / str(run["run"])
    raise ApplianceRefused("no_such_recording", f"{name!r} is no recording below {recordings}; `record ls` lists them")


def run_info(run: Path) -> dict[str, Any]:
    """Everything that a run holds, each segment checked."""
    return _ask("info", str(run))


def export_run(run: Path, target: Path, span: tuple[int | None, int | None], symbol: str | None) -> dict[str, Any]:
    """Writes one file: all of the run or a span of receive times, or one symbol's lines of it."""
    if target.exists():
        raise ApplianceRefused("export_exists", f"{target} is there already: name another file")
    flags = [f"--{name}={ns}" for name, ns in zip(("from", "to"), span, strict=True) if ns is not None]
    if symbol is not None:
        flags.append(f"--text={symbol}")
    try:
        return _ask("export", *flags, str(run), str(target))
    except ApplianceRefused:
        target.unlink(missing_ok=True)
        raise


def import_run(file: Path, directory: Path, progress: Callable[[int], None]) -> dict[str, Any]:
    """An exported file becomes a recording below `directory`; a capture is checked line by line and copied there."""
    try:
        with file.open("rb") as opened:
            exported = opened.read(len(_EXPORT_MAGIC)) == _EXPORT_MAGIC
    except IsADirectoryError:
        exported = False
    except OSError as error:
        raise ApplianceRefused("import_unreadable", f"{file}: {error.strerror}") from None
    if not exported:
        target, report = import_capture(file, directory, progress)
        return {"imported": str(target), "report": None if report is None else report.as_json()}
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    target = directory / file.name.removesuffix(file.suffix)
    if target.exists():
        detail = f"{target} is there already: move it away, or import under another file name"
        raise ApplianceRefused("import_exists", detail)
    try:
        return _ask("import", str(file), str(target))
    except ApplianceRefused:
        shutil.rmtree(target.with_suffix(".new"), ignore_errors=True)
        raise


def _listed(run: Path) -> dict[str, Any]:
    said: dict[str, Any] = {"run": run.name, "session": None, "damage": None}
    segments = [path for path in run.iterdir() if _SEGMENT.fullmatch(path.name)]
    said["bytes"] = sum(path.stat().st_size for path in segments)
    try:
        manifest = json.loads((run / MANIFEST).read_text(encoding="utf-8"))
        said |= {name: manifest[name] for name in ("session", "venue", "simulated", "format", "build", "started_ns")}
        said["symbols"] = [instrument["symbol"] for instrument in manifest["instruments"]]
        index = run / "index.json"
        entries = json.loads(index.read_text(encoding="utf-8"))["segments"] if index.exists() else []
        indexed = {entry["number"] for entry in entries}
        said["complete"] = bool(segments) and all(int(path.name[:8]) in indexed for path in segments)
        said["pruned"] = bool(segments) and min(int(path.name[:8]) for path in segments) > 1
        said["first_ns"] = min((entry["first_ns"] for entry in entries), default=said["started_ns"])
        newest = max((path.stat().st_mtime_ns for path in segments), default=0)
        said["last_ns"] = max(entry["last_ns"] for entry in entries) if said["complete"] else newest
    except (OSError, ValueError, KeyError, TypeError) as error:
        said["damage"] = f"{MANIFEST} or index.json cannot be read: {error}"
    return said


def _ask(*arguments: str) -> dict[str, Any]:
    """market_data's answer. What it refuses is refused here in its words."""
    done = _run([*find_programs().command("market_data"), "recording", *arguments])
    if done.returncode != 0:
        said = done.stderr.strip().removeprefix("market_data: ")
        raise ApplianceRefused("recording_refused", said or f"market_data ended with {done.returncode}")
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def _run(command: Sequence[str]) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)  # noqa: S603 (our program)


def utc_text(utc_ns: int) -> str:
    """To the second, for people."""
    return datetime.fromtimestamp(utc_ns / 1e9, UTC).strftime("%Y-%m-%d %H:%M:%S")
