"""What core_risk answers, as strict frozen values, and the one way from a verdict to an `Approved`. Pure.

Every field of core_risk/API.md must be there and no other; a wrong type, an unknown word or a verdict about another
order is RISK_MALFORMED_ANSWER, another build RISK_VERSION_MISMATCH. Neither ever lets an order through.
"""

import hashlib
from dataclasses import dataclass
from typing import Final, Literal, TypeVar

import msgspec

from quantumflow.errors import RiskFailed
from quantumflow.vocabulary import Refusal, VerdictKind

__all__ = [
    "Answer",
    "Approved",
    "AskedOrder",
    "BotsAnswer",
    "CheckAnswer",
    "DepositAnswer",
    "DoneAnswer",
    "ErrorAnswer",
    "FillAnswer",
    "Judged",
    "MarkAnswer",
    "OpenAtRisk",
    "Rule",
    "StandingAnswer",
    "StateAnswer",
    "VersionAnswer",
    "judge",
    "order_hash",
    "parse",
    "require_build",
]

RISK_REFUSAL_MAX = 49
"""Refusals up to this number are core_risk's own."""


@dataclass(frozen=True, slots=True)
class AskedOrder:
    """An order as it is sent to be checked; names and units of API.md."""

    client_id: str
    bot: str
    symbol: str
    side: str
    type: str
    qty: int
    limit_price: int | None
    reference_price: int
    reduce_only: bool
    market_session: str
    as_of_seq: int
    event_ns: int


class Answer(msgspec.Struct, frozen=True):
    """What every answer carries."""

    build: str


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One rule that was consulted, its figure and its limit."""

    rule: str
    value: int
    limit: int
    ok: bool


class CheckAnswer(Answer, frozen=True, forbid_unknown_fields=True):
    """The verdict on an order, with every rule that was consulted."""

    client_id: str
    order_hash: str
    verdict: Literal["approve", "reduce", "refuse"]
    qty: int
    refusal: str | None
    rules: tuple[Rule, ...]
    event_ns: int
    expires_ns: int
    limits_version: str
    log_seq: int


class PositionAnswer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A position as core_risk books it."""

    qty: int
    cost_e8: int
    realised_e8: int


class FillAnswer(Answer, frozen=True, forbid_unknown_fields=True):
    """A fill is in core_risk's books."""

    fill_id: int
    duplicate: bool
    fills: int
    cash_e8: int
    position: PositionAnswer
    log_seq: int


class DoneAnswer(Answer, frozen=True, forbid_unknown_fields=True):
    """What was left of an order's reservation is released."""

    client_id: str
    known: bool
    log_seq: int


class Difference(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One figure on which the two sets of books differ."""

    what: str
    yours: int
    ours: int


class MarkAnswer(Answer, frozen=True, forbid_unknown_fields=True):
    """The two sets of books compared, and whether core_risk trades. None: it has no price or no day for the figure."""

    agree: bool
    differences: tuple[Difference, ...]
    trading: Literal["active", "halted"]
    reason: str | None
    equity_e8: int | None
    peak_e8: int
    drawdown_ppm: int | None
    day_start_e8: int | None
    consecutive_losses: int
    reserved_e8: int | None
    log_seq: int


class BotsAnswer(Answer, frozen=True, forbid_unknown_fields=True):
    """core_risk knows which bots there are."""

    limits_version: str
    log_seq: int


class DepositAnswer(Answer, frozen=True, forbid_unknown_fields=True):
    """Money is in core_risk's books."""

    duplicate: bool
    cash_e8: int
    log_seq: int


class VersionAnswer(Answer, frozen=True, forbid_unknown_fields=True):
    """Who answers."""

    program: Literal["core_risk"]
    api: Literal[1]
    limits_version: str


class OpenAtRisk(msgspec.Struct, frozen=True):
    """An order for which core_risk holds a reservation."""

    client_id: str


class StateAnswer(Answer, frozen=True):
    """What the trader reads of `/v1/state`; the rest of it is for people."""

    fills: int
    commands: int
    open_orders: tuple[OpenAtRisk, ...]


class StandingAnswer(Answer, frozen=True, forbid_unknown_fields=True):
    """How trading stands after a halt or a resume."""

    trading: Literal["active", "halted"]
    reason: str | None
    log_seq: int


class ErrorAnswer(msgspec.Struct, frozen=True):
    """Any answer that is not 200; some say more, for people."""

    error: str
    detail: str


_T = TypeVar("_T", bound=msgspec.Struct)
_SEAL: Final = object()


@dataclass(frozen=True, slots=True)
class Approved:
    """Leave to trade `qty` lots of one order. Only `judge` can make one."""

    client_id: str
    qty: int
    seal: object

    def __post_init__(self) -> None:
        if self.seal is not _SEAL:
            raise TypeError("an Approved is made by a verdict, and by nothing else")


@dataclass(frozen=True, slots=True)
class Judged:
    """A verdict that is about this order, of this build, and in time. `approved` is None for a refusal."""

    kind: VerdictKind
    approved: Approved | None
    refusal: Refusal
    answer: CheckAnswer


def parse(body: bytes, kind: type[_T]) -> _T:
    """The body as `kind`, every field and type as API.md says. Raises RiskFailed(RISK_MALFORMED_ANSWER)."""
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise RiskFailed(Refusal.RISK_MALFORMED_ANSWER, f"{kind.__name__}: {error}") from error


def require_build(answer: Answer, build: str) -> None:
    """Raises RiskFailed(RISK_VERSION_MISMATCH) unless core_risk is of the trader's build."""
    if answer.build != build:
        raise RiskFailed(Refusal.RISK_VERSION_MISMATCH, f"core_risk is build {answer.build}, the trader {build}")


def order_hash(order: AskedOrder) -> str:
    """What a verdict must carry to be about `order`."""
    limit_price = "-" if order.limit_price is None else order.limit_price
    reduce_only = "true" if order.reduce_only else "false"
    content = (
        f"{order.client_id}|{order.bot}|{order.symbol}|{order.side}|{order.type}|{order.qty}|{limit_price}"
        f"|{reduce_only}|{order.event_ns}"
    )
    return hashlib.sha256(content.encode()).hexdigest()


def judge(order: AskedOrder, answer: CheckAnswer, build: str) -> Judged:
    """Holds a verdict to the order it must be about. Raises RiskFailed for one that cannot be believed."""
    require_build(answer, build)
    if answer.client_id != order.client_id or answer.order_hash != order_hash(order):
        raise _malformed(f"the verdict is about {answer.client_id} {answer.order_hash}, not {order.client_id}")
    if answer.event_ns != order.event_ns:
        raise _malformed(f"the verdict is of {answer.event_ns}, the order of {order.event_ns}")
    kind = VerdictKind[answer.verdict.upper()]
    if kind is VerdictKind.REFUSE:
        return Judged(kind, None, _refusal(answer), answer)
    whole = answer.qty == order.qty if kind is VerdictKind.APPROVE else 0 < answer.qty < order.qty
    if not whole or answer.refusal is not None:
        raise _malformed(f"{answer.verdict} of {answer.qty} lots with {answer.refusal} for an order of {order.qty}")
    if answer.expires_ns < order.event_ns:
        raise RiskFailed(Refusal.VERDICT_EXPIRED, f"expired at {answer.expires_ns}, the order is of {order.event_ns}")
    return Judged(kind, Approved(order.client_id, answer.qty, _SEAL), Refusal.NONE, answer)


def _refusal(answer: CheckAnswer) -> Refusal:
    names = {refusal.name.lower(): refusal for refusal in Refusal if 0 < refusal <= RISK_REFUSAL_MAX}
    if answer.qty != 0 or answer.refusal not in names:
        raise _malformed(f"refuse of {answer.qty} lots with {answer.refusal}")
    return names[answer.refusal]


def _malformed(detail: str) -> RiskFailed:
    return RiskFailed(Refusal.RISK_MALFORMED_ANSWER, detail)
