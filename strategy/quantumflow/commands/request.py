"""A command as it is sent over control.sock, and everything of it that is refused. Pure."""

import re
from collections.abc import Sequence
from typing import Any

import msgspec

from quantumflow.errors import CommandRefused
from quantumflow.units import DecimalError, parse_e8
from quantumflow.vocabulary import Command

__all__ = [
    "BOT_NAME",
    "COMMANDS",
    "KEY_CHARS_MAX",
    "REASON_CHARS_MAX",
    "CommandRequest",
    "check_request",
    "read_request",
]

REASON_CHARS_MAX = 200
KEY_CHARS_MAX = 64

COMMANDS = {command.name.lower(): command for command in Command}
"""The word of each command in journal, API and command line."""

BOT_NAME = re.compile(r"[a-z][a-z0-9_]{0,31}")
PARAMETERS_GIVEN_MAX = 64
INSTRUMENTS_GIVEN_MAX = 64

_FOR_ALL = (Command.KILL, Command.KILL_FLATTEN, Command.RESET_BREAKER)
_TAKES: dict[Command, tuple[str, ...]] = {
    Command.CREATE_BOT: ("strategy", "instruments", "capital", "parameters"),
    Command.START_BOT: (),
    Command.STOP_BOT: ("flatten",),
    Command.CHANGE_BOT: ("strategy", "instruments", "capital", "parameters"),
    Command.REMOVE_BOT: ("flatten",),
}
"""Commands about one bot that is named, and what else each may say. The others say nothing else."""
_ELSE = ("strategy", "instruments", "capital", "parameters", "flatten")

_KEY = re.compile(rf"[A-Za-z0-9._:-]{{1,{KEY_CHARS_MAX}}}")
_WHO = re.compile(r"[a-z]{1,16}(:[A-Za-z0-9._-]{1,64})?")


class CommandRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`bot` None: all of them. `who`: the door, and the person if it knows: `cli:ana`, `api`, `telegram:1234`, `file`.

    `key` is made by the sender before its first try, and is the same in every try. What stands after it belongs to
    commands about one bot; `capital` is a decimal in the quote currency, `instruments` ("*",) means all of the session.
    """

    command: str
    bot: str | None
    reason: str
    who: str
    key: str
    strategy: str | None = None
    instruments: tuple[str, ...] | None = None
    capital: str | None = None
    parameters: dict[str, float | int] | None = None
    flatten: bool | None = None

    def content(self) -> dict[str, Any]:
        """What the journal keeps of it; two requests with one key must have the same."""
        said: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(self))
        return {name: value for name, value in said.items() if name not in _ELSE or value is not None}


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
    _check_bot(request, command, bots)
    _check_else(request, command)
    return command


def _check_bot(request: CommandRequest, command: Command, bots: Sequence[str] | None) -> None:
    if request.bot is None:
        if command in _TAKES:
            raise CommandRefused("bot_needed", f"{request.command} is for one bot; name it")
        return
    if command in _FOR_ALL:
        raise CommandRefused("not_for_one_bot", f"{request.command} is for all bots; leave the bot out")
    if command is Command.CREATE_BOT:
        if not BOT_NAME.fullmatch(request.bot):
            raise CommandRefused(
                "bot_name_refused", f"{request.bot[:40]!r}: a-z, 0-9 and _, at most 32, a letter first"
            )
        if bots is not None and request.bot in bots:
            raise CommandRefused("bot_exists", f"there is a bot {request.bot}; change or remove it, or name another")
    elif bots is not None and request.bot not in bots:
        raise CommandRefused("unknown_bot", f"{request.bot[:40]!r}: there are {', '.join(bots) or 'none'}")


def _check_else(request: CommandRequest, command: Command) -> None:
    """What a request says besides: whether this command takes it, and its form."""
    allowed = _TAKES.get(command, ())
    said = [name for name in _ELSE if getattr(request, name) is not None]
    beyond = [name for name in said if name not in allowed]
    if beyond:
        raise CommandRefused("field_refused", f"{request.command} takes no {', '.join(beyond)}; leave it out")
    if command is Command.CREATE_BOT:
        missing = [name for name in ("strategy", "instruments", "capital") if name not in said]
        if missing:
            raise CommandRefused("field_needed", f"create_bot needs {', '.join(missing)}")
    if command is Command.CHANGE_BOT and not said:
        raise CommandRefused("nothing_to_change", "say what to change: strategy, instruments, capital, parameters")
    if request.capital is not None:
        try:
            positive = parse_e8(request.capital) > 0
        except DecimalError as error:
            raise CommandRefused("capital_refused", str(error)) from None
        if not positive:
            raise CommandRefused("capital_refused", "give an amount above 0")
    if len(request.parameters or ()) > PARAMETERS_GIVEN_MAX or len(request.instruments or ()) > INSTRUMENTS_GIVEN_MAX:
        raise CommandRefused("field_refused", f"at most {PARAMETERS_GIVEN_MAX} parameters and as many instruments")
    if request.instruments is not None and not request.instruments:
        raise CommandRefused("field_needed", 'instruments: name at least one, or "*" for every one of the session')
