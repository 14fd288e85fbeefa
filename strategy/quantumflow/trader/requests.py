"""What core_risk is asked and told, made from the engine's requests, the journal's records and its totals. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from quantumflow.answers import VerdictRequest
from quantumflow.journal.records import TERMINAL, Record, client_id, word
from quantumflow.journal.totals import Totals
from quantumflow.risk_answers import AskedOrder, Judged
from quantumflow.vocabulary import OrderKind, Refusal

__all__ = ["Done", "asked_order", "done_of", "fill_body", "mark_body", "verdict_evidence"]

RISK_REFUSALS = frozenset(word(refusal) for refusal in Refusal if 0 < refusal < Refusal.RISK_UNREACHABLE)
"""After one of these core_risk holds no reservation: it refused the order itself."""

Done = tuple[str, str, int]
"""Client id, reason, event time."""

_FILL_FIELDS = ("bot", "symbol", "side", "price", "qty", "liquidity", "notional_e8", "fee_e8")


def asked_order(request: VerdictRequest, bots: Sequence[str], symbols: Sequence[str], session: str) -> AskedOrder:
    """The body of POST /v1/orders/check, without the build."""
    bot = bots[request.bot]
    return AskedOrder(
        client_id=client_id(bot, request.order),
        bot=bot,
        symbol=symbols[request.instrument],
        side=word(request.side),
        type=word(request.kind),
        qty=request.qty,
        limit_price=None if request.kind is OrderKind.MARKET else request.limit_price,
        reference_price=request.reference_price,
        reduce_only=request.reduce_only,
        market_session=session,
        as_of_seq=request.seq,
        event_ns=request.event_ns,
    )


def verdict_evidence(judged: Judged | None) -> dict[str, Any]:
    """What the journal keeps of a verdict beside its outcome; None: core_risk gave none that could be believed."""
    if judged is None:
        return {"order_hash": None, "rules": [], "limits_version": None, "expires_ns": None, "log_seq": None}
    answer = judged.answer
    return {
        "order_hash": answer.order_hash,
        "rules": [{"rule": row.rule, "value": row.value, "limit": row.limit, "ok": row.ok} for row in answer.rules],
        "limits_version": answer.limits_version,
        "expires_ns": answer.expires_ns,
        "log_seq": answer.log_seq,
    }


def fill_body(event_ns: int, fill: Mapping[str, Any]) -> dict[str, Any]:
    """The body of POST /v1/fills from a fill event's payload."""
    fields = {name: fill[name] for name in _FILL_FIELDS}
    return {"fill_id": fill["fill"], "client_id": fill["order"], **fields, "event_ns": event_ns}


def done_of(record: Record) -> Done | None:
    """What core_risk is told when an order ends; None if nothing ended or it refused the order itself."""
    if record.kind != "order_state" or record.payload["state"] not in TERMINAL:
        return None
    state, reason = record.payload["state"], record.payload["reason"]
    if state == "refused" and reason in RISK_REFUSALS:
        return None
    return record.payload["order"], reason or state, record.event_ns


def mark_body(totals: Totals, session: str, seq: int, event_ns: int) -> dict[str, Any]:
    """The body of POST /v1/mark: the books as they are committed."""
    return {
        "market_session": session,
        "as_of_seq": seq,
        "event_ns": event_ns,
        "cash_e8": totals.cash_e8,
        "fills": totals.fills,
        "positions": [
            {
                "bot": bot,
                "symbol": symbol,
                "qty": position.qty,
                "cost_e8": position.cost_e8,
                "realised_e8": position.realised_e8,
            }
            for (bot, symbol), position in sorted(totals.positions.items())
        ],
    }
