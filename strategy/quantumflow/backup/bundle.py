"""What a backup is: a directory of files and a manifest that names each with its SHA-256, and itself too."""

import hashlib
import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from quantumflow.errors import BackupRefused, JournalError
from quantumflow.journal.verify import check_journal

__all__ = [
    "ANCHOR",
    "BESIDE",
    "JOURNAL",
    "MANIFEST",
    "RISK_LOG",
    "TEXTS",
    "Contents",
    "Core",
    "check_bundle",
    "copy_file",
    "read_manifest",
    "sync_below",
    "sync_directory",
    "write_manifest",
]

FORMAT = 2
FORMATS_READ = (1, 2)
"""1 had no texts of strategies."""
MANIFEST = "manifest.json"
JOURNAL, ANCHOR, RISK_LOG = "journal.db", "journal.anchor", "core_risk.log"
BESIDE = ("exchange_sim.state.json", "kill", "verify/results.jsonl", "appliance.json")
"""What belongs to an account beside its books, where it is there. Tokens are not copied: they are drawn again."""
TEXTS = "strategies/kept"
"""Texts of users' strategies that run or ran: without them their bots fail and their sessions cannot be verified."""
_FOLDERS = ("verify", TEXTS)
MANIFEST_BYTES_MAX = 16_000_000
"""Room for 70,000 texts, each of which took a command."""
VERIFY_SECONDS_MAX = 3600.0
_BLOCK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Contents:
    """The manifest. `risk_head` is the hash of core_risk's last record; without a log there are none."""

    format: int
    made_ns: int
    build: str
    venue: str
    seq: int
    hash: str
    event_ns: int
    fills: int
    cash_e8: int
    risk_records: int
    risk_head: str
    files: Mapping[str, Mapping[str, Any]]


class Core:
    """The core_risk program, asked to decide a log again. `command` is how it is started."""

    def __init__(self, command: Sequence[str]) -> None:
        self._command = tuple(command)

    def decided_again(self, log: Path) -> dict[str, Any]:
        """`records` and `head` of a log every verdict of which is given again. Raises BackupRefused."""
        answer = subprocess.run(  # noqa: S603 (our own program)
            [*self._command, "--verify-log", str(log)],
            capture_output=True,
            text=True,
            timeout=VERIFY_SECONDS_MAX,
            check=False,
            stdin=subprocess.DEVNULL,
        )
        if answer.returncode != 0:
            raise BackupRefused("risk_log_damaged", f"{answer.stderr.strip()}; restore an earlier backup")
        values: dict[str, Any] = json.loads(answer.stdout)
        return values


def write_manifest(directory: Path, contents: Mapping[str, Any]) -> None:
    """Writes `contents` and what the directory's files are, under a hash of its own."""
    names = sorted(str(path.relative_to(directory)) for path in directory.rglob("*") if path.is_file())
    values = {**contents, "format": FORMAT, "files": {name: _facts(directory / name) for name in names}}
    path = directory / MANIFEST
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as sink:
        sink.write(json.dumps({**values, "sha256": _own_hash(values)}, indent=1) + "\n")
        sink.flush()
        os.fsync(sink.fileno())


def read_manifest(directory: Path) -> Contents:
    """Raises BackupRefused if there is none, or not this program's, or not as it was written."""
    path = directory / MANIFEST
    try:
        with path.open("rb") as source:
            values = json.loads(source.read(MANIFEST_BYTES_MAX))
        said = values.pop("sha256")
    except FileNotFoundError:
        detail = f"{directory} holds no {MANIFEST}; name a directory below <data-dir>/backups"
        raise BackupRefused("not_a_backup", detail) from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise BackupRefused("backup_damaged", f"{path} cannot be read ({error}); use another backup") from None
    if values.get("format") not in FORMATS_READ:
        known = ", ".join(map(str, FORMATS_READ))
        detail = f"{path} is of format {values.get('format')}, this build reads {known}: use the build that made it"
        raise BackupRefused("other_backup_format", detail)
    if said != _own_hash(values):
        raise BackupRefused("backup_damaged", f"{path} is not what was written; use another backup")
    return Contents(**values)


def check_bundle(directory: Path, core: Core) -> Contents:
    """The test that a backup must pass to be kept, and again to be restored: nothing is written.

    Every file is what the manifest says, every event of the journal fits (chain, anchor, totals), core_risk decides its
    log again, and the log knows no fill that the journal does not. Raises BackupRefused or JournalRefused by name.
    """
    contents = read_manifest(directory)
    for name, facts in contents.files.items():
        _check_file(directory, name, facts)
    try:
        standing = check_journal(directory / JOURNAL, directory / ANCHOR).standing
    except JournalError as error:
        raise BackupRefused("backup_damaged", f"{error.name}: {error.detail}") from error
    found = (standing.head.seq, standing.head.hash.hex(), standing.totals.fills, standing.totals.cash_e8)
    if found != (contents.seq, contents.hash, contents.fills, contents.cash_e8):
        raise BackupRefused("backup_damaged", f"{directory}: its journal ends elsewhere; use another backup")
    if contents.risk_records > 0:
        again = core.decided_again(directory / RISK_LOG)
        if (again["records"], again["head"]) != (contents.risk_records, contents.risk_head):
            raise BackupRefused("backup_damaged", f"{directory}: core_risk's log ends elsewhere; use another backup")
        if again["fills"] > contents.fills:
            raise BackupRefused("backup_damaged", f"{directory}: core_risk knows fills that the journal does not")
    return contents


def copy_file(source: Path, target: Path, size: int | None = None) -> None:
    """Copies the first `size` bytes, or all; 0600, and on disk when it returns."""
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    left = source.stat().st_size if size is None else size
    with source.open("rb") as reader, os.fdopen(descriptor, "wb") as sink:
        while left > 0 and (block := reader.read(min(left, _BLOCK_BYTES))):
            sink.write(block)
            left -= len(block)
        sink.flush()
        os.fsync(sink.fileno())


def sync_directory(path: Path) -> None:
    """Names made in it and names taken from it are on disk when this returns."""
    directory = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def sync_below(path: Path) -> None:
    """The same for it and every directory below it."""
    for folder in (*(entry for entry in path.rglob("*") if entry.is_dir()), path):
        sync_directory(folder)


def _facts(path: Path) -> dict[str, Any]:
    with path.open("rb") as source:
        digest = hashlib.file_digest(source, "sha256").hexdigest()
    return {"bytes": path.stat().st_size, "sha256": digest}


def _check_file(directory: Path, name: str, facts: Mapping[str, Any]) -> None:
    path = directory / name
    if path.resolve().parent not in (directory.resolve(), *(directory.resolve() / part for part in _FOLDERS)):
        raise BackupRefused("backup_damaged", f"{directory}: {name} lies outside of it; use another backup")
    try:
        found = _facts(path)
    except OSError as error:
        raise BackupRefused("backup_damaged", f"{path}: {error.strerror}; use another backup") from None
    if found != facts:
        raise BackupRefused("backup_damaged", f"{path} is not what was written; use another backup")


def _own_hash(values: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(values, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
