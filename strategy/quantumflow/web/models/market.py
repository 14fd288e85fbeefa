"""The market as market_data publishes it: book and candles."""

from typing import Annotated

from pydantic import Field

from quantumflow.web.models.units import Answer, Ns

__all__ = ["Book", "Candle", "Candles"]


Level = Annotated[list[int], Field(min_length=2, max_length=2)]


class Book(Answer):
    """The newest book of one instrument."""

    symbol: str = Field(examples=["BTCUSDT"])
    tick_e8: int = Field(description="One tick, 10⁻⁸ of the quote currency.", examples=[1_000_000])
    lot_e8: int = Field(description="One lot, 10⁻⁸ of the base currency.", examples=[1_000])
    seq: int = Field(description="Of its frame.", examples=[5_120])
    recv_ns: Ns = Field(description="When what caused it was received.")
    event_ns: Ns = Field(description="The exchange's own time; 0 where it gives none.")
    age_ms: int = Field(description="Since it was received, by the newest frame's time.", examples=[41])
    epoch: int = Field(description="Which building of the book.", examples=[2])
    last_id: int = Field(description="The exchange's id of its last update.", examples=[48_211_077])
    state: str = Field(description="live, or why not: only a live book is traded on.", examples=["live"])
    reason: str | None = Field(description="Of that state.", examples=["snapshot_applied"])
    bids: list[Level] = Field(
        description="Best first: price in ticks, quantity in lots.", examples=[[[6_183_764, 1_200]]]
    )
    asks: list[Level] = Field(description="The same.", examples=[[[6_183_765, 900]]])
    imbalance_best: float = Field(examples=[0.14])
    imbalance_top: float = Field(examples=[0.21])
    imbalance_weighted: float = Field(examples=[0.18])
    microprice: float = Field(description="Ticks.", examples=[6_183_764.6])


class Candle(Answer):
    """One minute. Prices in ticks, volumes in lots."""

    open_ns: Ns
    open: int = Field(examples=[6_183_000])
    high: int = Field(examples=[6_184_100])
    low: int = Field(examples=[6_182_800])
    close: int = Field(examples=[6_183_764])
    volume: int = Field(examples=[812_000])
    buy_volume: int = Field(description="Of aggressive buyers.", examples=[401_000])
    trades: int = Field(examples=[311])
    closed: bool
    origin: int = Field(description="0 REST, 1 the stream, 2 built from trades, 3 from a part of them.", examples=[1])


class Candles(Answer):
    """Minutes of one instrument, oldest first; the last one may be open."""

    symbol: str = Field(examples=["BTCUSDT"])
    tick_e8: int = Field(examples=[1_000_000])
    lot_e8: int = Field(examples=[1_000])
    interval_ns: int = Field(examples=[60_000_000_000])
    items: list[Candle]
