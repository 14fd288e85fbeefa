"""The kill switch that needs no program, no socket and no token: `<data-dir>/kill`. While it is there, nothing trades.

The trader looks at it before its first frame and then each second. Its first line, if it has one, is the reason. What
cannot be looked at counts as there.
"""

import os
from pathlib import Path

from quantumflow.commands.request import REASON_CHARS_MAX, CommandRequest

__all__ = ["KILL_FILE", "kill_request", "write_kill_file"]

KILL_FILE = "kill"
_READ_BYTES = 4 * REASON_CHARS_MAX


def kill_request(path: Path) -> CommandRequest | None:
    """The command that the file means; None if there is no file. The same file has the same key."""
    try:
        found = path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        return _request("file:unreadable", f"the kill file cannot be looked at: {error.strerror}")
    return _request(f"file:{found.st_ino}-{found.st_mtime_ns}", _reason(path))


def write_kill_file(path: Path, reason: str) -> None:
    """Makes the file, whole and on disk; one that is there stays as it is."""
    beside = path.with_name(f"{path.name}.new")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as sink:
        sink.write(reason + "\n")
        sink.flush()
        os.fsync(sink.fileno())
    try:
        os.link(beside, path)
    except FileExistsError:
        return
    finally:
        beside.unlink()
    directory = os.open(path.parent, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def _request(key: str, reason: str) -> CommandRequest:
    return CommandRequest(command="kill", bot=None, reason=reason, who="file", key=key)


def _reason(path: Path) -> str:
    """The first line as far as it can be shown."""
    try:
        # A pipe that nobody writes to must not hold the trader.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as source:
            text = source.read(_READ_BYTES).decode("utf-8", "replace")
    except OSError:
        text = ""
    line = "".join(char for char in text.partition("\n")[0] if char.isprintable()).strip()
    return line[:REASON_CHARS_MAX] or "the kill file is there"
