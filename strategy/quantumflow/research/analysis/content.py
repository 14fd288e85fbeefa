"""A sheet → the sections of the page: titles, tables, notes, names of charts. Pure; both renderings are made of it."""

from dataclasses import dataclass

from quantumflow.research.analysis.periods import Drawdown
from quantumflow.research.analysis.sheet import Sheet
from quantumflow_reports.figures import (
    Estimate,
    duration_text,
    estimate_text,
    money_short,
    percent_text,
    ppm_text,
    safe_text,
    utc_text,
)

__all__ = ["Section", "Table", "sections_of", "title_of"]

ROWS_MAX = 10
"""Of drawdowns and trips; the JSON has them all."""


@dataclass(frozen=True, slots=True)
class Table:
    """Cells are text; `right` are the columns of figures."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    right: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """One part of the page, in this order: charts, tables, note."""

    title: str
    charts: tuple[str, ...] = ()
    tables: tuple[Table, ...] = ()
    note: str = ""


def title_of(sheet: Sheet) -> tuple[str, str]:
    """The page's title, and the line below it."""
    numbers = sheet.numbers
    if not numbers.chain.events:
        return "Tearsheet", "Nothing happened yet: the journal is empty."
    venues = ", ".join(sorted({safe_text(span.venue) for span in numbers.facts.presence.sessions}))
    since = utc_text(numbers.facts.first_ns)
    line = (
        f"Paper trading on {venues}, {since} … {utc_text(numbers.as_of_ns)}. All {numbers.chain.events:,} events of the"
        f" journal were checked; the last is {numbers.chain.head_hash[:16]}."
    )
    return "Tearsheet", line


def sections_of(sheet: Sheet) -> list[Section]:
    """Every section, whatever the history has: what is missing says so."""
    sections = [
        _summary(sheet),
        _drawdowns(sheet),
        _returns(sheet),
        _luck(sheet),
        _tails(sheet),
        _costs(sheet),
        _excursions(sheet),
        _trade_order(sheet),
        _attribution(sheet),
        _serial(sheet),
    ]
    if sheet.against is not None:
        sections.append(_benchmark(sheet))
    return [*sections, _method(sheet)]


def _summary(sheet: Sheet) -> Section:
    numbers, ratios = sheet.numbers, sheet.ratios
    whole, worst = numbers.facts.tallies.whole, numbers.facts.curve.worst
    equity = "n/a" if numbers.equity_e8 is None else _money(sheet, numbers.equity_e8)
    profit = "n/a" if numbers.profit_e8 is None else _money(sheet, numbers.profit_e8, signed=True)
    fell = f"{ppm_text(worst.ppm)}, {_money(sheet, worst.amount_e8)}" if worst.ppm else "none"
    turnover = numbers.turnover_a_day
    rows = (
        ("profit", profit, "round trips", f"{whole.trips:,} of {whole.fills:,} fills"),
        ("equity", equity, "win rate", estimate_text(numbers.win_rate, 1, percent=True)),
        ("deepest drawdown", fell, "profit factor", estimate_text(numbers.profit_factor)),
        ("Sharpe", estimate_text(ratios["sharpe"]), "expectancy a trip", _expectancy(sheet)),
        ("Sortino", estimate_text(ratios["sortino"]), "time in the market", ppm_text(numbers.exposure_ppm)),
        ("Calmar", estimate_text(ratios["calmar"]), "mean exposure", _share(sheet.exposure.mean)),
        ("growth a year", _share(ratios["growth_a_year"]), "highest exposure", _share(sheet.exposure.highest)),
        ("fees", _money(sheet, whole.fees_e8), "traded", _money(sheet, whole.notional_e8)),
        ("slippage", _money(sheet, whole.slippage_e8), "turnover a day",
         _plain(turnover) if turnover.value is None else f"{turnover.value:.2f} × equity"),
        ("up", ppm_text(numbers.uptime_ppm), "books live", ppm_text(numbers.book_live_ppm)),
    )  # fmt: skip
    note = f"In brackets 95 % intervals. Ratios are of returns a {sheet.period.word}, annualised with 365 days."
    return Section("Summary", ("equity",), (Table(("money", "", "trading", ""), rows),), note)


def _expectancy(sheet: Sheet) -> str:
    figure = sheet.numbers.expectancy_e8
    if figure.value is None:
        return _plain(figure)
    text = _money(sheet, round(figure.value), signed=True, places=4)
    if figure.low is None or figure.high is None:
        return text
    return f"{text} ({money_short(round(figure.low), 4)} … {money_short(round(figure.high), 4)})"


def _drawdowns(sheet: Sheet) -> Section:
    rows = tuple(_drawdown_row(sheet, one) for one in sheet.drawdowns[:ROWS_MAX])
    head = ("fell", "", "from", "lowest", "recovered", "lasted")
    note = _more(len(sheet.drawdowns), "drawdown") if rows else "No equity row was ever below an earlier peak."
    return Section("Drawdowns", (), (Table(head, rows, (0, 1)),) if rows else (), note)


def _drawdown_row(sheet: Sheet, one: Drawdown) -> tuple[str, ...]:
    recovered = "not yet" if one.recovered_ns is None else utc_text(one.recovered_ns)
    lasted = duration_text(one.until_ns - one.peak_ns)
    fell = _money(sheet, one.amount_e8)
    return ppm_text(one.ppm), fell, utc_text(one.peak_ns), utc_text(one.lowest_ns), recovered, lasted


def _returns(sheet: Sheet) -> Section:
    ratios, luck, word = sheet.ratios, sheet.luck, sheet.period.word
    rows = (
        ("returns", f"{len(sheet.returns):,}, one a {word}"),
        (f"Sharpe a {word}", estimate_text(ratios["sharpe_a_period"], 3)),
        (f"deviation a {word}", _share(ratios["deviation_a_period"], 4)),
        ("deepest fall of closes", _share(ratios["deepest_fall_of_closes"])),
        ("skewness", estimate_text(luck["skewness"])),
        ("kurtosis (normal: 3)", estimate_text(luck["kurtosis"])),
    )
    few = f"Fewer than {sheet.choices.window} returns: no rolling figure." if not sheet.rolling_sharpe else ""
    return Section("Returns", ("rolling",) if sheet.rolling_sharpe else (), (Table(("", ""), rows),), few)


def _luck(sheet: Sheet) -> Section:
    luck, trials = sheet.luck, sheet.choices.trials
    record = luck["track_record_min"]
    needed = (
        _plain(record) if record.value is None else f"{record.value:,.0f} returns, {len(sheet.returns):,} are there"
    )
    rows = (
        ("probability that the true Sharpe ratio is above 0", _share(luck["probabilistic_sharpe"])),
        (f"the same after {_count(trials, 'trial')} (deflated)", _share(luck["deflated_sharpe"])),
        ("record needed for 95 %", needed),
    )
    note = "One trial: nothing is deflated. If others were tried before this one, say how many." if trials == 1 else ""
    return Section("How far the Sharpe ratio can be trusted", (), (Table(("", ""), rows),), note)


def _tails(sheet: Sheet) -> Section:
    word, choices = sheet.period.word, sheet.choices
    names = {
        "historical": f"historical, a {word}",
        "parametric": f"normal, a {word}",
        "monte_carlo": f"Monte Carlo, {_count(choices.horizon, word)}",
    }
    rows = tuple(
        (names[name], _share(tail.value_at_risk, 3), _share(tail.conditional, 3)) for name, tail in sheet.tails.items()
    )
    head = ("of equity", f"VaR {100 * choices.share:g} %", "CVaR: mean loss beyond")
    return Section("Value at risk", (), (Table(head, rows, (1, 2)),))


def _costs(sheet: Sheet) -> Section:
    costs = sheet.history.costs
    if not costs.whole.fills:
        return Section("Costs", note="No fill yet.")
    names = ("fees", "spread", "latency", "impact", "resting", "whole")
    whole = costs.whole
    rows = [(name, *(_cost(getattr(cost, f"{name}_e8"), cost.notional_e8) for cost in (whole,))) for name in names]
    causes = Table(("cause", "paid"), tuple((row[0], row[1]) for row in rows), (1,))
    head = ("bot", "instrument", *names)
    by_bot = tuple(
        (safe_text(bot), safe_text(symbol), *(money_short(getattr(cost, f"{name}_e8")) for name in names))
        for (bot, symbol), cost in sorted(costs.by_bot.items())
    )
    note = (
        "Spread: mid to touch at the decision. Latency: the touch moved until the order arrived. Impact: levels walked."
        " Resting: what waiting in the book cost, below 0 what it earned. Parts of a basis point of what was traded."
    )
    if costs.unexplained_fills:
        note += f" {costs.unexplained_fills:,} fills had no signal: they count in fees alone."
    return Section("Costs", ("costs",), (causes, Table(head, by_bot, tuple(range(2, len(head))))), note)


def _cost(value_e8: int, notional_e8: int) -> str:
    """Money, and in basis points of what was traded, to the hundredth."""
    hundredths = (2 * 10**6 * value_e8 + notional_e8) // (2 * notional_e8) if notional_e8 > 0 else 0
    return f"{money_short(value_e8)} ({hundredths / 100:.2f} bp)"


def _excursions(sheet: Sheet) -> Section:
    trips = sheet.history.excursions.trips
    if not trips:
        return Section("Round trips", note="Not enough data: no round trip yet.")
    worst = sorted(trips, key=lambda trip: (trip.net_e8, trip.opened_ns))[:ROWS_MAX]
    rows = tuple(
        (
            safe_text(trip.bot),
            safe_text(trip.symbol),
            "long" if trip.long else "short",
            utc_text(trip.opened_ns),
            duration_text(trip.closed_ns - trip.opened_ns),
            money_short(trip.net_e8, signed=True),
            money_short(trip.adverse_e8, signed=True),
            money_short(trip.favourable_e8, signed=True),
            f"{trip.looks:,}",
        )
        for trip in worst
    )
    head = ("bot", "instrument", "side", "opened", "lasted", "net", "MAE", "MFE", "looks")
    note = (
        "The worst round trips. MAE and MFE: deepest loss and highest gain on the way, before fees, as far as the"
        " journal looked (fills, signals, equity rows): the truth is at least that. " + _more(len(trips), "round trip")
    )
    return Section("Round trips", ("excursions", "trips", "week"), (Table(head, rows, (5, 6, 7, 8)),), note)


def _trade_order(sheet: Sheet) -> Section:
    order = sheet.trade_order
    if order.deeper.value is None or order.loses.value is None:
        return Section("Order of trades", note=_plain(order.deeper))
    rows = (
        ("deepest fall, trips shuffled", *(money_short(value) for value in order.falls_e8)),
        ("result, trips drawn again", *(money_short(value, signed=True) for value in order.ends_e8)),
    )
    note = (
        f"It fell {_money(sheet, order.own_fall_e8)}; {100 * order.deeper.value:.1f} % of {sheet.choices.draws:,} other"
        f" orders of the same trips fell deeper. {100 * order.loses.value:.1f} % of draws ended with a loss."
    )
    return Section("Order of trades", (), (Table(("", "5 %", "50 %", "95 %"), rows, (1, 2, 3)),), note)


def _attribution(sheet: Sheet) -> Section:
    if not sheet.history.excursions.trips:
        return Section("Attribution", note="Not enough data: no round trip yet.")
    tables = []
    for one in sheet.attribution:
        rows = [
            (
                safe_text(name),
                f"{part.trips:,}",
                percent_text(part.wins, part.trips),
                money_short(part.net_e8, signed=True),
            )
            for name, part in one.parts.items()
        ]
        rows.append(("in no closed trip", "", "", money_short(one.rest_e8, signed=True)))
        tables.append(Table((one.by, "trips", "won", "net"), tuple(rows), (1, 2, 3)))
    return Section("Attribution", (), tuple(tables), "Each table adds up to the profit.")


def _serial(sheet: Sheet) -> Section:
    rows = tuple(
        (test.name, test.null, estimate_text(test.statistic), _p_value(test.p_value), test.says)
        for test in sheet.serial
    )
    head = ("test", "null: the series of returns", "statistic", "p", "says")
    note = "KPSS's table of p-values ends at 0.01 and 0.1." if sheet.serial[0].statistic.value is not None else ""
    return Section("Stationarity and memory of returns", (), (Table(head, rows, (2, 3)),), note)


def _benchmark(sheet: Sheet) -> Section:
    against = sheet.against
    if against is None:
        raise ValueError("a section of a benchmark that is not there")
    rows = (
        ("beta", estimate_text(against.beta, 3)),
        ("correlation", estimate_text(against.correlation, 3)),
        (f"alpha a {sheet.period.word}", _share(against.alpha, 4)),
        ("the benchmark itself", _share(against.growth)),
    )
    return Section(f"Against {safe_text(against.name)}", (), (Table(("", ""), rows),), f"{against.periods:,} returns.")


def _method(sheet: Sheet) -> Section:
    choices = sheet.choices
    note = (
        f"Seed {choices.seed}, {choices.draws:,} draws: the same events and choices give the same page. Intervals of"
        " ratios of returns come from the stationary block bootstrap, those of trips from the plain one."
        " A figure that cannot be given says why. Fills are a model, and a record chosen among many looks better than"
        " it is."
    )
    return Section("Method", note=note)


def _share(figure: Estimate, places: int = 2) -> str:
    return estimate_text(figure, places, percent=True)


def _p_value(figure: Estimate) -> str:
    return "< 0.001" if figure.value is not None and figure.value < 0.001 else estimate_text(figure, 3)


def _plain(figure: Estimate) -> str:
    return f"n/a ({figure.why})"


def _money(sheet: Sheet, value_e8: int, signed: bool = False, places: int = 2) -> str:
    return f"{money_short(value_e8, places, signed)} {safe_text(sheet.numbers.currency)}".strip()


def _more(count: int, what: str) -> str:
    return f"{_count(count, what)} in all." if count > ROWS_MAX else ""


def _count(count: int, what: str) -> str:
    return f"{count:,} {what}" + ("" if count == 1 else "s")
