"""How the appliance stands: status, limits, latency, and what operators said."""

from typing import Any, Literal

from pydantic import Field

from quantumflow.web.models.account import Said
from quantumflow.web.models.units import E8, Answer, Display, Next, Ns, Ppm, Total

__all__ = [
    "Command",
    "CommandDone",
    "CommandPage",
    "Health",
    "Latency",
    "LatencyStage",
    "Limit",
    "LimitRefusal",
    "Limits",
    "Readiness",
    "Status",
    "WhyNot",
]


class WhyNot(Answer):
    """Why nothing is traded: the first reason that holds."""

    reason: Literal[
        "not_running",
        "session_ended",
        "journal_failed",
        "no_market_data",
        "geo_blocked",
        "banned",
        "risk_unreachable",
        "risk_version_mismatch",
        "risk_halted",
        "paused",
        "book_not_live",
        "warming_up",
        "killed",
        "calendar_pause",
    ] = Field(description="A name of the vocabulary.", examples=["risk_halted"])
    words: str = Field(examples=["core_risk has halted trading: drawdown_breaker"])
    since_ns: Ns | None = Field(description="Since when it is this reason; null if nobody saw it begin.")


class RiskWord(Answer):
    """What core_risk says of trading."""

    trading: str = Field(examples=["active"])
    reason: str | None = Field(examples=["drawdown_breaker"])
    log_seq: int | None = Field(examples=[41])


class InstrumentStatus(Answer):
    """What the feed says of an instrument's book, and what the trader sees of it."""

    state: str | None = Field(default=None, description="live, or why not.", examples=["live"])
    reason: str | None = Field(default=None, examples=["snapshot_applied"])
    epoch: int | None = Field(default=None, examples=[2])
    last_id: int | None = Field(default=None, examples=[48_211_077])
    bid: int | None = Field(default=None, description="Ticks.", examples=[6_183_764])
    ask: int | None = Field(default=None, description="Ticks.", examples=[6_183_765])
    tick_e8: int | None = Field(default=None, examples=[1_000_000])
    lot_e8: int | None = Field(default=None, examples=[1_000])
    book_age_ms: int | None = Field(default=None, examples=[41])
    filters_from: str | None = Field(default=None, examples=["exchange"])
    depth_messages: int | None = Field(default=None, examples=[1_204])
    book_ticker_checks: int | None = Field(default=None, examples=[880])
    book_ticker_mismatches: int | None = Field(default=None, examples=[0])
    rest_checks: int | None = Field(default=None, examples=[3])
    rest_mismatches: int | None = Field(default=None, examples=[0])
    resyncs: int | None = Field(default=None, examples=[1])
    gaps: int | None = Field(default=None, examples=[0])
    duplicates: int | None = Field(default=None, examples=[0])
    trades: int | None = Field(default=None, examples=[311])
    candles_closed: int | None = Field(default=None, examples=[1_100])


class CalendarStatus(Answer):
    """What the calendar allows now, and the pause that lasts or comes next."""

    phase: str = Field(description="open, before or closed.", examples=["open"])
    until_ns: Ns
    pause: dict[str, Any] | None
    known_ns: Ns


class Status(Answer):
    """The first look: is it alive, on which venue, is it trading, and if not why."""

    build: str = Field(examples=["0.1.0+abc"])
    running: bool = Field(description="The trader's status is fresh.")
    venue: str | None = Field(examples=["sim"])
    simulated: bool | None = Field(description="True: no real market stands behind the prices.")
    trading: bool = Field(description="Nothing keeps it from trading.")
    why_not_trading: WhyNot | None = Field(description="Null while it trades.")
    detail: str | None = Field(description="While it trades: what of it does not.", examples=["ETHUSDT is stale"])
    session: str | None = Field(description="Of the market.", examples=["sim-7-1760000000"])
    reconcile: str | None = Field(description="The two sets of books: agree, mismatch or unknown.", examples=["agree"])
    risk: RiskWord | None
    killed: Said | None = Field(description="The kill that stands.")
    alarms: dict[str, str] | None = Field(
        description="Alarms that stand, by name; null where nobody watches.",
        examples=[{"disk_full": "150 MB are free on the disk of data/sim"}],
    )
    calendar: CalendarStatus | None
    instruments: dict[str, InstrumentStatus] = Field(description="By symbol.")
    signals: Total | None
    orders: Total | None
    refused: Total | None
    fills: Total | None
    cash_e8: E8 | None
    equity_e8: E8 | None
    peak_e8: E8 | None
    realised_e8: E8 | None
    fees_e8: E8 | None
    drawdown_ppm: Ppm | None
    journal: str = Field(description="`ok`, or what is wrong with it.", examples=["ok"])
    now_ns: Ns = Field(description="This machine's clock at the answer.")
    display: Display


class LimitRefusal(Answer):
    """An order that a rule refused or cut."""

    event_ns: Ns
    client_id: str = Field(examples=["imbalance-00000017"])
    bot: str = Field(examples=["imbalance"])
    symbol: str = Field(examples=["BTCUSDT"])
    verdict: str = Field(description="refuse or reduce.", examples=["refuse"])
    value: int = Field(description="The rule's figure for that order.", examples=[110_000])
    limit: int = Field(examples=[100_000])


class Limit(Answer):
    """One risk rule: how much of its limit is used. `use` is null where a rule looks at single orders alone."""

    rule: str = Field(description="Its name, as in a refusal.", examples=["drawdown_breaker"])
    key: str | None = Field(
        description="The key of the configuration that sets it.", examples=["risk.drawdown_max_ppm"]
    )
    of: str | None = Field(description="The bot or instrument it is counted for; null: all.", examples=["BTCUSDT"])
    unit: Literal["e8", "ppm", "ns", "count"] = Field(description="Of use and limit.")
    use: int | None = Field(examples=[21_000])
    limit: int = Field(examples=[100_000])
    share_ppm: int | None = Field(
        description="use / limit, millionths, at least 0: the length of the bar.", examples=[210_000]
    )
    words: str = Field(examples=["2.1 % of at most 10 %"])
    meaning: str = Field(examples=["equity below its peak since the last resume"])
    tripped: bool = Field(description="Orders are refused for it now.")
    refused: int = Field(
        description="Orders it refused or cut among the newest looked at (see `looked_at`).", examples=[0]
    )
    last: LimitRefusal | None = Field(description="The last order it refused or cut.")
    display: dict[str, str] = Field(
        description="`use` and `limit` as exact decimals, where they are money: they may be beyond 2⁵³.",
        examples=[{"use": "1451.43", "limit": "50000.00"}],
    )


class Limits(Answer):
    """Every risk rule with a limit, in the order in which core_risk asks them."""

    known: bool = Field(description="False: core_risk does not answer, and no use is known.")
    limits_version: str | None = Field(examples=["3f2a9c01d4e7"])
    looked_at: int = Field(description="How many of the newest verdicts were looked at for refusals.", examples=[500])
    items: list[Limit]


class LatencyStage(Answer):
    """One stage's histogram since the trader's start."""

    stage: str = Field(examples=["decision"])
    meaning: str = Field(examples=["from the read of a frame to the order decided on it"])
    upper_us: list[float] = Field(
        description="Upper bounds of the buckets, microseconds; a last one beyond them follows.",
        examples=[[10, 20, 50]],
    )
    counts: list[int] = Field(description="In each bucket, and beyond the last.", examples=[[2, 14, 3, 0]])
    count: int = Field(examples=[19])
    sum_us: float = Field(examples=[311.5])
    p50_us: float | None = Field(description="Of the newest samples.", examples=[14.2])
    p99_us: float | None = Field(description="Of the newest samples.", examples=[41.0])


class Latency(Answer):
    """How long each stage takes; empty while the trader does not run."""

    items: list[LatencyStage]


class Command(Answer):
    """An operator's command as it was journaled."""

    event_seq: int = Field(examples=[77])
    session: int = Field(examples=[3])
    event_ns: Ns
    recorded_ns: Ns = Field(description="This machine's clock at its commit.")
    command: str = Field(examples=["pause"])
    bot: str | None = Field(description="Null: all.", examples=["imbalance"])
    reason: str = Field(examples=["the spread looks wrong"])
    who: str = Field(examples=["api"])
    key: str = Field(examples=["b1946ac9-0001"])
    frame_seq: int = Field(description="The last frame before it.", examples=[5_120])
    display: Display


class CommandPage(Answer):
    """Commands, newest first."""

    items: list[Command]
    next: Next


class CommandDone(Answer):
    """What became of a command."""

    command: str = Field(examples=["pause"])
    bot: str | None = Field(examples=["imbalance"])
    reason: str = Field(examples=["the spread looks wrong"])
    who: str = Field(examples=["api"])
    key: str = Field(examples=["b1946ac9-0001"])
    event_seq: int | None = Field(default=None, description="Its event in the journal.", examples=[77])
    event_ns: Ns | None = None
    frame_seq: int | None = Field(default=None, examples=[5_120])
    duplicate: bool | None = Field(default=None, description="The key was known: this is the first one's answer.")
    made: dict[str, Any] | None = Field(default=None, description="Of a command about a bot: the bot as it is then.")
    kill_file: str | None = Field(default=None, description="202: the kill file that was made; no trader answered.")
    because: str | None = Field(default=None, examples=["not_running"])


class Health(Answer):
    """This process answers."""

    ok: bool


class Readiness(Answer):
    """Whether an order would be refused for a reason of the system."""

    ready: bool
    reasons: list[str] = Field(examples=[["core_risk: halted"]])
