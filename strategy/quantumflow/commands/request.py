"""A command as it is sent over control.sock, and everything of it that is refused. Pure."""

import re
from collections.abc import Sequence
from typing import Any

import msgspec

from quantumflow.errors import CommandRefused
from quantumflow.vocabulary import Command

__all__ = ["COMMANDS", "KEY_CHARS_MAX", "REASON_CHARS_MAX", "CommandRequest", "check_request", "read_request"]

REASON_CHARS_MAX = 200
KEY_CHARS_MAX = 64

COMMANDS = {command.name.lower(): command for command in Command}
"""The word of each command in journal, API and command line."""

_KEY = re.compile(rf"[A-Za-z0-9._:-]{{1,{KEY_CHARS_MAX}}}")
_WHO = re.compile(r"[a-z]{1,16}(:[A-Za-z0-9._-]{1,64})?")


class CommandRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`bot` None: all of them. `who`: the door, and the person if it knows: `cli:ana`, `api`, `telegram:1234`, `file`.

    `key` is made by the sender before its first try, and is the same in every try.
    """

    command: str
    bot: str | None
    reason: str
    who: str
    key: str

    def content(self) -> dict[str, Any]:
        """What the journal keeps of it; two requests with one key must have the same."""
        return msgspec.structs.asdict(self)


class _Envelope(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    token: str
    request: CommandRequest


def read_request(line: bytes) -> tuple[str, CommandRequest]:
    """The token and the request of one line. Raises CommandRefused(malformed)."""
    try:
        envelope = msgspec.json.decode(line, type=_Envelope)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise CommandRefused("malformed", f"the request cannot be read: {error}") from None
    return envelope.token, envelope.request


def check_request(request: CommandRequest, bots: Sequence[str] | None) -> Command:
    """The command that is meant. Raises CommandRefused by name; `bots` None: which there are is not known here."""
    command = COMMANDS.get(request.command)
    if command is None:
        raise CommandRefused("unknown_command", f"{request.command[:40]!r}: put one of {', '.join(COMMANDS)}")
    if not 1 <= len(request.reason) <= REASON_CHARS_MAX or not request.reason.strip():
        raise CommandRefused("reason_needed", f"say why, in 1 to {REASON_CHARS_MAX} characters")
    if not request.reason.isprintable():
        raise CommandRefused("reason_unprintable", "the reason holds a control character; put one line of plain text")
    if not _KEY.fullmatch(request.key):
        raise CommandRefused("key_refused", f"the key needs 1 to {KEY_CHARS_MAX} of A-Z a-z 0-9 . _ : -")
    if not _WHO.fullmatch(request.who):
        raise CommandRefused("who_refused", "who needs the form door or door:name, e.g. cli:ana")
    if request.bot is not None and command >= Command.KILL:
        raise CommandRefused("not_for_one_bot", f"{request.command} is for all bots; leave the bot out")
    if request.bot is not None and bots is not None and request.bot not in bots:
        raise CommandRefused("unknown_bot", f"{request.bot[:40]!r}: there are {', '.join(bots)}")
    return command
