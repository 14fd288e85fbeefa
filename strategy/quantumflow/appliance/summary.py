"""What a run came to: one line of figures out of the programs' last status files."""

from collections.abc import Mapping
from typing import Any

__all__ = ["summarise"]

_PER_INSTRUMENT = (
    "depth_messages",
    "book_ticker_checks",
    "book_ticker_mismatches",
    "resyncs",
    "gaps",
    "filters_from",
)
_OF_TRADER = ("signals", "orders", "refused", "fills", "reconcile", "journal_digest")


def summarise(venue: str, simulated: bool, market_data: Mapping[str, Any], trader: Mapping[str, Any]) -> dict[str, Any]:
    """The summary line. A figure that no program gave is null, never a made-up zero.

    `torn` names the files of a replay whose end is missing: what is whole of them was played.
    """
    instruments = market_data.get("instruments", {})
    return {
        "venue": venue,
        "simulated": simulated,
        "torn": market_data.get("torn"),
        "instruments": {
            symbol: {name: figures.get(name) for name in _PER_INSTRUMENT} for symbol, figures in instruments.items()
        },
        **{name: trader.get(name) for name in _OF_TRADER},
    }
