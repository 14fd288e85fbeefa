"""Facts → everything that the page, the charts and the message say. Pure; money stays integers, ratios are floats."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from quantumflow_reports.bootstrap import with_interval
from quantumflow_reports.facts import Facts
from quantumflow_reports.figures import DAY_NS, Estimate, day_of
from quantumflow_reports.ratios import (
    calmar,
    expectancy,
    profit_factor,
    returns_between,
    sharpe,
    sortino,
    win_rate,
)

__all__ = ["Chain", "Numbers", "Simulated", "VerifyRun", "numbers_of"]

VERIFY_RUNS_KEPT = 7
"""Of the replays that the page lists, the newest."""


@dataclass(frozen=True, slots=True)
class Chain:
    """What was checked on the way in: every event, from the first on."""

    events: int
    head_seq: int
    head_hash: str
    digest: str
    """Of the last session, as far as it has come."""


@dataclass(frozen=True, slots=True)
class VerifyRun:
    """One replay of the appliance's own recording, as `quantumflow verify` told it."""

    at_ns: int
    day: str
    session: int | None
    result: str
    digest: str | None
    seconds: float | None

    def as_json(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Simulated:
    """Whether what is shown was a generated market: all of it, a part, nothing."""

    sessions: tuple[int, ...]
    of: int

    @property
    def stamp(self) -> str | None:
        """The word on every chart; None if the market was real."""
        if not self.sessions:
            return None
        if len(self.sessions) == self.of:
            return "SIMULATED"
        shown = ", ".join(map(str, self.sessions[:8])) + (", …" if len(self.sessions) > 8 else "")
        return f"PARTLY SIMULATED: session {shown}"


@dataclass(frozen=True, slots=True)
class Numbers:
    """Everything, once. `facts` holds what is counted; the ratios are made of it here."""

    facts: Facts
    chain: Chain
    verify: tuple[VerifyRun, ...]
    simulated: Simulated
    currency: str
    as_of_ns: int
    profit_e8: int | None
    """Equity less deposits; None before there is an account."""
    equity_e8: int | None
    days: int
    win_rate: Estimate
    profit_factor: Estimate
    expectancy_e8: Estimate
    sharpe: Estimate
    sortino: Estimate
    calmar: Estimate
    uptime_ppm: int | None
    exposure_ppm: int | None
    book_live_ppm: int | None
    turnover_a_day: Estimate
    """Traded in a day of uptime, in multiples of the mean equity."""

    @property
    def kind(self) -> str:
        """What to say first of fills that no market gives; empty for the appliance's own."""
        names = ", ".join(sorted(self.facts.realism.kind))
        return f"KIND FILLS ({names})" if names else ""

    def profit_at(self, model: str) -> int | None:
        """The profit if every fill had been made at `mid`, `touch` or by the `model`, positions being the same."""
        if self.profit_e8 is None:
            return None
        realism = self.facts.realism
        other = {"mid": realism.mid, "touch": realism.touch, "model": realism.model}[model]
        return self.profit_e8 + other.moved_e8 - realism.model.moved_e8

    def day_profit_e8(self, day: int) -> int | None:
        """What a UTC day made, deposits apart; None if it has no close."""
        before_e8 = 0
        for close in self.facts.curve.closes:
            if close.day == day:
                return close.equity_e8 - close.deposits_e8 - before_e8
            before_e8 = close.equity_e8
        return None

    def as_json(self) -> dict[str, Any]:
        """Everything as plain values: money in 10⁻⁸, shares in parts per million."""
        facts, tallies, presence = self.facts, self.facts.tallies, self.facts.presence
        worst = facts.curve.worst
        return {
            "as_of_ns": self.as_of_ns,
            "simulated": self.simulated.stamp,
            "currency": self.currency,
            "chain": {name: getattr(self.chain, name) for name in Chain.__slots__},
            "verify": [run.as_json() for run in self.verify],
            "equity_e8": self.equity_e8,
            "profit_e8": self.profit_e8,
            "deposits_e8": facts.curve.deposits_e8,
            "drawdown": {"ppm": worst.ppm, "amount_e8": worst.amount_e8, "at_ns": worst.at_ns},
            "days": self.days,
            **{name: getattr(self, name).as_json() for name in _RATIOS},
            "whole": tallies.whole.as_json(),
            "bots": [
                {
                    "bot": bot,
                    "symbol": symbol,
                    "open_lots": facts.trips.positions.get((bot, symbol), 0),
                    **tally.as_json(),
                }
                for (bot, symbol), tally in sorted(tallies.by_bot.items())
            ],
            "live_results": [asdict(one) for one in facts.expectations.live()],
            "by_day": {day_of(day * DAY_NS): tally.as_json() for day, tally in sorted(tallies.by_day.items())},
            "orders": tallies.orders,
            "reduced": tallies.reduced,
            "refusals": _sorted(tallies.refusals),
            "ends": _sorted(tallies.ends),
            "signals": _sorted(tallies.outcomes),
            "realism": {
                **facts.realism.as_json(),
                **{f"profit_{model}_e8": self.profit_at(model) for model in ("mid", "touch", "model")},
            },
            "uptime_ppm": self.uptime_ppm,
            "exposure_ppm": self.exposure_ppm,
            "book_live_ppm": self.book_live_ppm,
            "up_ns": presence.up_ns,
            "downtimes": [{"since_ns": since, "until_ns": until} for since, until in presence.downtimes],
            "feed": {state: span.as_json() for state, span in sorted(presence.feed.totals.items())},
            "trading": {state: span.as_json() for state, span in sorted(presence.trading.totals.items())},
            "sessions": [span.as_json() for span in presence.sessions],
        }


_RATIOS = ("win_rate", "profit_factor", "expectancy_e8", "sharpe", "sortino", "calmar", "turnover_a_day")


def numbers_of(facts: Facts, chain: Chain, verify: Sequence[VerifyRun] = ()) -> Numbers:
    """The report's figures. `verify` in the order in which the replays were made."""
    curve, presence = facts.curve, facts.presence
    returns = returns_between(curve.closes)
    nets = [float(net) for net in facts.trips.net_e8]
    equity_e8 = curve.last.equity_e8 if curve.last else None
    span_ns = facts.last_ns - facts.first_ns if presence.sessions else 0
    live = presence.feed.totals.get("live")
    return Numbers(
        facts=facts,
        chain=chain,
        verify=tuple(verify[-VERIFY_RUNS_KEPT:]),
        simulated=Simulated(
            tuple(span.session for span in presence.sessions if span.simulated), len(presence.sessions)
        ),
        currency=facts.currency or "",
        as_of_ns=facts.last_ns,
        profit_e8=None if equity_e8 is None else equity_e8 - curve.deposits_e8,
        equity_e8=equity_e8,
        days=len(curve.closes),
        win_rate=with_interval(win_rate, nets),
        profit_factor=with_interval(profit_factor, nets),
        expectancy_e8=with_interval(expectancy, nets),
        sharpe=with_interval(sharpe, returns),
        sortino=with_interval(sortino, returns),
        calmar=with_interval(calmar, returns),
        uptime_ppm=_share_ppm(presence.up_ns, span_ns),
        exposure_ppm=_share_ppm(presence.exposed_ns, presence.up_ns),
        book_live_ppm=_share_ppm(live.ns if live else 0, presence.feed_ns),
        turnover_a_day=_turnover(facts),
    )


def _turnover(facts: Facts) -> Estimate:
    """Notional of all fills / mean equity / days of uptime."""
    mean_e8, up_ns = facts.curve.mean_e8, facts.presence.up_ns
    if mean_e8 <= 0:
        return Estimate(None, why="no equity")
    if up_ns < DAY_NS:
        return Estimate(None, why="less than a day up")
    return Estimate(facts.tallies.whole.notional_e8 * DAY_NS / (mean_e8 * up_ns))


def _share_ppm(part: int, whole: int) -> int | None:
    return part * 10**6 // whole if whole > 0 else None


def _sorted(counts: Mapping[str, int]) -> dict[str, int]:
    """The most frequent first, equals by name."""
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
