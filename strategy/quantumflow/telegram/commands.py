"""An update → who asks for what, or why it is not heard. Pure: time is an argument."""

from collections.abc import Container
from dataclasses import dataclass
from enum import StrEnum

from quantumflow.telegram.updates import Seen

__all__ = ["AGE_SECONDS_MAX", "Asked", "NotHeard", "Question", "read_update"]

AGE_SECONDS_MAX = 60.0
"""An older command is not obeyed: what was asked before an outage may be the opposite of what is wanted after it."""
ARGUMENT_CHARS_MAX = 200


class Question(StrEnum):
    """What may be asked; the words are those of the messages."""

    STATUS = "status"
    PNL = "pnl"
    POSITIONS = "positions"
    ORDERS = "orders"
    TRADES = "trades"
    BOTS = "bots"
    WHY = "why"
    RISK = "risk"
    PAUSE = "pause"
    RESUME = "resume"
    KILL = "kill"
    REPORT = "report"
    VERIFY = "verify"
    HEALTH = "health"
    HELP = "help"


class NotHeard(StrEnum):
    """Why an update gets no answer."""

    NO_COMMAND = "no_command"
    NOT_ALLOWED = "not_allowed"
    OTHER_BOT = "other_bot"


@dataclass(frozen=True, slots=True)
class Asked:
    """A command of somebody who may give it. `question` None: a word nobody knows. `old`: too old to be obeyed."""

    update_id: int
    chat: int
    user: int
    question: Question | None
    argument: str
    old: bool


def read_update(
    update: Seen, users: Container[int], chats: Container[int], username: str | None, now: float
) -> Asked | NotHeard:
    """`now` is UTC in seconds. Heard are the users by their number, since names can change hands, alone with the bot or
    in a configured chat."""
    message = update.message
    if message is None or message.sender is None or not message.text.startswith("/"):
        return NotHeard.NO_COMMAND
    chat, user = message.chat, message.sender
    alone = chat.type == "private" and chat.id == user.id
    if user.id not in users or not (alone or chat.id in chats) or user.is_bot or message.sender_chat is not None:
        return NotHeard.NOT_ALLOWED
    word, _, argument = message.text.partition(" ")
    name, _, addressed = word[1:].partition("@")
    if addressed and username is not None and addressed.lower() != username.lower():
        return NotHeard.OTHER_BOT
    question = Question(name.lower()) if name.lower() in set(Question) else None
    old = now - message.date > AGE_SECONDS_MAX
    return Asked(update.update_id, chat.id, user.id, question, argument.strip()[:ARGUMENT_CHARS_MAX], old)
