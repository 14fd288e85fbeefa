"""What this process committed, counted by the words that matter: verdicts, signals, fills, changes of books. Pure."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from quantumflow.journal.records import Record

__all__ = ["Tally"]


class Tally:
    """Counts since the session began in this process. Words come from the vocabulary, so their number is bounded."""

    def __init__(self) -> None:
        self.frames = 0
        """Frames that the engine consumed."""
        self._verdicts: Counter[tuple[str, str]] = Counter()
        self._signals: Counter[str] = Counter()
        self._fills: Counter[str] = Counter()
        self._order_ends: Counter[str] = Counter()
        self._feed: Counter[str] = Counter()

    def take(self, records: Iterable[Record]) -> None:
        """Counts what was committed."""
        for kind, _, payload in records:
            if kind == "verdict":
                self._verdicts[payload["verdict"], payload["refusal"] or ""] += 1
            elif kind == "signal":
                self._signals[payload["outcome"]] += 1
            elif kind == "fill":
                self._fills[payload["liquidity"]] += 1
            elif kind == "order_state" and payload["reason"]:
                self._order_ends[payload["reason"]] += 1
            elif kind == "feed":
                self._feed[payload["state"]] += 1

    def figures(self) -> dict[str, Any]:
        return {
            "frames": self.frames,
            "verdicts": [[verdict, refusal, count] for (verdict, refusal), count in sorted(self._verdicts.items())],
            "signals": dict(sorted(self._signals.items())),
            "fills": dict(sorted(self._fills.items())),
            "order_ends": dict(sorted(self._order_ends.items())),
            "feed_changes": dict(sorted(self._feed.items())),
        }
