"""Live trips of each bot that trades a file of specialists against what the file expects, from the journal alone. Pure.

What is expected stands in `session_started` and in a command that makes a bot, under the file's signature, so the same
journal says the same. A trip counts if it was entered while its bot traded that file. A bot that comes to trade another
file, or none, begins anew: with its detector goes its alarm, and nothing else ends one.

Everything remembered is plain values, which come back from JSON bit for bit: expectation_file.py keeps them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from quantumflow.drift import ALARM_AT, FLOOR_ERRORS, Detector, detector_of
from quantumflow.journal.trips import TRIP_KINDS, TripFinder

__all__ = ["EXPECTATION_KINDS", "Expectations", "Live", "alarm_text"]

EXPECTATION_KINDS = (*TRIP_KINDS, "session_started", "command", "bot")
"""What events of the journal are looked at."""

Event = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Live:
    """One bot in one regime. Figures are log returns a trip after costs; None where there is none yet."""

    bot: str
    regime: str
    specialists: str
    """Signature of the file."""
    expected_trades: int
    expected_mean: float
    expected_low: float
    """Below it the detector counts; either end holds with 95 %."""
    expected_high: float
    trips: int
    mean: float | None
    low: float | None
    """With `high`: holds the live mean at all times together with 95 %; None below drift.TRADES_MIN trips."""
    high: float | None
    score: float
    alarm_at: float
    """The score that alarms."""
    alarmed_trip: int | None
    """The trip, counted from 1, at which it did; it stays."""
    last_ns: int | None
    """When the newest trip ended."""


@dataclass(slots=True)
class _Regime:
    trades: int
    mean: float
    standard_error: float
    detector: Detector
    last_ns: int | None = None


@dataclass(slots=True)
class _Bot:
    specialists: str
    regimes: dict[str, _Regime]
    since_ns: int
    """Trips that were entered before are another file's."""


@dataclass(slots=True)
class Expectations:
    """Takes the journal's events in order; other kinds than EXPECTATION_KINDS are passed over."""

    finder: TripFinder = field(default_factory=TripFinder)
    bots: dict[str, _Bot] = field(default_factory=dict)

    def take(self, event: Event) -> None:
        kind, said = event["kind"], event["payload"]
        if kind == "session_started":
            for name in self.bots.keys() - {bot["name"] for bot in said["bots"]}:
                del self.bots[name]
            for bot in said["bots"]:
                self._made(bot["name"], bot, event["event_ns"])
        elif kind == "command" and "made" in said:
            self._made(said["bot"], said["made"] or {}, event["event_ns"])
        elif kind == "bot" and said["bot_state"] == "removed":
            self.bots.pop(said["bot"], None)
        trip = self.finder.take(event)
        bot = None if trip is None else self.bots.get(trip.bot)
        if trip is not None and bot is not None and trip.entered_ns >= bot.since_ns and trip.regime in bot.regimes:
            regime = bot.regimes[trip.regime]
            regime.detector.take(trip.log_return)
            regime.last_ns = trip.left_ns

    def _made(self, name: str, bot: Mapping[str, Any], event_ns: int) -> None:
        specialists, expected = bot.get("specialists"), bot.get("expected")
        if specialists is None or expected is None:
            self.bots.pop(name, None)
        elif name not in self.bots or self.bots[name].specialists != specialists:
            regimes = {regime: _begun(figures) for regime, figures in expected.items() if figures["deviation"] > 0.0}
            self.bots[name] = _Bot(specialists, regimes, event_ns)

    def live(self) -> tuple[Live, ...]:
        """Every bot that trades a file, in every regime in which the file expects something, by their names."""
        return tuple(
            _live(name, regime, bot.specialists, one)
            for name, bot in sorted(self.bots.items())
            for regime, one in sorted(bot.regimes.items())
        )


def _begun(figures: Mapping[str, float]) -> _Regime:
    mean, error = figures["mean_log_return"], figures["standard_error"]
    return _Regime(int(figures["trades"]), mean, error, detector_of(mean, error, figures["deviation"]))


def _live(bot: str, regime: str, specialists: str, one: _Regime) -> Live:
    found = one.detector.drift()
    return Live(
        bot=bot,
        regime=regime,
        specialists=specialists,
        expected_trades=one.trades,
        expected_mean=one.mean,
        expected_low=found.floor,
        expected_high=one.mean + FLOOR_ERRORS * one.standard_error,
        trips=found.trades,
        mean=found.mean if found.trades else None,
        low=found.low,
        high=found.high,
        score=found.score,
        alarm_at=ALARM_AT,
        alarmed_trip=found.alarmed_at,
        last_ns=one.last_ns,
    )


def alarm_text(one: Live) -> str:
    """What an alarm says of it, in words."""
    return (
        f"{one.bot} in {one.regime}: live results are below what was expected since trip {one.alarmed_trip} of"
        f" {one.trips}; live {one.mean or 0.0:+.6f} a trip, expected {one.expected_low:+.6f} to"
        f" {one.expected_high:+.6f}"
    )
