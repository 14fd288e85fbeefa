"""Any number of events → few lines: a burst of fills and a week's outage go through the same bounded fold. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from quantumflow.telegram.texts import bold, escape
from quantumflow.units import money_text

__all__ = ["FILLS_SHOWN", "LINES_SHOWN", "TOLD_KINDS", "Digest", "Told"]

FILLS_SHOWN = 8
"""More fills than that in one message are summed up."""
LINES_SHOWN = 12
"""Of one sort of happening; the rest is counted."""
REFUSAL_QUIET_NS = 3_600_000_000_000
"""A refusal that was told is not told again so soon: a limit that binds refuses order after order."""
TOLD_KINDS = ("session_started", "session_ended", "fill", "order_state", "feed", "trading", "command")
"""Kinds of journal events that are looked at."""

_QUIET_REFUSALS = frozenset(
    {"ioc_remainder", "fok_not_filled", "session_ended", "cancelled_by_strategy", "cancelled_at_restart", None}
)
"""Ordinary ends of an order."""
_LIVE = "live"

Event = Mapping[str, Any]


@dataclass(slots=True)
class Told:
    """What the reader knows from earlier messages: told anew only when it changes."""

    trading: str = "unknown"
    reason: str | None = None
    feed: dict[str, str] = field(default_factory=dict)
    refusals: dict[str, int] = field(default_factory=dict)
    """Refusal → event time at which it was told."""


@dataclass(slots=True)
class Digest:
    """Takes events and notices in order; `lines` is what they come to. Its size does not grow with their number."""

    told: Told
    events: int = 0
    first_ns: int = 0
    last_ns: int = 0
    fills: int = 0
    bought: int = 0
    fees_e8: int = 0
    last_fills: list[int] = field(default_factory=list)
    refusals: Counter[str] = field(default_factory=Counter)
    lost: Counter[str] = field(default_factory=Counter)
    feed: dict[str, str] = field(default_factory=dict)
    trading: list[str] = field(default_factory=list)
    sessions: list[str] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    dropped: Counter[str] = field(default_factory=Counter)

    def take(self, event: Event) -> None:
        """The next event of the journal."""
        kind, payload, at = event["kind"], event["payload"], int(event["event_ns"])
        self.events += 1
        self.first_ns, self.last_ns = self.first_ns or at, at
        if kind == "fill":
            self._fill(payload)
        elif kind == "order_state" and payload["state"] == "refused":
            self._refusal(payload.get("reason"), at)
        elif kind == "feed":
            self._feed(payload)
        elif kind == "trading":
            self._trading(payload)
        elif kind == "session_started":
            build = escape(payload.get("build", "unknown"))
            self._line("sessions", f"trading session {escape(payload.get('session', '?'))} began, build {build}")
        elif kind == "session_ended":
            self._line("sessions", f"trading session ended: {bold(payload.get('reason'))}")
        elif kind == "command":
            who, why = escape(payload.get("who")), escape(payload.get("reason"))
            bot = payload.get("bot") or "all bots"
            self._line("commands", f"{bold(payload.get('command'))} for {escape(bot)} by {who}: {why}")

    def notice(self, kind: str, name: str, text: str) -> None:
        """The next notice of upkeep."""
        words = _NOTICES.get(kind)
        if words is not None:
            self._line("notices", f"{words.format(name=bold(name))}: {escape(text)}")

    def remark(self, text: str) -> None:
        """Something about the telling itself."""
        self._line("notices", escape(text))

    def lines(self, fills: Sequence[Mapping[str, Any]], equity: str | None) -> list[str]:
        """What is worth saying; none if nothing is. `fills` are the journal's rows of `last_fills`."""
        lines = [*self.notices, *_more(self.dropped["notices"])]
        for name in ("sessions", "trading", "commands"):
            lines += [*getattr(self, name), *_more(self.dropped[name])]
        lines += self._feed_lines()
        lines += [f"refused: {bold(name)} × {count}" for name, count in self.refusals.most_common(LINES_SHOWN)]
        if self.fills > FILLS_SHOWN:
            sold = self.fills - self.bought
            text = f"{self.fills} fills: {self.bought} bought, {sold} sold, fees {money_text(self.fees_e8)}; the last:"
            lines.append(escape(text))
            fills = fills[-1:]
        lines += [_fill_line(row) for row in fills]
        if self.fills and equity is not None:
            lines.append(f"equity {bold(equity)}")
        return lines

    def now_told(self) -> Told:
        """What the reader knows once this has been told."""
        return Told(self.told.trading, self.told.reason, {**self.told.feed, **self.feed}, dict(self.told.refusals))

    def _fill(self, payload: Mapping[str, Any]) -> None:
        self.fills += 1
        self.bought += payload["side"] == "buy"
        self.fees_e8 += int(payload["fee_e8"])
        self.last_fills = [*self.last_fills[-(FILLS_SHOWN - 1) :], int(payload["fill"])]

    def _refusal(self, reason: str | None, at: int) -> None:
        if reason is None or reason in _QUIET_REFUSALS:
            return
        told = self.told.refusals.get(reason)
        if reason in self.refusals or told is None or not 0 <= at - told < REFUSAL_QUIET_NS:
            self.refusals[reason] += 1
            self.told.refusals[reason] = at

    def _feed(self, payload: Mapping[str, Any]) -> None:
        symbol, state = str(payload.get("symbol")), str(payload["state"])
        if state != _LIVE and self.feed.get(symbol, self.told.feed.get(symbol)) == _LIVE:
            self.lost[symbol] += 1
        self.feed[symbol] = state

    def _trading(self, payload: Mapping[str, Any]) -> None:
        trading, reason = str(payload["trading"]), payload.get("reason")
        before = (self.told.trading, self.told.reason)
        self.told.trading, self.told.reason = trading, reason
        if (trading, reason) == before:
            return
        if trading == "halted":
            self._line("trading", f"<b>HALTED</b>: {bold(reason)}")
        elif trading == "active":
            text = f"trading again, after {before[0]} ({before[1]})" if before[0] == "halted" else "trading is active"
            self._line("trading", escape(text))
        elif reason is not None:
            self._line("trading", f"no verdicts: {bold(reason)}; no new orders")

    def _feed_lines(self) -> list[str]:
        lines = []
        for symbol, state in self.feed.items():
            before = self.told.feed.get(symbol)
            times = f", lost {self.lost[symbol]} times meanwhile" if self.lost[symbol] > 1 else ""
            if state != _LIVE and state != before:
                lines.append(f"feed of {bold(symbol)}: {escape(state)}{times}")
            elif state == _LIVE and (before != _LIVE or self.lost[symbol]):
                lines.append(f"feed of {bold(symbol)} is live{' again' if before is not None else ''}{times}")
        return lines

    def _line(self, name: str, line: str) -> None:
        """The first of a sort and the newest: of many the middle is counted, not told."""
        lines: list[str] = getattr(self, name)
        if len(lines) >= LINES_SHOWN:
            del lines[LINES_SHOWN // 2]
            self.dropped[name] += 1
        lines.append(line)


_NOTICES = {
    "alarm_began": "alarm {name}",
    "alarm_ended": "alarm {name} is over",
    "program_restarted": "{name}",
    "job_failed": "job {name} failed",
    "appliance_started": "{name}",
    "appliance_stopped": "{name}",
}


def _more(count: int) -> list[str]:
    return [f"… and {count} more"] if count else []


def _fill_line(row: Mapping[str, Any]) -> str:
    shown = row["display"]
    traded = "bought" if row["side"] == "buy" else "sold"
    text = (
        f"{row['bot']} {traded} {shown.get('qty', row['qty'])} {row['symbol']} at {shown.get('price', row['price'])}"
        f", fee {shown['fee_e8']}, holds {shown.get('position_qty', row['position_qty'])} (/why {row['fill']})"
    )
    return escape(text)
