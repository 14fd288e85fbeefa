"""Intents as kernels make them."""

from quantumflow.kernel import kernel
from quantumflow.strategies.view import NO_SIGNAL, Intent
from quantumflow.vocabulary import OrderKind, SignalOutcome, TimeInForce

__all__ = ["market_intent", "no_intent", "rejected_intent"]

_ORDERED = int(SignalOutcome.ORDERED)
_MARKET, _IOC = int(OrderKind.MARKET), int(TimeInForce.IOC)


@kernel
def no_intent() -> Intent:
    """Nothing to say."""
    return Intent(NO_SIGNAL, 0, 0, 0, 0.0, 0, 0, 0, 0, 0)


@kernel
def rejected_intent(signal: int, outcome: int, side: int, confidence: float) -> Intent:
    """A signal that becomes no order, and why."""
    return Intent(signal, outcome, side, 0, confidence, 0, 0, 0, 0, 0)


@kernel
def market_intent(signal: int, side: int, qty: int, confidence: float, reduce_only: int) -> Intent:
    """A signal that asks for a market order."""
    return Intent(signal, _ORDERED, side, qty, confidence, _MARKET, _IOC, 0, reduce_only, 0)
