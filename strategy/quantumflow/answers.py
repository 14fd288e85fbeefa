"""What the engine asks of the world, as named values, and the answers, as events.

The shell reads `pending`, asks, and hands the answer to `advance` before anything else.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from quantumflow.events import Events, empty_events, head_row
from quantumflow.state import State
from quantumflow.vocabulary import (
    Command,
    EventKind,
    OrderKind,
    Refusal,
    Request,
    Side,
    TimeInForce,
    Trading,
    VerdictKind,
)

__all__ = [
    "MarkRequest",
    "PositionFigures",
    "VerdictRequest",
    "calendar_asked_ns",
    "calendar_events",
    "command_event",
    "feed_lost_event",
    "mark_answer_event",
    "pending",
    "verdict_event",
]


@dataclass(frozen=True, slots=True)
class VerdictRequest:
    """An order that waits for core_risk's verdict. `seq` and `event_ns` are of the book that it was decided on."""

    order: int
    signal: int
    bot: int
    instrument: int
    side: Side
    kind: OrderKind
    time_in_force: TimeInForce
    qty: int
    limit_price: int | None
    reference_price: int
    reduce_only: bool
    seq: int
    event_ns: int


@dataclass(frozen=True, slots=True)
class PositionFigures:
    """One bot's books on one instrument."""

    bot: int
    instrument: int
    qty: int
    cost_e8: int
    realised_e8: int


@dataclass(frozen=True, slots=True)
class MarkRequest:
    """The engine's books at a moment, to be compared with core_risk's. Drain and post fills first."""

    seq: int
    event_ns: int
    cash_e8: int
    fills: int
    positions: tuple[PositionFigures, ...]
    """Every bot and instrument that ever traded."""


def pending(state: State) -> VerdictRequest | MarkRequest | None:
    """What waits for an answer; None: nothing."""
    core = state.core[0]
    request = Request(int(core["pending"]))
    if request is Request.VERDICT:
        return _verdict_request(state)
    if request is Request.MARK:
        return _mark_request(state)
    return None


def _verdict_request(state: State) -> VerdictRequest:
    core = state.core[0]
    rows = state.orders[: int(core["open_orders"])]
    row = rows[rows["number"] == core["pending_order"]][0]
    kind = OrderKind(int(row["kind"]))
    return VerdictRequest(
        order=int(row["number"]),
        signal=int(row["signal"]),
        bot=int(row["bot"]),
        instrument=int(row["instrument"]),
        side=Side(int(row["side"])),
        kind=kind,
        time_in_force=TimeInForce(int(row["time_in_force"])),
        qty=int(row["qty"]),
        limit_price=None if kind is OrderKind.MARKET else int(row["limit_price"]),
        reference_price=int(row["reference_price"]),
        reduce_only=bool(row["reduce_only"]),
        seq=int(core["seq"]),
        event_ns=int(row["decided_ns"]),
    )


def _mark_request(state: State) -> MarkRequest:
    core = state.core[0]
    positions = tuple(
        PositionFigures(bot, instrument, int(slot["qty"]), int(slot["cost_e8"]), int(slot["realised_e8"]))
        for bot, row in enumerate(state.slots)
        for instrument, slot in enumerate(row)
        if slot["traded"]
    )
    return MarkRequest(int(core["seq"]), int(core["now_ns"]), int(core["cash_e8"]), int(core["fill_count"]), positions)


def verdict_event(
    state: State, verdict: VerdictKind, qty: int, refusal: Refusal = Refusal.NONE, recv_ns: int | None = None
) -> Events:
    """The answer to the pending VerdictRequest; `qty` in lots, 0 with a refusal.

    `recv_ns` is event time, by default that of the request: a verdict that came in time came at once. Raises
    ValueError if no order waits, or if verdict, quantity and refusal contradict each other.
    """
    request = pending(state)
    if not isinstance(request, VerdictRequest):
        raise ValueError("no order waits for a verdict")  # noqa: TRY004 - the state is wrong, not a type
    if verdict is VerdictKind.REFUSE:
        fits = qty == 0 and refusal is not Refusal.NONE
    else:
        fits = refusal is Refusal.NONE and 0 < qty <= request.qty
    if not fits:
        raise ValueError(f"a verdict {verdict.name} of {qty} lots with {refusal.name} for an order of {request.qty}")
    return _one(
        kind=EventKind.VERDICT,
        seq=request.seq,
        recv_ns=request.event_ns if recv_ns is None else recv_ns,
        id=request.order,
        qty=qty,
        state=verdict,
        code=refusal,
        instrument=request.instrument,
    )


def mark_answer_event(state: State, trading: Trading, reason: Refusal = Refusal.NONE) -> Events:
    """The answer to the pending MarkRequest: whether core_risk trades, and why not. Raises ValueError if none waits."""
    request = pending(state)
    if not isinstance(request, MarkRequest):
        raise ValueError("no mark waits for an answer")  # noqa: TRY004 - the state is wrong, not a type
    return _one(kind=EventKind.MARK_ANSWER, seq=request.seq, recv_ns=request.event_ns, state=trading, code=reason)


def command_event(state: State, command: Command, command_id: int, bot: int = -1, recv_ns: int | None = None) -> Events:
    """An operator's command to one bot or, -1, to all. Given between two events of the feed, at the engine's time.

    `recv_ns` stands in for that time before the first event.
    """
    bots = len(state.bots)
    if bot >= 0 and command in (Command.KILL, Command.KILL_FLATTEN, Command.RESET_BREAKER):
        raise ValueError(f"{command.name} is for all bots")
    if command >= Command.CREATE_BOT:
        raise ValueError(f"{command.name} changes which bots there are: bots/changes.py")
    if not -1 <= bot < bots:
        raise ValueError(f"bot {bot} does not exist; there are {bots}")
    core = state.core[0]
    return _one(
        kind=EventKind.COMMAND,
        seq=int(core["seq"]),
        recv_ns=max(int(core["now_ns"]), recv_ns or 0),
        id=command_id,
        state=command,
        code=bot,
    )


def calendar_asked_ns(state: State) -> int:
    """The moment that the pending CALENDAR request wants to know about."""
    return int(state.core[0]["calendar_asked_ns"])


def calendar_events(pauses: Sequence[tuple[int, int, int]], known_ns: int, extend_ns: int) -> Events:
    """All pauses (prepare, start, end; in order, apart) up to `known_ns`; from `extend_ns` on the engine asks again."""
    events = empty_events(len(pauses) + 1, 0)
    for row, (prepare_ns, start_ns, end_ns) in enumerate(pauses):
        events.heads[row] = head_row(kind=EventKind.CALENDAR, id=row, price=prepare_ns, qty=start_ns, low=end_ns)
    events.heads[len(pauses)] = head_row(kind=EventKind.CALENDAR, closed=1, price=known_ns, qty=extend_ns)
    return events


def feed_lost_event(state: State) -> Events:
    """The connection to market_data is gone: every book is unknown until it is published again."""
    core = state.core[0]
    return _one(kind=EventKind.FEED_LOST, seq=int(core["seq"]), recv_ns=int(core["now_ns"]))


def _one(**fields: int) -> Events:
    events = empty_events(1, 0)
    row: Mapping[str, int] = fields
    events.heads[0] = head_row(**row)
    return events
