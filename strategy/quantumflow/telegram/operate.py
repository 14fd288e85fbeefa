"""Pause, resume, and kill in two steps: the first gives a code, the second within CODE_SECONDS does it.

A command's key is made from the update's number: Telegram delivers an update again if its receipt was lost, and the
trader takes one key once. With the trader gone a kill makes the kill file, which any trader obeys before it orders.
"""

import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass

from quantumflow.commands.request import CommandRequest
from quantumflow.errors import CommandRefused
from quantumflow.telegram.commands import Asked, Question

__all__ = ["CODE_SECONDS", "Operator"]

CODE_SECONDS = 60.0
CODES_MAX = 32
TRIES_MAX = 3
"""Wrong codes, after which a new one must be asked for."""

Send = Callable[[CommandRequest], dict[str, object]]
"""Brings a command to the trader, or makes the kill file. Raises CommandRefused."""


@dataclass(slots=True)
class _Code:
    text: str
    until: float
    tries: int = 0


class Operator:
    """Codes that are out, and the way to the trader."""

    def __init__(self, send: Send, bot_id: int) -> None:
        self._send, self._bot_id = send, bot_id
        self._codes: dict[tuple[int, int], _Code] = {}

    def answer(self, asked: Asked, monotonic: float) -> list[str]:
        """Plain lines. Blocks for as long as the trader takes; bounded there."""
        if asked.question is Question.KILL:
            return self._kill(asked, monotonic)
        word = "pause" if asked.question is Question.PAUSE else "resume"
        return self._command(asked, word, asked.argument or None)

    def _kill(self, asked: Asked, monotonic: float) -> list[str]:
        whose = (asked.chat, asked.user)
        if not asked.argument:
            self._codes = {who: code for who, code in self._codes.items() if code.until > monotonic}
            if len(self._codes) >= CODES_MAX:
                return ["too many kills are being asked for; use one of them"]
            code = f"{secrets.randbelow(10**6):06d}"
            self._codes[whose] = _Code(code, monotonic + CODE_SECONDS)
            return [f"To halt all trading, send within {CODE_SECONDS:.0f} s:", f"/kill {code}"]
        out = self._codes.get(whose)
        if out is None or out.until <= monotonic:
            self._codes.pop(whose, None)
            return ["no code is out, or its time is over: send /kill for a new one"]
        if not hmac.compare_digest(out.text.encode(), asked.argument.encode()):
            out.tries += 1
            if out.tries >= TRIES_MAX:
                del self._codes[whose]
            return ["that is not the code; nothing was done"]
        del self._codes[whose]
        return self._command(asked, "kill", None)

    def _command(self, asked: Asked, command: str, bot: str | None) -> list[str]:
        request = CommandRequest(
            command=command,
            bot=bot,
            reason=f"/{command} in Telegram",
            who=f"telegram:{asked.user}",
            key=f"telegram-{self._bot_id}-{asked.update_id}",
        )
        try:
            answer = self._send(request)
        except CommandRefused as error:
            return [f"{command} was not done: {error.name}: {error.detail}"]
        if "kill_file" in answer:
            return [
                f"KILLED by the kill file: no trader answers ({answer['because']}).",
                "Nothing trades while that file is there; remove it and reset the breaker to trade again.",
            ]
        again = " before; nothing was done twice" if answer.get("duplicate") else ""
        return [f"{command} taken{again}: event {answer.get('event_seq')} of the journal"]
