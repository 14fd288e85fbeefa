"""What each key allows alone and two keys together do not: one function a rule, each returns the problems it sees."""

from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from quantumflow.calendar.spec import zone_of
from quantumflow.config.models import EVERY_SYMBOL, Config
from quantumflow.config.problems import shorten
from quantumflow.errors import Problem
from quantumflow.units import parse_e8

__all__ = ["LOOPBACK", "PROGRAM_PORTS", "contradictions"]

PROGRAM_PORTS = {"market_data": 1, "core_risk": 2, "trader": 3, "upkeep": 4, "telegram": 5, "exchange_sim": 90}
"""Distance of each program's port from ports.base."""
LOOPBACK = ("127.0.0.1", "::1", "localhost")


def contradictions(config: Config) -> list[Problem]:
    """Every problem of a file whose keys are each well formed."""
    return [problem for rule in _RULES for problem in rule(config)]


def _not_above(config: Config, lower: str, upper: str) -> Iterator[Problem]:
    """`lower` and `upper` are keys `section.key`; the first must not exceed the second."""
    low, high = _get(config, lower), _get(config, upper)
    if _size(low) > _size(high):
        yield Problem(lower, shorten(low), f"must not be above {upper} = {shorten(high)}")


def _size(value: str | int) -> int:
    return parse_e8(value) if isinstance(value, str) else value


def _get(config: Config, key: str) -> str | int:
    section, name = key.split(".")
    value: str | int = getattr(getattr(config, section), name)
    return value


def _symbols(config: Config) -> Iterator[Problem]:
    seen = set()
    for symbol in config.venue.symbols:
        if symbol in seen:
            yield Problem("venue.symbols", f"{symbol} twice", "name each symbol once")
        seen.add(symbol)


def _bots(config: Config) -> Iterator[Problem]:
    for name, bot in config.bots.items():
        key = f"bots.{name}.instruments"
        if EVERY_SYMBOL in bot.instruments and len(bot.instruments) > 1:
            yield Problem(key, shorten(list(bot.instruments)), f'put ["{EVERY_SYMBOL}"] alone, or symbols alone')
            continue
        for symbol in dict.fromkeys(bot.instruments):
            if bot.instruments.count(symbol) > 1:
                yield Problem(key, f"{symbol} twice", "name each symbol once")
            if symbol not in (EVERY_SYMBOL, *config.venue.symbols):
                yield Problem(key, symbol, f"put symbols of venue.symbols: {', '.join(config.venue.symbols)}")


def _strategies(config: Config) -> Iterator[Problem]:
    """In a process of its own: strategies bring Numba along, 80 MB that `up` would hold for as long as it runs."""
    with ProcessPoolExecutor(max_workers=1, mp_context=get_context("fork")) as apart:
        yield from apart.submit(_strategy_problems, config).result()


def _strategy_problems(config: Config) -> list[Problem]:
    from quantumflow.parameters import resolve_parameters
    from quantumflow.strategies.registry import STRATEGIES

    problems = []
    declared = {strategy.name: strategy.parameters for strategy in STRATEGIES}
    for name, bot in config.bots.items():
        if bot.strategy not in declared:
            remedy = f"no such strategy; there are: {', '.join(sorted(declared))}"
            problems.append(Problem(f"bots.{name}.strategy", shorten(bot.strategy), remedy))
            continue
        problems += resolve_parameters(f"bots.{name}.parameters", declared[bot.strategy], bot.parameters)[1]
    return problems


def _capital(config: Config) -> Iterator[Problem]:
    total = sum(parse_e8(bot.capital) for bot in config.bots.values())
    if total > parse_e8(config.account.deposit):
        found = " + ".join(bot.capital for bot in config.bots.values())
        yield Problem("bots.*.capital", found, f"together at most account.deposit = {config.account.deposit}")


def _instruments(config: Config) -> Iterator[Problem]:
    for symbol, table in config.instruments.items():
        key = f"instruments.{symbol}"
        lot = parse_e8(table.lot)
        for name, text in (("qty_min", table.qty_min), ("qty_max", table.qty_max)):
            if parse_e8(text) % lot:
                yield Problem(f"{key}.{name}", text, f"must be a multiple of {key}.lot = {table.lot}")
        if 0 < parse_e8(table.qty_max) < parse_e8(table.qty_min):
            yield Problem(f"{key}.qty_max", table.qty_max, f"must not be below {key}.qty_min = {table.qty_min}")
        if table.base + table.quote != symbol:
            yield Problem(f"{key}.base", table.base, f"base and quote together must be the symbol, {symbol}")


def _sim(config: Config) -> Iterator[Problem]:
    if config.venue.name not in ("auto", "sim"):
        return
    for symbol in config.venue.symbols:
        if symbol not in config.sim.prices:
            yield Problem(f"sim.prices.{symbol}", None, "put the price at which the generated market opens")
        elif symbol in config.instruments:
            tick = config.instruments[symbol].tick
            if parse_e8(config.sim.prices[symbol]) % parse_e8(tick):
                yield Problem(f"sim.prices.{symbol}", config.sim.prices[symbol], f"must be a multiple of tick = {tick}")
        if symbol not in config.instruments:
            yield Problem(f"instruments.{symbol}", None, "the generated market needs this instrument's filters")


def _limits(config: Config) -> Iterator[Problem]:
    yield from _not_above(config, "risk.order_notional_max", "risk.position_instrument_max")
    yield from _not_above(config, "risk.order_notional_max", "risk.position_bot_max")
    yield from _not_above(config, "risk.position_instrument_max", "risk.position_portfolio_max")
    yield from _not_above(config, "risk.position_bot_max", "risk.position_portfolio_max")
    yield from _not_above(config, "risk.orders_per_second_max", "risk.orders_per_minute_max")
    yield from _not_above(config, "risk.orders_per_minute_max", "risk.orders_per_hour_max")
    yield from _not_above(config, "risk.orders_per_hour_max", "risk.orders_per_day_max")
    yield from _not_above(config, "risk.order_notional_max", "risk.notional_per_day_max")
    yield from _not_above(config, "risk.concentration_max_ppm", "risk.leverage_max_ppm")
    if config.risk.market_wait_ms >= config.risk.answer_timeout_ms:
        remedy = (
            f"must be below risk.answer_timeout_ms = {config.risk.answer_timeout_ms}, or no late answer ever arrives"
        )
        yield Problem("risk.market_wait_ms", str(config.risk.market_wait_ms), remedy)
    yield from _not_above(config, "engine.mark_interval_ms", "engine.equity_interval_ms")
    yield from _not_above(config, "market_data.record_segment_bytes", "market_data.record_max_bytes")
    if 24 % config.market_data.session_hours:
        remedy = "must divide 24, so that sessions end at the same times each day: 1, 2, 3, 4, 6, 8, 12 or 24"
        yield Problem("market_data.session_hours", str(config.market_data.session_hours), remedy)


def _latency(config: Config) -> Iterator[Problem]:
    knots = config.broker.latency_us
    if list(knots) != sorted(knots):
        yield Problem("broker.latency_us", shorten(list(knots)), "must not decrease: they are quantiles")
    if knots[-1] >= config.broker.order_deadline_ms * 1000:
        remedy = (
            f"must be below broker.order_deadline_ms = {config.broker.order_deadline_ms}, or no order arrives in time"
        )
        yield Problem("broker.latency_us", f"{knots[-1]} at 100 %", remedy)


def _ports(config: Config) -> Iterator[Problem]:
    for program, distance in PROGRAM_PORTS.items():
        if config.ports.web == config.ports.base + distance:
            remedy = f"is {program}'s port (ports.base + {distance}): take another"
            yield Problem("ports.web", str(config.ports.web), remedy)


def _calendar(config: Config) -> Iterator[Problem]:
    try:
        zone_of(config.calendar.zone)
    except ValueError as error:
        yield Problem("calendar.zone", shorten(config.calendar.zone), str(error))


def _web(config: Config) -> Iterator[Problem]:
    if config.web.host not in LOOPBACK and config.web.token is None:
        remedy = "beyond loopback a token of your own is needed: set QF_WEB__TOKEN, or put 127.0.0.1"
        yield Problem("web.host", config.web.host, remedy)
    if config.web.token is not None and config.web.token == config.web.control_token:
        yield Problem("web.control_token", "the read token", "give the control token a value of its own")


def _alarms(config: Config) -> Iterator[Problem]:
    still, equity_ms = config.alarms.journal_still_seconds, config.engine.equity_interval_ms
    if still * 1000 < 2 * equity_ms:
        remedy = f"must be at least twice engine.equity_interval_ms = {equity_ms}: so often the journal grows by itself"
        yield Problem("alarms.journal_still_seconds", str(still), remedy)
    book, stale_ms = config.alarms.no_live_book_seconds, config.market_data.stale_after_ms
    if book * 1000 <= stale_ms:
        remedy = f"must be above market_data.stale_after_ms = {stale_ms}"
        yield Problem("alarms.no_live_book_seconds", str(book), remedy)


def _telegram(config: Config) -> Iterator[Problem]:
    telegram = config.telegram
    if telegram.token is not None and telegram.token_file is not None:
        yield Problem("telegram.token_file", telegram.token_file, "QF_TELEGRAM__TOKEN is set too: give one of them")
    if not telegram.enabled:
        return
    if telegram.token is None and telegram.token_file is None:
        yield Problem("telegram.token", None, "set QF_TELEGRAM__TOKEN, or telegram.token_file, or enabled = false")
    if not telegram.chats:
        yield Problem("telegram.chats", "[]", "put the numeric id of each chat that is told, or enabled = false")
    for name, ids in (("chats", telegram.chats), ("users", telegram.users)):
        if len(set(ids)) != len(ids):
            yield Problem(f"telegram.{name}", shorten(list(ids)), "name each id once")


_Rule = Callable[[Config], Iterator[Problem]]
_RULES: tuple[_Rule, ...] = (
    _symbols,
    _bots,
    _strategies,
    _capital,
    _instruments,
    _sim,
    _limits,
    _latency,
    _calendar,
    _ports,
    _web,
    _alarms,
    _telegram,
)
