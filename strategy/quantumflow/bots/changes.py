"""A command about a bot, checked against what there is: what the bot is then, or a refusal by name. Nothing is changed.

What comes of it is a part of the command's event, so a replay need not know which strategies there were to choose from.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from quantumflow.bots.roster import as_made
from quantumflow.bots.schemas import declaration_of
from quantumflow.bots.sources import Source, Strategies, find_sources, keep, kept_path, kept_text
from quantumflow.commands.request import COMMANDS, CommandRequest
from quantumflow.commands.standing import NAMES_MAX, StandingCommands
from quantumflow.errors import CommandRefused
from quantumflow.parameters import Parameter, resolve_parameters
from quantumflow.specs import BOTS_MAX, BotSpec
from quantumflow.strategies.registry import STRATEGIES
from quantumflow.units import money_text, parse_e8
from quantumflow.vocabulary import Command

__all__ = ["EVERY_SYMBOL", "Present", "outcome_of"]

EVERY_SYMBOL = "*"


@dataclass(frozen=True, slots=True)
class Present:
    """The session as a command finds it."""

    bots: tuple[BotSpec, ...]
    symbols: tuple[str, ...]
    held: Mapping[str, Mapping[str, int]]
    """Lots that each bot holds, by symbol; only what is not flat."""
    account_e8: int
    """What all capital together may not exceed: equity, or cash before the first mark."""
    commands: StandingCommands
    strategies: Strategies


def outcome_of(request: CommandRequest, present: Present) -> dict[str, Any]:
    """What the event holds besides the request: `made` (null: it is no more), `removing`. Raises CommandRefused."""
    command = COMMANDS[request.command]
    make = _OUTCOMES.get(command)
    if make is None:
        return {}
    return make(request, present, next((bot for bot in present.bots if bot.name == request.bot), None))


def _create(request: CommandRequest, present: Present, bot: BotSpec | None) -> dict[str, Any]:
    name = request.bot or ""
    if bot is not None:
        raise CommandRefused("bot_exists", f"there is a bot {name}; change or remove it, or name another")
    if len(present.bots) >= BOTS_MAX:
        raise CommandRefused("too_many_bots", f"there are {BOTS_MAX}, the most that run at once; remove one")
    if name not in present.commands.ruled and len(present.commands.ruled) >= NAMES_MAX:
        raise CommandRefused("too_many_bots", f"{NAMES_MAX} names were used; take one of a bot that was removed")
    made = _strategy(BotSpec(name, request.strategy or "", (), 0), request, present)
    return {"made": as_made(_with_capital(_with_instruments(made, request, present), request, present))}


def _change(request: CommandRequest, present: Present, bot: BotSpec | None) -> dict[str, Any]:
    if bot is None:
        raise _unknown(request, present)
    if present.commands.removing(bot.name):
        raise CommandRefused("bot_holds_position", f"{bot.name} is being removed, once it is flat")
    made = bot
    if request.strategy is not None:
        if present.held.get(bot.name):
            detail = f"{bot.name} holds {_holds(present, bot)}: flatten it before it gets another strategy"
            raise CommandRefused("bot_holds_position", detail)
        made = replace(made, strategy=request.strategy, source=None, parameters={})
    if request.strategy is not None or request.parameters is not None:
        made = replace(_strategy(made, request, present), specialists=None, expected=None)
    return {"made": as_made(_with_capital(_with_instruments(made, request, present), request, present))}


def _stop(request: CommandRequest, present: Present, bot: BotSpec | None) -> dict[str, Any]:
    if bot is None:
        raise _unknown(request, present)
    if present.held.get(bot.name) and not request.flatten:
        detail = f"{bot.name} holds {_holds(present, bot)}, which nobody would watch: flatten it first, or send flatten"
        raise CommandRefused("bot_holds_position", f"{detail}; `pause` lets its strategy leave it")
    return {}


def _remove(request: CommandRequest, present: Present, bot: BotSpec | None) -> dict[str, Any]:
    if bot is None:
        raise _unknown(request, present)
    holds = bool(present.held.get(bot.name))
    if holds and not request.flatten:
        detail = f"{bot.name} holds {_holds(present, bot)}: flatten it first, or send flatten"
        raise CommandRefused("bot_holds_position", detail)
    return {"made": as_made(bot), "removing": True} if holds else {"made": None, "removing": False}


def _start(request: CommandRequest, present: Present, bot: BotSpec | None) -> dict[str, Any]:
    if bot is None:
        raise _unknown(request, present)
    if present.commands.removing(bot.name):
        raise CommandRefused("bot_holds_position", f"{bot.name} is being removed, once it is flat")
    return {}


_OUTCOMES: dict[Command, Callable[[CommandRequest, Present, BotSpec | None], dict[str, Any]]] = {
    Command.CREATE_BOT: _create,
    Command.START_BOT: _start,
    Command.STOP_BOT: _stop,
    Command.CHANGE_BOT: _change,
    Command.REMOVE_BOT: _remove,
}


def _strategy(bot: BotSpec, request: CommandRequest, present: Present) -> BotSpec:
    """The bot with its strategy found, the text of a user's kept, and every parameter with a value."""
    given = {**bot.parameters, **(request.parameters or {})}
    ours = next((strategy for strategy in STRATEGIES if strategy.name == bot.strategy), None)
    if ours is not None:
        return replace(bot, parameters=_parameters(ours.parameters, given), source=None)
    there_are = find_sources(present.strategies.folder)
    source = there_are.get(bot.strategy) if bot.source is None else _kept(bot, bot.source, present.strategies)
    if source is None:
        names = ", ".join([*(strategy.name for strategy in STRATEGIES), *there_are])
        detail = f"{bot.strategy[:40]!r}: there are {names}; `quantumflow strategies` shows them"
        raise CommandRefused("unknown_strategy", detail)
    problem = source.problem
    said = problem if problem is not None else declaration_of(source)
    if isinstance(said, str):
        raise CommandRefused("strategy_broken", f"{source.place}: {said}")
    declared = tuple(Parameter(**one) for one in said["parameters"])
    try:
        keep(present.strategies.kept, source)
    except OSError as error:
        raise CommandRefused("strategy_broken", f"its text cannot be kept: {error}") from None
    return replace(bot, parameters=_parameters(declared, given), source=source.digest)


def _kept(bot: BotSpec, digest: str, strategies: Strategies) -> Source:
    """The text that the bot runs, whatever its file says now."""
    place, text = str(kept_path(strategies.kept, digest)), kept_text(strategies.kept, digest)
    if text is not None:
        return Source(bot.strategy, "kept", place, text)
    problem = "the text that it runs is not there any more; name the strategy too, to take it as it is now"
    return Source(bot.strategy, "kept", place, problem=problem)


def _parameters(declared: Sequence[Parameter], given: Mapping[str, float]) -> dict[str, float]:
    values, problems = resolve_parameters("parameters", declared, given)
    if problems:
        raise CommandRefused("parameter_refused", "; ".join(str(problem) for problem in problems[:3]))
    return {parameter.name: value for parameter, value in zip(declared, values, strict=True)}


def _with_instruments(bot: BotSpec, request: CommandRequest, present: Present) -> BotSpec:
    if request.instruments is None:
        return bot
    wanted = present.symbols if request.instruments == (EVERY_SYMBOL,) else request.instruments
    for symbol in wanted:
        if symbol not in present.symbols:
            raise CommandRefused("unknown_instrument", f"{symbol[:40]!r}: there are {', '.join(present.symbols)}")
    if len(set(wanted)) != len(wanted):
        raise CommandRefused("field_refused", "instruments: name each once")
    for symbol, lots in present.held.get(bot.name, {}).items():
        if symbol not in wanted:
            detail = f"{bot.name} holds {lots} lots of {symbol}, which nobody would ever leave: flatten it first"
            raise CommandRefused("bot_holds_position", detail)
    return replace(bot, instruments=tuple(wanted))


def _with_capital(bot: BotSpec, request: CommandRequest, present: Present) -> BotSpec:
    if request.capital is None:
        return bot
    capital_e8 = parse_e8(request.capital)
    others_e8 = sum(other.capital_e8 for other in present.bots if other.name != bot.name)
    left_e8 = present.account_e8 - others_e8
    if capital_e8 > left_e8:
        detail = f"{request.capital}: the account has {money_text(present.account_e8)}, the other bots"
        detail = f"{detail} {money_text(others_e8)}; at most {money_text(max(left_e8, 0))} is left"
        raise CommandRefused("capital_over_account", detail)
    return replace(bot, capital_e8=capital_e8)


def _unknown(request: CommandRequest, present: Present) -> CommandRefused:
    names = ", ".join(bot.name for bot in present.bots) or "none"
    return CommandRefused("unknown_bot", f"{(request.bot or '')[:40]!r}: there are {names}")


def _holds(present: Present, bot: BotSpec) -> str:
    return ", ".join(f"{lots} lots of {symbol}" for symbol, lots in present.held[bot.name].items())
