"""The life of an order as a table, and the table of orders that are alive."""

from enum import IntEnum
from typing import Any

import numpy as np
import numpy.typing as npt

from quantumflow.kernel import kernel
from quantumflow.outbox import write_order_state
from quantumflow.vocabulary import OrderState

__all__ = ["TRANSITIONS", "OrderEvent", "alive", "change", "find", "remove_done"]

Record = Any
Table = npt.NDArray[np.void]


class OrderEvent(IntEnum):
    """What can happen to an order."""

    APPROVE = 0
    REFUSE = 1
    ARRIVE = 2
    TRIGGER = 3
    FILL_PART = 4
    FILL_REST = 5
    CANCEL = 6
    EXPIRE = 7


TRANSITIONS: dict[OrderState, dict[OrderEvent, OrderState]] = {
    OrderState.FREE: {},
    OrderState.INTENDED: {OrderEvent.APPROVE: OrderState.APPROVED, OrderEvent.REFUSE: OrderState.REFUSED},
    OrderState.APPROVED: {
        OrderEvent.ARRIVE: OrderState.WORKING,
        OrderEvent.CANCEL: OrderState.CANCELLED,
        OrderEvent.EXPIRE: OrderState.EXPIRED,
    },
    OrderState.WORKING: {
        OrderEvent.TRIGGER: OrderState.WORKING,
        OrderEvent.FILL_PART: OrderState.WORKING,
        OrderEvent.FILL_REST: OrderState.FILLED,
        OrderEvent.CANCEL: OrderState.CANCELLED,
        OrderEvent.EXPIRE: OrderState.EXPIRED,
    },
    OrderState.FILLED: {},
    OrderState.REFUSED: {},
    OrderState.CANCELLED: {},
    OrderState.EXPIRED: {},
}

_ILLEGAL = -1
_FILL_PART = int(OrderEvent.FILL_PART)
_INTENDED, _WORKING = int(OrderState.INTENDED), int(OrderState.WORKING)

_NEXT = np.array(
    [[TRANSITIONS[state].get(event, _ILLEGAL) for event in OrderEvent] for state in OrderState], dtype=np.int64
)


@kernel
def change(core: Record, order: Record, outbox: Table, event: int, reason: int) -> None:
    """Move an order along the table and tell it. A move that the table does not have is a fault of this program.

    A part fill has a FILL row of its own and changes no state, so it is not told here.
    """
    state = _NEXT[order["state"], event]
    if state == _ILLEGAL:
        raise RuntimeError("an order made a move that its life cycle does not have")
    order["state"] = state
    if event != _FILL_PART:
        write_order_state(core, order, outbox, reason)


@kernel
def alive(order: Record) -> bool:
    """Whether an order is not done."""
    return bool(_INTENDED <= order["state"] <= _WORKING)


@kernel
def find(core: Record, orders: Table, number: int) -> int:
    """Row of the order with this number, -1 if it is not alive."""
    for row in range(core["open_orders"]):
        if orders[row]["number"] == number:
            return row
    return -1


@kernel
def remove_done(core: Record, orders: Table) -> None:
    """Close the gaps that done orders leave, so that rows stay in order of their numbers."""
    count = core["open_orders"]
    kept = 0
    for row in range(count):
        if alive(orders[row]):
            if kept != row:
                orders[kept] = orders[row]
            kept += 1
    core["open_orders"] = kept
