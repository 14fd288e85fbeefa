"""The engine: events in, orders and fills out, deterministic; live, in a replay and in research the very same code.

    state = new_state(instruments, bots, broker, engine, opening)
    next, request = advance(state, events, start, end)

`advance` consumes `events[start:end]` in order and changes `state` in place. It stops early when it needs something:

| request | the shell | then |
|---|---|---|
| NONE | `next == end`: give it more events | |
| VERDICT | reads `pending(state)`, asks core_risk, gives `verdict_event(...)` alone: `advance(state, answer, 0, 1)` | goes on at `next` |
| MARK | drains and posts fills, sends the figures of `pending(state)`, gives `mark_answer_event(...)` alone | goes on at `next` |
| DRAIN | reads the outbox with `drain(state)` | goes on at `next` |

The event at `next` may be half done; the state remembers where it stopped, so the same event must be given again. How
events are cut into arrays never changes a result. The shell may drain at any time. Time is `recv_ns` of events only.

`python -m quantumflow.engine --warm` compiles every kernel into the cache, so that the first start is not slow.
"""

from collections.abc import Sequence

from quantumflow.answers import (
    MarkRequest,
    PositionFigures,
    VerdictRequest,
    command_event,
    feed_lost_event,
    mark_answer_event,
    pending,
    verdict_event,
)
from quantumflow.condition import OpenOrder, drain, open_orders, why_not_trading
from quantumflow.events import Events
from quantumflow.opening import new_state
from quantumflow.state import State, state_bytes, state_digest
from quantumflow.vocabulary import Request

__all__ = [
    "MarkRequest",
    "OpenOrder",
    "PositionFigures",
    "State",
    "VerdictRequest",
    "advance",
    "command_event",
    "drain",
    "feed_lost_event",
    "finish",
    "mark_answer_event",
    "new_state",
    "open_orders",
    "pending",
    "state_bytes",
    "state_digest",
    "verdict_event",
    "why_not_trading",
]


def advance(state: State, events: Events, start: int, end: int) -> tuple[int, Request]:
    """Consume `events[start:end]`; where it stopped, and what it needs before it goes on (see above).

    Raises ValueError for an answer nobody waits for, a command in the middle of an event, or another event than the
    half-done one: each a fault of the shell.
    """
    raise NotImplementedError


def finish(state: State, recv_ns: int) -> None:
    """End the session: open orders are done with SESSION_ENDED (one that waits for its verdict is refused with it),
    a last EQUITY is written, and no event is taken any more. Drain before and after it. Calling it twice does nothing.
    """
    raise NotImplementedError
