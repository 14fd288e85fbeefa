"""quantumflow.toml and this start's choices → one strict JSON document a program. Pure: decides, touches nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from quantumflow.appliance.care import telegram_document, upkeep_document
from quantumflow.appliance.data_dir import CONTROL_SOCKET, DataDir
from quantumflow.appliance.programs import CLI
from quantumflow.appliance.venue import VenueChoice
from quantumflow.config import BotConfig, Config, shown_config
from quantumflow.config.contradictions import PROGRAM_PORTS
from quantumflow.config.models import EVERY_SYMBOL
from quantumflow.errors import ApplianceRefused
from quantumflow.units import parse_e8

__all__ = ["Ports", "Start", "configured_ports", "resolve", "wanted_programs"]

REPLAY_WAIT_MS = 30_000
"""In a replay a program may be slow but time is the recording's: a late answer waits instead of being a refusal."""
REPLAY_ANSWER_MS = 40_000
REPLAY_READERS = 2
"""The trader and core_risk: the source waits for both and is held back by both."""
_MS = 1_000_000


@dataclass(frozen=True, slots=True)
class Ports:
    """Loopback ports of one start."""

    market_data: int
    core_risk: int
    trader: int
    exchange_sim: int
    web: int
    upkeep: int = 0
    telegram: int = 0
    """0: it tells no metrics."""


@dataclass(frozen=True, slots=True)
class Start:
    """What one `up` chose: the venue, its symbols, speed (0: as fast as it is read), ports."""

    venue: VenueChoice
    symbols: tuple[str, ...]
    speed: float
    ports: Ports

    @property
    def simulated(self) -> bool:
        return self.venue.name == "sim"

    @property
    def replay(self) -> bool:
        return self.venue.name == "replay"


def configured_ports(config: Config) -> Ports:
    """The ports the configuration names."""
    own = {name: config.ports.base + distance for name, distance in PROGRAM_PORTS.items()}
    return Ports(web=config.ports.web, **own)


def wanted_programs(config: Config, start: Start) -> set[str]:
    """What runs. A replay as fast as it is read is over before anyone could look at a page, and keeps no hours."""
    wanted = {"market_data", "core_risk", "trader"}
    if start.simulated:
        wanted.add("exchange_sim")
    if not start.replay or start.speed > 0:
        wanted.add("web")
    if not start.replay:
        wanted.add("upkeep")
        if config.telegram.enabled:
            wanted.add("telegram")
    return wanted


def resolve(config: Config, start: Start, directory: DataDir) -> dict[str, dict[str, Any]]:
    """The configuration of each program by its name. Raises ApplianceRefused if no bot has an instrument left."""
    bots = {name: _bot_instruments(bot, start) for name, bot in config.bots.items()}
    trading = {name: symbols for name, symbols in bots.items() if symbols}
    if not trading:
        detail = f'no bot trades any of {", ".join(start.symbols)}: put them, or "*", in a bot\'s instruments'
        raise ApplianceRefused("no_bot_for_symbols", detail)
    documents = {
        "market_data": _market_data(config, start, directory),
        "core_risk": _core_risk(config, start, directory, trading),
        "trader": _trader(config, start, directory, trading),
        "web": _web(config, start, directory),
    }
    if start.simulated:
        documents["exchange_sim"] = _exchange_sim(config, start, directory)
    if not start.replay:
        beside = wanted_programs(config, start) - {"upkeep"}
        told = _listen_if(start.ports.upkeep)
        documents["upkeep"] = upkeep_document(config, directory, start.simulated, beside, CLI) | told
    if "telegram" in wanted_programs(config, start):
        told = _listen_if(start.ports.telegram)
        documents["telegram"] = telegram_document(config, directory, start.venue.name, start.simulated) | told
    return documents


def _bot_instruments(bot: BotConfig, start: Start) -> list[str]:
    if bot.instruments == (EVERY_SYMBOL,):
        return list(start.symbols)
    return [symbol for symbol in bot.instruments if symbol in start.symbols]


def _listen(port: int) -> str:
    return f"127.0.0.1:{port}"


def _listen_if(port: int) -> dict[str, str | None]:
    return {"metrics_listen": _listen(port) if port else None}


def _instruments(config: Config, start: Start) -> dict[str, dict[str, str]]:
    """A live venue says its filters itself, and market_data asks until it does; captures do not."""
    if not start.replay:
        return {}
    return {s: config.instruments[s].model_dump() for s in start.symbols if s in config.instruments}


def _market_data(config: Config, start: Start, directory: DataDir) -> dict[str, Any]:
    own, run = config.market_data, directory.run
    rest_url, ws_url = config.venue.rest_url, config.venue.ws_url
    if start.simulated:
        rest_url = f"http://{_listen(start.ports.exchange_sim)}"
        ws_url = f"ws://{_listen(start.ports.exchange_sim)}"
    replay = None
    if start.replay:
        files = [str(file) for file in start.venue.files]
        replay = {"files": files, "speed": start.speed, "wait_readers": REPLAY_READERS}
    record = None
    if own.record:
        record = {
            "directory": str(directory.recordings.absolute()),
            "max_bytes": own.record_max_bytes,
            "segment_bytes": own.record_segment_bytes,
        }
    return {
        "venue": {"name": start.venue.name, "simulated": start.simulated, "rest_url": rest_url, "ws_url": ws_url},
        "symbols": list(start.symbols),
        "instruments": _instruments(config, start),
        "replay": replay,
        "socket": _path(run / "market.sock"),
        "metrics_listen": _listen(start.ports.market_data),
        "status_file": _path(run / "market_data.status.json"),
        "book": {
            "publish_levels": own.publish_levels,
            "snapshot_limit": own.snapshot_limit,
            "imbalance_decay_ppm": own.imbalance_decay_ppm,
            "stale_after_ms": own.stale_after_ms,
            "crossed_resync_ms": own.crossed_resync_ms,
            "rest_check_seconds": own.rest_check_seconds,
        },
        "session_seconds": own.session_hours * 3_600,
        "candle_seed": own.candle_seed,
        "record": record,
        "log_level": config.log.level,
    }


def _path(path: Path) -> str:
    """Absolute, with a linked run directory resolved: a socket's path must be the short one."""
    return str(path.parent.resolve() / path.name)


def _exchange_sim(config: Config, start: Start, directory: DataDir) -> dict[str, Any]:
    symbols = {}
    for symbol in start.symbols:
        table = config.instruments[symbol].model_dump()
        symbols[symbol] = {**table, "price": config.sim.prices[symbol]}
    return {
        "listen": _listen(start.ports.exchange_sim),
        "market": {"generator": {"seed": config.sim.seed, "symbols": symbols}},
        "faults": None,
        "control": True,
        "log_level": config.log.level,
        "status_file": _path(directory.run / "exchange_sim.status.json"),
        "state_file": str((directory.root / "exchange_sim.state.json").absolute()),
    }


def _core_risk(config: Config, start: Start, directory: DataDir, bots: Mapping[str, list[str]]) -> dict[str, Any]:
    risk = config.risk
    return {
        "listen_unix": _path(directory.run / "risk.sock"),
        "listen_tcp": _listen(start.ports.core_risk),
        "market_socket": _path(directory.run / "market.sock"),
        "log": str(directory.risk_log.absolute()),
        "market_wait_ms": REPLAY_WAIT_MS if start.replay else risk.market_wait_ms,
        "allow_short": config.account.allow_short,
        "fees": {"maker_ppm": config.broker.maker_fee_ppm, "taker_ppm": config.broker.taker_fee_ppm},
        "bots": {name: {"capital_e8": parse_e8(config.bots[name].capital)} for name in bots},
        "limits": {
            "market_age_max_ms": risk.market_age_max_ms,
            "order_notional_max_e8": parse_e8(risk.order_notional_max),
            "position_instrument_max_e8": parse_e8(risk.position_instrument_max),
            "position_bot_max_e8": parse_e8(risk.position_bot_max),
            "position_portfolio_max_e8": parse_e8(risk.position_portfolio_max),
            "concentration_max_ppm": risk.concentration_max_ppm,
            "leverage_max_ppm": risk.leverage_max_ppm,
            "price_collar_ppm": risk.price_collar_ppm,
            "orders_per_second_max": risk.orders_per_second_max,
            "orders_per_minute_max": risk.orders_per_minute_max,
            "orders_per_hour_max": risk.orders_per_hour_max,
            "orders_per_day_max": risk.orders_per_day_max,
            "notional_per_day_max_e8": parse_e8(risk.notional_per_day_max),
            "open_orders_max": risk.open_orders_max,
            "drawdown_max_ppm": risk.drawdown_max_ppm,
            "daily_loss_max_e8": parse_e8(risk.daily_loss_max),
            "consecutive_losses_max": risk.consecutive_losses_max,
            "approval_valid_ms": risk.approval_valid_ms,
        },
        "log_level": config.log.level,
    }


def _trader(config: Config, start: Start, directory: DataDir, bots: Mapping[str, list[str]]) -> dict[str, Any]:
    broker, run = config.broker, directory.run
    return {
        "market_socket": _path(run / "market.sock"),
        "risk_socket": _path(run / "risk.sock"),
        "journal": str(directory.journal.absolute()),
        "anchor": str(directory.anchor.absolute()),
        "status_file": _path(run / "trader.status.json"),
        "control_socket": _path(run / CONTROL_SOCKET),
        "kill_file": str(directory.kill_file.absolute()),
        "strategies": str(strategies_folder(config, directory).absolute()),
        "strategies_kept": str(directory.strategies_kept.absolute()),
        "metrics_listen": _listen(start.ports.trader),
        "venue": start.venue.name,
        "deposit_e8": parse_e8(config.account.deposit),
        "bots": [
            {
                "name": name,
                "strategy": config.bots[name].strategy,
                "instruments": symbols,
                "capital_e8": parse_e8(config.bots[name].capital),
                "parameters": dict(config.bots[name].parameters),
                "specialists": config.bots[name].specialists_sha256,
                "expected": config.bots[name].expected,
            }
            for name, symbols in bots.items()
        ],
        "broker": {
            "maker_fee_ppm": broker.maker_fee_ppm,
            "taker_fee_ppm": broker.taker_fee_ppm,
            "latency_seed": broker.latency_seed,
            "latency_us": list(broker.latency_us),
            "order_deadline_ns": broker.order_deadline_ms * _MS,
            "allow_short": config.account.allow_short,
        },
        "engine": {
            "mark_interval_ns": config.engine.mark_interval_ms * _MS,
            "equity_interval_ns": config.engine.equity_interval_ms * _MS,
            "max_book_age_ns": config.engine.max_book_age_ms * _MS,
            "approval_valid_ns": config.risk.approval_valid_ms * _MS,
        },
        "calendar": _calendar(config),
        "risk_answer_timeout_ms": REPLAY_ANSWER_MS if start.replay else config.risk.answer_timeout_ms,
        "log_level": config.log.level,
    }


def strategies_folder(config: Config, directory: DataDir) -> Path:
    """Where users' strategies are looked for."""
    return Path(config.strategies.folder) if config.strategies.folder else directory.strategies


def _calendar(config: Config) -> dict[str, Any] | None:
    """None where nothing pauses: then the trader keeps no table."""
    own = config.calendar
    if not (own.shabbat or own.holidays or own.weekly):
        return None
    place = ("latitude", "longitude", "zone")
    rest = own.model_dump(mode="json", exclude=set(place))
    return {"place": {name: getattr(own, name) for name in place}, **rest}


def _web(config: Config, start: Start, directory: DataDir) -> dict[str, Any]:
    return {
        "host": config.web.host,
        "port": start.ports.web,
        "proxy": config.web.proxy,
        "hosts": list(config.web.hosts),
        "origins": list(config.web.origins),
        "venue": start.venue.name,
        "journal": str(directory.journal.absolute()),
        "token_file": str(directory.web_token.absolute()),
        "control_token_file": str(directory.control_token.absolute()),
        "control_socket": _path(directory.run / CONTROL_SOCKET),
        "kill_file": str(directory.kill_file.absolute()),
        "risk_socket": _path(directory.run / "risk.sock"),
        "market_socket": _path(directory.run / "market.sock"),
        "replay": start.replay,
        "trader_status": _path(directory.run / "trader.status.json"),
        "market_data_status": _path(directory.run / "market_data.status.json"),
        "log_level": config.log.level,
        "config": shown_config(config),
    }
