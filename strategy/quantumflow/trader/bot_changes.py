"""A command about a bot, applied to the engine's state and to the list of who stands in which of its rows."""

from collections.abc import Mapping, Sequence
from typing import Any

from quantumflow.bots.roster import bot_of
from quantumflow.bots.rows import Positions, change_rows, remove_rows, start_row, stop_row, with_bot
from quantumflow.commands.request import COMMANDS, CommandRequest
from quantumflow.specs import BotSpec
from quantumflow.state import State
from quantumflow.vocabulary import Command

__all__ = ["apply_change"]

Bots = tuple[BotSpec, ...]


def apply_change(
    state: State,
    bots: Bots,
    symbols: Sequence[str],
    positions: Positions,
    request: CommandRequest,
    outcome: Mapping[str, Any],
) -> tuple[State, Bots, Bots]:
    """The state and the bots after the command, and the bots whose strategy begins anew. Its event is journaled."""
    command = COMMANDS[request.command]
    if command is Command.CREATE_BOT:
        made = bot_of(outcome["made"])
        return with_bot(state, made, symbols, positions), (*bots, made), (made,)
    number = next(row for row, bot in enumerate(bots) if bot.name == request.bot)
    if command is Command.CHANGE_BOT:
        made = bot_of(outcome["made"])
        change_rows(state, number, made, symbols)
        return state, (*bots[:number], made, *bots[number + 1 :]), (made,)
    if command is Command.START_BOT:
        start_row(state, number)
    elif command is Command.STOP_BOT:
        stop_row(state, number, bool(request.flatten))
    else:
        remove_rows(state, number, bool(outcome["removing"]))
    return state, bots, ()
