"""A state for a new session, from what the configuration, the feed and the journal say."""

from collections.abc import Sequence
from itertools import pairwise

from quantumflow.errors import ConfigRefused, Problem
from quantumflow.features.parameters import FEATURE_PARAMETERS
from quantumflow.parameters import Parameter, resolve_parameters
from quantumflow.specs import (
    BOTS_MAX,
    INSTRUMENTS_MAX,
    MONEY_MAX,
    BotSpec,
    BrokerSpec,
    EngineSpec,
    InstrumentSpec,
    Opening,
)
from quantumflow.state import NEVER_NS, State, empty_state, name_words
from quantumflow.strategies.registry import OF_A_USER, STRATEGIES, Strategy
from quantumflow.vocabulary import BotState

__all__ = ["LATENCY_US_MAX", "fill_bot", "new_state", "parameter_values"]

LATENCY_US_MAX = 60_000_000


def new_state(
    instruments: Sequence[InstrumentSpec],
    bots: Sequence[BotSpec],
    broker: BrokerSpec,
    engine: EngineSpec,
    opening: Opening,
) -> State:
    """An engine that has seen nothing yet but knows its account.

    Raises ConfigRefused, naming every key, for a bot with an unknown strategy, parameter or instrument, for bounds
    that are exceeded, and for an opening position of a bot or symbol that this session does not have, or of a symbol
    that its bot does not trade any more.
    """
    problems = _problems(instruments, bots, broker, engine, opening)
    if problems:
        raise ConfigRefused("the engine's configuration", problems)
    state = empty_state(len(instruments), len(bots))
    _fill_core(state, broker, engine, opening)
    for spec in instruments:
        _fill_instrument(state, spec)
    symbols = [spec.symbol for spec in instruments]
    for number, bot in enumerate(bots):
        fill_bot(state, number, bot, symbols)
    names = [bot.name for bot in bots]
    for number, name in enumerate(names):
        row = state.bots[number]
        row["state"] = BotState.PAUSED if name in opening.paused else BotState.RUNNING
        if name in opening.failed:
            row["state"], row["reason"] = BotState.FAILED, opening.failed[name]
        if name in opening.stopped:
            row["state"] = BotState.STOPPED
        row["flatten"] = int(name in opening.flatten)
        row["removing"] = int(name in opening.removing)
    for position in opening.positions:
        if position.bot not in names:
            state.core[0]["realised_gone_e8"] += position.realised_e8
            continue
        slot = state.slots[names.index(position.bot), symbols.index(position.symbol)]
        slot["traded"] = 1
        slot["qty"] = position.qty
        slot["cost_e8"] = position.cost_e8
        slot["realised_e8"] = position.realised_e8
        slot["entered_ns"] = position.entered_ns
        if position.qty != 0:
            slot["bar_entry_regime"], slot["bar_since_ns"] = position.entry_regime, position.entry_bar_ns
    return state


def _strategy(name: str) -> Strategy:
    return next(strategy for strategy in STRATEGIES if strategy.name == name)


def _declared(bot: BotSpec) -> tuple[int, tuple[Parameter, ...]]:
    """The strategy's number, and the parameters that the engine itself uses: of a user's, those of the features."""
    if bot.source is not None:
        return OF_A_USER, FEATURE_PARAMETERS
    strategy = _strategy(bot.strategy)
    return strategy.number, strategy.parameters


def parameter_values(bot: BotSpec) -> tuple[float, ...]:
    """What the engine keeps of a bot's parameters; they were checked before."""
    _, declared = _declared(bot)
    names = {parameter.name for parameter in declared}
    return resolve_parameters("", declared, {k: v for k, v in bot.parameters.items() if k in names})[0]


def _fill_core(state: State, broker: BrokerSpec, engine: EngineSpec, opening: Opening) -> None:
    core = state.core[0]
    core["pending_order"] = -1
    core["cash_e8"] = opening.cash_e8
    core["peak_e8"] = opening.peak_e8
    core["fees_e8"] = opening.fees_e8
    core["order_count"] = opening.orders
    core["signal_count"] = opening.signals
    core["fill_count"] = opening.fills
    core["calendar_policy"] = opening.calendar_policy
    core["calendar_extend_ns"] = 0 if opening.calendar else NEVER_NS
    core["calendar_known_ns"] = 0 if opening.calendar else NEVER_NS
    core["phase_until_ns"] = 0 if opening.calendar else NEVER_NS
    core["killed"] = opening.killed
    core["killed_ns"] = opening.killed_ns
    core["maker_fee_ppm"] = broker.maker_fee_ppm
    core["taker_fee_ppm"] = broker.taker_fee_ppm
    core["latency_seed"] = broker.latency_seed
    core["latency_ns"] = [knot * 1000 for knot in broker.latency_us]
    core["order_deadline_ns"] = broker.order_deadline_ns
    core["allow_short"] = int(broker.allow_short)
    core["queue_model"] = broker.queue_model
    core["impact_model"] = broker.impact_model
    core["fill_model"] = broker.fill_model
    core["mark_interval_ns"] = engine.mark_interval_ns
    core["equity_interval_ns"] = engine.equity_interval_ns
    core["max_book_age_ns"] = engine.max_book_age_ns
    core["approval_valid_ns"] = engine.approval_valid_ns


def _fill_instrument(state: State, spec: InstrumentSpec) -> None:
    row = state.instruments[spec.index]
    row["name"] = name_words(spec.symbol)
    row["tick_e8"] = spec.tick_e8
    row["lot_e8"] = spec.lot_e8
    row["value_num"], row["value_den"] = spec.value
    row["qty_min"] = spec.qty_min_lots
    row["qty_max"] = spec.qty_max_lots
    row["notional_min_e8"] = spec.notional_min_e8


def fill_bot(state: State, number: int, bot: BotSpec, symbols: Sequence[str]) -> None:
    """Writes what a bot is made of into its rows; what it trades no more is left out."""
    row = state.bots[number]
    row["name"] = name_words(bot.name)
    row["strategy"] = _declared(bot)[0]
    row["capital_e8"] = bot.capital_e8
    row["instruments"] = len(bot.instruments)
    for k, symbol in enumerate(symbols):
        state.slots[number, k]["trades"] = int(symbol in bot.instruments)
    values = parameter_values(bot)
    state.parameters[number] = 0.0
    state.parameters[number, : len(values)] = values


def _problems(
    instruments: Sequence[InstrumentSpec],
    bots: Sequence[BotSpec],
    broker: BrokerSpec,
    engine: EngineSpec,
    opening: Opening,
) -> list[Problem]:
    problems = _bound_problems(instruments, bots)
    symbols = [spec.symbol for spec in instruments]
    for bot in bots:
        problems += _bot_problems(bot, symbols)
    problems += [
        Problem(f"engine.{name}", str(value), "give a time above 0")
        for name, value in (
            ("mark_interval_ns", engine.mark_interval_ns),
            ("equity_interval_ns", engine.equity_interval_ns),
            ("max_book_age_ns", engine.max_book_age_ns),
            ("approval_valid_ns", engine.approval_valid_ns),
        )
        if value <= 0
    ]
    knots = broker.latency_us
    if knots[0] < 0 or any(later < earlier for earlier, later in pairwise(knots)):
        problems.append(Problem("broker.latency_us", str(list(knots)), "give quantiles that never fall, from 0 up"))
    if knots[-1] > LATENCY_US_MAX:
        problems.append(Problem("broker.latency_us", str(knots[-1]), f"give at most {LATENCY_US_MAX}"))
    if not 0 <= broker.latency_seed <= MONEY_MAX:
        problems.append(Problem("broker.latency_seed", str(broker.latency_seed), "give a whole number from 0 up"))
    names = [bot.name for bot in bots]
    problems += [
        Problem(f"position {held.bot} {held.symbol}", f"{held.qty} lots", "the session needs this bot and instrument")
        for held in opening.positions
        if (held.bot in names or held.qty != 0) and (held.bot not in names or held.symbol not in symbols)
    ]
    traded = {(bot.name, symbol) for bot in bots for symbol in bot.instruments}
    problems += [
        Problem(
            f"bots.{held.bot}.instruments",
            f"without {held.symbol}",
            f"it holds {held.qty} lots, which nobody would ever leave; keep {held.symbol} until they are sold",
        )
        for held in opening.positions
        if held.qty != 0 and held.bot in names and held.symbol in symbols and (held.bot, held.symbol) not in traded
    ]
    return problems


def _bound_problems(instruments: Sequence[InstrumentSpec], bots: Sequence[BotSpec]) -> list[Problem]:
    problems = []
    if not 1 <= len(instruments) <= INSTRUMENTS_MAX:
        problems.append(Problem("instruments", str(len(instruments)), f"give 1 to {INSTRUMENTS_MAX}"))
    if len(bots) > BOTS_MAX:
        problems.append(Problem("bots", str(len(bots)), f"give at most {BOTS_MAX}"))
    if [spec.index for spec in instruments] != list(range(len(instruments))):
        problems.append(Problem("instruments", "their index", "number them from 0 in order"))
    if len({bot.name for bot in bots}) != len(bots):
        problems.append(Problem("bots", "the same name twice", "name each bot once"))
    for spec in instruments:
        num, den = spec.value
        if num <= 0 or num * den > MONEY_MAX:
            problems.append(Problem(f"instruments.{spec.symbol}", f"{num}/{den}", "tick and lot make no usable unit"))
    return problems


def _bot_problems(bot: BotSpec, symbols: Sequence[str]) -> list[Problem]:
    known = [strategy.name for strategy in STRATEGIES]
    listed: list[Problem] = []
    if bot.source is None:
        if bot.strategy not in known:
            return [Problem(f"bots.{bot.name}.strategy", bot.strategy, "known are " + ", ".join(sorted(known)))]
        declared = _strategy(bot.strategy).parameters
        listed += resolve_parameters(f"bots.{bot.name}.parameters", declared, bot.parameters)[1]
    for symbol in bot.instruments:
        if symbol not in symbols:
            listed.append(Problem(f"bots.{bot.name}.instruments", symbol, "the session has " + ", ".join(symbols)))
    if not bot.instruments or len(set(bot.instruments)) != len(bot.instruments):
        listed.append(Problem(f"bots.{bot.name}.instruments", str(bot.instruments), "name each instrument once"))
    if not 0 < bot.capital_e8 <= MONEY_MAX:
        listed.append(Problem(f"bots.{bot.name}.capital", str(bot.capital_e8), "give an amount above 0"))
    return listed
