"""Commands as they come to the trader: each is checked, journaled once, applied, answered with its event's number."""

import hmac
import time
from collections import deque
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec
import structlog

from quantumflow.commands.kill_file import kill_request
from quantumflow.commands.request import KEY_CHARS_MAX, CommandRequest, check_request, read_request
from quantumflow.errors import CommandRefused
from quantumflow.journal.records import Record
from quantumflow.journal.writer import Writer
from quantumflow.trader.ports import Books
from quantumflow.vocabulary import Command

__all__ = ["COMMANDS_PER_MINUTE_MAX", "CommandDesk", "journal_command"]

COMMANDS_PER_MINUTE_MAX = 60
"""New commands; each is an fsync of the trading thread. A kill is always taken."""
_MINUTE_SECONDS = 60.0

_log = structlog.get_logger("commands")


def journal_command(
    writer: Books,
    request: CommandRequest,
    frame_seq: int,
    event_ns: int,
    recorded_ns: int,
    outcome: Mapping[str, Any] | None = None,
) -> None:
    """Commits the command's event: from here on it holds, whatever happens to this process."""
    payload = {**request.content(), "frame_seq": frame_seq, **(outcome or {})}
    writer.commit([Record("command", event_ns, payload)], recorded_ns)


class CommandDesk:
    """`apply` journals a request and does what it says, or refuses it; it is called between two events, once for each
    key. `bots`: the names there are now.
    """

    def __init__(
        self,
        writer: Writer,
        bots: Callable[[], tuple[str, ...]],
        kill_file: Path,
        apply: Callable[[CommandRequest], None],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._writer = writer
        self._bots = bots
        self._kill_file = kill_file
        self._apply = apply
        self._monotonic = monotonic
        self._taken: deque[float] = deque(maxlen=COMMANDS_PER_MINUTE_MAX)

    def answer(self, line: bytes, token: str) -> bytes:
        """The answer to one line of control.sock, whatever the line is."""
        try:
            given, request = read_request(line)
            _require_token(given, token)
            answer = self.take(request)
        except CommandRefused as error:
            _log.warning("command refused", name=error.name, detail=error.detail)
            return msgspec.json.encode({"error": error.name, "detail": error.detail})
        return msgspec.json.encode(answer)

    def look_at_kill_file(self) -> None:
        """Kills if the file is there and was not obeyed yet."""
        request = kill_request(self._kill_file)
        if request is None:
            return
        if self._writer.command_of(request.key) is not None:
            if self._writer.commands.killed is not None:
                return
            # Its kill was taken back while it was away; now it is there again, and counts under a key of its own.
            request = msgspec.structs.replace(request, key=f"{request.key[: KEY_CHARS_MAX - 21]}-{self._writer.seq}")
        self.take(request)

    def take(self, request: CommandRequest) -> dict[str, Any]:
        """Journals and applies it, or finds that it was. Raises CommandRefused; nothing has happened then."""
        check_request(request, None)
        known = self._known(request)
        if known is not None:
            return {**known, "duplicate": True}
        command = check_request(request, self._bots())
        if command is Command.RESET_BREAKER and kill_request(self._kill_file) is not None:
            raise CommandRefused("kill_file_present", f"{self._kill_file} is there: remove it first")
        self._count(command)
        self._apply(request)
        _log.warning("command", **request.content())
        taken = self._known(request)
        if taken is None:
            raise RuntimeError("a command was applied without its event")
        return {**taken, "duplicate": False}

    def _known(self, request: CommandRequest) -> dict[str, Any] | None:
        """What was journaled under its key. Raises CommandRefused(key_reused) if that was something else."""
        known = self._writer.command_of(request.key)
        if known is not None and not _same(known, request.content()):
            detail = f"{request.key} was {known['command']} by {known['who']}: {known['reason']}; make a new key"
            raise CommandRefused("key_reused", detail)
        return known

    def _count(self, command: Command) -> None:
        now = self._monotonic()
        full = len(self._taken) == COMMANDS_PER_MINUTE_MAX and now - self._taken[0] < _MINUTE_SECONDS
        if full and command not in (Command.KILL, Command.KILL_FLATTEN):
            detail = f"{COMMANDS_PER_MINUTE_MAX} commands in the last minute; wait, and send it again with its key"
            raise CommandRefused("too_many_commands", detail)
        self._taken.append(now)


def _same(known: dict[str, Any], asked: dict[str, Any]) -> bool:
    """Whether what was journaled is what is asked now: every word of it, and no other."""
    said = {name: known.get(name) for name in CommandRequest.__struct_fields__ if known.get(name) is not None}
    return said == {name: value for name, value in asked.items() if value is not None}


def _require_token(given: str, token: str) -> None:
    """Compared in constant time."""
    if not hmac.compare_digest(given.encode("utf-8", "surrogatepass"), token.encode()):
        raise CommandRefused("unauthorised", "the token is not this start's; read it from beside the socket")
