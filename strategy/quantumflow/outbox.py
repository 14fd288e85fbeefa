"""Writing the outbox: one kernel for each kind of output, and the names of its fields as indices.

The order of the names is that of outputs.FIELDS; a test holds the two together.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from quantumflow.kernel import kernel
from quantumflow.state import EVENT_OUTPUTS_MAX, OUTBOX_MAX
from quantumflow.vocabulary import OutputKind

__all__ = [
    "has_room",
    "new_row",
    "write_bot",
    "write_equity",
    "write_feed",
    "write_order",
    "write_order_state",
    "write_specialist",
    "write_trading",
    "write_verdict",
]

Record = Any
Table = npt.NDArray[np.void]

_ORDER, _VERDICT = int(OutputKind.ORDER), int(OutputKind.VERDICT)
_ORDER_STATE, _EQUITY = int(OutputKind.ORDER_STATE), int(OutputKind.EQUITY)
_FEED, _TRADING, _BOT = int(OutputKind.FEED), int(OutputKind.TRADING), int(OutputKind.BOT)
_SPECIALIST = int(OutputKind.SPECIALIST)


@kernel
def has_room(core: Record) -> bool:
    """Whether the outbox could take everything that one event may cause."""
    return bool(core["outputs"] + EVENT_OUTPUTS_MAX <= OUTBOX_MAX)


@kernel
def new_row(core: Record, outbox: Table, kind: int, bot: int, instrument: int) -> int:
    """Take the next row of the outbox, zeroed but for its head; its index."""
    index = core["outputs"]
    row = outbox[index]
    row["kind"] = kind
    row["event_ns"] = core["now_ns"]
    row["seq"] = core["seq"]
    row["bot"] = bot
    row["instrument"] = instrument
    row["i"][:] = 0
    row["f"][:] = 0.0
    core["outputs"] = index + 1
    return int(index)


@kernel
def write_order(core: Record, order: Record, instrument: Record, outbox: Table) -> None:
    """ORDER: what was decided, before anyone judged it."""
    i = outbox[new_row(core, outbox, _ORDER, order["bot"], order["instrument"])]["i"]
    i[0] = order["number"]
    i[1] = order["signal"]
    i[2] = order["side"]
    i[3] = order["kind"]
    i[4] = order["time_in_force"]
    i[5] = order["post_only"]
    i[6] = order["reduce_only"]
    i[7] = order["qty"]
    i[8] = order["limit_price"]
    i[9] = order["reference_price"]
    i[10] = instrument["epoch"]
    i[11] = instrument["last_id"]


@kernel
def write_verdict(core: Record, order: Record, outbox: Table, verdict: int, qty: int, refusal: int) -> None:
    """VERDICT: exactly one for each order."""
    i = outbox[new_row(core, outbox, _VERDICT, order["bot"], order["instrument"])]["i"]
    i[0] = order["number"]
    i[1] = verdict
    i[2] = qty
    i[3] = refusal


@kernel
def write_order_state(core: Record, order: Record, outbox: Table, reason: int) -> None:
    """ORDER_STATE: the state an order has just reached, and why if it is an end."""
    i = outbox[new_row(core, outbox, _ORDER_STATE, order["bot"], order["instrument"])]["i"]
    i[0] = order["number"]
    i[1] = order["state"]
    i[2] = reason
    i[3] = order["filled"]
    i[4] = order["qty"] - order["filled"]
    i[5] = order["latency_ns"]
    i[6] = order["arrive_ns"]
    i[7] = order["queue_ahead"]


@kernel
def write_equity(core: Record, slots: Table, outbox: Table, drawdown: int) -> None:
    """EQUITY: the account as it was last marked."""
    realised = core["realised_gone_e8"]
    for bot in range(slots.shape[0]):
        for k in range(slots.shape[1]):
            realised += slots[bot, k]["realised_e8"]
    i = outbox[new_row(core, outbox, _EQUITY, -1, -1)]["i"]
    i[0] = core["cash_e8"]
    i[1] = core["equity_e8"]
    i[2] = core["peak_e8"]
    i[3] = drawdown
    i[4] = core["exposure_e8"]
    i[5] = realised
    i[6] = core["fees_e8"]
    i[7] = core["fill_count"]


@kernel
def write_feed(core: Record, outbox: Table, k: int, state: int, epoch: int) -> None:
    """FEED: an instrument's book changed its state or its epoch."""
    i = outbox[new_row(core, outbox, _FEED, -1, k)]["i"]
    i[0] = state
    i[1] = epoch


@kernel
def write_trading(core: Record, outbox: Table) -> None:
    """TRADING: what core_risk says of trading as a whole has changed."""
    i = outbox[new_row(core, outbox, _TRADING, -1, -1)]["i"]
    i[0] = core["trading"]
    i[1] = core["reason"]


@kernel
def write_bot(core: Record, bots: Table, outbox: Table, bot: int) -> None:
    """BOT: the engine itself changed a bot's state, and why."""
    i = outbox[new_row(core, outbox, _BOT, bot, -1)]["i"]
    i[0] = bots[bot]["state"]
    i[1] = bots[bot]["reason"]


@kernel
def write_specialist(
    core: Record, instrument: Record, slot: Record, outbox: Table, bot: int, k: int, signal: int
) -> None:
    """SPECIALIST: what was seen at the newest bar."""
    row = outbox[new_row(core, outbox, _SPECIALIST, bot, k)]
    i, f = row["i"], row["f"]
    i[0], i[1], i[2] = signal, slot["bar_regime"], slot["bar_entry_regime"]
    i[3], i[4], i[5] = slot["bar_ns"], instrument["bars"], slot["bars_held"]
    f[0], f[1], f[2] = slot["bar_score"], slot["bar_atr"], slot["bar_volatility"]
    f[3], f[4] = slot["bar_half_life"], slot["bar_confidence"]
