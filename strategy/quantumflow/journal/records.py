"""Engine outputs → journal events: names instead of numbers, one canonical JSON text for one content. Pure."""

import json
import math
from collections.abc import Mapping, Sequence
from enum import IntEnum
from typing import Any, NamedTuple

from quantumflow.outputs import Output
from quantumflow.regime_vocabulary import Regime
from quantumflow.vocabulary import (
    BotReason,
    BotState,
    FeedState,
    FillModel,
    Liquidity,
    OrderKind,
    OrderState,
    OutputKind,
    Refusal,
    Side,
    SignalKind,
    SignalOutcome,
    TimeInForce,
    Trading,
    VerdictKind,
)

__all__ = [
    "KINDS",
    "OWN_FILL_MODEL",
    "TERMINAL",
    "Record",
    "canonical",
    "client_id",
    "order_number",
    "record_of",
    "word",
]

KINDS = (
    "session_started",
    "session_ended",
    "deposit",
    "signal",
    "order",
    "verdict",
    "order_state",
    "fill",
    "equity",
    "feed",
    "trading",
    "command",
    "calendar",
    "joined",
    "feed_lost",
    "skipped",
    "bot",
    "specialist",
)
"""What an event can be; the outputs of the engine have the lower-case names of OutputKind."""

ORDER_DIGITS = 8


def word(value: IntEnum) -> str:
    """The name of a value of the vocabulary as it stands in journal, API and page."""
    return value.name.lower()


OWN_FILL_MODEL = word(FillModel.MODEL)
"""Of a fill whose event says no `fill_model`: the appliance's."""

TERMINAL = frozenset(
    word(state) for state in (OrderState.FILLED, OrderState.REFUSED, OrderState.CANCELLED, OrderState.EXPIRED)
)
"""Order states that nothing follows."""

_CODED: dict[str, type[IntEnum]] = {
    "signal_kind": SignalKind,
    "outcome": SignalOutcome,
    "side": Side,
    "order_kind": OrderKind,
    "time_in_force": TimeInForce,
    "verdict": VerdictKind,
    "liquidity": Liquidity,
    "fill_model": FillModel,
    "trading": Trading,
    "bot_state": BotState,
    "bot_reason": BotReason,
    "regime": Regime,
    "entry_regime": Regime,
}
_VOCABULARIES: tuple[type[IntEnum], ...] = (*_CODED.values(), Refusal, FeedState, OrderState, OutputKind)
_WORDS = {vocabulary: {int(value): word(value) for value in vocabulary} for vocabulary in _VOCABULARIES}
"""Looked up for each field of each event: making a value of the enum and its name anew costs more than the rest."""
_REFUSALS = ("refusal", "reason")
_BOOLEANS = ("post_only", "reduce_only")
_ABSENT_IF_ZERO = ("signal", "limit_price", "arrive_ns")
_NOT_AS_IT_IS = frozenset(("order", "state", *_CODED, *_REFUSALS, *_BOOLEANS, *_ABSENT_IF_ZERO))


class Record(NamedTuple):
    """One event before it has a place in the journal."""

    kind: str
    event_ns: int
    payload: Mapping[str, Any]


def client_id(bot: str, number: int) -> str:
    """The id of an order, made before core_risk is asked: `imbalance-00000017`."""
    return f"{bot}-{number:0{ORDER_DIGITS}d}"


def order_number(order: str) -> int:
    """The number in a client id."""
    return int(order.rpartition("-")[2])


def canonical(payload: Mapping[str, Any]) -> str:
    """The one JSON text of a payload: sorted keys, no blanks, numbers as Python's repr, no NaN."""
    return _ENCODER.encode(payload)


_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def record_of(output: Output, bots: Sequence[str], symbols: Sequence[str]) -> Record:
    """One row of the engine's outbox as an event of the journal."""
    payload: dict[str, Any] = {"frame_seq": output.seq}
    if output.instrument >= 0:
        payload["symbol"] = symbols[output.instrument]
    if output.bot >= 0:
        payload["bot"] = bots[output.bot]
    bot = bots[output.bot] if output.bot >= 0 else ""
    for name, value in output.values.items():
        changes = name in _NOT_AS_IT_IS or isinstance(value, float)
        payload[name] = _worded(output.kind, name, value, bot) if changes else value
    if payload.get("fill_model") == OWN_FILL_MODEL:
        del payload["fill_model"]
    return Record(_WORDS[OutputKind][output.kind], output.event_ns, payload)


def _worded(kind: OutputKind, name: str, value: Any, bot: str) -> Any:
    if name == "order":
        return client_id(bot, value) if value else None
    if name in _CODED:
        return _WORDS[_CODED[name]][value]
    if name in _REFUSALS:
        return _WORDS[Refusal][value] if value else None
    if name == "state":
        return _WORDS[FeedState if kind is OutputKind.FEED else OrderState][value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if name in _BOOLEANS:
        return bool(value)
    if name in _ABSENT_IF_ZERO and value == 0:
        return None
    return value
