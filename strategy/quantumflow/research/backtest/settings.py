"""quantumflow.toml and a backtest's options, as a Session and core_risk take them: resolved as `up` resolves them."""

import json
from dataclasses import dataclass, replace
from math import isfinite
from pathlib import Path
from typing import Any

from quantumflow.appliance.data_dir import DataDir
from quantumflow.appliance.resolve import Ports, Start, resolve
from quantumflow.appliance.venue import VenueChoice
from quantumflow.bots.schemas import declaration_of
from quantumflow.bots.sources import find_sources, keep
from quantumflow.calendar.spec import CalendarSpec
from quantumflow.config import BotConfig, Config
from quantumflow.errors import ConfigRefused, ResearchRefused
from quantumflow.frames import Hello
from quantumflow.parameters import Parameter, resolve_parameters
from quantumflow.research.backtest.models import chosen
from quantumflow.research.backtest.options import BacktestOptions
from quantumflow.specs import MONEY_MAX, BotSpec, BrokerSpec, EngineSpec
from quantumflow.strategies.registry import STRATEGIES, WEIGHT
from quantumflow.trader_settings import read_settings
from quantumflow.units import DecimalError, parse_e8

__all__ = ["BacktestSettings", "settings_of"]

_WEIGHTS = {strategy.name: strategy.weight for strategy in STRATEGIES}


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
    kept: Path
    """Texts of users' strategies, by digest."""


def settings_of(config: Config, options: BacktestOptions, hello: Hello, run: Path, kept: Path) -> BacktestSettings:
    """Raises ConfigRefused or ResearchRefused. `run` is a directory for the programs' own files.

    A strategy that is none of ours is a user's: a file that was named, or one of the configured folder.
    """
    symbols = tuple(spec.symbol for spec in hello.instruments)
    if options.deposit:
        _check_deposit(options.deposit)
    update: dict[str, Any] = {"bots": _bots(config, options)}
    if options.deposit:
        update["account"] = config.account.model_copy(update={"deposit": options.deposit})
    config = config.model_copy(update=update)
    start = Start(VenueChoice("replay"), symbols, 0.0, Ports(0, 0, 0, 0, 0))
    documents = resolve(config, start, DataDir(run))
    path = run / "trader.json"
    path.write_text(json.dumps({**documents["trader"], "metrics_listen": None}), encoding="utf-8")
    found = read_settings(path)
    broker = chosen(found.broker, options.latency, options.fees, options.queue, options.impact, options.fill_model)
    fees = {"maker_ppm": broker.maker_fee_ppm, "taker_ppm": broker.taker_fee_ppm}
    return BacktestSettings(
        bots=tuple(_with_source(bot, options, found.strategies, kept) for bot in found.bots),
        broker=broker,
        engine=found.engine,
        deposit_e8=found.deposit_e8,
        calendar=found.calendar,
        risk_answer_seconds=found.risk_answer_seconds,
        core_risk={**documents["core_risk"], "fees": fees},
        kept=kept,
    )


def _check_deposit(text: str) -> None:
    try:
        good = 0 < parse_e8(text) <= MONEY_MAX
    except DecimalError as error:
        raise ResearchRefused("not_money", f"--deposit {error}") from None
    if not good:
        raise ResearchRefused("not_money", f"--deposit {text!r}: give more than 0, and less than {MONEY_MAX // 10**8}")


def _with_source(bot: BotSpec, options: BacktestOptions, folder: Path, kept: Path) -> BotSpec:
    """The bot with the digest of its strategy's text, which is kept; ours have none."""
    if any(strategy.name == bot.strategy for strategy in STRATEGIES):
        return bot
    named = [Path(name) for name in options.strategies if name.endswith(".py") and Path(name).stem == bot.strategy]
    source = find_sources(named[0].parent if named else folder).get(bot.strategy)
    if source is None and named:
        raise ResearchRefused("no_such_strategy", f"--strategy {named[0]}: there is no such file")
    if source is None:
        return bot  # the engine refuses it, with the names there are
    said = source.problem or declaration_of(source)
    if isinstance(said, str):
        raise ResearchRefused("strategy_broken", f"{source.place}: {said}")
    declared = tuple(Parameter(**one) for one in said["parameters"])
    values, problems = resolve_parameters(f"bots.{bot.name}.parameters", declared, bot.parameters)
    if problems:
        raise ConfigRefused(source.place, problems)
    keep(kept, source)
    parameters = {one.name: value for one, value in zip(declared, values, strict=True)}
    return replace(bot, parameters=parameters, source=source.digest)


def _bots(config: Config, options: BacktestOptions) -> dict[str, BotConfig]:
    """The configured bots, or one for each named strategy, which divide the deposit by weight; parameters over both."""
    bots = dict(config.bots)
    if options.strategies:
        deposit = parse_e8(options.deposit or config.account.deposit)
        stems = [Path(name).stem if name.endswith(".py") else name for name in options.strategies]
        names = [f"{name}_{number}" if stems.count(name) > 1 else name for number, name in enumerate(stems, 1)]
        weights = [_WEIGHTS.get(name, WEIGHT) for name in stems]
        shares = [deposit * weight // sum(weights) for weight in weights]
        bots = {
            bot: BotConfig(strategy=name, instruments=("*",), capital=f"{share // 10**8}.{share % 10**8:08d}")
            for bot, name, share in zip(names, stems, shares, strict=True)
        }
    for key, value in options.assignments.items():
        if not isfinite(value):
            raise ResearchRefused("not_an_assignment", f"--set {key}={value}: give a number that is one")
        bot, dot, parameter = key.rpartition(".")
        if dot and bot not in bots:
            raise ResearchRefused("unknown_bot", f"--set {key}: the bots are {', '.join(bots)}")
        for name in [bot] if dot else list(bots):
            changed = {**bots[name].parameters, parameter: value}
            bots[name] = bots[name].model_copy(update={"parameters": changed})
    return bots
