"""Round trips: from a flat position to flat again, by bot and instrument, fees included. Pure, exact integers."""

from array import array
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["Trips"]


@dataclass(slots=True)
class _Open:
    """A position and what its trip has made so far."""

    qty: int = 0
    realised_e8: int = 0
    """The position's whole realised gain, over all its trips."""
    net_e8: int = 0


class Trips:
    """Closed trips as columns, in the order of their closing. A trip's gain is what it realised less its fees.

    A fill that turns a position around closes one trip and opens the next; its fee is shared by quantity, rounded
    against the closing one.
    """

    def __init__(self) -> None:
        self.closed_ns = array("q")
        self.net_e8 = array("q")
        self.key = array("q")
        self.keys: list[tuple[str, str]] = []
        self._open: dict[tuple[str, str], _Open] = {}

    def __len__(self) -> int:
        return len(self.net_e8)

    @property
    def positions(self) -> dict[tuple[str, str], int]:
        """Signed lots by bot and symbol, those that are not flat."""
        return {key: held.qty for key, held in self._open.items() if held.qty}

    def fill(self, at_ns: int, fill: Mapping[str, Any]) -> int | None:
        """Takes a fill; what the trip that it closed has made, None if it closed none."""
        key = (fill["bot"], fill["symbol"])
        if key not in self._open:
            self._open[key] = _Open()
            self.keys.append(key)
        held = self._open[key]
        before, after, fee_e8 = held.qty, fill["position_qty"], fill["fee_e8"]
        gained_e8 = fill["realised_e8"] - held.realised_e8
        held.qty, held.realised_e8 = after, fill["realised_e8"]
        closing_fee_e8 = fee_e8
        if before * after < 0:
            closing_fee_e8 = -(-fee_e8 * abs(before) // fill["qty"])
        held.net_e8 += gained_e8 - closing_fee_e8
        if before == 0 or before * after > 0:
            return None
        closed_e8, held.net_e8 = held.net_e8, closing_fee_e8 - fee_e8
        self.closed_ns.append(at_ns)
        self.net_e8.append(closed_e8)
        self.key.append(self.keys.index(key))
        return closed_e8
