"""core_risk alone with one client, which remembers every answer and asks again what was never answered."""

import time
from pathlib import Path

from crash.history import Told, risk_records
from crash.house import House, within
from crash.witness import RiskClient
from quantumflow.build import build_id

__all__ = ["CoreAlone"]

START_SECONDS_MAX = 30.0
REQUESTS_MAX = 100_000


class CoreAlone:
    """Starts, talks to and restarts one core_risk. `told` is what it answered; `ready` the seconds of each start."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.told = Told()
        self.ready: list[float] = []
        self.kills = 0
        self._asked = 0
        self._unanswered: str | None = None
        self._client = RiskClient(house.directory.run / "risk.sock", house.token, build_id())

    def start(self, crash_at: str | None = None, **environment: str) -> None:
        """Returns when it answers, or has died at its place."""
        began = time.monotonic()
        self.house.start("core_risk", crash_at, **environment)
        within(
            START_SECONDS_MAX, "core_risk answers", lambda: self.house.died("core_risk") or self._state() is not None
        )
        self.ready.append(time.monotonic() - began)

    def talk(self, requests: int = REQUESTS_MAX) -> bool:
        """Asks until a request stays without an answer, which it returns as False."""
        for _ in range(requests):
            client_id = self._unanswered
            if client_id is None:
                self._asked += 1
                client_id = f"client-{self._asked:08d}"
            answer = self._client.ask("POST", "/v1/orders/done", client_id=client_id, reason="noted", event_ns=1)
            if answer is None:
                self._unanswered = client_id
                return False
            self.told.answered[client_id] = answer["log_seq"]
            self._unanswered = None
        return True

    def halt(self, reason: str) -> None:
        """From its answer on it is halted."""
        answer = self._client.ask("POST", "/v1/halt", reason=reason, event_ns=1)
        assert answer is not None
        self.told.halted = reason

    def is_dead(self) -> bool:
        """Whether it was killed; its process is then forgotten."""
        within(START_SECONDS_MAX, "core_risk dies", lambda: self.house.died("core_risk"))
        self.house.living.pop("core_risk")
        self.kills += 1
        return True

    def complaints(self, log: Path | None = None) -> list[str]:
        """What its log, or a copy of it, lacks of what it answered."""
        records, found = risk_records(log or self.house.directory.risk_log)
        ended = {record["client_id"]: seq for seq, record in enumerate(records, 1) if record["event"] == "done"}
        found += [
            f"{client_id} was noted as of record {seq} and is not there"
            for client_id, seq in self.told.answered.items()
            if ended.get(client_id, seq + 1) > seq
        ]
        if len(ended) != sum(record["event"] == "done" for record in records):
            found.append("an id was noted twice")
        halts = [record["reason"] for record in records if record["event"] == "halt"]
        if self.told.halted is not None and halts[-1:] != [self.told.halted]:
            found.append(f"the halt is gone: {halts}")
        return found

    def _state(self) -> object:
        return self._client.ask("GET", "/v1/state")
