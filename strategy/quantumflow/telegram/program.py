"""The Telegram program: the courier, the listener, and a status file once a second, until SIGTERM."""

import asyncio
import contextlib
import json
import os
import signal
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from telegram import Bot
from telegram.request import HTTPXRequest

from quantumflow.appliance.data_dir import CONTROL_SOCKET, DataDir
from quantumflow.appliance.status_files import read_status
from quantumflow.commands.client import send_command
from quantumflow.crash_points import check_crash_points
from quantumflow.errors import ApplianceRefused, SettingsRefused
from quantumflow.exits import ExitCode
from quantumflow.log_lines import Log, configure_log_lines
from quantumflow.metrics_door import serve_metrics
from quantumflow.redaction import Redactor
from quantumflow.telegram.answers import Answers, newest_report
from quantumflow.telegram.call import CALL_SECONDS_MAX, Api, Refused
from quantumflow.telegram.deliver import Courier, Messenger
from quantumflow.telegram.gather import Sources
from quantumflow.telegram.listen import Listener
from quantumflow.telegram.metrics import telegram_metrics
from quantumflow.telegram.operate import Operator
from quantumflow.telegram.outbox import OutboxFile
from quantumflow.telegram.settings import TelegramSettings, read_telegram_settings, telegram_token
from quantumflow.telegram.texts import escape, heading

__all__ = ["run"]

STATUS_SECONDS = 1.0
FINISH_SECONDS_MAX = 1.0
"""How long a stop waits for a call that is under way."""
LAST_SECONDS_MAX = 3.0
"""How long it then waits for the trader's end, and tells it; both stay below supervisord.conf's stopwaitsecs."""
LOOK_SECONDS = 0.1
CONNECTIONS = 2

_log = Log("telegram")


def run(file: Path, environment: Mapping[str, str], build: str) -> int:
    """Until SIGTERM. No failure of Telegram ends it: it waits and tries again."""
    try:
        check_crash_points("telegram")
        settings = read_telegram_settings(file)
        token = telegram_token(settings, environment)
        redact = Redactor([token])
        configure_log_lines(settings.log_level, redact)
        folder = Path(settings.data_dir) / "telegram"
        folder.mkdir(exist_ok=True, mode=0o700)
        box = OutboxFile(folder / "outbox.json")
    except (SettingsRefused, ApplianceRefused) as error:
        sys.stderr.write(f"quantumflow telegram: {error}\n")
        return ExitCode.USAGE
    asyncio.run(_Program(settings, token, redact, box, build).run())
    return ExitCode.OK


class _Program:
    """The parts, and the tasks that they are."""

    def __init__(self, settings: TelegramSettings, token: str, redact: Redactor, box: OutboxFile, build: str) -> None:
        self._settings, self._box, self._build = settings, box, build
        self._data, self._run = Path(settings.data_dir), Path(settings.run_dir)
        self._stopping = asyncio.Event()
        self._api = Api(redact, self._stopping)
        self._requests = (
            HTTPXRequest(connection_pool_size=CONNECTIONS, read_timeout=CALL_SECONDS_MAX),
            HTTPXRequest(connection_pool_size=1),
        )
        self._bot = Bot(
            token, base_url=settings.base_url, request=self._requests[0], get_updates_request=self._requests[1]
        )
        self._answers = Answers(self._data, self._run, settings.venue)
        self._messenger = Messenger(self._bot, self._api)
        head = heading(settings.venue, settings.simulated)
        sources = Sources(self._data, head, self._daily)
        self._courier = Courier(box, sources, self._messenger, settings.chats, settings.coalesce_ms / 1000)
        self._listener: Listener | None = None
        self._said: dict[str, Any] = {}

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stopping.set)
        self._tell_metrics()
        saying = asyncio.create_task(self._say_on())
        telling = [asyncio.create_task(self._courier.run(self._stopping)), asyncio.create_task(self._listen())]
        await asyncio.wait([*telling, asyncio.create_task(self._stopping.wait())], return_when="FIRST_COMPLETED")
        self._stopping.set()
        done, late = await asyncio.wait(telling, timeout=FINISH_SECONDS_MAX)
        for task in late:
            task.cancel()
        for task in done:
            task.result()  # an error of ours ends the program, and supervisord starts it again
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._last_words(), LAST_SECONDS_MAX)
        saying.cancel()
        self._say(final=True)
        for request in self._requests:
            await request.shutdown()

    def _tell_metrics(self) -> None:
        """A port that is taken is no reason not to tell anything."""
        if self._settings.metrics_listen is None:
            return
        host, _, port = self._settings.metrics_listen.rpartition(":")
        try:
            serve_metrics((host, int(port)), lambda: telegram_metrics(self._said))
        except SettingsRefused as error:
            _log.error("no metrics are told", reason=error.detail)

    async def _listen(self) -> None:
        """Who the bot is, as soon as the server says so; then updates."""
        try:
            me = await self._api.until_answered(self._bot.get_me)
        except Refused as refused:
            _log.error("the server does not know this bot", detail=str(refused))
            me = None
        if me is None:
            await self._stopping.wait()
            return
        socket, kill_file = self._run / CONTROL_SOCKET, DataDir(self._data).kill_file
        operator = Operator(lambda request: send_command(request, socket, kill_file), me.id)
        self._listener = Listener(
            self._bot, self._api, self._messenger, self._settings, self._answers, operator, me.username
        )
        _log.info("listening", bot=me.username)
        await self._listener.run(self._stopping)
        with contextlib.suppress(Refused):
            await self._listener.confirm()

    async def _last_words(self) -> None:
        """The trader's end is the last event of its session: with it the appliance's stop is told."""
        while read_status(self._run / "trader.status.json", time.time_ns()).running:
            await asyncio.sleep(LOOK_SECONDS)
        if self._box.box.pending is not None:
            await self._courier.send()
        if self._box.box.pending is None and self._box.box.cursor is not None:
            await self._courier.gather()
            await self._courier.send()

    def _daily(self) -> tuple[list[str], str | None]:
        lines, picture = newest_report(self._data / "reports")
        return ["<b>daily report</b>", *(escape(line) for line in lines)], picture

    async def _say_on(self) -> None:
        while True:
            self._say()
            await asyncio.sleep(STATUS_SECONDS)

    def _say(self, final: bool = False) -> None:
        box = self._box.box
        pending = box.pending
        values: dict[str, Any] = {
            "program": "telegram",
            "build": self._build,
            "pid": os.getpid(),
            "written_ns": time.time_ns(),
            "final": final,
            "told_seq": None if box.cursor is None else box.cursor.seq,
            "on_its_way": None if pending is None else len(pending.parts),
            "sent": self._messenger.sent,
            "commands": 0 if self._listener is None else self._listener.commands,
            "failures_in_a_row": self._api.failures,
            "problem": self._api.problem,
            "answered_ns": self._api.answered_ns or None,
        }
        self._said = values
        path = self._run / "telegram.status.json"
        beside = path.with_name(path.name + ".new")
        try:
            beside.write_text(json.dumps(values, separators=(",", ":")) + "\n", encoding="utf-8")
            beside.replace(path)
        except OSError as error:
            _log.error("the status file cannot be written", file=str(path), reason=error.strerror)
