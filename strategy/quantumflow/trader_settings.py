"""The trader's settings: run/trader.json, read strictly into specs. An error names the key and what to put there."""

import re
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from quantumflow.calendar.spec import WEEKLY_MAX, CalendarSpec, Place, zone_of
from quantumflow.calendar.weekly import parse_weekly
from quantumflow.errors import SettingsRefused
from quantumflow.regime_vocabulary import Regime
from quantumflow.specs import BOTS_MAX, INSTRUMENTS_MAX, MONEY_MAX, BotSpec, BrokerSpec, EngineSpec

__all__ = ["TraderSettings", "read_settings"]

Money = Annotated[int, Meta(gt=0, le=MONEY_MAX)]
Ppm = Annotated[int, Meta(ge=0, le=1_000_000)]
Positive = Annotated[int, Meta(gt=0, le=2**62)]
Natural = Annotated[int, Meta(ge=0, le=2**62)]
Text = Annotated[str, Meta(min_length=1, max_length=4096)]

_BOT_NAME = re.compile(r"[a-z][a-z0-9_]{0,31}")
UNIX_PATH_BYTES_MAX = 107
"""What a Unix socket address holds, without its closing zero."""


class _Expected(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    mean_log_return: float
    standard_error: Annotated[float, Meta(ge=0)]
    deviation: Annotated[float, Meta(ge=0)]
    trades: Natural


class _Bot(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: Text
    strategy: Text
    instruments: Annotated[tuple[Text, ...], Meta(min_length=1, max_length=INSTRUMENTS_MAX)]
    capital_e8: Money
    parameters: dict[str, float | int]
    specialists: Annotated[str, Meta(pattern="^[0-9a-f]{64}$")] | None = None
    expected: Annotated[dict[Text, _Expected], Meta(max_length=len(Regime))] | None = None


class _Broker(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    maker_fee_ppm: Ppm
    taker_fee_ppm: Ppm
    latency_seed: Natural
    latency_us: tuple[Natural, Natural, Natural, Natural, Natural, Natural, Natural]
    order_deadline_ns: Positive
    allow_short: bool


class _Engine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    mark_interval_ns: Positive
    equity_interval_ns: Positive
    max_book_age_ns: Positive
    approval_valid_ns: Positive


class _Place(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    latitude: Annotated[float, Meta(ge=-90, le=90)]
    longitude: Annotated[float, Meta(ge=-180, le=180)]
    zone: Text


class _Calendar(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    place: _Place
    shabbat: bool
    holidays: bool
    candle_minutes: Annotated[int, Meta(ge=0, le=120)]
    havdalah_degrees: Annotated[float, Meta(gt=0.833, le=20)]
    havdalah_minutes: Annotated[int, Meta(ge=0, le=180)]
    weekly: Annotated[tuple[Text, ...], Meta(max_length=WEEKLY_MAX)]
    before: Literal["cancel", "flatten", "hold"]
    before_minutes: Annotated[int, Meta(ge=1, le=1440)]


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    market_socket: Text
    risk_socket: Text
    journal: Text
    anchor: Text
    status_file: Text
    control_socket: Text
    kill_file: Text
    strategies: Text
    strategies_kept: Text
    metrics_listen: Text | None
    venue: Text
    deposit_e8: Money
    bots: Annotated[tuple[_Bot, ...], Meta(min_length=1, max_length=BOTS_MAX)]
    broker: _Broker
    engine: _Engine
    calendar: _Calendar | None
    risk_answer_timeout_ms: Annotated[int, Meta(ge=1, le=600_000)]
    log_level: Literal["debug", "info", "warning", "error"]


class TraderSettings(msgspec.Struct, frozen=True):
    """Everything that the trader is started with but its token and its build."""

    market_socket: Path
    risk_socket: Path
    journal: Path
    anchor: Path
    status_file: Path
    control_socket: Path
    kill_file: Path
    strategies: Path
    strategies_kept: Path
    metrics_listen: tuple[str, int] | None
    venue: str
    deposit_e8: int
    bots: tuple[BotSpec, ...]
    broker: BrokerSpec
    engine: EngineSpec
    calendar: CalendarSpec | None
    risk_answer_seconds: float
    log_level: str


def read_settings(path: Path) -> TraderSettings:
    """Reads and checks the whole file. Raises SettingsRefused."""
    try:
        found = msgspec.json.decode(path.read_bytes(), type=_File)
    except OSError as error:
        raise SettingsRefused(
            "settings_unreadable", f"{path}: {error.strerror}; start with `quantumflow up`"
        ) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise SettingsRefused("settings_refused", f"{path}: {error}") from error
    names = [bot.name for bot in found.bots]
    for k, bot in enumerate(found.bots):
        _require(_BOT_NAME.fullmatch(bot.name) is not None, f"bots[{k}].name", f"{bot.name!r}: a-z, 0-9 and _")
        _require(names.count(bot.name) == 1, f"bots[{k}].name", f"{bot.name!r} stands twice")
        _require(len(set(bot.instruments)) == len(bot.instruments), f"bots[{k}].instruments", "one stands twice")
    knots = found.broker.latency_us
    _require(list(knots) == sorted(knots), "broker.latency_us", f"{list(knots)}: quantiles do not fall")
    for key in ("market_socket", "risk_socket", "control_socket"):
        size = len(getattr(found, key).encode())
        _require(size <= UNIX_PATH_BYTES_MAX, key, f"{size} bytes; a socket's path has at most {UNIX_PATH_BYTES_MAX}")
    return _settings(found)


def _settings(found: _File) -> TraderSettings:
    return TraderSettings(
        market_socket=Path(found.market_socket),
        risk_socket=Path(found.risk_socket),
        journal=Path(found.journal),
        anchor=Path(found.anchor),
        status_file=Path(found.status_file),
        control_socket=Path(found.control_socket),
        kill_file=Path(found.kill_file),
        strategies=Path(found.strategies),
        strategies_kept=Path(found.strategies_kept),
        metrics_listen=None if found.metrics_listen is None else _address(found.metrics_listen),
        venue=found.venue,
        deposit_e8=found.deposit_e8,
        bots=tuple(
            BotSpec(
                bot.name,
                bot.strategy,
                bot.instruments,
                bot.capital_e8,
                dict(bot.parameters),
                specialists=bot.specialists,
                expected=_expected(bot),
            )
            for bot in found.bots
        ),
        broker=BrokerSpec(**msgspec.structs.asdict(found.broker)),
        engine=EngineSpec(**msgspec.structs.asdict(found.engine)),
        calendar=None if found.calendar is None else _calendar(found.calendar),
        risk_answer_seconds=found.risk_answer_timeout_ms / 1000,
        log_level=found.log_level,
    )


def _expected(bot: _Bot) -> dict[str, dict[str, float]] | None:
    if bot.expected is None:
        return None
    return {regime: msgspec.structs.asdict(one) for regime, one in bot.expected.items()}


def _calendar(found: _Calendar) -> CalendarSpec:
    """Refused where the zone's rules are missing: a pause at another hour than was meant is no pause."""
    values = {name: getattr(found, name) for name in found.__struct_fields__ if name != "place"}
    spec = CalendarSpec(place=Place(**msgspec.structs.asdict(found.place)), **values)
    try:
        zone_of(spec.place.zone)
        for text in spec.weekly:
            parse_weekly(text)
    except ValueError as error:
        raise SettingsRefused("settings_refused", f"calendar: {error}") from None
    return spec


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    _require(
        host == "127.0.0.1" and port.isdecimal() and 1 <= int(port) <= 65_535,
        "metrics_listen",
        f"{text!r}: 127.0.0.1:PORT, or null",
    )
    return host, int(port)


def _require(ok: bool, key: str, what: str) -> None:
    if not ok:
        raise SettingsRefused("settings_refused", f"{key}: {what}")
