"""The data directory: one appliance, one venue, everything below it where ARCHITECTURE.md says."""

import fcntl
import json
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from quantumflow.commands.kill_file import KILL_FILE
from quantumflow.errors import ApplianceRefused

__all__ = ["CONTROL_SOCKET", "DataDir", "claim", "default_data_dir", "find_data_dir", "make_token"]

SOCKET_PATH_BYTES_MAX = 100
"""A Unix socket's path has room for 107; a longer run directory goes to the system's temporary directory."""
CONTROL_SOCKET = "control.sock"
_LONGEST_SOCKET = CONTROL_SOCKET
_MARK = "appliance.json"
_KEPT = {"lock", "earlier", "imports", "strategies", KILL_FILE}


@dataclass(frozen=True, slots=True)
class DataDir:
    """Paths below one data directory. Making one touches nothing."""

    root: Path

    @property
    def journal(self) -> Path:
        return self.root / "journal.db"

    @property
    def anchor(self) -> Path:
        return self.root / "journal.anchor"

    @property
    def risk_log(self) -> Path:
        return self.root / "core_risk.log"

    @property
    def recordings(self) -> Path:
        return self.root / "recordings"

    @property
    def verified(self) -> Path:
        """What came of verifying sessions."""
        return self.root / "verify"

    @property
    def imports(self) -> Path:
        return self.root / "imports"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    @property
    def web_token(self) -> Path:
        return self.root / "web_token"

    @property
    def control_token(self) -> Path:
        return self.root / "control_token"

    @property
    def kill_file(self) -> Path:
        """While it is there nothing trades."""
        return self.root / KILL_FILE

    @property
    def strategies(self) -> Path:
        """Files of strategies that users wrote, one each."""
        return self.root / "strategies"

    @property
    def strategies_kept(self) -> Path:
        """The texts of those that run or ran, by digest."""
        return self.strategies / "kept"

    @property
    def control_socket(self) -> Path:
        """Where the running trader takes commands."""
        return self.run / CONTROL_SOCKET

    @property
    def run(self) -> Path:
        """Sockets, resolved configuration, status files; a link if its own path is too long for a socket."""
        return self.root / "run"

    @property
    def mark(self) -> Path:
        """Which venue's account this is and when the last run began."""
        return self.root / _MARK

    def venue(self) -> str | None:
        """The venue whose account lies here; None if nothing does yet."""
        try:
            text = json.loads(self.mark.read_text(encoding="utf-8"))["venue"]
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError) as error:
            detail = f"{self.mark} cannot be read ({error}): restore it, or name another directory with --data-dir"
            raise ApplianceRefused("data_dir_unreadable", detail) from None
        return str(text)


def default_data_dir(venue: str) -> Path:
    """Where a venue's account lies if no --data-dir is given."""
    return Path("data") / venue


def find_data_dir(named: Path | None) -> DataDir:
    """The directory a question is about: the named one, else the one under ./data that ran last."""
    if named is not None:
        if not named.is_dir():
            raise ApplianceRefused("no_data_dir", f"{named} is not a directory; see `ls data`, or start with `up`")
        return DataDir(named)
    marks = sorted(Path("data").glob(f"*/{_MARK}"), key=lambda mark: mark.stat().st_mtime_ns)
    if not marks:
        raise ApplianceRefused("no_data_dir", "nothing ran here yet: start with `quantumflow up`, or name --data-dir")
    return DataDir(marks[-1].parent)


@contextmanager
def claim(root: Path, venue: str, now: datetime) -> Iterator[tuple[DataDir, int]]:
    """Holds the directory for one run: locked, of this venue, with a run directory that sockets fit in.

    Yields it with the lock's descriptor, which supervisord keeps open too: while any part of an appliance lives, the
    directory is taken. Raises ApplianceRefused by name.
    """
    directory = DataDir(root)
    try:
        root.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = os.open(root / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        detail = f"{root}: {error.strerror}; name a directory of yours with --data-dir"
        raise ApplianceRefused("data_dir_unusable", detail) from None
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            detail = f"another appliance runs on {root}: stop it, or name another directory with --data-dir"
            raise ApplianceRefused("data_dir_in_use", detail) from None
        try:
            _settle(directory, venue, now)
        except OSError as error:
            detail = f"{error.filename or root}: {error.strerror}; make room there, or name another with --data-dir"
            raise ApplianceRefused("data_dir_unusable", detail) from None
        yield directory, lock
    finally:
        os.close(lock)


def _settle(directory: DataDir, venue: str, now: datetime) -> None:
    there = directory.venue()
    if there is None and directory.journal.exists():
        detail = f"{directory.root} holds a journal but no {_MARK}: name another directory with --data-dir"
        raise ApplianceRefused("data_dir_unmarked", detail)
    if there is not None and there != venue:
        detail = f"{directory.root} holds the account of venue {there}, not {venue}: name another with --data-dir"
        raise ApplianceRefused("data_dir_of_another_venue", detail)
    if venue == "replay" and there is not None:
        _move_earlier(directory)
    directory.logs.mkdir(exist_ok=True, mode=0o700)
    _make_run(directory)
    started = now.astimezone(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
    _write_private(directory.mark, json.dumps({"venue": venue, "started": started}) + "\n")


def _move_earlier(directory: DataDir) -> None:
    """A replay starts from an empty account: what the last one left goes to earlier/<its start>."""
    started = str(json.loads(directory.mark.read_text(encoding="utf-8")).get("started", "unknown"))
    target = directory.root / "earlier" / Path(started).name
    if target.exists():
        raise ApplianceRefused("earlier_exists", f"{target} exists already: move it away")
    target.mkdir(parents=True, mode=0o700)
    _drop_run(directory)
    for entry in sorted(directory.root.iterdir()):
        if entry.name not in _KEPT:
            entry.rename(target / entry.name)


def _make_run(directory: DataDir) -> None:
    run = directory.run
    _drop_run(directory)
    if len(os.fsencode(run.absolute() / _LONGEST_SOCKET)) <= SOCKET_PATH_BYTES_MAX:
        run.mkdir(mode=0o700)
        return
    short = Path(tempfile.mkdtemp(prefix="quantumflow-"))
    if len(os.fsencode(short / _LONGEST_SOCKET)) > SOCKET_PATH_BYTES_MAX:
        short.rmdir()
        detail = f"{run.absolute()} and {short} are too long for a socket's path: set TMPDIR to a short one"
        raise ApplianceRefused("run_dir_too_long", detail)
    run.symlink_to(short)


def _drop_run(directory: DataDir) -> None:
    """The last run's sockets and status files; a linked directory only if it is ours."""
    run = directory.run
    if run.is_symlink():
        target = run.resolve()
        if target.is_dir() and target.name.startswith("quantumflow-") and target.stat().st_uid == os.getuid():
            shutil.rmtree(target)
        run.unlink()
    elif run.exists():
        shutil.rmtree(run)


def make_token(path: Path) -> None:
    """A token of 256 bits, made once and readable by the owner alone."""
    if not path.exists():
        _write_private(path, secrets.token_urlsafe(32) + "\n")


def _write_private(path: Path, text: str) -> None:
    """Whole or not at all, 0600."""
    beside = path.with_name(path.name + ".new")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as sink:
        sink.write(text)
        sink.flush()
        os.fsync(sink.fileno())
    beside.replace(path)
