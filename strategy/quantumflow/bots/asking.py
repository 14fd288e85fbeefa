"""Every strategy of a session that is asked over a Request, each in a process of its own.

A replay asks the same texts the same questions. What it cannot repeat, that a strategy was slow or that its process
ended, it takes from the journal (parity/answers.py).
"""

from pathlib import Path
from typing import Protocol

from quantumflow.bots.process import ANSWER_SECONDS_MAX, Answer, StrategyProcess
from quantumflow.bots.sources import kept_path, kept_text
from quantumflow.parameters import Indicator
from quantumflow.specs import BotSpec
from quantumflow.strategies.view import View
from quantumflow.vocabulary import BotReason

__all__ = ["Asked", "Processes"]


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
        self._unstarted: dict[str, str] = {}
        """Why a bot has no process although its text is there."""

    def begin(self, bot: BotSpec) -> None:
        self.end(bot.name)
        if bot.source is None or self._kept is None or kept_text(self._kept, bot.source) is None:
            return
        try:
            process = StrategyProcess(kept_path(self._kept, bot.source), bot.strategy)
        except OSError as error:
            self._unstarted[bot.name] = f"its process cannot be started: {error}"
            return
        process.begin(bot.parameters)
        self._running[bot.name] = process

    def ask(self, bot: BotSpec, instrument: int, view: View, seq: int) -> Answer:
        del seq
        process = self._running.get(bot.name)
        if process is None:
            missing = f"the text {bot.source} of {bot.strategy} is not kept: change the bot, naming its strategy"
            return Answer(reason=BotReason.STRATEGY_BROKEN, detail=self._unstarted.get(bot.name, missing))
        answer = process.ask(instrument, view, self._seconds)
        if answer.reason is not BotReason.NONE:
            self.end(bot.name)
        return answer

    def indicators(self, bot: str) -> tuple[Indicator, ...]:
        return self._running[bot].indicators if bot in self._running else ()

    def end(self, bot: str) -> None:
        self._unstarted.pop(bot, None)
        process = self._running.pop(bot, None)
        if process is not None:
            process.close()

    def close(self) -> None:
        for bot in list(self._running):
            self.end(bot)
