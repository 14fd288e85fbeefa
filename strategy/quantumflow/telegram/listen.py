"""Updates, one after the other: read, answered, and only then confirmed, so that a kill in between loses no command."""

import asyncio
import time
import warnings
from collections import OrderedDict

from telegram import Bot
from telegram.warnings import PTBUserWarning

from quantumflow.log_lines import Log
from quantumflow.telegram.answers import Answers
from quantumflow.telegram.call import Api, Failure, Refused
from quantumflow.telegram.commands import Asked, NotHeard, Question, read_update
from quantumflow.telegram.deliver import Messenger
from quantumflow.telegram.operate import Operator
from quantumflow.telegram.settings import TelegramSettings
from quantumflow.telegram.texts import escape, heading, messages
from quantumflow.telegram.updates import Received, Seen, read_updates

__all__ = ["Listener"]

POLL_SECONDS = 25
UPDATES_MAX = 10
STRANGERS_MAX = 1_000
"""Senders that are kept in mind, so that each has one line in the log and not one for each message."""
ANSWER_SECONDS_MAX = 120.0
_OPERATIONS = (Question.PAUSE, Question.RESUME, Question.KILL)

_log = Log("telegram")


class Listener:
    """Takes updates until it is told to stop."""

    def __init__(
        self,
        bot: Bot,
        api: Api,
        messenger: Messenger,
        settings: TelegramSettings,
        answers: Answers,
        operator: Operator,
        username: str | None,
    ) -> None:
        self._bot, self._api, self._messenger, self._settings = bot, api, messenger, settings
        self._answers, self._operator, self._username = answers, operator, username
        self._strangers: OrderedDict[int, None] = OrderedDict()
        self._offset: int | None = None
        self.commands = 0
        # The library advises its get_updates, which takes over what it does not check: see updates.py.
        warnings.filterwarnings("ignore", "Please use 'Bot.getUpdates'", PTBUserWarning)

    async def run(self, stopping: asyncio.Event) -> None:
        failures = 0
        while not stopping.is_set():
            try:
                received = await self._api.once(self._poll, POLL_SECONDS + 10.0)
            except Refused as refused:
                _log.error("updates are refused", detail=str(refused))
                received = Failure.NETWORK
            if isinstance(received, Failure):
                failures += 1
                await self._api.wait_after(received, failures)
                continue
            failures = 0
            if received.misshapen:
                _log.warning("updates of another shape are passed over", updates=received.misshapen)
            for update in received.updates:
                await self._take(update)
                self._offset = update.update_id + 1
                if stopping.is_set():
                    return
            self._offset = received.next_offset or self._offset

    async def confirm(self) -> None:
        """At the end: what was answered is not delivered again."""
        if self._offset is not None:
            await self._api.once(lambda: self._bot.get_updates(offset=self._offset, limit=1, timeout=0), 2.0)

    async def _poll(self) -> Received:
        asked = {"offset": self._offset, "limit": UPDATES_MAX, "timeout": POLL_SECONDS, "allowed_updates": ["message"]}
        known = {name: value for name, value in asked.items() if value is not None}
        return read_updates(
            await self._bot.do_api_request("getUpdates", api_kwargs=known, read_timeout=2 * POLL_SECONDS + 5.0)
        )

    async def _take(self, update: Seen) -> None:
        settings = self._settings
        asked = read_update(update, settings.users, settings.chats, self._username, time.time())
        if isinstance(asked, NotHeard):
            if asked is NotHeard.NOT_ALLOWED:
                self._stranger(
                    0 if update.message is None or update.message.sender is None else update.message.sender.id
                )
            return
        self.commands += 1
        question = "unknown" if asked.question is None else str(asked.question)
        _log.info("command", question=question, user=asked.user, chat=asked.chat, update=asked.update_id, old=asked.old)
        lines = await asyncio.to_thread(self._lines, asked)
        head = heading(settings.venue, settings.simulated)
        for message in messages(head, [escape(line) for line in lines], f"answer {asked.update_id}"):
            try:
                sent = await asyncio.wait_for(self._messenger.text(asked.chat, message), ANSWER_SECONDS_MAX)
            except TimeoutError:
                sent = False
            if not sent:
                _log.warning("an answer was given up", update=asked.update_id)
                return

    def _lines(self, asked: Asked) -> list[str]:
        if asked.old:
            return ["that command was too old when it came, and was not obeyed: send it again"]
        if asked.question in _OPERATIONS:
            return self._operator.answer(asked, time.monotonic())
        return self._answers.answer(asked)

    def _stranger(self, number: int) -> None:
        if number not in self._strangers:
            _log.warning("not answered: not one of telegram.users, or not in their chat", user=number)
            self._strangers[number] = None
            if len(self._strangers) > STRANGERS_MAX:
                self._strangers.popitem(last=False)
