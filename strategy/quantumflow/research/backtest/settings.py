"""quantumflow.toml and a backtest's options, as a Session and core_risk take them: resolved as `up` resolves them."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from quantumflow.appliance.data_dir import DataDir
from quantumflow.appliance.resolve import Ports, Start, resolve
from quantumflow.appliance.venue import VenueChoice
from quantumflow.calendar.spec import CalendarSpec
from quantumflow.config import BotConfig, Config
from quantumflow.errors import ResearchRefused
from quantumflow.frames import Hello
from quantumflow.research.backtest.models import chosen
from quantumflow.research.backtest.options import BacktestOptions
from quantumflow.specs import BotSpec, BrokerSpec, EngineSpec
from quantumflow.trader_settings import read_settings
from quantumflow.units import parse_e8

__all__ = ["BacktestSettings", "settings_of"]


@dataclass(frozen=True, slots=True)
class BacktestSettings:
    """What a Session is made of (trader/ports.py), and core_risk's configuration."""

    bots: tuple[BotSpec, ...]
    broker: BrokerSpec
    engine: EngineSpec
    deposit_e8: int
    calendar: CalendarSpec | None
    risk_answer_seconds: float
    core_risk: dict[str, Any]


def settings_of(config: Config, options: BacktestOptions, hello: Hello, run: Path) -> BacktestSettings:
    """Raises ConfigRefused or ResearchRefused. `run` is a directory for the programs' own files."""
    symbols = tuple(spec.symbol for spec in hello.instruments)
    update: dict[str, Any] = {"bots": _bots(config, options)}
    if options.deposit:
        update["account"] = config.account.model_copy(update={"deposit": options.deposit})
    config = config.model_copy(update=update)
    start = Start(VenueChoice("replay"), symbols, 0.0, Ports(0, 0, 0, 0, 0))
    documents = resolve(config, start, DataDir(run))
    path = run / "trader.json"
    path.write_text(json.dumps({**documents["trader"], "metrics_listen": None}), encoding="utf-8")
    found = read_settings(path)
    broker = chosen(found.broker, options.latency, options.fees, options.queue, options.impact)
    fees = {"maker_ppm": broker.maker_fee_ppm, "taker_ppm": broker.taker_fee_ppm}
    return BacktestSettings(
        bots=found.bots,
        broker=broker,
        engine=found.engine,
        deposit_e8=found.deposit_e8,
        calendar=found.calendar,
        risk_answer_seconds=found.risk_answer_seconds,
        core_risk={**documents["core_risk"], "fees": fees},
    )


def _bots(config: Config, options: BacktestOptions) -> dict[str, BotConfig]:
    """The configured bots, or one for each named strategy that shares the deposit; parameters over both."""
    bots = dict(config.bots)
    if options.strategies:
        deposit = parse_e8(options.deposit or config.account.deposit)
        share = deposit // len(options.strategies)
        capital = f"{share // 10**8}.{share % 10**8:08d}"
        names = [
            f"{name}_{number}" if options.strategies.count(name) > 1 else name
            for number, name in enumerate(options.strategies, 1)
        ]
        bots = {
            bot: BotConfig(strategy=name, instruments=("*",), capital=capital)
            for bot, name in zip(names, options.strategies, strict=True)
        }
    for key, value in options.assignments.items():
        bot, dot, parameter = key.rpartition(".")
        if dot and bot not in bots:
            raise ResearchRefused("unknown_bot", f"--set {key}: the bots are {', '.join(bots)}")
        for name in [bot] if dot else list(bots):
            changed = {**bots[name].parameters, parameter: value}
            bots[name] = bots[name].model_copy(update={"parameters": changed})
    return bots
