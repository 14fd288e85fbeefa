"""Whether it was there: sessions, time up, feed states, halts, and how long a position was open. Pure.

Every time is the market's (`event_ns`), so a replay reports the same as the live run. A session that was killed has no
end: it lasts until its last event. A recording's begins at its first record: what is journaled before has the time 0.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from quantumflow_reports.spans import Spans

__all__ = ["Presence", "SessionSpan"]

UNSEEN = "unseen"
"""Of an instrument in a session before its feed said anything."""


@dataclass(slots=True)
class SessionSpan:
    """One run of the trader."""

    session: int
    venue: str
    simulated: bool
    clock: str
    build: str
    started_ns: int
    last_ns: int
    end_reason: str | None = None
    digest: str | None = None
    fills: int = 0

    def as_json(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}


class Presence:
    """Takes every event in order."""

    def __init__(self) -> None:
        self.sessions: list[SessionSpan] = []
        self.feed = Spans()
        self.trading = Spans()
        self.up_ns = 0
        self.exposed_ns = 0
        self.feed_ns = 0
        """Time up, once for each instrument that a session had."""
        self._symbols: tuple[str, ...] = ()
        self._open = False

    def session_started(self, at_ns: int, payload: Mapping[str, Any]) -> None:
        self._close()
        self._symbols = tuple(sorted(row["symbol"] for row in payload["instruments"]))
        span = SessionSpan(
            session=payload["session"],
            venue=str(payload["venue"]),
            simulated=bool(payload["simulated"]),
            clock=str(payload["clock"]),
            build=str(payload["build"]),
            started_ns=at_ns,
            last_ns=at_ns,
        )
        self.sessions.append(span)
        self._open = True
        if at_ns:
            self._begin(at_ns)

    def tick(self, at_ns: int, exposed: bool) -> None:
        """Time has come to `at_ns`; until now a position was open (`exposed`) or not."""
        if not self._open:
            return
        span = self.sessions[-1]
        if span.started_ns == 0:
            if at_ns:
                self._begin(at_ns)
            return
        passed = at_ns - span.last_ns
        if passed > 0:
            span.last_ns = at_ns
            self.up_ns += passed
            self.feed_ns += passed * len(self._symbols)
            self.exposed_ns += passed if exposed else 0

    def _begin(self, at_ns: int) -> None:
        """The session's time is known from here on."""
        span = self.sessions[-1]
        span.started_ns = span.last_ns = at_ns
        for symbol in self._symbols:
            self.feed.enter(symbol, UNSEEN, at_ns)

    def session_ended(self, payload: Mapping[str, Any]) -> None:
        if self._open:
            self.sessions[-1].end_reason = str(payload["reason"])
            self.sessions[-1].digest = str(payload["digest"])
        self._close()

    def feed_state(self, at_ns: int, payload: Mapping[str, Any]) -> None:
        self.feed.enter(str(payload["symbol"]), str(payload["state"]), at_ns)

    def trading_state(self, at_ns: int, payload: Mapping[str, Any]) -> None:
        reason = payload["reason"]
        self.trading.enter("", str(payload["trading"]) + (f": {reason}" if reason else ""), at_ns)

    def finish(self) -> None:
        """The events end here; a session that is open is taken to last until its last event."""
        self._close()

    @property
    def downtimes(self) -> list[tuple[int, int]]:
        """Between two sessions: since and until."""
        pairs = zip(self.sessions, self.sessions[1:], strict=False)
        return [(a.last_ns, b.started_ns) for a, b in pairs if b.started_ns > a.last_ns]

    def _close(self) -> None:
        if self._open:
            last_ns = self.sessions[-1].last_ns
            self.feed.end_all(last_ns)
            self.trading.end_all(last_ns)
        self._open = False
