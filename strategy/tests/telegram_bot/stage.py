"""A data directory with a journal, the fake Bot API, and the Telegram program as a process on both."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from journal.sample import Life, lived

from quantumflow.journal.records import Record
from quantumflow.upkeep.record import read_record, write_record
from telegram_bot.fake_bot_api import TOKEN, FakeBotApi

__all__ = ["OWNER", "SECONDS_MAX", "Stage", "until"]

SECONDS_MAX = 90.0
"""Only against hanging."""
OWNER = 42
CHAT = 42


def until(true: Callable[[], object]) -> None:
    deadline = time.monotonic() + SECONDS_MAX
    while not true():
        assert time.monotonic() < deadline, "not within the time"
        time.sleep(0.05)


class Stage:
    """Everything that a test of the program needs."""

    def __init__(self, folder: Path) -> None:
        self.data = folder / "data"
        (self.data / "run").mkdir(parents=True)
        (self.data / "upkeep").mkdir()
        self.api = FakeBotApi()
        self.life: Life = lived(self.data, trips=1)
        self.process: subprocess.Popen[str] | None = None
        self.log = folder / "telegram.log"
        self.configure()

    def configure(self, **changes: Any) -> None:
        document = {
            "data_dir": str(self.data),
            "run_dir": str(self.data / "run"),
            "venue": "sim",
            "simulated": True,
            "token_file": None,
            "chats": [CHAT],
            "users": [OWNER],
            "base_url": self.api.url,
            "coalesce_ms": 300,
            "log_level": "debug",
            **changes,
        }
        (self.data / "run" / "telegram.json").write_text(json.dumps(document), encoding="utf-8")

    def start(self, **environment: str) -> None:
        command = [sys.executable, "-m", "quantumflow.cli", "telegram", "--config"]
        clean = {name: value for name, value in os.environ.items() if not name.startswith("QF_")}
        with self.log.open("a", encoding="utf-8") as log:
            self.process = subprocess.Popen(
                [*command, str(self.data / "run" / "telegram.json")],
                stderr=log,
                text=True,
                env={**clean, "QF_BUILD": "dev", "QF_TELEGRAM__TOKEN": TOKEN, **environment},
            )

    def begun(self) -> None:
        """Started, and telling begins with what comes from now on."""
        self.start()
        until(lambda: (self.data / "telegram" / "outbox.json").exists())

    def stop(self, number: int = signal.SIGTERM) -> int:
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(SECONDS_MAX)

    def status(self) -> dict[str, Any]:
        try:
            text = (self.data / "run" / "telegram.status.json").read_text(encoding="utf-8")
        except FileNotFoundError:
            return {}
        found: dict[str, Any] = json.loads(text)
        return found

    def pending(self) -> list[str]:
        """The texts on their way, as a kill would find them."""
        try:
            box = json.loads((self.data / "telegram" / "outbox.json").read_text(encoding="utf-8"))
        except FileNotFoundError:
            return []
        return [] if box["pending"] is None else list(box["pending"]["parts"])

    def halt(self, reason: str) -> None:
        """The journal says that core_risk halted trading."""
        self.said("trading", trading="halted", reason=reason)

    def said(self, kind: str, **payload: Any) -> None:
        self.life.now_ns += 10
        self.life.commit(Record(kind, self.life.now_ns, {"frame_seq": 9, **payload}))

    def notice(self, kind: str, name: str, text: str) -> None:
        file = self.data / "upkeep" / "record.json"
        record = read_record(file)
        record.notice(1, kind, name, text)
        write_record(file, record)

    def close(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.stop(signal.SIGKILL)
        self.life.writer.close()
        self.api.close()
