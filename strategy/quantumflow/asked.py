"""What the engine asks a user's strategy, and its answer as an event."""

from quantumflow.decision import asked_view
from quantumflow.events import Events, empty_events, head_row
from quantumflow.state import State
from quantumflow.strategies.view import NO_SIGNAL, Intent, View
from quantumflow.vocabulary import BotReason, EventKind, Request

__all__ = ["asked_of", "intent_event"]

_NOTHING = Intent(NO_SIGNAL, 0, 0, 0, 0.0, 0, 0, 0, 0, 0)


def asked_of(state: State) -> tuple[int, int, View]:
    """The bot and the instrument that the pending INTENT request is about, and what the bot sees there."""
    core = state.core[0]
    bot, k = int(core["pending_bot"]), int(core["pending_instrument"])
    return bot, k, asked_view(core, state.instruments, state.bots, state.slots, state.orders)


def intent_event(state: State, intent: Intent | None, reason: BotReason = BotReason.NONE) -> Events:
    """What the strategy wants, None: nothing; with a `reason` it has failed. Raises ValueError if nobody asked."""
    core = state.core[0]
    if Request(int(core["pending"])) is not Request.INTENT:
        raise ValueError("no intent was asked for")
    said = _NOTHING if intent is None else intent
    events = empty_events(1, 0)
    events.heads[0] = head_row(
        kind=EventKind.INTENT,
        seq=int(core["seq"]),
        recv_ns=int(core["now_ns"]),
        instrument=int(core["pending_instrument"]),
        id=int(core["pending_bot"]),
        state=said.signal,
        code=said.outcome,
        side=said.side,
        qty=said.qty,
        price=said.limit_price,
        window_bid=said.order_kind,
        window_ask=said.time_in_force,
        low=said.post_only,
        close=said.reduce_only,
        imbalance_best=said.confidence,
        epoch=reason,
    )
    return events
