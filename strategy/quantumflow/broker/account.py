"""The account: what a fill does to cash and position, and what everything is worth at the last two-sided books."""

from typing import Any

import numpy as np
import numpy.typing as npt

from quantumflow.broker.money import BEYOND, fee_of, mul_div, notional_of, released_of
from quantumflow.kernel import kernel
from quantumflow.specs import MONEY_MAX
from quantumflow.vocabulary import Side

__all__ = ["drawdown_ppm", "mark", "settle"]

Record = Any
Table = npt.NDArray[np.void]

_BUY = int(Side.BUY)
_PPM = 1_000_000


@kernel
def settle(
    core: Record, slot: Record, instrument: Record, side: int, price: int, qty: int, fee_ppm: int
) -> tuple[int, int]:
    """Book one fill; its notional and fee. (BEYOND, BEYOND), with nothing changed, if any figure would not fit."""
    buys = side == _BUY
    num, den = instrument["value_num"], instrument["value_den"]
    notional = notional_of(price, qty, num, den, buys)
    if notional == BEYOND:
        return BEYOND, BEYOND
    fee = fee_of(notional, fee_ppm)
    if fee == BEYOND:
        return BEYOND, BEYOND
    moved = -notional if buys else notional
    if abs(moved - fee) > MONEY_MAX:
        return BEYOND, BEYOND
    moved -= fee
    held = slot["qty"]
    position, cost, realised = _position_after(slot, num, den, buys, price, qty, notional)
    cash = core["cash_e8"] + moved
    flow = slot["cash_e8"] + moved
    fees = core["fees_e8"] + fee
    if cost == BEYOND or max(abs(cash), abs(flow), abs(realised), abs(position), cost, fees) > MONEY_MAX:
        return BEYOND, BEYOND
    core["cash_e8"] = cash
    core["fees_e8"] = fees
    slot["qty"] = position
    slot["cost_e8"] = cost
    slot["realised_e8"] = realised
    slot["fees_e8"] += fee
    slot["cash_e8"] = flow
    slot["fills"] += 1
    closed = min(qty, abs(held)) if (held < 0) == buys else 0
    if qty > closed:
        slot["entered_ns"] = core["now_ns"]
    slot["traded"] = 1
    return notional, fee


@kernel
def _position_after(
    slot: Record, num: int, den: int, buys: bool, price: int, qty: int, notional: int
) -> tuple[int, int, int]:
    """Quantity, cost and realised gain after a fill: it closes what it can first and opens the rest."""
    held, cost, realised = slot["qty"], slot["cost_e8"], slot["realised_e8"]
    signed = qty if buys else -qty
    long = held > 0
    if held == 0 or long == buys:
        return held + signed, cost + notional, realised
    closed = min(qty, abs(held))
    closing = notional if closed == qty else notional_of(price, closed, num, den, buys)
    released = released_of(cost, closed, abs(held), long)
    if closing == BEYOND or released == BEYOND:
        return held, BEYOND, realised
    realised += closing - released if long else released - closing
    opened = notional - closing
    return held + signed, (opened if closed < qty else cost - released), realised


@kernel
def mark(core: Record, instruments: Table, slots: Table) -> None:
    """Equity, exposure and the peak from the last two-sided books; `marked` is 0 while something held has no price."""
    equity, exposure = core["cash_e8"], 0
    core["marked"] = 0
    for bot in range(slots.shape[0]):
        for k in range(slots.shape[1]):
            held = slots[bot, k]["qty"]
            if held == 0:
                continue
            instrument = instruments[k]
            price = instrument["mark_bid"] if held > 0 else instrument["mark_ask"]
            value = notional_of(price, abs(held), instrument["value_num"], instrument["value_den"], held < 0)
            if price == 0 or value == BEYOND or exposure + value > MONEY_MAX:
                return
            exposure += value
            equity += value if held > 0 else -value
            if abs(equity) > MONEY_MAX:
                return
    core["marked"] = 1
    core["equity_e8"] = equity
    core["exposure_e8"] = exposure
    core["peak_e8"] = max(core["peak_e8"], equity)


@kernel
def drawdown_ppm(core: Record) -> int:
    """How far equity stands below its peak, in millionths of the peak; of a loss beyond the peak, whole peaks too."""
    peak = core["peak_e8"]
    if peak <= 0:
        return 0
    fall = peak - core["equity_e8"]
    if fall <= 0:
        return 0
    share, _ = mul_div(min(fall, MONEY_MAX), _PPM, peak)
    return share
