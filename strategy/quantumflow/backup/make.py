"""A backup of a running or a stopped appliance. Nothing of it is stopped, written or locked but `backups/` itself.

    copy of the journal by a reader → its anchor → core_risk's log as far as the copy knows it → manifest
    → the whole check of what was written → renamed into its place → only now are older ones given up

The journal keeps its one writer: the copy is VACUUM INTO on a connection that cannot write and makes no checkpoint.
"""

import fcntl
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import apsw

from quantumflow.appliance.data_dir import DataDir
from quantumflow.backup.bundle import (
    ANCHOR,
    BESIDE,
    JOURNAL,
    RISK_LOG,
    TEXTS,
    Contents,
    Core,
    check_bundle,
    copy_file,
    sync_below,
    sync_directory,
    write_manifest,
)
from quantumflow.backup.keep import DAILY_KEPT, HOURLY_KEPT, moment_of, name_of, surplus
from quantumflow.backup.risk_log import RiskLogPart, part_for
from quantumflow.build import build_id
from quantumflow.crash_points import reach
from quantumflow.errors import BackupRefused
from quantumflow.journal.anchor import Anchor, AnchorFile
from quantumflow.journal.schema import connect_reader, sqlite_gate

__all__ = ["Backup", "Told", "backups_of", "make_backup"]

Told = Callable[[str], None]
"""Is told what is being done."""

ROOM_BYTES = 64_000_000
"""Must stay free beside a backup: a full disk ends trading."""
_UNFINISHED = ".part"


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup that was made and passed its test."""

    path: Path
    contents: Contents
    size: int
    seconds: float
    kept: int
    removed: tuple[str, ...]


def backups_of(folder: Path) -> list[str]:
    """The names of the finished backups in a folder, oldest first."""
    if not folder.is_dir():
        return []
    return sorted(entry.name for entry in folder.iterdir() if moment_of(entry.name) is not None)


def make_backup(
    directory: DataDir,
    folder: Path,
    core: Core,
    now: datetime,
    told: Told,
    hourly: int = HOURLY_KEPT,
    daily: int = DAILY_KEPT,
) -> Backup:
    """Makes one in `folder` and gives up what need not be kept. Raises BackupRefused, JournalRefused or by name."""
    began = time.monotonic()
    venue = directory.venue()
    if venue is None or not directory.journal.exists():
        raise BackupRefused("no_journal", f"{directory.root} holds no account yet; start with `quantumflow up`")
    with _claimed(folder):
        name = name_of(now.astimezone(UTC))
        target, part = folder / name, folder / (name + _UNFINISHED)
        if target.exists():
            raise BackupRefused("backup_exists", f"{target} was made this very second; try again")
        _require_room(directory, folder)
        part.mkdir(mode=0o700)
        try:
            _write(directory, part, venue, now, told)
            told("checking what was written")
            contents = check_bundle(part, core)
        except BaseException:  # an interrupt too: half a backup is none
            shutil.rmtree(part)
            raise
        reach("backup.before_rename")
        part.rename(target)
        sync_directory(folder)
        reach("backup.after_rename")
        removed = _prune(folder, hourly, daily)
    size = sum(path.stat().st_size for path in target.rglob("*") if path.is_file())
    return Backup(target, contents, size, time.monotonic() - began, len(backups_of(folder)), removed)


@contextmanager
def _claimed(folder: Path) -> Iterator[None]:
    """One backup at a time; what an interrupted one left is removed."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BackupRefused("backup_running", f"another backup is being made in {folder}: wait for it") from None
        for entry in folder.iterdir():
            if entry.name.endswith(_UNFINISHED) and moment_of(entry.name.removesuffix(_UNFINISHED)) is not None:
                shutil.rmtree(entry)
        yield
    finally:
        os.close(lock)


def _require_room(directory: DataDir, folder: Path) -> None:
    sources = (directory.journal, directory.root / "journal.db-wal", directory.risk_log, *_texts(directory))
    needed = sum(path.stat().st_size for path in sources if path.exists()) + ROOM_BYTES
    free = shutil.disk_usage(folder).free
    if free < needed:
        detail = f"{folder} has {free // 1_000_000} MB free, a backup needs {needed // 1_000_000}: free the disk"
        raise BackupRefused("backup_no_room", detail)


def _write(directory: DataDir, part: Path, venue: str, now: datetime, told: Told) -> None:
    told("copying the journal")
    account = _copy_journal(directory.journal, part / JOURNAL)
    with closing(AnchorFile(part / ANCHOR)) as anchor:
        anchor.write(Anchor(account["seq"], bytes.fromhex(account["hash"])))
    reach("backup.after_journal")
    told("copying core_risk's log")
    risk = RiskLogPart(0, 0, "", 0)
    if directory.risk_log.exists():
        risk = part_for(directory.risk_log, account.pop("orders"), account["fills"])
        copy_file(directory.risk_log, part / RISK_LOG, risk.size)
    account.pop("orders", None)
    reach("backup.after_log")
    for name in BESIDE:
        if (directory.root / name).is_file():
            copy_file(directory.root / name, part / name)
    for text in _texts(directory):
        copy_file(text, part / TEXTS / text.name)
    made_ns = int(now.timestamp() * 1_000_000_000)
    write_manifest(
        part,
        {
            "made_ns": made_ns,
            "build": build_id(),
            "venue": venue,
            **account,
            "risk_records": risk.records,
            "risk_head": risk.head,
        },
    )
    sync_below(part)


def _texts(directory: DataDir) -> list[Path]:
    """Of users' strategies. They are kept before the journal names them, so a copy made after the journal's has all."""
    return sorted(path for path in directory.strategies_kept.glob("*.py") if path.is_file())


def _copy_journal(source: Path, target: Path) -> dict[str, Any]:
    """Copies the journal as of one commit; its end and its account."""
    sqlite_gate()
    try:
        with closing(connect_reader(source)) as connection:
            connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
            connection.execute("PRAGMA query_only = OFF")  # it would forbid VACUUM INTO; the file is open read-only
            connection.execute("VACUUM INTO ?", (str(target),))
        os.chmod(target, 0o600)  # noqa: PTH101 (of a file that SQLite made)
        with target.open("rb") as copy:
            os.fsync(copy.fileno())
        with closing(connect_reader(target)) as connection:
            account = connection.execute("SELECT cash_e8, orders, fills FROM account").fetchall()
            head = connection.execute(
                "SELECT seq, lower(hex(hash)), event_ns FROM events ORDER BY seq DESC LIMIT 1"
            ).fetchall()
    except apsw.Error as error:
        raise BackupRefused("journal_not_copied", f"{source}: {error}; see `quantumflow doctor --deep`") from error
    if not head:
        raise BackupRefused("no_journal", f"{source} holds no event yet; there is nothing to copy")
    ((cash_e8, orders, fills),), ((seq, head_hash, event_ns),) = account, head
    return {
        "seq": seq,
        "hash": str(head_hash),
        "event_ns": event_ns,
        "cash_e8": cash_e8,
        "orders": orders,
        "fills": fills,
    }


def _prune(folder: Path, hourly: int, daily: int) -> tuple[str, ...]:
    """Renamed first: what is half removed must not look like a backup."""
    gone = tuple(surplus(backups_of(folder), hourly, daily))
    for name in gone:
        leaving = folder / (name + _UNFINISHED)
        (folder / name).rename(leaving)
        reach("backup.during_prune")
        shutil.rmtree(leaving)
    return gone
