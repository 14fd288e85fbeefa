"""The account over time, what it holds, and who trades on it."""

from typing import Annotated, Any

from pydantic import Field

from quantumflow.web.models.units import E8, Answer, Display, Lots, Next, Ns, Ppm, Ticks, Total

__all__ = [
    "Account",
    "Bot",
    "BotIndicator",
    "BotOrigin",
    "Bots",
    "Equity",
    "EquityPoint",
    "EquityRow",
    "Instrument",
    "Position",
    "Positions",
    "Said",
    "Session",
    "SessionPage",
    "Strategies",
    "Strategy",
    "StrategyParameter",
    "StrategyPlot",
]


class EquityRow(Answer):
    """The account as it was marked at one moment."""

    event_seq: int = Field(examples=[611])
    session: int = Field(examples=[3])
    event_ns: Ns
    cash_e8: E8
    equity_e8: E8
    peak_e8: E8
    drawdown_ppm: Ppm
    exposure_e8: E8
    realised_e8: E8
    fees_e8: E8
    fills: Total
    display: Display


class Account(Answer):
    """The account as committed, and its last marked equity."""

    cash_e8: E8
    fees_e8: E8
    realised_e8: E8 = Field(description="Realised before fees.")
    deposits_e8: E8
    peak_e8: E8
    orders: Total
    signals: Total
    fills: Total
    refused: Total
    currency: str | None = Field(description="What the account counts in.", examples=["USDT"])
    equity: EquityRow | None = Field(description="The last marked row; null before the first.")
    display: Display


class EquityPoint(Answer):
    """A step of the equity series: its last row, and the extremes of all rows in it, so that no low is hidden."""

    event_ns: Ns = Field(description="Of the step's last row.")
    equity_e8: E8
    low_e8: E8 = Field(description="Lowest equity in the step.")
    high_e8: E8 = Field(description="Highest equity in the step.")
    cash_e8: E8
    peak_e8: E8
    drawdown_ppm: Ppm = Field(description="Deepest drawdown in the step.")
    realised_e8: E8
    fees_e8: E8
    rows: int = Field(description="Rows of the journal in the step.", examples=[12])


class Equity(Answer):
    """The equity series between two moments, oldest first, in at most `points` steps of equal length."""

    from_ns: Ns
    to_ns: Ns
    step_ns: int = Field(description="Length of a step, nanoseconds.", examples=[60_000_000_000])
    rows: int = Field(description="Rows of the journal in all.", examples=[1440])
    items: list[EquityPoint]


class Position(Answer):
    """What one bot holds of one instrument; flat ones that ever traded have qty 0."""

    bot: str = Field(examples=["imbalance"])
    symbol: str = Field(examples=["BTCUSDT"])
    qty: Lots = Field(description="Signed lots.")
    cost_e8: E8 = Field(description="What an open long paid, or an open short received, without fees.")
    realised_e8: E8 = Field(description="Before fees.")
    fees_e8: E8
    fills: Total
    changed_ns: Ns
    mark_price: Ticks | None = Field(description="Where it could be left now: bid of a long, ask of a short.")
    value_e8: E8 | None = Field(description="Its worth there; null while nobody has a price.")
    unrealised_e8: E8 | None = Field(description="That worth against its cost, before fees.")
    display: Display


class Positions(Answer):
    """All of them, by bot and symbol."""

    items: list[Position]


class Instrument(Answer):
    """An instrument of a session. Units in 10⁻⁸; 0: no such filter."""

    index: int = Field(examples=[0])
    symbol: str = Field(examples=["BTCUSDT"])
    base: str = Field(examples=["BTC"])
    quote: str = Field(examples=["USDT"])
    tick_e8: int = Field(examples=[1_000_000])
    lot_e8: int = Field(examples=[1_000])
    qty_min_lots: int = Field(examples=[1])
    qty_max_lots: int = Field(examples=[900_000_000])
    notional_min_e8: int = Field(examples=[500_000_000])
    filters_from: str = Field(description="exchange, config or inferred.", examples=["exchange"])


class Session(Answer):
    """One run of the trader over one market session; `ended_ns` is null while it lasts."""

    session: int = Field(examples=[3])
    market_session: str = Field(examples=["sim-7-1760000000"])
    venue: str = Field(examples=["sim"])
    simulated: bool
    clock: str = Field(description="wall or recorded.", examples=["wall"])
    build: str = Field(examples=["0.1.0+abc"])
    instruments: list[Instrument]
    bots: list[dict[str, Any]] = Field(
        description="The bots it began with.", examples=[[{"name": "imbalance", "strategy": "imbalance"}]]
    )
    started_ns: Ns
    started_recorded_ns: Ns
    ended_ns: Ns | None
    ended_recorded_ns: Ns | None
    end_reason: str | None = Field(examples=["stopping"])
    digest: str | None = Field(description="Of its events; what a replay must give again.")


class SessionPage(Answer):
    """Sessions, newest first."""

    items: list[Session]
    next: Next


class Said(Answer):
    """An operator's command that stands."""

    seq: int = Field(description="Its event in the journal.", examples=[77])
    event_ns: Ns
    command: str = Field(examples=["pause"])
    who: str = Field(examples=["cli:ana"])
    reason: str = Field(examples=["the spread looks wrong"])


class BotOrigin(Answer):
    """What made a bot as it is."""

    by: str = Field(description="configuration, or command; then the rest says which.", examples=["command"])
    seq: int | None = Field(default=None, examples=[812])
    command: str | None = Field(default=None, examples=["create_bot"])
    who: str | None = Field(default=None, examples=["cli:ana"])
    reason: str | None = Field(default=None, examples=["a trial"])


class BotIndicator(Answer):
    """One indicator of one bot on one instrument."""

    unit: str = Field(examples=["ticks"])
    panel: str = Field(description="price or own.", examples=["price"])
    doc: str = Field(examples=["fast average of the mid"])
    points: list[Annotated[list[int | float], Field(min_length=2, max_length=2)]] = Field(
        description="Event time and value, one a second, the newest 120."
    )


class Bot(Answer):
    """One bot: a strategy, its parameters, its instruments, its share of the capital, and how it fares."""

    name: str = Field(examples=["imbalance"])
    strategy: str = Field(examples=["imbalance"])
    state: str = Field(
        description="running, paused, failed or stopped; unknown while the trader does not run.", examples=["running"]
    )
    paused: Said | None = Field(description="The command that keeps it from entering.")
    reason: str | None = Field(description="Why the engine stopped it.", examples=["strategy_raised"])
    failure: str | None = Field(description="The same in words.")
    source: str | None = Field(description="SHA-256 of its strategy's text; null of ours.")
    removing: bool = Field(description="It is removed once it is flat.")
    origin: BotOrigin | None = Field(description="What made it; null while the trader does not run.")
    indicators: dict[str, dict[str, BotIndicator]] = Field(
        description="What its strategy wants plotted, by instrument and name."
    )
    instruments: list[str] = Field(examples=[["BTCUSDT", "ETHUSDT"]])
    capital_e8: E8
    parameters: dict[str, float] = Field(description="As given; absent ones have the strategy's default.")
    fills: Total
    realised_e8: E8 = Field(description="Before fees.")
    fees_e8: E8
    positions: list[Position]
    display: Display


class Bots(Answer):
    """All bots of the running session, or of the last one."""

    items: list[Bot]


class StrategyParameter(Answer):
    """One number that a strategy can be given: the form is made from it."""

    name: str = Field(examples=["imbalance_min"])
    type: str = Field(description="number or integer.", examples=["number"])
    default: float = Field(examples=[0.3])
    minimum: float = Field(examples=[0.0])
    maximum: float = Field(examples=[1.0])
    doc: str = Field(examples=["imbalance of the levels sent, from which a side counts as heavy"])


class StrategyPlot(Answer):
    """An indicator that a strategy wants plotted; its points are in each bot's `indicators`."""

    name: str = Field(examples=["imbalance"])
    doc: str = Field(examples=["Imbalance of the levels sent."])
    pane: str = Field(description="`price` to lie over the candles, `own` for a pane of its own.", examples=["price"])


class Strategy(Answer):
    """One strategy that a bot can run."""

    name: str = Field(examples=["imbalance"])
    doc: str = Field(examples=["Order-book imbalance: enter with the heavier side of the book."])
    source: str = Field(description="built_in, or file or entry_point with its place.", examples=["built_in"])
    parameters: list[StrategyParameter]
    plots: list[StrategyPlot]
    problem: str | None = Field(default=None, description="Why no bot can run it.", examples=[None])


class Strategies(Answer):
    """Ours, then those that users wrote."""

    items: list[Strategy]
