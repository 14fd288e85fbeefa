"""How long something was in which state. Pure."""

from dataclasses import dataclass
from typing import Any

__all__ = ["Span", "Spans"]


@dataclass(slots=True)
class Span:
    """What the times in one state add up to."""

    times: int = 0
    ns: int = 0
    longest_ns: int = 0
    longest_at_ns: int = 0

    def add(self, since_ns: int, until_ns: int) -> None:
        lasted = max(until_ns - since_ns, 0)
        self.times += 1
        self.ns += lasted
        if lasted > self.longest_ns:
            self.longest_ns, self.longest_at_ns = lasted, since_ns

    def as_json(self) -> dict[str, Any]:
        return {"times": self.times, "ns": self.ns, "longest_ns": self.longest_ns, "longest_at_ns": self.longest_at_ns}


class Spans:
    """By key (an instrument, the whole) the state it is in; by state what its times add up to."""

    def __init__(self) -> None:
        self.totals: dict[str, Span] = {}
        self._now: dict[str, tuple[str, int]] = {}

    def enter(self, key: str, state: str, at_ns: int) -> None:
        """`key` is in `state` from here on; the same state again goes on."""
        known = self._now.get(key)
        if known is not None and known[0] == state:
            return
        self._end(key, at_ns)
        self._now[key] = (state, at_ns)

    def end_all(self, at_ns: int) -> None:
        """Nothing is in any state any more."""
        for key in list(self._now):
            self._end(key, at_ns)

    def _end(self, key: str, at_ns: int) -> None:
        known = self._now.pop(key, None)
        if known is not None:
            state, since_ns = known
            self.totals.setdefault(state, Span()).add(since_ns, at_ns)
