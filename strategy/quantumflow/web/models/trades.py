"""Orders, fills with their evidence, signals and verdicts, as the journal holds them."""

from typing import Literal

from pydantic import Field

from quantumflow.web.models.units import E8, Answer, Display, Lots, Next, Ns, Ppm, Ticks

__all__ = [
    "Fill",
    "FillPage",
    "FillStory",
    "Order",
    "OrderPage",
    "Rule",
    "Signal",
    "SignalPage",
    "Verdict",
    "VerdictPage",
]

SideWord = Literal["buy", "sell"]


class _Placed(Answer):
    """What every row of an instrument has."""

    client_id: str | None = Field(description="The order's id.", examples=["imbalance-00000017"])
    bot: str = Field(examples=["imbalance"])
    symbol: str = Field(examples=["BTCUSDT"])
    session: int = Field(description="The trader's session.", examples=[3])
    event_seq: int = Field(description="The journal's event.", examples=[512])
    event_ns: Ns
    display: Display


class Fill(_Placed):
    """One fill: what was traded, the book it met, its way there, and the account after it."""

    fill: int = Field(description="Fills count from 1 without a hole.", examples=[9])
    client_id: str = Field(description="The order's id.", examples=["imbalance-00000017"])
    side: SideWord
    liquidity: Literal["taker", "maker"] = Field(description="It took what was displayed, or was taken from the queue.")
    price: Ticks
    qty: Lots
    notional_e8: E8
    fee_e8: E8
    fee_ppm: Ppm
    epoch: int = Field(description="Which building of the book it met.", examples=[2])
    last_id: int = Field(description="The exchange's id of the book's last update.", examples=[48_211_077])
    book_recv_ns: Ns
    book_age_ns: int = Field(description="Age of that book at the fill, nanoseconds.", examples=[41_000_000])
    best_bid: Ticks
    best_ask: Ticks
    displayed: Lots = Field(description="Lots shown at this price.")
    consumed_before: Lots = Field(description="Of them, lots that earlier fills of ours had taken.")
    decided_ns: Ns
    latency_ns: int = Field(description="The order's way to the exchange, drawn for it.", examples=[18_000_000])
    queue_at_entry: Lots = Field(description="Maker: lots ahead when the order came to rest.")
    queue_consumed: Lots = Field(description="Maker: lots ahead that trades consumed.")
    first_trade_id: int = Field(description="Maker: first of the market's trades that consumed it.", examples=[0])
    last_trade_id: int = Field(description="Maker: the last of them.", examples=[0])
    trades: int = Field(description="Maker: how many.", examples=[0])
    reference_price: Ticks = Field(description="Best opposite price at the decision, ticks.")
    slippage_e8: E8 = Field(description="Against the reference price; positive is worse for us.")
    cash_e8: E8 = Field(description="Cash after it.")
    position_qty: Lots = Field(description="Signed position after it.")
    position_cost_e8: E8 = Field(description="What the position cost, after it.")
    realised_e8: E8 = Field(description="Realised by bot and instrument, after it, before fees.")
    order_remaining: Lots = Field(description="Lots of the order that are left.")


class Order(_Placed):
    """One order: what was asked, what core_risk said, how it stands."""

    number: int = Field(description="Orders count from 1.", examples=[17])
    client_id: str = Field(description="The order's id.", examples=["imbalance-00000017"])
    signal: int | None = Field(description="The signal that asked for it.", examples=[21])
    side: SideWord
    order_kind: Literal["market", "limit", "stop"]
    time_in_force: Literal["gtc", "ioc", "fok"]
    post_only: bool
    reduce_only: bool
    qty: Lots
    limit_price: Ticks | None
    reference_price: Ticks
    epoch: int = Field(examples=[2])
    last_id: int = Field(examples=[48_211_077])
    verdict: Literal["approve", "reduce", "refuse"] | None = Field(description="Null until core_risk answered.")
    granted_qty: Lots | None
    refusal: str | None = Field(description="Why core_risk or the way to it refused.", examples=["price_collar"])
    changed_ns: Ns
    state: str = Field(
        description="intended, approved, working, filled, refused, cancelled or expired.", examples=["filled"]
    )
    reason: str | None = Field(description="Why it ended before it was filled.", examples=["ioc_remainder"])
    filled: Lots
    remaining: Lots
    latency_ns: int | None = Field(examples=[18_000_000])
    arrive_ns: Ns | None = Field(description="When it meets the market.")
    queue_ahead: Lots | None = Field(description="Lots ahead of a resting order; −1: unknown.")


class Signal(_Placed):
    """One signal, executed or not: what the strategy saw, and why it became an order or did not."""

    signal: int = Field(description="Signals count from 1.", examples=[21])
    signal_kind: str = Field(
        description="entry, or exit_ and why: stop, target, reversal, time, command, stress, conflict, …",
        examples=["entry"],
    )
    outcome: str = Field(description="`ordered`, else why it became no order.", examples=["ordered", "spread_too_wide"])
    side: SideWord
    qty: Lots
    bid: Ticks
    ask: Ticks
    epoch: int = Field(examples=[2])
    last_id: int = Field(examples=[48_211_077])
    book_recv_ns: Ns
    imbalance: float = Field(examples=[0.41])
    imbalance_weighted: float = Field(examples=[0.38])
    volatility: float = Field(examples=[0.000021])
    volatility_z: float = Field(examples=[0.4])
    momentum: float = Field(examples=[0.00012])
    atr: float = Field(description="Average true range, ticks.", examples=[1204.5])
    confidence: float = Field(examples=[0.62])
    microprice: float = Field(description="Ticks.", examples=[6_183_764.3])


class Rule(Answer):
    """One rule that core_risk consulted, with its numbers in the rule's own unit (see `/api/v1/limits`)."""

    rule: str = Field(examples=["order_size"])
    value: int = Field(examples=[74_205_168_000])
    limit: int = Field(examples=[100_000_000_000])
    ok: bool


class Verdict(_Placed):
    """What core_risk said of one order."""

    client_id: str = Field(description="The order's id.", examples=["imbalance-00000017"])
    verdict: Literal["approve", "reduce", "refuse"]
    qty: Lots = Field(description="Lots granted.")
    refusal: str | None = Field(description="The first rule that failed.", examples=["price_collar"])
    order_hash: str | None = Field(description="SHA-256 of the order as sent; null: core_risk gave no answer.")
    rules: list[Rule] = Field(description="Every rule consulted, in the order in which they are asked.")
    limits_version: str | None = Field(examples=["3f2a9c01d4e7"])
    expires_ns: Ns | None
    log_seq: int | None = Field(description="The record in core_risk's own log.", examples=[41])


class FillStory(Answer):
    """One fill and what led to it. `signal` is null for an order that no signal asked for."""

    fill: Fill
    order: Order
    verdict: Verdict
    signal: Signal | None
    fill_model: str = Field(description="How fills were made; the appliance has `model` alone.", examples=["model"])
    words: list[str] = Field(description="The same in words, a line each, as `quantumflow why` says it.")


class OrderStory(Answer):
    """One order with everything that became of it."""

    order: Order
    verdict: Verdict | None
    signal: Signal | None
    fills: list[Fill]
    words: list[str] = Field(description="The same in words, a line each, as `quantumflow why` says it.")


class FillPage(Answer):
    """Fills, newest first."""

    items: list[Fill]
    next: Next


class OrderPage(Answer):
    """Orders, newest first."""

    items: list[Order]
    next: Next


class SignalPage(Answer):
    """Signals, newest first."""

    items: list[Signal]
    next: Next


class VerdictPage(Answer):
    """Verdicts, newest first."""

    items: list[Verdict]
    next: Next
