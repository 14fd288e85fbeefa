"""Every strategy of a session that is asked over a Request: live in processes of their own, in a backtest beside it.

A replay asks the same texts the same questions. What it cannot repeat, that a strategy was slow or that its process
ended, it takes from the journal (parity/answers.py).
"""

from pathlib import Path
from types import SimpleNamespace
from typing import Any, Protocol

from quantumflow.bots.child import answer_of, with_defaults
from quantumflow.bots.declared import Declared, StrategyBroken, load
from quantumflow.bots.process import ANSWER_SECONDS_MAX, Answer, StrategyProcess, checked
from quantumflow.bots.sources import kept_path, kept_text
from quantumflow.parameters import Indicator
from quantumflow.specs import BotSpec
from quantumflow.strategies.view import View
from quantumflow.vocabulary import BotReason

__all__ = ["Asked", "Beside", "Processes"]


class Asked(Protocol):
    """Who answers for the strategies that users wrote."""

    def begin(self, bot: BotSpec) -> None:
        """A bot is there, or is another now: its memory is empty. Does nothing for a strategy of ours."""

    def ask(self, bot: BotSpec, instrument: int, view: View, seq: int) -> Answer:
        """Its intent at the frame `seq`. Never raises for what the strategy does."""

    def indicators(self, bot: str) -> tuple[Indicator, ...]:
        """What its strategy wants plotted, once it has answered."""

    def end(self, bot: str) -> None:
        """The bot is asked no more."""

    def close(self) -> None:
        """None is."""


class Processes:
    """One process a bot; `kept` holds their texts (bots/sources.py), None: there are none."""

    def __init__(self, kept: Path | None, seconds: float = ANSWER_SECONDS_MAX) -> None:
        self._kept = kept
        self._seconds = seconds
        self._running: dict[str, StrategyProcess] = {}

    def begin(self, bot: BotSpec) -> None:
        self.end(bot.name)
        if bot.source is None or self._kept is None or kept_text(self._kept, bot.source) is None:
            return
        process = self._running[bot.name] = StrategyProcess(kept_path(self._kept, bot.source), bot.strategy)
        process.begin(bot.parameters)

    def ask(self, bot: BotSpec, instrument: int, view: View, seq: int) -> Answer:
        del seq
        process = self._running.get(bot.name)
        if process is None:
            detail = f"the text {bot.source} of {bot.strategy} is not kept: change the bot, naming its strategy"
            return Answer(reason=BotReason.STRATEGY_BROKEN, detail=detail)
        answer = process.ask(instrument, view, self._seconds)
        if answer.reason is not BotReason.NONE:
            self.end(bot.name)
        return answer

    def indicators(self, bot: str) -> tuple[Indicator, ...]:
        return self._running[bot].indicators if bot in self._running else ()

    def end(self, bot: str) -> None:
        process = self._running.pop(bot, None)
        if process is not None:
            process.close()

    def close(self) -> None:
        for bot in list(self._running):
            self.end(bot)


class Beside:
    """In this very process: quick, and with a barrier for exceptions alone. For research, where the text is trusted."""

    def __init__(self, kept: Path) -> None:
        self._kept = kept
        self._loaded: dict[str, tuple[Declared, SimpleNamespace, dict[int, Any]]] = {}
        self._broken: dict[str, str] = {}

    def begin(self, bot: BotSpec) -> None:
        self.end(bot.name)
        if bot.source is None:
            return
        try:
            declared = load(kept_path(self._kept, bot.source), bot.strategy)
        except StrategyBroken as error:
            self._broken[bot.name] = str(error)
            return
        self._loaded[bot.name] = (declared, with_defaults(declared, bot.parameters), {})

    def ask(self, bot: BotSpec, instrument: int, view: View, seq: int) -> Answer:
        del seq
        if bot.name not in self._loaded:
            detail = self._broken.get(bot.name, "it was not loaded")
            return Answer(reason=BotReason.STRATEGY_BROKEN, detail=detail)
        declared, parameters, memories = self._loaded[bot.name]
        return checked(answer_of(declared, view, parameters, memories, instrument))

    def indicators(self, bot: str) -> tuple[Indicator, ...]:
        return self._loaded[bot][0].indicators if bot in self._loaded else ()

    def end(self, bot: str) -> None:
        self._loaded.pop(bot, None)
        self._broken.pop(bot, None)

    def close(self) -> None:
        self._loaded.clear()
