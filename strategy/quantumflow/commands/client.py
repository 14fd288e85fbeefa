"""The way to a running trader: one command, one answer. Where there is none, a kill goes by the kill file."""

import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from quantumflow.commands.kill_file import write_kill_file
from quantumflow.commands.request import CommandRequest, check_request
from quantumflow.errors import CommandRefused
from quantumflow.vocabulary import Command

__all__ = ["ANSWER_SECONDS_MAX", "send_command"]

ANSWER_SECONDS_MAX = 10.0
"""A trader that waits for core_risk, or for the disk, answers late. Then the same key may be sent again."""
ANSWER_BYTES_MAX = 65_536


def send_command(
    request: CommandRequest,
    control_socket: Path,
    kill_file: Path,
    seconds: float = ANSWER_SECONDS_MAX,
    monotonic: Callable[[], float] = time.monotonic,
) -> dict[str, Any]:
    """What the trader answers: the command's row of the journal, and `duplicate`. Raises CommandRefused by name.

    With no trader, or none that answers, a kill makes the kill file, and the answer has `kill_file` in place of a row.
    """
    command = check_request(request, None)
    try:
        answer = _ask(request, control_socket, monotonic() + seconds, monotonic)
    except (OSError, ValueError) as error:
        if command not in (Command.KILL, Command.KILL_FLATTEN):
            raise CommandRefused(*_unreachable(control_socket, error)) from None
        return _kill_by_file(request, kill_file, error)
    if "error" in answer:
        raise CommandRefused(str(answer["error"]), str(answer.get("detail")))
    return answer


def _ask(request: CommandRequest, path: Path, deadline: float, monotonic: Callable[[], float]) -> dict[str, Any]:
    """Raises OSError, or ValueError for an answer that is none."""
    token = path.with_suffix(".token").read_text(encoding="ascii")
    line = msgspec.json.encode({"token": token, "request": request}) + b"\n"
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as channel:
        channel.settimeout(max(0.001, deadline - monotonic()))
        channel.connect(str(path.parent.resolve() / path.name))
        channel.sendall(line)
        answer = b""
        while not answer.endswith(b"\n"):
            channel.settimeout(max(0.001, deadline - monotonic()))
            data = channel.recv(ANSWER_BYTES_MAX)
            answer += data
            if not data or len(answer) > ANSWER_BYTES_MAX:
                raise ValueError("the trader ended before its answer did")
    found = msgspec.json.decode(answer)
    if not isinstance(found, dict):
        raise ValueError("the answer is no object")  # noqa: TRY004 - what came is wrong, not a type of ours
    return found


def _unreachable(path: Path, error: Exception) -> tuple[str, str]:
    if isinstance(error, FileNotFoundError | ConnectionRefusedError):
        return "not_running", f"no trader listens at {path}: start one with `quantumflow up`, or name its --data-dir"
    return "no_answer", f"{path}: {error}; whether it was taken is not known: send it again with the same key"


def _kill_by_file(request: CommandRequest, kill_file: Path, error: Exception) -> dict[str, Any]:
    try:
        write_kill_file(kill_file, f"{request.reason} (by {request.who})")
    except OSError as failed:
        detail = f"no trader answers ({error}), and {kill_file} cannot be made: {failed.strerror}; make that file"
        raise CommandRefused("kill_failed", detail) from None
    return {**request.content(), "kill_file": str(kill_file), "because": _unreachable(kill_file, error)[0]}
