"""Whoever is told something: a client of core_risk, a reader of the journal, a reader of the status file.

Each hears an acknowledgement only after the program behind it has promised it; all are kept in `Told`.
"""

import http.client
import json
import socket
import sqlite3
import threading
from contextlib import closing
from pathlib import Path
from typing import Any

from crash.history import Told
from crash.house import House

__all__ = ["RiskClient", "Witness", "settled"]

ANSWER_SECONDS_MAX = 2.0


class RiskClient:
    """Single requests to core_risk on its socket; None where no whole answer came."""

    def __init__(self, path: Path, token: str, build: str) -> None:
        self._path, self._token, self._build = path, token, build

    def ask(self, method: str, target: str, **content: Any) -> dict[str, Any] | None:
        """One request on a connection of its own."""
        connection = http.client.HTTPConnection("core_risk", timeout=ANSWER_SECONDS_MAX)
        body = json.dumps({"build": self._build, **content}) if method == "POST" else None
        try:
            connection.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            connection.sock.settimeout(ANSWER_SECONDS_MAX)
            connection.sock.connect(str(self._path))
            connection.request(method, target, body, {"Authorization": f"Bearer {self._token}"})
            answer = connection.getresponse()
            text = answer.read()
            if answer.status != 200:
                return None
            values: dict[str, Any] = json.loads(text)
        except (OSError, ValueError, http.client.HTTPException):
            return None
        else:
            return values
        finally:
            connection.close()


def settled(house: House, client: RiskClient) -> dict[str, Any]:
    """Ends the house in order; core_risk's account after the trader's last word."""
    house.end("trader")
    state = client.ask("GET", "/v1/state")
    assert state is not None
    house.stop()
    return state


class Witness:
    """Goes round until it is stopped; what it heard is in `told`."""

    def __init__(
        self,
        root: Path,
        client: RiskClient,
        step_seconds: float = 0.05,
        name: str = "witness",
        told: Told | None = None,
    ) -> None:
        self.told = Told() if told is None else told
        self._root, self._client, self._step = root, client, step_seconds
        self._name, self._asked = name, 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> "Witness":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def halt(self, reason: str) -> None:
        """Halts core_risk; from its answer on it is halted for ever."""
        answer = self._client.ask("POST", "/v1/halt", reason=reason, event_ns=1)
        assert answer is not None
        assert answer["trading"] == "halted"
        self.told.halted = reason

    def resume(self) -> None:
        """Takes the halt back, and asks again until core_risk has said so."""
        self.told.halted = None
        answer = None
        while answer is None:
            answer = self._client.ask("POST", "/v1/resume", reason="the test goes on", event_ns=1)
        assert answer["trading"] == "active", answer

    def _run(self) -> None:
        while not self._over.wait(self._step):
            self._note_an_id()
            self._read_state()
            self._read_status()
            self._read_journal()

    def _note_an_id(self) -> None:
        """An id that was never asked about: core_risk notes it, answers, and nothing else changes."""
        self._asked += 1
        client_id = f"{self._name}-{self._asked:08d}"
        answer = self._client.ask("POST", "/v1/orders/done", client_id=client_id, reason="noted", event_ns=1)
        if answer is not None:
            self.told.answered[client_id] = answer["log_seq"]

    def _read_state(self) -> None:
        state = self._client.ask("GET", "/v1/state")
        if state is not None:
            self.told.risk_fills = max(self.told.risk_fills, state["fills"])
            self.told.peak = max(self.told.peak, state["peak_e8"])
            self.told.risk_seq = max(self.told.risk_seq, state["log_seq"])

    def _read_status(self) -> None:
        try:
            status = json.loads((self._root / "run" / "trader.status.json").read_bytes())
        except FileNotFoundError:
            return
        self.told.fills = max(self.told.fills, status["fills"] or 0)
        self.told.journal_seq = max(self.told.journal_seq, status["journal_seq"] or 0)

    def _read_journal(self) -> None:
        try:
            with closing(sqlite3.connect(f"file:{self._root / 'journal.db'}?mode=ro", uri=True)) as database:
                row = database.execute("SELECT seq, hash FROM events ORDER BY seq DESC LIMIT 1").fetchone()
        except sqlite3.OperationalError:
            return
        if row is not None:
            self.told.rows[row[0]] = row[1]
