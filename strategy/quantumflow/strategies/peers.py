"""What the other scalpers do on an instrument: who wins, what forbids an entry, whose wishes agree.

Of two the one with the lower strategy number is superior (FF before LR), among equals the one that stands first. A wish
counts while its bot is running and at the same bar; a position and an open order that enters count always.
"""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from quantumflow.kernel import kernel
from quantumflow.strategies.scalper_declared import FF, LR
from quantumflow.vocabulary import BotState, Side

__all__ = ["Peers", "peers_of"]

Record = Any
Table = npt.NDArray[np.void]

_RUNNING, _BUY = int(BotState.RUNNING), int(Side.BUY)
_E8 = 100_000_000


class Peers(NamedTuple):
    """As one scalper finds the others."""

    long: bool
    """Another holds a long position, or has asked for one."""
    short: bool
    superior_wants: int
    """What the first superior that wants something wants: 1, -1; 0: none does."""
    confidence: float
    """Its own, or the mean of those that agree, weighted by capital."""


@kernel
def peers_of(core: Record, bots: Table, slots: Table, orders: Table, bot: int, k: int) -> Peers:
    """The others, for `bot` on instrument `k`."""
    own = slots[bot, k]
    long = short = False
    wants, wanted_by = 0, (LR + 1) * bots.shape[0]
    weight = _weight(bots[bot])
    confidence = own["bar_confidence"] * weight
    for other in range(bots.shape[0]):
        row, slot = bots[other], slots[other, k]
        if other == bot or row["strategy"] not in (FF, LR):
            continue
        long = long or slot["qty"] > 0
        short = short or slot["qty"] < 0
        if slot["trades"] == 0 or row["state"] != _RUNNING or slot["bar_ns"] != own["bar_ns"] or slot["bar_wants"] == 0:
            continue
        rank = row["strategy"] * bots.shape[0] + other
        if rank < min(wanted_by, bots[bot]["strategy"] * bots.shape[0] + bot):
            wants, wanted_by = slot["bar_wants"], rank
        if slot["bar_wants"] == own["bar_wants"]:
            weight += _weight(row)
            confidence += slot["bar_confidence"] * _weight(row)
    for at in range(core["open_orders"]):
        order = orders[at]
        scalper = bots[order["bot"]]["strategy"] in (FF, LR)
        if scalper and order["bot"] != bot and order["instrument"] == k and order["reduce_only"] == 0:
            long = long or order["side"] == _BUY
            short = short or order["side"] != _BUY
    return Peers(long, short, wants, confidence / weight)


@kernel
def _weight(row: Record) -> int:
    """A bot's capital in whole units of the quote currency."""
    return int(max(1, row["capital_e8"] // _E8))
