"""What holds a strategy that has lost its senses, whatever core_risk's limits are: a rate, and an end after refusals.

A bot whose orders are refused REFUSALS_IN_ROW_MAX times in a row within REFUSALS_WINDOW_NS has failed: it makes no
entry any more until an operator resumes it or the trader is started again. What it holds it may still leave. Refusals
that say nothing of the order itself (core_risk away, a market that is not live, a halt) do not count.
"""

from typing import Any

from quantumflow.kernel import kernel
from quantumflow.vocabulary import BotReason, BotState, Refusal, SignalOutcome

__all__ = ["ORDERS_PER_SECOND_MAX", "REFUSALS_IN_ROW_MAX", "REFUSALS_WINDOW_NS", "note_verdict", "restrained", "revive"]

Record = Any

ORDERS_PER_SECOND_MAX = 20
"""Orders that one bot may ask for in one second of event time; core_risk's own limit is the operator's to set."""
REFUSALS_IN_ROW_MAX = 50
REFUSALS_WINDOW_NS = 60_000_000_000
SECOND_NS = 1_000_000_000

_PAUSED = int(BotState.PAUSED)
_FAILED, _ORDERS_REFUSED = int(BotState.FAILED), int(BotReason.ORDERS_REFUSED)
_ORDERED, _TOO_MANY_REFUSALS = int(SignalOutcome.ORDERED), int(SignalOutcome.TOO_MANY_REFUSALS)
_TOO_MANY_ORDERS, _NOT_TRADING = int(SignalOutcome.TOO_MANY_ORDERS), int(SignalOutcome.NOT_TRADING)
_OF_THE_ORDER, _OF_CORE_RISK = int(Refusal.LOT_FILTER), int(Refusal.NOTIONAL_PER_DAY)


@kernel
def restrained(bot: Record, outcome: int, reduces: bool, now_ns: int) -> int:
    """The outcome of a signal after the restraint: unchanged, or why it became no order."""
    if bot["state"] == _FAILED and not reduces and outcome in (_ORDERED, _NOT_TRADING):
        return _TOO_MANY_REFUSALS
    if outcome != _ORDERED:
        return outcome
    second = now_ns // SECOND_NS
    if bot["second"] != second:
        bot["second"] = second
        bot["second_orders"] = 0
    if bot["second_orders"] >= ORDERS_PER_SECOND_MAX:
        _count(bot, now_ns)
        return _TOO_MANY_ORDERS
    bot["second_orders"] += 1
    return outcome


@kernel
def note_verdict(bot: Record, refusal: int, now_ns: int) -> None:
    """A verdict on one of its orders: an approval ends the run of refusals, a refusal of the order makes it longer."""
    if refusal == 0:
        bot["refusals"] = 0
    elif _OF_THE_ORDER <= refusal <= _OF_CORE_RISK:
        _count(bot, now_ns)


@kernel
def revive(bot: Record) -> None:
    """An operator resumes it: what was refused is forgotten."""
    bot["refusals"] = 0


@kernel
def _count(bot: Record, now_ns: int) -> None:
    if bot["refusals"] == 0 or now_ns - bot["refusals_ns"] > REFUSALS_WINDOW_NS:
        bot["refusals"] = 0
        bot["refusals_ns"] = now_ns
    bot["refusals"] += 1
    if bot["refusals"] >= REFUSALS_IN_ROW_MAX and bot["state"] <= _PAUSED:
        bot["state"] = _FAILED
        bot["reason"] = _ORDERS_REFUSED
