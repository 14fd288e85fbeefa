"""Every key of quantumflow.toml: its type and what it allows by itself. Unknown keys are refused.

Money, prices and quantities stay decimal text here and become integers in appliance/resolve.py, exactly.
"""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, PrivateAttr, SecretStr

from quantumflow.calendar.spec import WEEKLY_MAX
from quantumflow.calendar.weekly import parse_weekly
from quantumflow.config.care import AlarmsConfig, TelegramConfig, UpkeepConfig
from quantumflow.config.section import Section as _Section
from quantumflow.specs import BOTS_MAX, INSTRUMENTS_MAX
from quantumflow.units import parse_e8

__all__ = [
    "EVERY_SYMBOL",
    "AccountConfig",
    "BotConfig",
    "BrokerConfig",
    "CalendarConfig",
    "Config",
    "EngineConfig",
    "InstrumentConfig",
    "LogConfig",
    "MarketDataConfig",
    "PortsConfig",
    "RiskConfig",
    "SimConfig",
    "VenueConfig",
    "WebConfig",
]

EVERY_SYMBOL = "*"
"""In a bot's instruments: every symbol of the session."""
WEB_TOKEN_CHARS_MIN = 32

SYMBOL = r"^[A-Z0-9]{2,20}$"
BOT_NAME = r"^[a-z][a-z0-9_]{0,23}$"

_MILLION = 1_000_000
_HOUR_MS = 3_600_000


def _decimal(text: str) -> str:
    parse_e8(text)
    return text


def _positive(text: str) -> str:
    if parse_e8(text) == 0:
        raise ValueError("must be more than 0")
    return text


def _own_fill_model(text: str) -> str:
    if text != "model":
        raise ValueError("must be 'model' here: `quantumflow backtest --fills` has kinder ones, for comparison alone")
    return text


Decimal = Annotated[str, AfterValidator(_decimal)]
Positive = Annotated[str, AfterValidator(_positive)]
Symbol = Annotated[str, Field(pattern=SYMBOL)]
Ppm = Annotated[int, Field(ge=0, lt=_MILLION)]
Milliseconds = Annotated[int, Field(ge=1, le=_HOUR_MS)]
Count = Annotated[int, Field(ge=1, le=1_000_000)]


class VenueConfig(_Section):
    """Where the market comes from."""

    name: str = Field(pattern=r"^(auto|binance|sim|replay:.+)$")
    rest_url: str = Field(pattern=r"^https?://[^/\s?#]+$", max_length=200)
    ws_url: str = Field(pattern=r"^wss?://[^/\s?#]+$", max_length=200)
    probe_timeout_ms: int = Field(ge=100, le=60_000)
    symbols: tuple[Symbol, ...] = Field(min_length=1, max_length=INSTRUMENTS_MAX)


class InstrumentConfig(_Section):
    """Filters of one instrument, for a venue that gives none."""

    base: str = Field(pattern=r"^[A-Z0-9]{1,12}$")
    quote: str = Field(pattern=r"^[A-Z0-9]{1,12}$")
    tick: Positive
    lot: Positive
    qty_min: Decimal
    qty_max: Decimal
    notional_min: Decimal


class MarketDataConfig(_Section):
    """The book, its frames, and the recording."""

    publish_levels: int = Field(ge=1, le=50)
    snapshot_limit: int = Field(ge=100, le=5000)
    imbalance_decay_ppm: int = Field(ge=1, le=_MILLION)
    stale_after_ms: Milliseconds
    crossed_resync_ms: Milliseconds
    rest_check_seconds: int = Field(ge=10, le=3600)
    session_hours: int = Field(ge=1, le=24)
    candle_seed: int = Field(ge=0, le=5000)
    record: bool
    record_max_bytes: int = Field(ge=1_000_000, le=10**13)
    record_segment_bytes: int = Field(ge=65_536, le=1_073_741_824)


class SimConfig(_Section):
    """The market generator."""

    seed: int = Field(ge=0, le=2**62 - 1)
    prices: dict[Symbol, Positive]


class AccountConfig(_Section):
    """The paper account."""

    deposit: Positive
    allow_short: bool


class BrokerConfig(_Section):
    """Fees and the order's way to the exchange."""

    maker_fee_ppm: Ppm
    taker_fee_ppm: Ppm
    latency_seed: int = Field(ge=0, le=2**62 - 1)
    latency_us: tuple[Annotated[int, Field(ge=0, le=60_000_000)], ...] = Field(min_length=7, max_length=7)
    order_deadline_ms: Milliseconds
    fill_model: Annotated[str, AfterValidator(_own_fill_model)] = "model"
    """Has one value: fills that are too kind are for comparing, never for an account."""


class EngineConfig(_Section):
    """Steps of event time."""

    mark_interval_ms: Milliseconds
    equity_interval_ms: Milliseconds
    max_book_age_ms: Milliseconds


class BotConfig(_Section):
    """One strategy at work: its parameters, its instruments, its share of the capital."""

    strategy: str
    instruments: tuple[Annotated[str, Field(pattern=r"^(\*|[A-Z0-9]{2,20})$")], ...] = Field(min_length=1)
    capital: Positive
    parameters: dict[str, float] = Field(default_factory=dict)
    specialists: str = Field(default="", max_length=1024)
    """Of FF: the specialists.toml that it trades; its figures become parameters when the file is read."""
    specialists_sha256: str | None = Field(default=None, pattern=r"^[0-9a-f]{64}$")
    """The file's signature: the only one that is taken if it is given, else noted when the file is read."""
    _expected: dict[str, dict[str, float]] | None = PrivateAttr(default=None)

    @property
    def expected(self) -> dict[str, dict[str, float]] | None:
        """What the file expects of each regime (specs.EXPECTED_FIGURES); None without a file. No key of its own."""
        return self._expected

    def with_specialists(
        self, parameters: dict[str, float], sha256: str, expected: dict[str, dict[str, float]]
    ) -> "BotConfig":
        """This bot with what its file says."""
        made = self.model_copy(update={"parameters": parameters, "specialists_sha256": sha256})
        made._expected = expected
        return made


class StrategiesConfig(_Section):
    """Strategies that users wrote."""

    folder: str = Field(default="", max_length=1024)


class RiskConfig(_Section):
    """The risk engine's limits; core_risk/API.md says what each means, and its bounds are these."""

    market_age_max_ms: Milliseconds
    market_wait_ms: int = Field(ge=1, le=60_000)
    answer_timeout_ms: int = Field(ge=2, le=120_000)
    order_notional_max: Positive
    position_instrument_max: Positive
    position_bot_max: Positive
    position_portfolio_max: Positive
    concentration_max_ppm: int = Field(ge=1, le=100 * _MILLION)
    leverage_max_ppm: int = Field(ge=1, le=100 * _MILLION)
    price_collar_ppm: int = Field(ge=1, lt=_MILLION)
    orders_per_second_max: Count
    orders_per_minute_max: Count
    orders_per_hour_max: int = Field(ge=1, le=100_000)
    orders_per_day_max: int = Field(ge=1, le=2_400_000)
    notional_per_day_max: Positive
    open_orders_max: int = Field(ge=1, le=1024)
    drawdown_max_ppm: int = Field(ge=1, lt=_MILLION)
    daily_loss_max: Positive
    consecutive_losses_max: int = Field(ge=1, le=10_000)
    approval_valid_ms: Milliseconds


def _weekly(text: str) -> str:
    parse_weekly(text)
    return text


class CalendarConfig(_Section):
    """When nothing is traded by the calendar; quantumflow/calendar says how the pauses are found."""

    shabbat: bool = False
    holidays: bool = False
    zone: str = Field(default="America/Sao_Paulo", min_length=1, max_length=64)
    latitude: float = Field(default=-23.5505, ge=-90, le=90)
    longitude: float = Field(default=-46.6333, ge=-180, le=180)
    candle_minutes: int = Field(default=18, ge=0, le=120)
    havdalah_degrees: float = Field(default=8.5, gt=0.833, le=20)
    havdalah_minutes: int = Field(default=0, ge=0, le=180)
    weekly: tuple[Annotated[str, AfterValidator(_weekly)], ...] = Field(default=(), max_length=WEEKLY_MAX)
    before: Literal["cancel", "flatten", "hold"] = "cancel"
    before_minutes: int = Field(default=15, ge=1, le=1440)


HostName = Annotated[str, Field(pattern=r"^[a-z0-9.-]{1,253}$")]
Origin = Annotated[str, Field(pattern=r"^https?://[a-z0-9.:\[\]-]{1,253}$")]


class PortsConfig(_Section):
    """Ports on loopback."""

    base: int = Field(ge=1024, le=65_535 - 90)
    web: int = Field(ge=1024, le=65_535)


class WebConfig(_Section):
    """The API. Its tokens come from the environment only; for one that does not come a token file is made."""

    host: str = Field(min_length=1, max_length=100)
    proxy: Literal["none", "fly"]
    hosts: tuple[HostName, ...] = Field(default=(), max_length=16)
    origins: tuple[Origin, ...] = Field(default=(), max_length=16)
    token: SecretStr | None = Field(default=None, min_length=WEB_TOKEN_CHARS_MIN, max_length=512)
    control_token: SecretStr | None = Field(default=None, min_length=WEB_TOKEN_CHARS_MIN, max_length=512)


class LogConfig(_Section):
    """How much the programs say."""

    level: Literal["debug", "info", "warning", "error"]


class Config(_Section):
    """The whole file."""

    venue: VenueConfig
    instruments: dict[Symbol, InstrumentConfig] = Field(max_length=1000)
    market_data: MarketDataConfig
    sim: SimConfig
    account: AccountConfig
    broker: BrokerConfig
    engine: EngineConfig
    bots: dict[Annotated[str, Field(pattern=BOT_NAME)], BotConfig] = Field(min_length=1, max_length=BOTS_MAX)
    strategies: StrategiesConfig = Field(default_factory=StrategiesConfig)
    risk: RiskConfig
    calendar: CalendarConfig = Field(default_factory=CalendarConfig)
    ports: PortsConfig
    web: WebConfig
    upkeep: UpkeepConfig
    alarms: AlarmsConfig
    telegram: TelegramConfig
    log: LogConfig
