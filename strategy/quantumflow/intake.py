"""Taking the market in: books, states of the feed, and what the operator said."""

from typing import Any

import numpy as np
import numpy.typing as npt

from quantumflow.broker.liquidity import forget_changed
from quantumflow.broker.matching import cancel_orders
from quantumflow.events import DEPTH
from quantumflow.kernel import kernel
from quantumflow.outbox import write_feed
from quantumflow.restraint import revive
from quantumflow.vocabulary import BotReason, BotState, Command, FeedState, Refusal

__all__ = ["on_book", "on_command", "on_feed_lost", "on_status"]

Record = Any
Table = npt.NDArray[np.void]

_LIVE, _DISCONNECTED = int(FeedState.LIVE), int(FeedState.DISCONNECTED)
_PAUSE, _RESUME = int(Command.PAUSE), int(Command.RESUME)
_FLATTEN, _CANCEL_ORDERS = int(Command.FLATTEN), int(Command.CANCEL_ORDERS)
_KILL, _KILL_FLATTEN = int(Command.KILL), int(Command.KILL_FLATTEN)
_RESET_BREAKER = int(Command.RESET_BREAKER)
_RUNNING, _PAUSED = int(BotState.RUNNING), int(BotState.PAUSED)
_STOPPED, _REMOVED = int(BotState.STOPPED), int(BotState.REMOVED)
_ORDERS_REFUSED = int(BotReason.ORDERS_REFUSED)
_CANCELLED_BY_COMMAND, _KILLED = int(Refusal.CANCELLED_BY_COMMAND), int(Refusal.KILLED)


@kernel
def on_book(
    core: Record, instrument: Record, outbox: Table, k: int, head: Record, levels: npt.NDArray[np.int64]
) -> None:
    """Replace the instrument's book. A new epoch is another book: what we took from the old one is forgotten."""
    _set_state(core, instrument, outbox, k, head["state"], head["epoch"])
    instrument["last_id"] = head["id"]
    instrument["recv_ns"] = head["recv_ns"]
    instrument["event_ns"] = head["event_ns"]
    instrument["window_bid"] = head["window_bid"]
    instrument["window_ask"] = head["window_ask"]
    instrument["imbalance_best"] = head["imbalance_best"]
    instrument["imbalance_top"] = head["imbalance_top"]
    instrument["imbalance_weighted"] = head["imbalance_weighted"]
    instrument["microprice"] = head["microprice"]
    row = head["levels_row"]
    if row < 0:
        instrument["bid_count"] = 0
        instrument["ask_count"] = 0
        return
    instrument["bid_count"] = min(head["bid_count"], DEPTH)
    instrument["ask_count"] = min(head["ask_count"], DEPTH)
    instrument["levels"][:] = levels[row]
    if instrument["memory_count"] > 0:
        forget_changed(instrument)
    if head["state"] == _LIVE and head["bid_count"] > 0 and head["ask_count"] > 0:
        instrument["mark_bid"] = levels[row, 0, 0, 0]
        instrument["mark_ask"] = levels[row, 1, 0, 0]


@kernel
def _set_state(core: Record, instrument: Record, outbox: Table, k: int, state: int, epoch: int) -> None:
    """Note a state and an epoch, and tell it if either is new."""
    if instrument["state"] == state and instrument["epoch"] == epoch:
        return
    if instrument["epoch"] != epoch:
        instrument["memory"][:] = 0
        instrument["memory_count"] = 0
    instrument["state"] = state
    instrument["epoch"] = epoch
    write_feed(core, outbox, k, state, epoch)


@kernel
def on_status(core: Record, instruments: Table, outbox: Table, head: Record) -> None:
    """An instrument's state, or (-1) that of the whole feed, which says nothing of epochs."""
    k = head["instrument"]
    if k >= 0:
        _set_state(core, instruments[k], outbox, k, head["state"], head["epoch"])
        return
    for each in range(instruments.shape[0]):
        _set_state(core, instruments[each], outbox, each, head["state"], instruments[each]["epoch"])


@kernel
def on_feed_lost(core: Record, instruments: Table, outbox: Table) -> None:
    """market_data is gone: no book may be traded on until it is published again."""
    for k in range(instruments.shape[0]):
        _set_state(core, instruments[k], outbox, k, _DISCONNECTED, instruments[k]["epoch"])


@kernel
def on_command(core: Record, bots: Table, orders: Table, outbox: Table, head: Record) -> None:
    """An operator's command: to the whole engine, or to one bot or (-1) to all of them.

    A bot that is stopped, or whose strategy has failed, is not asked by any of them but RESUME for the latter.
    """
    command = head["state"]
    if command in (_KILL, _KILL_FLATTEN):
        core["killed"] = command
        core["killed_ns"] = head["recv_ns"]
        cancel_orders(core, orders, outbox, -1, _KILLED)
        return
    if command == _RESET_BREAKER:
        core["killed"] = 0
        return
    for bot in range(bots.shape[0]):
        if head["code"] >= 0 and head["code"] != bot:
            continue
        row = bots[bot]
        stopped = row["state"] in (_STOPPED, _REMOVED)
        asked = not stopped and row["reason"] <= _ORDERS_REFUSED
        if command == _PAUSE:
            if asked:
                row["state"] = _PAUSED
        elif command == _RESUME:
            if not stopped:
                row["state"] = _RUNNING
                row["reason"] = 0
                row["flatten"] = 0
                revive(row)
        elif command == _FLATTEN:
            if asked:
                row["state"] = _PAUSED
            row["flatten"] = 1
            cancel_orders(core, orders, outbox, bot, _CANCELLED_BY_COMMAND)
        elif command == _CANCEL_ORDERS:
            cancel_orders(core, orders, outbox, bot, _CANCELLED_BY_COMMAND)
        else:
            raise ValueError("a command that the engine does not know")
