"""What the market does to our orders: they arrive, trigger, fill, wait, and end. Where a fill price is decided."""

from typing import Any

import numpy as np
import numpy.typing as npt

from quantumflow.broker.fills import affordable, closable
from quantumflow.broker.latency import draw_latency
from quantumflow.broker.liquidity import best, sound, tradable
from quantumflow.broker.orders import OrderEvent, alive, change, remove_done
from quantumflow.broker.resting import enter_queue, meet_book, meet_trade
from quantumflow.broker.taker import available, reaches, take
from quantumflow.kernel import kernel
from quantumflow.vocabulary import CalendarPhase, Liquidity, OrderKind, OrderState, Refusal, Side, TimeInForce

__all__ = ["cancel_orders", "expire_orders", "match_book", "match_trade"]

Record = Any
Table = npt.NDArray[np.void]

_CLOSED = int(CalendarPhase.CLOSED)
_BUY, _TAKER = int(Side.BUY), int(Liquidity.TAKER)
_MARKET, _LIMIT, _STOP = int(OrderKind.MARKET), int(OrderKind.LIMIT), int(OrderKind.STOP)
_GTC, _FOK = int(TimeInForce.GTC), int(TimeInForce.FOK)
_APPROVED, _WORKING = int(OrderState.APPROVED), int(OrderState.WORKING)
_ARRIVE, _TRIGGER = int(OrderEvent.ARRIVE), int(OrderEvent.TRIGGER)
_CANCEL, _EXPIRE = int(OrderEvent.CANCEL), int(OrderEvent.EXPIRE)
_NONE, _NO_LIQUIDITY = int(Refusal.NONE), int(Refusal.NO_LIQUIDITY)
_BEYOND_KNOWN_BOOK, _IOC_REMAINDER = int(Refusal.BEYOND_KNOWN_BOOK), int(Refusal.IOC_REMAINDER)
_FOK_NOT_FILLED, _WOULD_CROSS = int(Refusal.FOK_NOT_FILLED), int(Refusal.POST_ONLY_WOULD_CROSS)
_VERDICT_EXPIRED = int(Refusal.VERDICT_EXPIRED)
_ORDER_DEADLINE, _BOOK_NOT_TRADABLE = int(Refusal.ORDER_DEADLINE), int(Refusal.BOOK_NOT_TRADABLE)


@kernel
def match_book(core: Record, instruments: Table, slots: Table, orders: Table, outbox: Table, k: int) -> None:
    """A new book of instrument `k`: resting orders first, then arrivals in order of their arrival, then triggers."""
    instrument = instruments[k]
    if core["open_orders"] == 0 or core["phase"] == _CLOSED or not tradable(core, instrument):
        return
    meet_book(core, slots, instrument, orders, outbox, k)
    row = _next_arrival(core, instrument, orders, k)
    while row >= 0:
        order = orders[row]
        _arrive(core, slots[order["bot"], k], instrument, order, outbox)
        row = _next_arrival(core, instrument, orders, k)
    for row in range(core["open_orders"]):
        order = orders[row]
        if order["instrument"] == k and _untriggered(order):
            opposite = best(instrument, 1 if order["side"] == _BUY else 0)
            if reaches(1 - order["side"], order["limit_price"], opposite):
                _trigger(core, order, outbox)
    remove_done(core, orders)


@kernel
def match_trade(
    core: Record, instruments: Table, slots: Table, orders: Table, outbox: Table, k: int, trade: Record
) -> None:
    """A real trade of instrument `k`: it may fill resting orders and trigger stops.

    A trade that the exchange made no later than the book we hold is in that book already, so it says nothing new.
    Both times are the exchange's own.
    """
    if core["open_orders"] == 0 or core["phase"] == _CLOSED:
        return
    instrument = instruments[k]
    if trade["event_ns"] > 0 and trade["event_ns"] <= instrument["event_ns"]:
        return
    meet_trade(core, slots, instrument, orders, outbox, k, trade)
    for row in range(core["open_orders"]):
        order = orders[row]
        waits = order["instrument"] == k and _untriggered(order)
        if waits and reaches(1 - order["side"], order["limit_price"], trade["price"]):
            _trigger(core, order, outbox)
    remove_done(core, orders)


@kernel
def expire_orders(core: Record, instruments: Table, orders: Table, outbox: Table) -> None:
    """End every order that has waited for a tradable book too long."""
    ended = 0
    for row in range(core["open_orders"]):
        order = orders[row]
        if _waits(order) and core["now_ns"] - order["arrive_ns"] > core["order_deadline_ns"]:
            quiet = sound(instruments[order["instrument"]])
            change(core, order, outbox, _EXPIRE, _ORDER_DEADLINE if quiet else _BOOK_NOT_TRADABLE)
            ended += 1
    if ended > 0:
        remove_done(core, orders)


@kernel
def cancel_orders(core: Record, orders: Table, outbox: Table, bot: int, reason: int) -> None:
    """Cancel every approved or working order of one bot, or of all (-1)."""
    for row in range(core["open_orders"]):
        order = orders[row]
        if (bot < 0 or order["bot"] == bot) and (order["state"] == _APPROVED or order["state"] == _WORKING):
            change(core, order, outbox, _CANCEL, reason)
    remove_done(core, orders)


@kernel
def _untriggered(order: Record) -> bool:
    return bool(order["kind"] == _STOP and order["state"] == _WORKING and order["triggered"] == 0)


@kernel
def _waits(order: Record) -> bool:
    """Whether an order is on its way: approved, or a stop that was triggered."""
    return bool(order["state"] == _APPROVED or (order["state"] == _WORKING and order["triggered"] == 1))


@kernel
def _next_arrival(core: Record, instrument: Record, orders: Table, k: int) -> int:
    """Row of the order that reached the exchange first and has not met a book yet; -1 if there is none.

    Compared with the book's own time: a book that is sent again after a lost feed may be older than the arrival.
    """
    chosen = -1
    for row in range(core["open_orders"]):
        order = orders[row]
        if order["instrument"] != k or not _waits(order) or order["arrive_ns"] > instrument["recv_ns"]:
            continue
        if chosen < 0 or order["arrive_ns"] < orders[chosen]["arrive_ns"]:
            chosen = row
    return chosen


@kernel
def _trigger(core: Record, order: Record, outbox: Table) -> None:
    """A stop becomes a market order with a way of its own; it meets a later book than the one that triggered it."""
    order["triggered"] = 1
    order["latency_ns"] = draw_latency(core["latency_seed"], order["number"], 1, core["latency_ns"])
    order["arrive_ns"] = core["now_ns"] + order["latency_ns"]
    change(core, order, outbox, _TRIGGER, _NONE)


@kernel
def _arrive(core: Record, slot: Record, instrument: Record, order: Record, outbox: Table) -> None:
    """An order meets the first tradable book after its latency: take, rest, wait for a trigger, or end.

    core_risk approved it for the market of its moment; after `approval_valid_ns` that is another market.
    """
    if order["triggered"] == 0:
        if core["now_ns"] - order["decided_ns"] > core["approval_valid_ns"]:
            change(core, order, outbox, _EXPIRE, _VERDICT_EXPIRED)
            return
        change(core, order, outbox, _ARRIVE, _NONE)
        if order["kind"] == _STOP:
            return
    refusal = _take_or_refuse(core, slot, instrument, order, outbox)
    if not alive(order):
        return
    if refusal == _NONE and order["kind"] == _LIMIT and order["time_in_force"] == _GTC:
        enter_queue(core, instrument, order)
        return
    if refusal == _NONE:
        refusal = _remainder_refusal(order)
    change(core, order, outbox, _CANCEL, refusal)


@kernel
def _take_or_refuse(core: Record, slot: Record, instrument: Record, order: Record, outbox: Table) -> int:
    """Take what the order may take on arrival; NONE, or the refusal that ends it."""
    side = order["side"]
    limit = order["limit_price"] if order["kind"] == _LIMIT else 0
    if limit > 0 and order["post_only"] == 1:
        crosses = reaches(side, limit, best(instrument, 1 if side == _BUY else 0))
        return _WOULD_CROSS if crosses else _NONE
    if order["kind"] == _LIMIT and order["time_in_force"] == _FOK:
        allowed, _ = closable(core, slot, order)
        short = min(allowed, available(core, instrument, side, limit)) < order["qty"]
        if short or affordable(core, instrument, side, limit, order["qty"], core["taker_fee_ppm"]) != _NONE:
            return _FOK_NOT_FILLED
    return take(core, slot, instrument, order, outbox, limit, _TAKER)


@kernel
def _remainder_refusal(order: Record) -> int:
    """Why the rest of a market, IOC or triggered stop order is cancelled: it is never filled beyond what was shown."""
    if order["kind"] == _LIMIT:
        return _IOC_REMAINDER
    return _NO_LIQUIDITY if order["filled"] == 0 else _BEYOND_KNOWN_BOOK
