"""The outbox to every chat: gathered, kept, sent part by part, kept after each."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from telegram import Bot, LinkPreviewOptions
from telegram.constants import ParseMode

from quantumflow.log_lines import Log
from quantumflow.telegram.call import Api, Refused
from quantumflow.telegram.gather import Sources, gather, present
from quantumflow.telegram.outbox import OutboxFile, Pending
from quantumflow.telegram.texts import CAPTION_CHARS_MAX, plain

__all__ = ["Courier", "Messenger"]

LOOK_SECONDS = 1.0
PICTURE_BYTES_MAX = 10_000_000

_log = Log("telegram")
_NO_PREVIEW = LinkPreviewOptions(is_disabled=True)


class Messenger:
    """Sends one message or picture to one chat, until it is taken or refused."""

    def __init__(self, bot: Bot, api: Api) -> None:
        self._bot, self._api = bot, api
        self.sent = 0

    async def text(self, chat: int, message: str) -> bool:
        """False if the program is told to stop first. A message whose HTML is not taken goes as plain text; one that is
        not taken at all (the bot was put out of the chat) is given up, with a line in the log."""
        for text, mode in ((message, ParseMode.HTML), (plain(message), None)):
            try:
                return await self._send(lambda t=text, m=mode: self._message(chat, t, m))  # type: ignore[misc]  # a lambda with defaults has no type
            except Refused as refused:
                _log.error("a chat does not take a message", chat=chat, detail=str(refused))
        return True

    async def picture(self, chat: int, file: Path, caption: str) -> bool:
        """A picture that is gone or too large is left out: its text has been sent."""
        try:
            with file.open("rb") as source:
                data = source.read(PICTURE_BYTES_MAX + 1)
        except OSError as error:
            _log.error("a picture cannot be read", file=str(file), detail=error.strerror)
            return True
        if len(data) > PICTURE_BYTES_MAX:
            _log.error("a picture is too large", file=str(file))
            return True
        short = plain(caption)[:CAPTION_CHARS_MAX]
        try:
            return await self._send(lambda: self._bot.send_photo(chat, data, caption=short, filename=file.name))
        except Refused as refused:
            _log.error("a chat does not take a picture", chat=chat, detail=str(refused))
        return True

    def _message(self, chat: int, text: str, mode: str | None) -> Awaitable[Any]:
        return self._bot.send_message(chat, text, parse_mode=mode, link_preview_options=_NO_PREVIEW)

    async def _send(self, call: Callable[[], Awaitable[Any]]) -> bool:
        await self._api.spaced()
        answer = await self._api.until_answered(call)
        if answer is None:
            return False
        self.sent += 1
        return True


class Courier:
    """Moves the outbox. One at a time, so that the order of what is told is the order of what happened."""

    def __init__(
        self, file: OutboxFile, sources: Sources, messenger: Messenger, chats: tuple[int, ...], coalesce_seconds: float
    ) -> None:
        self._file, self._sources, self._messenger = file, sources, messenger
        self._chats, self._coalesce = chats, coalesce_seconds

    async def run(self, stopping: asyncio.Event) -> None:
        """Until it is told to stop; what is left then is told at the next start."""
        while not stopping.is_set():
            if self._file.box.pending is None and not await self._news():
                await _pause(stopping, LOOK_SECONDS)
                continue
            if self._file.box.pending is None:
                await _pause(stopping, self._coalesce)
                await self.gather()
            await self.send()

    async def gather(self) -> None:
        """What happened becomes pending, or is passed over if it is not worth a message."""
        found = await asyncio.to_thread(gather, self._sources, self._file.box)
        if isinstance(found, Pending):
            self._file.put(found)
        elif found is not None:
            self._file.pass_over(*found)

    async def send(self) -> None:
        """The pending message to every chat that does not have it."""
        pending = self._file.box.pending
        if pending is None:
            return
        total = len(pending.parts) + (pending.picture is not None)
        for chat in self._chats:
            for part in range(pending.sent.get(str(chat), 0), total):
                if not await self._send_part(pending, chat, part):
                    return
                self._file.sent(chat, part + 1)
        self._file.done()

    async def _send_part(self, pending: Pending, chat: int, part: int) -> bool:
        if part < len(pending.parts):
            return await self._messenger.text(chat, pending.parts[part])
        caption = pending.parts[0].split("\n", 1)[0]
        return await self._messenger.picture(chat, Path(str(pending.picture)), f"{caption} daily report")

    async def _news(self) -> bool:
        """Whether anything came since the cursor; at the very first start telling begins here."""
        now = await asyncio.to_thread(present, self._sources)
        if now is None:
            return False
        if self._file.box.cursor is None:
            self._file.begin(now)
        return now != self._file.box.cursor


async def _pause(stopping: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(stopping.wait(), seconds)
    except TimeoutError:
        return
