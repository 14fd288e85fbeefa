"""The bots of one session: who stands in which row of the engine's state, and who answers for users' strategies."""

from collections.abc import Mapping
from typing import Any

import structlog

from quantumflow.bots.asking import Asked
from quantumflow.bots.changes import Present
from quantumflow.bots.plotted import Plotted, indicators_of_ours
from quantumflow.bots.roster import bot_of
from quantumflow.bots.rows import Positions, change_rows, remove_rows, start_row, stop_row, with_bot, without_bots
from quantumflow.bots.sources import Strategies
from quantumflow.commands.request import COMMANDS, CommandRequest
from quantumflow.commands.standing import StandingCommands
from quantumflow.engine import asked_of, intent_event
from quantumflow.events import Events
from quantumflow.journal.totals import Totals
from quantumflow.specs import BotSpec
from quantumflow.state import State
from quantumflow.vocabulary import BotReason, BotState, Command

__all__ = ["Crew"]

_log = structlog.get_logger("bots")


class Crew:
    """`specs` are in the order of the state's rows; one that is no more may still stand there."""

    def __init__(self, specs: tuple[BotSpec, ...], symbols: tuple[str, ...], asked: Asked) -> None:
        self.specs = specs
        self.symbols = symbols
        self.plotted = Plotted()
        self._asked = asked
        self._failed = ""
        """What the strategy that failed in the event at work said of it."""
        for bot in specs:
            self._begin(bot)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(bot.name for bot in self.specs)

    def row(self, name: str | None) -> int:
        """Its row; -1 for None, which means all."""
        return -1 if name is None else self.names.index(name)

    def there(self, state: State) -> tuple[BotSpec, ...]:
        """Those that are not gone."""
        rows = zip(state.bots, self.specs, strict=True)
        return tuple(bot for row, bot in rows if row["state"] != BotState.REMOVED)

    def capitals(self, state: State) -> dict[str, int]:
        """For core_risk."""
        return {bot.name: bot.capital_e8 for bot in self.there(state)}

    def present(self, state: State, totals: Totals, commands: StandingCommands, strategies: Strategies) -> Present:
        """What a command about a bot finds."""
        held: dict[str, dict[str, int]] = {}
        for (bot, symbol), position in totals.positions.items():
            if position.qty != 0:
                held.setdefault(bot, {})[symbol] = position.qty
        core = state.core[0]
        account_e8 = int(core["equity_e8"]) if core["marked"] else totals.cash_e8
        return Present(self.there(state), self.symbols, held, account_e8, commands, strategies)

    def intent(self, state: State) -> Events:
        """What a user's strategy wants; whatever becomes of it there, the engine gets an answer."""
        number, k, view = asked_of(state)
        bot = self.specs[number]
        answer = self._asked.ask(bot, k, view, int(state.core[0]["seq"]))
        if answer.reason is not BotReason.NONE:
            _log.warning("a strategy failed", bot=bot.name, reason=answer.reason.name.lower(), detail=answer.detail)
            self._failed = answer.detail
        elif answer.figures:
            if not self.plotted.knows(bot.name):
                self.plotted.begin(bot, self._asked.indicators(bot.name))
            self.plotted.answered(bot.name, self.symbols[k], answer.figures)
        return intent_event(state, answer.intent, answer.reason)

    def failure(self) -> str | None:
        """What the strategy that just failed said, once."""
        said, self._failed = self._failed or None, ""
        return said

    def change(self, state: State, positions: Positions, request: CommandRequest, outcome: Mapping[str, Any]) -> State:
        """The state after a command about a bot, whose event is journaled; the bots are those after it, too."""
        state = self._without_gone(state)
        command = COMMANDS[request.command]
        if command is Command.CREATE_BOT:
            made = bot_of(outcome["made"])
            self.specs = (*self.specs, made)
            self._begin(made)
            return with_bot(state, made, self.symbols, positions)
        number = self.row(request.bot)
        if command is Command.CHANGE_BOT:
            made = bot_of(outcome["made"])
            self.specs = (*self.specs[:number], made, *self.specs[number + 1 :])
            change_rows(state, number, made, self.symbols)
            self._begin(made)
        elif command is Command.START_BOT:
            self.begin_failed(state, number)
            start_row(state, number)
        elif command is Command.STOP_BOT:
            stop_row(state, number, bool(request.flatten))
        else:
            remove_rows(state, number, bool(outcome["removing"]))
        return state

    def begin_failed(self, state: State, number: int) -> None:
        """A strategy that had failed is asked again from its beginning; -1: each that had."""
        for each, row in enumerate(state.bots):
            failed = row["reason"] > BotReason.ORDERS_REFUSED and row["state"] != BotState.REMOVED
            if failed and number in (-1, each):
                self._begin(self.specs[each])

    def close(self) -> None:
        """Ends the processes of users' strategies."""
        self._asked.close()

    def _without_gone(self, state: State) -> State:
        gone = [number for number, row in enumerate(state.bots) if row["state"] == BotState.REMOVED]
        for number in gone:
            self._asked.end(self.specs[number].name)
            self.plotted.end(self.specs[number].name)
        self.specs = tuple(bot for number, bot in enumerate(self.specs) if number not in gone)
        return without_bots(state, gone)

    def _begin(self, bot: BotSpec) -> None:
        self._asked.begin(bot)
        self.plotted.begin(bot, indicators_of_ours(bot))
