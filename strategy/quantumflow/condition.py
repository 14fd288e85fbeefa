"""What the shell reads from a state: its outbox, its open orders, and why nothing trades."""

from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from quantumflow.outputs import Output, read_outputs
from quantumflow.restraint import REFUSALS_IN_ROW_MAX
from quantumflow.state import BARS_KEPT, NEVER_NS, State, name_of
from quantumflow.strategies.scalper_declared import FF, LR
from quantumflow.vocabulary import (
    BotReason,
    BotState,
    CalendarPhase,
    Command,
    FeedState,
    OrderKind,
    OrderState,
    Refusal,
    Side,
    TimeInForce,
    Trading,
    WhyNotTrading,
)

__all__ = ["OpenOrder", "drain", "open_orders", "why_not_trading"]


@dataclass(frozen=True, slots=True)
class OpenOrder:
    """An order that is not done. `queue_ahead` -1: unknown."""

    order: int
    bot: int
    instrument: int
    side: Side
    kind: OrderKind
    time_in_force: TimeInForce
    state: OrderState
    qty: int
    filled: int
    limit_price: int
    reduce_only: bool
    decided_ns: int
    arrive_ns: int
    queue_ahead: int


def drain(state: State) -> list[Output]:
    """Every output since the last drain, in order; the outbox is empty afterwards."""
    core = state.core[0]
    outputs = list(read_outputs(state.outbox[: int(core["outputs"])]))
    core["outputs"] = 0
    return outputs


def open_orders(state: State) -> list[OpenOrder]:
    """Orders that are not done, in order of their numbers."""
    return [
        OpenOrder(
            order=int(row["number"]),
            bot=int(row["bot"]),
            instrument=int(row["instrument"]),
            side=Side(int(row["side"])),
            kind=OrderKind(int(row["kind"])),
            time_in_force=TimeInForce(int(row["time_in_force"])),
            state=OrderState(int(row["state"])),
            qty=int(row["qty"]),
            filled=int(row["filled"]),
            limit_price=int(row["limit_price"]),
            reduce_only=bool(row["reduce_only"]),
            decided_ns=int(row["decided_ns"]),
            arrive_ns=int(row["arrive_ns"]),
            queue_ahead=int(row["queue_ahead"]),
        )
        for row in state.orders[: int(state.core[0]["open_orders"])]
    ]


def why_not_trading(state: State) -> tuple[WhyNotTrading, str]:
    """The first reason that holds, in the order of WHY_ORDER, and its particulars in words.

    While it trades, the particulars are of what does not; "" if all does.

    Of NOT_RUNNING and JOURNAL_FAILED the shell knows, not the engine. A reason of instruments or bots holds if none
    of them could trade.
    """
    core = state.core[0]
    if core["ended"]:
        return WhyNotTrading.SESSION_ENDED, "the session has ended"
    if core["killed"]:
        return WhyNotTrading.KILLED, f"by the command {Command(int(core['killed'])).name.lower()}"
    for find in (_of_the_feed, _of_risk, _of_calendar, _of_bots, _of_books):
        found = find(state)
        if found is not None:
            return found
    return WhyNotTrading.TRADING, _apart(state)


def _apart(state: State) -> str:
    """What does not trade while the rest does: failed bots, and instruments whose book cannot be used."""
    failed = [_standing(bot) for bot in state.bots if bot["state"] == BotState.FAILED]
    traded = [k for k in range(len(state.instruments)) if state.slots[:, k]["trades"].any()]
    rows = [state.instruments[k] for k in traded if state.instruments[k]["state"] != FeedState.LIVE]
    dark = [f"{name_of(row['name'])} is {FeedState(int(row['state'])).name.lower()}" for row in rows]
    return ", ".join([*failed, *dark])


def _of_the_feed(state: State) -> tuple[WhyNotTrading, str] | None:
    if state.core[0]["events"] == 0:
        return WhyNotTrading.NO_MARKET_DATA, "no frame has come yet"
    if state.core[0]["feed_lost"]:
        return WhyNotTrading.NO_MARKET_DATA, "the connection to market_data is lost"
    states = [FeedState(int(row["state"])) for row in state.instruments]
    for feed_state, why in (
        (FeedState.GEO_BLOCKED, WhyNotTrading.GEO_BLOCKED),
        (FeedState.BANNED, WhyNotTrading.BANNED),
    ):
        if all(found is feed_state for found in states):
            return why, _instruments(state)
    return None


def _of_risk(state: State) -> tuple[WhyNotTrading, str] | None:
    trading = Trading(int(state.core[0]["trading"]))
    reason = Refusal(int(state.core[0]["reason"]))
    if trading is Trading.ACTIVE:
        return None
    if trading is Trading.HALTED:
        return WhyNotTrading.RISK_HALTED, reason.name.lower()
    if reason in (Refusal.VERSION_MISMATCH, Refusal.RISK_VERSION_MISMATCH):
        return WhyNotTrading.RISK_VERSION_MISMATCH, "core_risk is of another build"
    if reason is Refusal.NONE:
        return WhyNotTrading.RISK_UNREACHABLE, "core_risk has not answered a mark yet"
    return WhyNotTrading.RISK_UNREACHABLE, reason.name.lower()


def _of_calendar(state: State) -> tuple[WhyNotTrading, str] | None:
    phase = CalendarPhase(int(state.core[0]["phase"]))
    if phase is CalendarPhase.OPEN:
        return None
    until_ns = int(state.core[0]["phase_until_ns"])
    words = "positions are left before a pause" if phase is CalendarPhase.BEFORE else "a pause of the calendar"
    if until_ns >= NEVER_NS:
        return WhyNotTrading.CALENDAR_PAUSE, "the calendar of this time is not known"
    until = datetime.fromtimestamp(until_ns // 10**9, UTC).strftime("%Y-%m-%d %H:%M:%S")
    return WhyNotTrading.CALENDAR_PAUSE, f"{words}, until {until} UTC"


def _of_bots(state: State) -> tuple[WhyNotTrading, str] | None:
    if any(bot["state"] == BotState.RUNNING for bot in state.bots):
        return None
    there_are = [bot for bot in state.bots if bot["state"] != BotState.REMOVED]
    return WhyNotTrading.PAUSED, ", ".join(_standing(bot) for bot in there_are) or "there is no bot"


def _standing(bot: np.void) -> str:
    """A bot that may not enter, in words."""
    name = name_of(bot["name"])
    state, reason = BotState(int(bot["state"])), BotReason(int(bot["reason"]))
    if state is BotState.FAILED and reason is BotReason.ORDERS_REFUSED:
        return f"{name} has failed: {REFUSALS_IN_ROW_MAX} orders in a row were refused; resume it, or start again"
    if state is BotState.FAILED:
        return f"{name} has failed: {reason.name.lower()}; `quantumflow bot show {name}` says more"
    return f"{name} is {state.name.lower()}"


def _of_books(state: State) -> tuple[WhyNotTrading, str] | None:
    running = [
        (bot, instrument)
        for bot in range(len(state.bots))
        if state.bots[bot]["state"] == BotState.RUNNING
        for instrument in range(len(state.instruments))
        if state.slots[bot, instrument]["trades"]
    ]
    live = [pair for pair in running if state.instruments[pair[1]]["state"] == FeedState.LIVE]
    if not live:
        return WhyNotTrading.BOOK_NOT_LIVE, _instruments(state)
    if not any(state.slots[pair]["ready"] for pair in live):
        return WhyNotTrading.WARMING_UP, _warming(state, live)
    return None


def _warming(state: State, live: list[tuple[int, int]]) -> str:
    """What is still missing; of scalpers alone, on the instrument that has most of it."""
    scalpers = [pair for pair in live if state.bots[pair[0]]["strategy"] in (FF, LR)]
    if len(scalpers) < len(live):
        return "the features have not seen enough books yet"
    bot, k = max(scalpers, key=lambda pair: int(state.instruments[pair[1]]["bars"]))
    bars, symbol = int(state.instruments[k]["bars"]), name_of(state.instruments[k]["name"])
    return f"{name_of(state.bots[bot]['name'])} has {bars} of {BARS_KEPT} minutes of {symbol} without a hole"


def _instruments(state: State) -> str:
    return ", ".join(
        f"{name_of(row['name'])} is {FeedState(int(row['state'])).name.lower()}" for row in state.instruments
    )
