"""What strategies want plotted stays within one bound, however many of them there are."""

from typing import cast

from quantumflow.bots.plotted import ALL_POINTS_MAX, Plotted
from quantumflow.parameters import Indicator
from quantumflow.specs import BotSpec
from quantumflow.state import State

NO_STATE = cast("State", None)
"""What users' strategies plot does not come from it."""


def test_points_of_many_series_share_one_bound() -> None:
    plotted = Plotted()
    bots = tuple(BotSpec(f"bot{k}", "theirs", tuple(f"S{n}USDT" for n in range(16)), 1, {}) for k in range(8))
    symbols = bots[0].instruments
    indicators = tuple(Indicator(f"i{k}", "ticks", "price", "a figure") for k in range(16))
    for bot in bots:
        plotted.begin(bot, indicators)
        for symbol in symbols:
            plotted.answered(bot.name, symbol, (1.5,) * 16)
    for second in range(1, 5):
        plotted.sample(NO_STATE, bots, symbols, second)
    shown = [plotted.shown(bot.name) for bot in bots]
    assert sum(len(one["points"]) for bot in shown for row in bot.values() for one in row.values()) <= ALL_POINTS_MAX
    assert all(one["points"][-1] == [4, 1.5] for bot in shown for row in bot.values() for one in row.values())
