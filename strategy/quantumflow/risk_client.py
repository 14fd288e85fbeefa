"""The trader's way to core_risk: core_risk/API.md over a Unix socket, each request with one total deadline.

Whatever goes wrong is RiskFailed with the refusal's name; the connection is dropped and the next request opens another.
Nothing is tried twice here: what is asked again, and when, is decided in trader/risk_gate.py.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from quantumflow.commands.standing import Said
from quantumflow.errors import RiskFailed
from quantumflow.risk_answers import (
    Answer,
    AskedOrder,
    BotsAnswer,
    CheckAnswer,
    DepositAnswer,
    DoneAnswer,
    ErrorAnswer,
    FillAnswer,
    Judged,
    MarkAnswer,
    StandingAnswer,
    StateAnswer,
    VersionAnswer,
    judge,
    parse,
    require_build,
)
from quantumflow.unix_http import HttpAnswer, HttpBroken, UnixHttp
from quantumflow.vocabulary import Refusal

__all__ = ["FillRejected", "RiskClient"]

TEXT_BYTES_MAX = 200
"""Bytes of a text that core_risk takes."""
_T = TypeVar("_T", bound=Answer)
_OK = 200


class FillRejected(RiskFailed):
    """core_risk disagrees with a fill: the books differ. `booked`: it took the fill as sent, and halted."""

    def __init__(self, error: str, detail: str) -> None:
        super().__init__(Refusal.RECONCILE_MISMATCH, detail)
        self.booked = error == "fill_disagrees"


class RiskClient:
    """Requests to core_risk. `build` is the trader's own; an answer of another build is never believed."""

    def __init__(
        self,
        socket: Path,
        token: str,
        build: str,
        answer_seconds: float,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        headers = (("Authorization", f"Bearer {token}"), ("Content-Type", "application/json"))
        self._http = UnixHttp(socket, headers, monotonic)
        self._build = build
        self._seconds = answer_seconds

    def close(self) -> None:
        self._http.close()

    def version(self) -> VersionAnswer:
        """Raises RiskFailed(RISK_VERSION_MISMATCH) if core_risk is of another build."""
        return self._ask("GET", "/version", None, VersionAnswer)

    def state(self) -> StateAnswer:
        return self._ask("GET", "/v1/state", None, StateAnswer)

    def deposit(self, deposit_id: str, amount_e8: int, event_ns: int) -> DepositAnswer:
        content = {"deposit_id": deposit_id, "amount_e8": amount_e8, "event_ns": event_ns}
        return self._ask("POST", "/v1/deposits", content, DepositAnswer)

    def check(self, order: AskedOrder) -> Judged:
        """The verdict on `order`, held to be about it. Raises RiskFailed; an Approved comes from here alone."""
        answer = self._ask("POST", "/v1/orders/check", _fields(order), CheckAnswer)
        try:
            return judge(order, answer, self._build)
        except RiskFailed:
            self._http.close()
            raise

    def fill(self, fill: Mapping[str, Any]) -> FillAnswer:
        """Delivers a fill (API.md's fields without `build`). Raises FillRejected if core_risk has another opinion."""
        answer = self._ask("POST", "/v1/fills", fill, FillAnswer)
        self._about(answer.fill_id, fill["fill_id"])
        return answer

    def done(self, client_id: str, reason: str, event_ns: int) -> DoneAnswer:
        content = {"client_id": client_id, "reason": reason, "event_ns": event_ns}
        answer = self._ask("POST", "/v1/orders/done", content, DoneAnswer)
        self._about(answer.client_id, client_id)
        return answer

    def bots(self, capitals_e8: Mapping[str, int]) -> BotsAnswer:
        """All the bots there are now, with their capital."""
        content = {"bots": {name: {"capital_e8": capital_e8} for name, capital_e8 in capitals_e8.items()}}
        return self._ask("POST", "/v1/bots", content, BotsAnswer)

    def command(self, said: Said) -> StandingAnswer:
        """Halts for a kill, resumes for a reset; `said.seq` tells core_risk which it had before."""
        target = "/v1/resume" if said.command == "reset_breaker" else "/v1/halt"
        reason = said.reason.encode()[:TEXT_BYTES_MAX].decode(errors="ignore")
        content = {"reason": reason, "event_ns": said.event_ns, "command": said.seq}
        return self._ask("POST", target, content, StandingAnswer)

    def mark(self, figures: Mapping[str, Any]) -> MarkAnswer:
        """The trader's books against core_risk's; API.md's fields without `build`."""
        return self._ask("POST", "/v1/mark", figures, MarkAnswer)

    def _ask(self, method: str, target: str, content: Mapping[str, Any] | None, kind: type[_T]) -> _T:
        """One request and its strict answer, of this build. After a failure the connection is gone."""
        body = b"" if content is None else msgspec.json.encode({"build": self._build, **content})
        try:
            answer = parse(self._body(method, target, body), kind)
            require_build(answer, self._build)
        except RiskFailed:
            self._http.close()
            raise
        return answer

    def _body(self, method: str, target: str, body: bytes) -> bytes:
        try:
            answer = self._http.request(method, target, body, self._seconds)
        except TimeoutError as error:
            raise RiskFailed(Refusal.RISK_TIMEOUT, f"{target}: no whole answer within {self._seconds} s") from error
        except HttpBroken as error:
            raise RiskFailed(Refusal.RISK_MALFORMED_ANSWER, f"{target}: {error}") from error
        except OSError as error:
            raise RiskFailed(Refusal.RISK_UNREACHABLE, f"{target}: {error}") from error
        if answer.status != _OK:
            raise _failure(target, answer)
        return answer.body

    def _about(self, answered: int | str, asked: int | str) -> None:
        if answered != asked:
            self._http.close()
            raise RiskFailed(Refusal.RISK_MALFORMED_ANSWER, f"an answer about {answered}, asked about {asked}")


_ORDER_FIELDS = tuple(field.name for field in fields(AskedOrder))


def _fields(order: AskedOrder) -> dict[str, Any]:
    return {name: getattr(order, name) for name in _ORDER_FIELDS}


def _failure(target: str, answer: HttpAnswer) -> RiskFailed:
    """What an answer that is not 200 means to the order path."""
    error = parse(answer.body, ErrorAnswer)
    detail = f"{target}: {answer.status} {error.error}: {error.detail}"
    if error.error in _REJECTIONS:
        return FillRejected(error.error, detail)
    return RiskFailed(_MEANINGS.get(error.error, Refusal.RISK_MALFORMED_ANSWER), detail)


_REJECTIONS = ("fill_disagrees", "fill_changed", "fill_out_of_order", "arithmetic")
_MEANINGS = {
    "version_mismatch": Refusal.RISK_VERSION_MISMATCH,
    "log_failed": Refusal.RISK_UNREACHABLE,
    "busy": Refusal.RISK_UNREACHABLE,
    "unauthorised": Refusal.RISK_UNREACHABLE,
    "market_unseen": Refusal.RISK_UNREACHABLE,
    "deposit_changed": Refusal.RECONCILE_MISMATCH,
    "deposits_full": Refusal.RECONCILE_MISMATCH,
    "client_id_reused": Refusal.RECONCILE_MISMATCH,
}
