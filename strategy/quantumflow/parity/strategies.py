"""The strategies that users wrote, asked again: the same texts, the same questions.

That one was too slow, or that its process ended, is no matter of its text: then it failed where the journal says so.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from quantumflow.bots.asking import Processes
from quantumflow.bots.process import Answer
from quantumflow.bots.sources import kept_path, kept_text
from quantumflow.errors import ParityFailed
from quantumflow.parity.rows import SessionSpan
from quantumflow.specs import BotSpec
from quantumflow.strategies.view import View
from quantumflow.vocabulary import BotReason

__all__ = ["ANSWER_SECONDS_MAX", "StoredIntents", "require_texts"]

ANSWER_SECONDS_MAX = 60.0
"""The machine that repeats may be busier; what never answers is ended all the same."""
_OF_THE_MACHINE = {"strategy_slow", "strategy_died", "strategy_broken"}


class StoredIntents(Processes):
    """One session's. `told`: what the journal says of bots that the engine itself stopped."""

    def __init__(self, told: Iterable[Mapping[str, Any]], kept: Path) -> None:
        super().__init__(kept, ANSWER_SECONDS_MAX)
        ended = [event for event in told if event["bot_reason"] in _OF_THE_MACHINE]
        self._ended = {(event["bot"], event["frame_seq"]): event for event in ended}

    def ask(self, bot: BotSpec, instrument: int, view: View, seq: int) -> Answer:
        told = self._ended.get((bot.name, seq))
        if told is None:
            return super().ask(bot, instrument, view, seq)
        self.end(bot.name)
        return Answer(reason=BotReason[told["bot_reason"].upper()], detail=told["detail"] or "")


def require_texts(span: SessionSpan, commands: list[dict[str, Any]], kept: Path) -> None:
    """Raises ParityFailed, by name, if a text that ran in the session is not there, or is another one now."""
    made = [*span.started["bots"], *(command["made"] for command in commands if command.get("made"))]
    for bot in made:
        digest = bot.get("source")
        if digest is None or kept_text(kept, digest) is not None:
            continue
        path = kept_path(kept, digest)
        name = "strategy_changed" if path.exists() else "strategy_missing"
        raise ParityFailed(name, f"{bot['strategy']}, which {bot['name']} ran, is not in {path} as it ran")
