"""supervisord's event listener in a container: ends the container when a program will not stay up.

There `up` has become supervisord and watches nothing any more. Left alone, supervisord gives a program up for ever, or
starts it again without an end, and the container looks well. The judge is the one of `up` (watch.py); its verdict goes
to run/failure.json, then supervisord gets SIGTERM and contained.py ends with a status that is not 0.

A program that runs but has said nothing for long is killed here, so that it starts again; that counts as an end.

Protocol: standard output belongs to supervisord (READY, RESULT), standard error is the log.
"""

import contextlib
import json
import os
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from quantumflow.appliance.happenings import parse_notice, parse_tokens
from quantumflow.appliance.silence import Silence
from quantumflow.appliance.status_files import read_status
from quantumflow.appliance.watch import Failure, Watch

__all__ = ["FAILURE_FILE", "WATCHED", "main", "read_notice"]

FAILURE_FILE = "failure.json"
WATCHED = ("market_data", "trader")
"""The programs that replace a status file once a second."""
HEADER_BYTES_MAX = 1_024
PAYLOAD_BYTES_MAX = 65_536
_READY, _DONE = b"READY\n", b"RESULT 2\nOK"


def read_notice(source: BinaryIO) -> tuple[str, dict[str, str]] | None:
    """The next notice's name and payload; None at the end. Raises ValueError at what is no notice."""
    line = source.readline(HEADER_BYTES_MAX)
    if not line:
        return None
    header = parse_tokens(line.decode("utf-8", "replace"))
    try:
        name, length = header["eventname"], int(header["len"])
    except KeyError as missing:
        raise ValueError(f"a notice without {missing}") from None
    if not 0 <= length <= PAYLOAD_BYTES_MAX:
        raise ValueError(f"a notice of {length} bytes; at most {PAYLOAD_BYTES_MAX}")
    payload = source.read(length)
    if len(payload) < length:
        return None
    return name, parse_tokens(payload.decode("utf-8", "replace"))


class _Listener:
    """What was seen so far, and what is done about it. Everything it does, it says."""

    def __init__(self, run: Path) -> None:
        self._run = run
        self._parent = os.getppid()
        self._watch = Watch(replay=False)
        self._silence = Silence()
        self._ended = False

    def on_notice(self, name: str, payload: dict[str, str], now: float) -> None:
        if name.startswith("TICK_"):
            self._kill_the_silent(now)
            return
        event = parse_notice(name, payload)
        if event is not None:
            self._watch.on_event(event, now)
        if self._watch.failure is not None and not self._ended:
            self._ended = True
            self._end(self._watch.failure)

    def _end(self, failure: Failure) -> None:
        text = json.dumps({"event": "failed", "program": failure.program, "detail": failure.detail})
        _say(text)
        (self._run / FAILURE_FILE).write_text(text + "\n", encoding="utf-8")
        if os.getppid() == self._parent:
            os.kill(self._parent, signal.SIGTERM)

    def _kill_the_silent(self, now: float) -> None:
        for program in WATCHED:
            status = read_status(self._run / f"{program}.status.json", 0)
            pid, written_ns = status.values.get("pid"), status.values.get("written_ns")
            if status.final or not isinstance(pid, int) or not isinstance(written_ns, int):
                continue
            if self._silence.too_long(program, pid, written_ns, now) and _parent_of(pid) == self._parent:
                _say(json.dumps({"event": "silent", "program": program, "pid": pid, "how": "killed to start again"}))
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)


def _parent_of(pid: int) -> int | None:
    """The parent of a process; None if it is gone. A number in a file may be another process's by now."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    return int(text.rpartition(")")[2].split()[1])


def _say(text: str) -> None:
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def main(arguments: Sequence[str]) -> int:
    """`python -m quantumflow.appliance.listener RUN_DIR`, started by supervisord; ends with its standard input."""
    listener = _Listener(Path(arguments[0]))
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    while True:
        sink.write(_READY)
        sink.flush()
        notice = read_notice(source)
        if notice is None:
            return 0
        listener.on_notice(*notice, time.monotonic())
        sink.write(_DONE)
        sink.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
