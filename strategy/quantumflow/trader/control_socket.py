"""control.sock: one line of JSON in, one line out, then the end. Nothing here waits.

The socket is 0600 and asks for the token that this start drew and wrote beside it (0600 too), so whoever can open both
is this user. Everything has a bound: connections, bytes, and how long a sender may take over its line.
"""

import contextlib
import os
import secrets
import socket
from collections.abc import Callable
from pathlib import Path

from quantumflow.errors import SettingsRefused

__all__ = ["CONNECTIONS_MAX", "LINE_BYTES_MAX", "LINE_SECONDS_MAX", "ControlSocket"]

CONNECTIONS_MAX = 8
LINE_BYTES_MAX = 16_384
LINE_SECONDS_MAX = 2.0
_TOKEN_BYTES = 32


class ControlSocket:
    """Listens from the start of the trader to its end. `token` is of this start."""

    def __init__(self, path: Path, monotonic: Callable[[], float]) -> None:
        self._path = path
        self._token_file = path.with_suffix(".token")
        self._monotonic = monotonic
        self._senders: dict[socket.socket, _Sender] = {}
        self.token = secrets.token_urlsafe(_TOKEN_BYTES)
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        try:
            path.unlink(missing_ok=True)
            self._listener.bind(str(path))
            path.chmod(0o600)
            _write_private(self._token_file, self.token)
            self._listener.listen(CONNECTIONS_MAX)
        except OSError as error:
            self._listener.close()
            raise SettingsRefused("control_socket", f"{path}: {error.strerror}; make its directory usable") from error

    def channels(self) -> list[socket.socket]:
        """What to wait on."""
        return [self._listener, *self._senders]

    def serve(self, answer: Callable[[bytes], bytes]) -> None:
        """Takes what is there; each whole line is answered with `answer(line)`, both without a line's end."""
        self._accept()
        now = self._monotonic()
        for channel, sender in list(self._senders.items()):
            line = sender.read(channel)
            if line is not None:
                with contextlib.suppress(OSError):
                    channel.send(answer(line) + b"\n")
            if line is not None or sender.over or now > sender.deadline:
                channel.close()
                del self._senders[channel]

    def close(self) -> None:
        """The next sender finds nobody."""
        for channel in self.channels():
            channel.close()
        self._senders.clear()
        self._path.unlink(missing_ok=True)
        self._token_file.unlink(missing_ok=True)

    def _accept(self) -> None:
        while len(self._senders) < CONNECTIONS_MAX:
            try:
                channel, _ = self._listener.accept()
            except OSError:
                return
            channel.setblocking(False)
            self._senders[channel] = _Sender(self._monotonic() + LINE_SECONDS_MAX)


class _Sender:
    """One connection's line so far."""

    def __init__(self, deadline: float) -> None:
        self.deadline = deadline
        self.over = False
        """It ended, or said too much."""
        self._said = b""

    def read(self, channel: socket.socket) -> bytes | None:
        """The whole line, once it is there."""
        try:
            data = channel.recv(LINE_BYTES_MAX + 1)
        except (BlockingIOError, InterruptedError):
            return None
        except OSError:
            self.over = True
            return None
        self._said += data
        line, ended, _ = self._said.partition(b"\n")
        self.over = not data or len(line) > LINE_BYTES_MAX
        return line if ended and len(line) <= LINE_BYTES_MAX else None


def _write_private(path: Path, text: str) -> None:
    beside = path.with_name(f"{path.name}.new")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as sink:
        sink.write(text)
    beside.replace(path)
