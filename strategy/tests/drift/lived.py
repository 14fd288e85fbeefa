"""Events of bots that trade a file, as the journal's reader gives them."""

from collections.abc import Iterable
from typing import Any

__all__ = ["E8", "Told", "bot_made", "expected"]

E8 = 10**8


def expected(mean: float = 0.0004) -> dict[str, float]:
    return {"mean_log_return": mean, "standard_error": 0.0001, "deviation": 0.003, "trades": 800}


def bot_made(name: str = "ff", sha256: str | None = "a" * 64, mean: float = 0.0004) -> dict[str, Any]:
    """As session_started and commands have it; without a file, for None."""
    made = {"name": name, "strategy": "ff", "specialists": sha256}
    return made if sha256 is None else {**made, "expected": {regime: expected(mean) for regime in ("bull", "bear")}}


class Told:
    """Events in order, one nanosecond apart."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self._numbers = 0

    def add(self, kind: str, **payload: Any) -> None:
        self.events.append({"kind": kind, "event_ns": len(self.events) + 1, "payload": payload})

    def trips(self, regime: str, gains: Iterable[float], bot: str = "ff") -> None:
        """Each is bought for 1,000 and sold for that and its gain, without fees."""
        for gain in gains:
            self.half("entry", regime, "buy", 1000 * E8, 10, bot)
            self.half("exit_target", regime, "sell", round(1000 * E8 * (1.0 + gain)), 0, bot)

    def half(self, kind: str, regime: str, side: str, notional_e8: int, left: int, bot: str = "ff") -> None:
        """A signal, what the specialist saw, an order and its fill."""
        self._numbers += 1
        where = {"bot": bot, "symbol": "BTCUSDT"}
        named = {**where, "order": f"{bot}-{self._numbers:08d}"}
        self.add("signal", **where, signal=self._numbers, signal_kind=kind, outcome="ordered")
        self.add("specialist", **where, signal=self._numbers, regime=regime)
        self.add("order", **named, signal=self._numbers)
        self.add("fill", **named, side=side, notional_e8=notional_e8, fee_e8=0, position_qty=left)
