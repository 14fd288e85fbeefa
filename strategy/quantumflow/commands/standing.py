"""What all commands so far amount to, from journal events alone; a part of each checkpoint. Pure.

core_risk has to know the newest of KILL, KILL_FLATTEN (a halt) and RESET_BREAKER (a resume). Which it knows it says
itself, by the journal's number of that command: so nothing of the delivery is kept here, and a restart changes nothing.

Bots that commands made, changed or removed are here as the newest of these commands left them: that goes before what
the configuration says of a bot of this name (bots/roster.py).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

__all__ = ["NAMES_MAX", "Ruled", "Said", "StandingCommands"]

NAMES_MAX = 1_024
"""Names of bots that commands ever ruled on, removed ones too."""
_ALL = "*"
_PAUSING = ("pause", "flatten")
_KILLING = ("kill", "kill_flatten")
_MAKING = ("create_bot", "change_bot", "remove_bot")


class Said(NamedTuple):
    """A command that was taken: its event in the journal, and who said it why."""

    seq: int
    event_ns: int
    command: str
    who: str
    reason: str

    def words(self) -> str:
        return f"{self.command} by {self.who}: {self.reason} (event {self.seq})"


class Ruled(NamedTuple):
    """What a command left of a bot: `made` as its event has it, None: there is none of this name."""

    said: Said
    made: Mapping[str, Any] | None
    removing: bool


class Failed(NamedTuple):
    """Why a bot's strategy is not asked any more, as the event that told it says."""

    seq: int
    reason: str
    detail: str | None


@dataclass(slots=True)
class StandingCommands:
    """Who is paused by which command, and which kill or reset was the last."""

    _of_bots: dict[str, Said] = field(default_factory=dict)
    """The newest PAUSE, FLATTEN or RESUME of each bot; `*`: of all, and whatever is older than it is forgotten."""
    last: Said | None = None
    """The newest of KILL, KILL_FLATTEN and RESET_BREAKER."""
    ruled: dict[str, Ruled] = field(default_factory=dict)
    """In the order in which bots were made."""
    failed: dict[str, Failed] = field(default_factory=dict)
    _stopped: dict[str, tuple[Said, bool]] = field(default_factory=dict)
    """By STOP_BOT, and whether it was to leave its positions."""

    @property
    def killed(self) -> Said | None:
        """The kill that stands; None if none does."""
        return self.last if self.last is not None and self.last.command in _KILLING else None

    def paused(self, bot: str) -> Said | None:
        """The command that keeps `bot` from entering; None if none does."""
        if bot in self._stopped:
            return self._stopped[bot][0]
        said = self._of_bots.get(bot) or self._of_bots.get(_ALL)
        return said if said is not None and said.command in _PAUSING else None

    def stopped(self, bot: str) -> Said | None:
        """The STOP_BOT that holds, or the REMOVE_BOT that waits until it is flat."""
        if self.removing(bot):
            return self.ruled[bot].said
        return self._stopped[bot][0] if bot in self._stopped else None

    def removing(self, bot: str) -> bool:
        """Whether it is no more once it is flat."""
        return bot in self.ruled and self.ruled[bot].removing

    def flattens(self, bot: str) -> bool:
        """Whether `bot` is to leave its positions."""
        if self.removing(bot) or (bot in self._stopped and self._stopped[bot][1]):
            return True
        said = self._of_bots.get(bot) or self._of_bots.get(_ALL)
        return said is not None and said.command == "flatten"

    def take(self, seq: int, event_ns: int, payload: Mapping[str, Any]) -> None:
        """Takes the next command event."""
        said = Said(seq, event_ns, payload["command"], payload["who"], payload["reason"])
        bot = payload["bot"]
        if said.command in (*_KILLING, "reset_breaker"):
            self.last = said
        elif said.command in (*_PAUSING, "resume"):
            if bot is None:
                self._of_bots.clear()
            self._of_bots[bot or _ALL] = said
        elif said.command == "stop_bot":
            self._stopped[bot] = (said, bool(payload.get("flatten")))
        elif said.command == "start_bot":
            self._stopped.pop(bot, None)
            self._of_bots[bot] = said
        elif said.command in _MAKING:
            self._rule(bot, Ruled(said, payload["made"], bool(payload.get("removing"))))
        if said.command in ("resume", "start_bot", "change_bot"):
            for name in [bot] if bot is not None else list(self.failed):
                self.failed.pop(name, None)

    def take_bot(self, seq: int, payload: Mapping[str, Any]) -> None:
        """Takes the next event by which the engine itself changed a bot's state."""
        bot = payload["bot"]
        if payload["bot_state"] == "removed":
            self._rule(bot, self.ruled[bot]._replace(made=None, removing=False))
        elif payload["bot_reason"] != "orders_refused":
            self.failed[bot] = Failed(seq, payload["bot_reason"], payload.get("detail"))

    def _rule(self, bot: str, ruled: Ruled) -> None:
        """A bot that is made anew is the last; one that is no more leaves nothing but that."""
        if ruled.said.command == "create_bot" or ruled.made is None:
            self.ruled.pop(bot, None)
            self._stopped.pop(bot, None)
            self.failed.pop(bot, None)
            self._of_bots.pop(bot, None)
        if ruled.said.command == "create_bot" and _ALL in self._of_bots:
            self._of_bots[bot] = ruled.said  # it runs at once, whatever was said to those there were
        self.ruled[bot] = ruled

    def content(self) -> dict[str, Any]:
        """All of it as JSON values; the same commands give the same."""
        return {
            "of_bots": {bot: list(said) for bot, said in sorted(self._of_bots.items())},
            "last": None if self.last is None else list(self.last),
            "ruled": [[bot, list(one.said), one.made, one.removing] for bot, one in self.ruled.items()],
            "failed": {bot: list(failed) for bot, failed in sorted(self.failed.items())},
            "stopped": {bot: [list(said), leaves] for bot, (said, leaves) in sorted(self._stopped.items())},
        }

    @classmethod
    def of(cls, content: Mapping[str, Any]) -> "StandingCommands":
        """The inverse of `content`. Raises KeyError or TypeError for something else."""
        last = content["last"]
        return cls(
            {bot: Said(*said) for bot, said in content["of_bots"].items()},
            None if last is None else Said(*last),
            {bot: Ruled(Said(*said), made, removing) for bot, said, made, removing in content["ruled"]},
            {bot: Failed(*failed) for bot, failed in content["failed"].items()},
            {bot: (Said(*said), leaves) for bot, (said, leaves) in content["stopped"].items()},
        )
