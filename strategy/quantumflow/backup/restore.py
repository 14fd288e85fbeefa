"""A data directory from a backup: checked whole first, then copied, and marked as an account last of all.

What is begun and not finished is no account: `up` refuses a journal without its mark, and a second restore a directory
that is not empty.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from quantumflow.appliance.data_dir import DataDir
from quantumflow.backup.bundle import ANCHOR, JOURNAL, Contents, Core, check_bundle, copy_file, sync_directory
from quantumflow.backup.make import Told
from quantumflow.crash_points import reach
from quantumflow.errors import BackupRefused
from quantumflow.journal.anchor import Anchor, read_anchor

__all__ = ["Restored", "restore_backup"]

_MAY_BE_THERE = {"lock", "lost+found", "backups"}


@dataclass(frozen=True, slots=True)
class Restored:
    """What the directory holds now. `missing` counts the events after the backup; None: no anchor tells."""

    contents: Contents
    missing: int | None


def restore_backup(backup: Path, root: Path, core: Core, told: Told, anchor: Path | None = None) -> Restored:
    """Makes `root` the account of `backup`. `anchor` is that of the lost journal, by default the one beside backups/.

    Raises BackupRefused by name, before anything is written.
    """
    told("checking the backup")
    contents = check_bundle(backup, core)
    last = _last_anchor(backup, anchor)
    with _claimed(DataDir(root)):
        told("copying it")
        mark = DataDir(root).mark.name
        for name in sorted(contents.files, key=lambda name: (name != JOURNAL, name == mark)):
            if name == mark:
                reach("restore.before_mark")
            copy_file(backup / name, root / name)
            if name == JOURNAL:
                reach("restore.after_journal")
        made = {folder for name in contents.files for folder in (root / name).parents if folder.is_relative_to(root)}
        for folder in sorted(made, reverse=True):
            sync_directory(folder)
    return Restored(contents, None if last is None else max(0, last.seq - contents.seq))


def _last_anchor(backup: Path, named: Path | None) -> Anchor | None:
    """Where the lost journal ended, as far as anybody knows."""
    if named is not None and not named.is_file():
        raise BackupRefused("no_anchor", f"{named} is no file; name the journal.anchor of the lost directory")
    beside = backup.resolve().parent.parent / ANCHOR
    return read_anchor(named or beside)


@contextmanager
def _claimed(directory: DataDir) -> Iterator[None]:
    """Held as an appliance holds it, and empty."""
    root = directory.root
    try:
        root.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = os.open(root / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise BackupRefused("data_dir_unusable", f"{root}: {error.strerror}; name one of yours") from None
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BackupRefused("data_dir_in_use", f"an appliance runs on {root}: name another directory") from None
        there = sorted(entry.name for entry in root.iterdir() if entry.name not in _MAY_BE_THERE)
        if there:
            detail = f"{root} holds {', '.join(there[:5])}: name an empty directory, or move what is there aside"
            raise BackupRefused("data_dir_not_empty", detail)
        yield
    finally:
        os.close(lock)
