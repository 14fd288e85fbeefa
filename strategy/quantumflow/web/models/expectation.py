"""Live results of bots that trade a file of specialists, against what the file expects."""

from typing import Annotated

from pydantic import Field

from quantumflow.web.models.units import Answer, Ns

__all__ = ["Expectation", "LiveResult"]

LogReturn = Annotated[float, Field(description="Log return a trip, after costs.", examples=[0.0004])]


class LiveResult(Answer):
    """One bot in one regime. Trips count that were entered while the bot traded this file."""

    bot: str = Field(examples=["ff"])
    regime: str = Field(description="stress, bull, bear or sideways.", examples=["bull"])
    specialists: str = Field(description="Signature of the file.", examples=["a" * 64])
    expected_trades: int = Field(description="Trades out of sample that the expectation is of.", examples=[812])
    expected_mean: LogReturn
    expected_low: LogReturn = Field(description="Each end holds with 95 %; below this one the detector counts.")
    expected_high: LogReturn
    trips: int = Field(examples=[120])
    mean: LogReturn | None = Field(description="null before the first trip has ended.")
    low: LogReturn | None = Field(
        description="With `high`: holds the live mean at all times together with 95 %; null below 20 trips."
    )
    high: LogReturn | None
    score: float = Field(description="The detector's.", examples=[3.2])
    alarm_at: float = Field(description="The score that alarms.", examples=[10_000.0])
    alarmed_trip: int | None = Field(description="The trip at which it did; it stays.", examples=[71])
    last_ns: Ns | None = Field(description="When the newest trip ended.")
    alarm: str | None = Field(description="The alarm in words; null: none.")


class Expectation(Answer):
    """As upkeep's job `drift` last found it; nothing is known before its first run."""

    as_of_ns: Ns | None = Field(description="Of the newest event that it knows.")
    seq: int | None = Field(description="That event.", examples=[4711])
    items: list[LiveResult]
