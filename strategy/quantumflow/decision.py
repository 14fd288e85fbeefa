"""From a tradable book to an order that waits for its verdict: one bot at a time."""

from typing import Any

import numpy as np
import numpy.typing as npt

from quantumflow.broker.gate import barred, leaving
from quantumflow.broker.latency import draw_latency
from quantumflow.broker.matching import cancel_orders
from quantumflow.broker.orders import OrderEvent, change, find, remove_done
from quantumflow.features.update import update_features
from quantumflow.kernel import kernel
from quantumflow.outbox import new_row, write_bot, write_order, write_specialist, write_verdict
from quantumflow.restraint import note_verdict, restrained
from quantumflow.state import BARS_KEPT, ORDERS_MAX
from quantumflow.strategies.dispatch import ask_strategy
from quantumflow.strategies.intents import rejected_intent
from quantumflow.strategies.peers import peers_of
from quantumflow.strategies.registry import OF_A_USER
from quantumflow.strategies.scalper import act, is_scalper
from quantumflow.strategies.sizing import entry_ticks, passes_filters
from quantumflow.strategies.unasked import leave_now, standing_outcome, told_before
from quantumflow.strategies.view import Intent, View
from quantumflow.vocabulary import (
    BotReason,
    BotState,
    OrderState,
    OutputKind,
    Refusal,
    Request,
    Side,
    SignalOutcome,
    Trading,
    VerdictKind,
)

__all__ = ["asked_view", "decide_bot", "judge", "place", "take_intent"]

Record = Any
Table = npt.NDArray[np.void]

_ACTIVE, _RUNNING, _BUY = int(Trading.ACTIVE), int(BotState.RUNNING), int(Side.BUY)
_SIGNAL, _INTENDED = int(OutputKind.SIGNAL), int(OrderState.INTENDED)
_ORDERED, _SIZE_BELOW_MINIMUM = int(SignalOutcome.ORDERED), int(SignalOutcome.SIZE_BELOW_MINIMUM)
_KILLED, _CALENDAR_PAUSE = int(SignalOutcome.KILLED), int(SignalOutcome.CALENDAR_PAUSE)
_BARRED_BY_CALENDAR = int(Refusal.CALENDAR_PAUSE)
_APPROVE, _REFUSE = int(OrderEvent.APPROVE), int(OrderEvent.REFUSE)
_REFUSED = int(VerdictKind.REFUSE)
_NONE, _VERDICT_EXPIRED = int(Refusal.NONE), int(Refusal.VERDICT_EXPIRED)
_BOT_STOPPED = int(Refusal.BOT_STOPPED)
_STOPPED, _FAILED, _REMOVED = int(BotState.STOPPED), int(BotState.FAILED), int(BotState.REMOVED)
_ORDERS_REFUSED, _LEFT_EVERYTHING = int(BotReason.ORDERS_REFUSED), int(BotReason.LEFT_EVERYTHING)
_NO_REQUEST, _WANT_VERDICT, _WANT_INTENT = int(Request.NONE), int(Request.VERDICT), int(Request.INTENT)


@kernel
def decide_bot(
    core: Record,
    instruments: Table,
    bots: Table,
    slots: Table,
    parameters: npt.NDArray[np.float64],
    orders: Table,
    outbox: Table,
    bot: int,
    k: int,
) -> int:
    """One bot looks at the new, tradable book of instrument `k`; the Request that the engine now waits on."""
    instrument, slot = instruments[k], slots[bot, k]
    levels = instrument["levels"]
    mid2 = levels[0, 0, 0] + levels[1, 0, 0]
    update_features(slot, core["now_ns"], instrument["epoch"], mid2, parameters[bot])
    row = bots[bot]
    scalper = is_scalper(row["strategy"])
    if scalper:
        slot["ready"] = 1 if instrument["bars"] == BARS_KEPT else 0
    if row["flatten"] == 1 and _is_flat(slots, bot):
        row["flatten"] = 0
    if row["removing"] == 1 and _is_gone(core, slots, orders, bot):
        row["state"] = _REMOVED
        row["reason"] = _LEFT_EVERYTHING
        for each in range(slots.shape[1]):
            slots[bot, each]["trades"] = 0
        write_bot(core, bots, outbox, bot)
        return _NO_REQUEST
    view = _view(core, instrument, row, slot, orders, bot, k)
    of_a_user = row["strategy"] == OF_A_USER
    if row["state"] == _STOPPED or row["reason"] > _ORDERS_REFUSED or (of_a_user and view.must_leave):
        intent = leave_now(view, slot)
    elif of_a_user:
        return _WANT_INTENT
    elif scalper:
        intent = act(view, slot, row["strategy"], parameters[bot], peers_of(core, bots, slots, orders, bot, k))
    else:
        intent = ask_strategy(row["strategy"], view, parameters[bot], slot["words"], slot["figures"])
    return conclude(core, instruments, bots, slots, orders, outbox, bot, k, intent)


@kernel
def take_intent(
    core: Record,
    instruments: Table,
    bots: Table,
    slots: Table,
    orders: Table,
    outbox: Table,
    bot: int,
    k: int,
    intent: Intent,
    reason: int,
) -> int:
    """What a user's strategy answered; with a `reason` it has failed, and is not asked again."""
    if reason != 0:
        bots[bot]["state"] = _FAILED
        bots[bot]["reason"] = reason
        write_bot(core, bots, outbox, bot)
        cancel_orders(core, orders, outbox, bot, _BOT_STOPPED)
        return _NO_REQUEST
    if intent.signal < 0:
        return _NO_REQUEST
    if intent.outcome == _ORDERED:
        view = _view(core, instruments[k], bots[bot], slots[bot, k], orders, bot, k)
        outcome = standing_outcome(core, view, orders, bot, k, intent)
        if outcome != _ORDERED:
            intent = rejected_intent(intent.signal, outcome, intent.side, intent.confidence)
    if intent.outcome != _ORDERED and told_before(slots[bot, k], core["now_ns"], intent.outcome):
        return _NO_REQUEST
    return conclude(core, instruments, bots, slots, orders, outbox, bot, k, intent)


@kernel
def asked_view(core: Record, instruments: Table, bots: Table, slots: Table, orders: Table) -> View:
    """What the bot sees whose intent the shell was asked for."""
    bot, k = core["pending_bot"], core["pending_instrument"]
    return _view(core, instruments[k], bots[bot], slots[bot, k], orders, bot, k)


@kernel
def conclude(
    core: Record,
    instruments: Table,
    bots: Table,
    slots: Table,
    orders: Table,
    outbox: Table,
    bot: int,
    k: int,
    intent: Intent,
) -> int:
    """From an intent to its signal and, if nothing speaks against it, to an order that waits for its verdict."""
    if intent.signal < 0:
        return _NO_REQUEST
    instrument, slot = instruments[k], slots[bot, k]
    outcome = intent.outcome
    if outcome == _ORDERED and not _allowed(instrument, intent):
        outcome = _SIZE_BELOW_MINIMUM
    if outcome == _ORDERED:
        bar = barred(core, intent.reduce_only)
        if bar != _NONE:
            outcome = _CALENDAR_PAUSE if bar == _BARRED_BY_CALENDAR else _KILLED
    state = bots[bot]["state"]
    outcome = restrained(bots[bot], outcome, intent.reduce_only == 1, core["now_ns"])
    if bots[bot]["state"] != state:
        write_bot(core, bots, outbox, bot)
    core["signal_count"] += 1
    ordered = outcome == _ORDERED
    _write_signal(core, instrument, slot, outbox, bot, k, intent, outcome, core["order_count"] + 1 if ordered else 0)
    if is_scalper(bots[bot]["strategy"]):
        write_specialist(core, instrument, slot, outbox, bot, k, core["signal_count"])
    if not ordered:
        return _NO_REQUEST
    place(core, instrument, orders, outbox, bot, k, core["signal_count"], intent)
    return _WANT_VERDICT


@kernel
def _is_flat(slots: Table, bot: int) -> bool:
    held = 0
    for k in range(slots.shape[1]):
        held += abs(slots[bot, k]["qty"])
    return held == 0


@kernel
def _is_gone(core: Record, slots: Table, orders: Table, bot: int) -> bool:
    """Flat, and none of its orders is under way."""
    for row in range(core["open_orders"]):
        if orders[row]["bot"] == bot:
            return False
    return _is_flat(slots, bot)


@kernel
def _view(core: Record, instrument: Record, bot_row: Record, slot: Record, orders: Table, bot: int, k: int) -> View:
    """What this bot may know of this instrument now."""
    levels = instrument["levels"]
    pending = False
    for row in range(core["open_orders"]):
        if orders[row]["bot"] == bot and orders[row]["instrument"] == k:
            pending = True
    qty = slot["qty"]
    return View(
        core["now_ns"],
        instrument["epoch"],
        levels[0, 0, 0],
        levels[1, 0, 0],
        instrument["imbalance_best"],
        instrument["imbalance_top"],
        instrument["imbalance_weighted"],
        instrument["microprice"],
        slot["volatility"],
        slot["volatility_z"],
        slot["momentum"],
        slot["atr"],
        slot["ready"] == 1,
        qty,
        entry_ticks(qty, slot["cost_e8"], instrument["value_num"], instrument["value_den"]),
        slot["entered_ns"],
        bot_row["capital_e8"] // bot_row["instruments"],
        instrument["value_num"],
        instrument["value_den"],
        instrument["qty_min"],
        instrument["qty_max"],
        instrument["notional_min_e8"],
        core["trading"] == _ACTIVE and bot_row["state"] == _RUNNING and bot_row["flatten"] == 0,
        bot_row["flatten"] == 1 or leaving(core),
        core["allow_short"] == 1,
        pending,
        core["open_orders"] < ORDERS_MAX,
    )


@kernel
def _allowed(instrument: Record, intent: Intent) -> bool:
    """Whether the exchange's filters take the order: asked of every strategy's orders, whatever it asked itself."""
    levels = instrument["levels"]
    price = intent.limit_price
    if price <= 0:
        price = levels[1, 0, 0] if intent.side == _BUY else levels[0, 0, 0]
    num, den = instrument["value_num"], instrument["value_den"]
    qty_min, qty_max = instrument["qty_min"], instrument["qty_max"]
    return passes_filters(intent.qty, price, qty_min, qty_max, instrument["notional_min_e8"], num, den)


@kernel
def _write_signal(
    core: Record,
    instrument: Record,
    slot: Record,
    outbox: Table,
    bot: int,
    k: int,
    intent: Intent,
    outcome: int,
    order: int,
) -> None:
    """SIGNAL: what the strategy saw and wanted, whatever became of it."""
    row = outbox[new_row(core, outbox, _SIGNAL, bot, k)]
    levels = instrument["levels"]
    i = row["i"]
    i[0], i[1], i[2], i[3], i[4] = core["signal_count"], intent.signal, outcome, intent.side, intent.qty
    i[5], i[6] = levels[0, 0, 0], levels[1, 0, 0]
    i[7], i[8], i[9], i[10] = instrument["epoch"], instrument["last_id"], order, instrument["recv_ns"]
    f = row["f"]
    f[0], f[1] = instrument["imbalance_top"], instrument["imbalance_weighted"]
    f[2], f[3] = slot["volatility"], slot["volatility_z"]
    f[4], f[5] = slot["momentum"], slot["atr"]
    f[6], f[7] = intent.confidence, instrument["microprice"]


@kernel
def place(
    core: Record, instrument: Record, orders: Table, outbox: Table, bot: int, k: int, signal: int, intent: Intent
) -> None:
    """Give the intent a number and a row; it is INTENDED until its verdict. The caller made sure of a free row."""
    if core["open_orders"] >= ORDERS_MAX:
        raise RuntimeError("an order was placed without a free row for it")
    levels = instrument["levels"]
    core["order_count"] += 1
    row = core["open_orders"]
    core["open_orders"] = row + 1
    order = orders[row]
    order["number"] = core["order_count"]
    order["signal"] = signal
    order["bot"] = bot
    order["instrument"] = k
    order["side"] = intent.side
    order["kind"] = intent.order_kind
    order["time_in_force"] = intent.time_in_force
    order["post_only"] = intent.post_only
    order["reduce_only"] = intent.reduce_only
    order["state"] = _INTENDED
    order["qty"] = intent.qty
    order["filled"] = 0
    order["limit_price"] = intent.limit_price
    order["reference_price"] = levels[1, 0, 0] if intent.side == _BUY else levels[0, 0, 0]
    order["decided_ns"] = core["now_ns"]
    order["latency_ns"] = 0
    order["arrive_ns"] = 0
    order["triggered"] = 0
    order["epoch"] = instrument["epoch"]
    order["queue_at_entry"] = 0
    order["queue_ahead"] = 0
    order["queue_consumed"] = 0
    order["first_trade_id"] = 0
    order["last_trade_id"] = 0
    order["trades"] = 0
    order["queue_shown"] = 0
    order["queue_traded"] = 0
    write_order(core, order, instrument, outbox)


@kernel
def judge(
    core: Record,
    bots: Table,
    orders: Table,
    outbox: Table,
    number: int,
    verdict: int,
    qty: int,
    refusal: int,
    at_ns: int,
) -> None:
    """Apply the verdict on an order: on its way with what was granted, or refused. One that came too late refuses."""
    row = find(core, orders, number)
    if row < 0 or orders[row]["state"] != _INTENDED:
        raise ValueError("a verdict for an order that waits for none")
    order = orders[row]
    write_verdict(core, order, outbox, verdict, qty, refusal)
    state = bots[order["bot"]]["state"]
    note_verdict(bots[order["bot"]], refusal, core["now_ns"])
    if bots[order["bot"]]["state"] != state:
        write_bot(core, bots, outbox, order["bot"])
    if verdict != _REFUSED and at_ns - order["decided_ns"] > core["approval_valid_ns"]:
        refusal = _VERDICT_EXPIRED
    if verdict != _REFUSED and refusal == _NONE:
        refusal = barred(core, order["reduce_only"])
    if verdict == _REFUSED or refusal != _NONE:
        change(core, order, outbox, _REFUSE, refusal)
        remove_done(core, orders)
        return
    if qty <= 0 or qty > order["qty"]:
        raise ValueError("a verdict that grants more than was asked, or nothing")
    order["qty"] = qty
    order["latency_ns"] = draw_latency(core["latency_seed"], number, 0, core["latency_ns"])
    order["arrive_ns"] = order["decided_ns"] + order["latency_ns"]
    change(core, order, outbox, _APPROVE, _NONE)
