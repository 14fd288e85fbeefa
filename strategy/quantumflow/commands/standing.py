"""What all commands so far amount to, from journal events alone; a part of each checkpoint. Pure.

core_risk has to know the newest of KILL, KILL_FLATTEN (a halt) and RESET_BREAKER (a resume). Which it knows it says
itself, by the journal's number of that command: so nothing of the delivery is kept here, and a restart changes nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

__all__ = ["Said", "StandingCommands"]

_ALL = "*"
_PAUSING = ("pause", "flatten")
_KILLING = ("kill", "kill_flatten")


class Said(NamedTuple):
    """A command that was taken: its event in the journal, and who said it why."""

    seq: int
    event_ns: int
    command: str
    who: str
    reason: str

    def words(self) -> str:
        return f"{self.command} by {self.who}: {self.reason} (event {self.seq})"


@dataclass(slots=True)
class StandingCommands:
    """Who is paused by which command, and which kill or reset was the last."""

    _of_bots: dict[str, Said] = field(default_factory=dict)
    """The newest PAUSE, FLATTEN or RESUME of each bot; `*`: of all, and whatever is older than it is forgotten."""
    last: Said | None = None
    """The newest of KILL, KILL_FLATTEN and RESET_BREAKER."""

    @property
    def killed(self) -> Said | None:
        """The kill that stands; None if none does."""
        return self.last if self.last is not None and self.last.command in _KILLING else None

    def paused(self, bot: str) -> Said | None:
        """The command that keeps `bot` from entering; None if none does."""
        said = self._of_bots.get(bot) or self._of_bots.get(_ALL)
        return said if said is not None and said.command in _PAUSING else None

    def flattens(self, bot: str) -> bool:
        """Whether `bot` is to leave its positions."""
        said = self.paused(bot)
        return said is not None and said.command == "flatten"

    def take(self, seq: int, event_ns: int, payload: Mapping[str, Any]) -> None:
        """Takes the next command event."""
        said = Said(seq, event_ns, payload["command"], payload["who"], payload["reason"])
        if said.command in (*_KILLING, "reset_breaker"):
            self.last = said
        elif said.command in (*_PAUSING, "resume"):
            if payload["bot"] is None:
                self._of_bots.clear()
            self._of_bots[payload["bot"] or _ALL] = said

    def content(self) -> dict[str, Any]:
        """All of it as JSON values; the same commands give the same."""
        return {
            "of_bots": {bot: list(said) for bot, said in sorted(self._of_bots.items())},
            "last": None if self.last is None else list(self.last),
        }

    @classmethod
    def of(cls, content: Mapping[str, Any]) -> "StandingCommands":
        """The inverse of `content`. Raises KeyError or TypeError for something else."""
        last = content["last"]
        return cls(
            {bot: Said(*said) for bot, said in content["of_bots"].items()}, None if last is None else Said(*last)
        )
