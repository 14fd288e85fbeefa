"""Which bots a session has: what commands made of them, as the journal says, else what the configuration says.

A bot that a command made, changed or removed is as the newest of these commands left it, whatever quantumflow.toml says
of its name. The configuration's bots that no command ruled on follow the configuration at each start.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from quantumflow.commands.standing import StandingCommands
from quantumflow.specs import BotSpec

__all__ = ["as_made", "bot_of", "origin_of", "roster_of"]


def roster_of(configured: Sequence[BotSpec], commands: StandingCommands, symbols: Sequence[str]) -> tuple[BotSpec, ...]:
    """The bots of a session of these symbols: the configuration's in their place, then those that commands made.

    An instrument that the session does not list is left out; a bot that has none left trades nothing.
    """
    found: list[BotSpec] = []
    for bot in configured:
        ruled = commands.ruled.get(bot.name)
        if ruled is None:
            found.append(bot)
        elif ruled.made is not None:
            found.append(_of_session(ruled.made, symbols))
    names = {bot.name for bot in configured}
    made = [one.made for name, one in commands.ruled.items() if name not in names and one.made is not None]
    return (*found, *(_of_session(one, symbols) for one in made))


def as_made(bot: BotSpec) -> dict[str, Any]:
    """A bot as an event of the journal has it; `expected` only where a file expects something."""
    made = {**asdict(bot), "instruments": list(bot.instruments), "parameters": dict(bot.parameters)}
    if bot.expected is None:
        del made["expected"]
    return made


def bot_of(made: Mapping[str, Any]) -> BotSpec:
    """The inverse of `as_made`; `source`, `specialists` and `expected` may be missing."""
    instruments, parameters = tuple(made["instruments"]), dict(made["parameters"])
    texts = made.get("source"), made.get("specialists")
    return BotSpec(
        made["name"], made["strategy"], instruments, made["capital_e8"], parameters, *texts, made.get("expected")
    )


def origin_of(bot: str, commands: StandingCommands) -> dict[str, Any]:
    """Who says what this bot is: for screens."""
    ruled = commands.ruled.get(bot)
    if ruled is None:
        return {"by": "configuration", "seq": None, "command": None, "who": None, "reason": None}
    said = ruled.said
    return {"by": "command", "seq": said.seq, "command": said.command, "who": said.who, "reason": said.reason}


def _of_session(made: Mapping[str, Any], symbols: Sequence[str]) -> BotSpec:
    bot = bot_of(made)
    kept = tuple(symbol for symbol in bot.instruments if symbol in symbols)
    return replace(bot, instruments=kept)
