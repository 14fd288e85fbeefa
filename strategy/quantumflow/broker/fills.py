"""One fill: the last checks, the account, and the row that says why it happened."""

from typing import Any

import numpy as np
import numpy.typing as npt

from quantumflow.broker.account import settle
from quantumflow.broker.gate import barred
from quantumflow.broker.liquidity import best
from quantumflow.broker.money import BEYOND, fee_of, notional_of
from quantumflow.broker.orders import OrderEvent, change
from quantumflow.kernel import kernel
from quantumflow.outbox import new_row
from quantumflow.vocabulary import Liquidity, OutputKind, Refusal, Side

__all__ = ["affordable", "closable", "fill"]

Record = Any
Table = npt.NDArray[np.void]

_BUY = int(Side.BUY)
_TAKER = int(Liquidity.TAKER)
_FILL = int(OutputKind.FILL)
_FILL_PART, _FILL_REST = int(OrderEvent.FILL_PART), int(OrderEvent.FILL_REST)
_NONE, _ARITHMETIC = int(Refusal.NONE), int(Refusal.ARITHMETIC)
_INSUFFICIENT_CASH = int(Refusal.INSUFFICIENT_CASH)
_SHORT_DISABLED = int(Refusal.SHORT_DISABLED)
_REDUCE_ONLY_REMAINDER = int(Refusal.REDUCE_ONLY_REMAINDER)


@kernel
def closable(core: Record, slot: Record, order: Record) -> tuple[int, int]:
    """Most lots the order may still fill for its position's sake, and the refusal if that is none."""
    remaining = order["qty"] - order["filled"]
    buys = order["side"] == _BUY
    if order["reduce_only"] == 1:
        held = -slot["qty"] if buys else slot["qty"]
        return min(remaining, max(held, 0)), _REDUCE_ONLY_REMAINDER
    if not buys and core["allow_short"] == 0:
        return min(remaining, max(slot["qty"], 0)), _SHORT_DISABLED
    return remaining, _NONE


@kernel
def affordable(core: Record, instrument: Record, side: int, price: int, lots: int, fee_ppm: int) -> int:
    """NONE if there is cash for a buy, or margin; else the refusal."""
    if side != _BUY or core["allow_short"] == 1:
        return _NONE
    cost = notional_of(price, lots, instrument["value_num"], instrument["value_den"], True)
    if cost == BEYOND:
        return _ARITHMETIC
    fee = fee_of(cost, fee_ppm)
    if fee == BEYOND:
        return _ARITHMETIC
    return _NONE if core["cash_e8"] - cost >= fee else _INSUFFICIENT_CASH


@kernel
def fill(
    core: Record,
    slot: Record,
    instrument: Record,
    order: Record,
    outbox: Table,
    liquidity: int,
    price: int,
    lots: int,
    displayed: int,
    consumed: int,
) -> tuple[int, int]:
    """Fill up to `lots` at `price`: the lots filled, and NONE or the refusal that ends the order now.

    Nothing is booked that the gate keeps out, that would go short, spend cash there is not (without margin), or leave
    the bounds of money.
    """
    refusal = barred(core, order["reduce_only"])
    if refusal != _NONE:
        return 0, refusal
    allowed, refusal = closable(core, slot, order)
    lots = min(lots, allowed)
    if lots <= 0:
        return 0, refusal
    buys = order["side"] == _BUY
    fee_ppm = core["taker_fee_ppm"] if liquidity == _TAKER else core["maker_fee_ppm"]
    num, den = instrument["value_num"], instrument["value_den"]
    refusal = affordable(core, instrument, order["side"], price, lots, fee_ppm)
    if refusal != _NONE:
        return 0, refusal
    reference = notional_of(order["reference_price"], lots, num, den, buys)
    if reference == BEYOND:
        return 0, _ARITHMETIC
    notional, fee = settle(core, slot, instrument, order["side"], price, lots, fee_ppm)
    if notional == BEYOND:
        return 0, _ARITHMETIC
    order["filled"] += lots
    core["fill_count"] += 1
    slippage = notional - reference if buys else reference - notional
    i = outbox[new_row(core, outbox, _FILL, order["bot"], order["instrument"])]["i"]
    i[3], i[4], i[5], i[6], i[7], i[8] = liquidity, price, lots, notional, fee, fee_ppm
    i[15], i[16], i[25] = displayed, consumed, slippage
    _write_evidence(core, slot, instrument, order, i)
    done = order["filled"] == order["qty"]
    change(core, order, outbox, _FILL_REST if done else _FILL_PART, _NONE)
    return lots, _NONE


@kernel
def _write_evidence(core: Record, slot: Record, instrument: Record, order: Record, i: npt.NDArray[np.int64]) -> None:
    """The rest of a FILL row: the book it met, the way there, the queue, and the account after it."""
    i[0] = core["fill_count"]
    i[1] = order["number"]
    i[2] = order["side"]
    i[9] = instrument["epoch"]
    i[10] = instrument["last_id"]
    i[11] = instrument["recv_ns"]
    i[12] = core["now_ns"] - instrument["recv_ns"]
    i[13] = best(instrument, 0)
    i[14] = best(instrument, 1)
    i[17] = order["decided_ns"]
    i[18] = order["latency_ns"]
    i[19] = order["queue_at_entry"]
    i[20] = order["queue_consumed"]
    i[21] = order["first_trade_id"]
    i[22] = order["last_trade_id"]
    i[23] = order["trades"]
    i[24] = order["reference_price"]
    i[26] = core["cash_e8"]
    i[27] = slot["qty"]
    i[28] = slot["cost_e8"]
    i[29] = slot["realised_e8"]
    i[30] = order["qty"] - order["filled"]
    i[31] = core["fill_model"]
