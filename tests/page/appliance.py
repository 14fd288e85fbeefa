"""One appliance on the generated market for all tests, with a bot that trades at once, and questions to its API."""

import json
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from crash.house import LOOSE, busy_config
from end_to_end.appliance import Running, free_ports, running, wait_until

__all__ = ["START_SECONDS_MAX", "Appliance", "appliance"]

START_SECONDS_MAX = 120.0
ANSWER_SECONDS_MAX = 10.0


class Appliance:
    """What runs, where it answers, and its two tokens."""

    def __init__(self, started: Running, port: int, base: int) -> None:
        self.started = started
        self.url = f"http://127.0.0.1:{port}"
        self.base = base
        """Of its ports."""

    @property
    def token(self) -> str:
        return self._secret("web_token")

    @property
    def control_token(self) -> str:
        return self._secret("control_token")

    def get(self, path: str) -> Any:
        """The answer's value; None while nobody answers or it is a refusal."""
        headers = {"Authorization": f"Bearer {self.token}"}
        request = urllib.request.Request(f"{self.url}{path}", headers=headers)  # noqa: S310 (loopback)
        try:
            with urllib.request.urlopen(request, timeout=ANSWER_SECONDS_MAX) as answer:  # noqa: S310 (loopback)
                return json.loads(answer.read())
        except (urllib.error.HTTPError, OSError, ValueError):
            return None

    def until(self, what: str, holds: Callable[[], object], seconds: float = 60.0) -> None:
        wait_until(holds, seconds, what)

    def fills(self) -> list[dict[str, Any]]:
        answer = self.get("/api/v1/fills?limit=50") or {}
        found: list[dict[str, Any]] = answer.get("items", [])
        return found

    def why(self) -> str | None:
        """The name of why nothing trades; None while it does."""
        status = self.get("/api/v1/status") or {}
        why = status.get("why_not_trading") or {}
        name: str | None = why.get("reason")
        return name

    def _secret(self, name: str) -> str:
        return (self.started.data_dir / name).read_text(encoding="utf-8").strip()


@contextmanager
def appliance(folder: Path) -> Iterator[Appliance]:
    """Runs until the block ends; it has traded before the block begins."""
    ports = free_ports()
    config = busy_config(folder)
    flags = ("--venue", "sim", "--config", str(config))
    with running(folder / "data", *flags, **ports, **LOOSE) as started:
        made = Appliance(started, int(ports["QF_PORTS__WEB"]), int(ports["QF_PORTS__BASE"]))
        token = started.data_dir / "web_token"
        made.until("the token is made", token.exists, START_SECONDS_MAX)
        made.until("the appliance trades", lambda: len(made.fills()) > 1, START_SECONDS_MAX)
        yield made
