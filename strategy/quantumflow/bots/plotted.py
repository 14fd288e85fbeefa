"""What strategies want plotted: for each bot and instrument, each indicator's last points. For screens alone.

They are sampled where the status is written, and neither journaled nor a part of any decision.
"""

import math
from collections import deque
from typing import Any

from quantumflow.parameters import Indicator
from quantumflow.specs import BotSpec
from quantumflow.state import State
from quantumflow.strategies.registry import STRATEGIES

__all__ = ["ALL_POINTS_MAX", "POINTS_MAX", "Plotted", "indicators_of_ours"]

POINTS_MAX = 120
"""Of one indicator; one is taken each second."""
ALL_POINTS_MAX = 6_000
"""Shown in all: the status file is written once a second by the thread that trades, and read up to a million bytes."""

_Points = deque[list[float | None]]


class Plotted:
    """Bounded by bots, instruments, indicators and POINTS_MAX."""

    def __init__(self) -> None:
        self._points: dict[tuple[str, str, str], _Points] = {}
        self._last: dict[tuple[str, str], tuple[float | None, ...]] = {}
        self._indicators: dict[str, tuple[Indicator, ...]] = {}
        self._sampled_ns = 0

    def begin(self, bot: BotSpec, indicators: tuple[Indicator, ...]) -> None:
        """A bot is there, or is another now."""
        self.end(bot.name)
        self._indicators[bot.name] = indicators

    def knows(self, bot: str) -> bool:
        """Whether it has indicators."""
        return bool(self._indicators.get(bot))

    def end(self, bot: str) -> None:
        self._indicators.pop(bot, None)
        for key in [key for key in self._points if key[0] == bot]:
            del self._points[key]
        for pair in [pair for pair in self._last if pair[0] == bot]:
            del self._last[pair]

    def answered(self, bot: str, symbol: str, figures: tuple[float | None, ...]) -> None:
        """What a user's strategy wants plotted, as of now."""
        self._last[bot, symbol] = figures

    def sample(self, state: State, bots: tuple[BotSpec, ...], symbols: tuple[str, ...], event_ns: int) -> None:
        """Takes a point of each indicator, if the market's time has moved."""
        if event_ns <= self._sampled_ns:
            return
        self._sampled_ns = event_ns
        for number, bot in enumerate(bots):
            for k, symbol in enumerate(symbols):
                if symbol not in bot.instruments:
                    continue
                for index, indicator in enumerate(self._indicators.get(bot.name, ())):
                    value = self._value(state, number, k, (bot.name, symbol), index, indicator)
                    if value is not None:
                        points = self._points.setdefault((bot.name, symbol, indicator.name), deque(maxlen=POINTS_MAX))
                        points.append([event_ns, value])

    def shown(self, bot: str) -> dict[str, Any]:
        """By symbol and indicator: unit, panel, doc, points."""
        share = min(POINTS_MAX, ALL_POINTS_MAX // max(len(self._points), 1))
        known = {indicator.name: indicator for indicator in self._indicators.get(bot, ())}
        shown: dict[str, Any] = {}
        for (name, symbol, word), points in self._points.items():
            if name == bot and word in known:
                one = known[word]
                said = {"unit": one.unit, "panel": one.panel, "doc": one.doc, "points": list(points)[-share:]}
                shown.setdefault(symbol, {})[word] = said
        return shown

    def _value(
        self, state: State, number: int, k: int, pair: tuple[str, str], index: int, indicator: Indicator
    ) -> float | None:
        if not indicator.of:
            figures = self._last.get(pair, ())
            return figures[index] if index < len(figures) else None
        where, _, name = indicator.of.partition(".")
        row = state.instruments[k] if where == "instrument" else state.slots[number, k]
        if state.slots[number, k]["ready"] == 0 and where == "slot":
            return None
        value = float(row[name])
        return value if math.isfinite(value) else None


def indicators_of_ours(bot: BotSpec) -> tuple[Indicator, ...]:
    """Those of a strategy that is a kernel."""
    return next((one.indicators for one in STRATEGIES if one.name == bot.strategy and bot.source is None), ())
